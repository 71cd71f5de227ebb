"""Predictions as anyone writes them into a table, read into the form they are stored in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Metric
from assay.core.errors import DataError, Where, nearest_names
from assay.core.problem import Problem
from assay.core.schema import Label
from assay.data.cell import by_value, label_codes, same_value, text_of
from assay.data.read import RawTable
from assay.predictor.truth import label_reader

if TYPE_CHECKING:
    import pandas as pd

PREDICTION_NAMES = ("prediction", "predictions", "predicted", "pred", "y_pred", "yhat", "probability", "proba", "score")
"""What a column of predictions is called where it does not bear the target's name."""
SUM_SLACK = 1e-3
"""Probabilities written with few digits do not sum to 1 exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What predictions are needed: of which target, for which metric. column: where they lie, "" if not told."""

    target: str
    problem: Problem
    classes: tuple[Label, ...]
    metric: Metric
    column: str = ""
    id_column: str | None = None


def stored_answers(raw: RawTable, asked: Needed) -> AnyArray:
    """Predictions of every row of a table in stored form: binary (n,) probability of the last class, multiclass
    (n, k), regression (n,) numbers.

    Found in the columns `p_CLASS` (or CLASS) of all classes, else in the named column, the one called as the target, as
    predictions usually are, or the only one. Where the metric compares ranks any number will do as a score.
    Raises DataError naming file, column and the first row that is wrong, or the columns where none can be meant.
    """
    shares = None if asked.column or not asked.classes else _shares(raw, asked)
    if shares is not None:
        return shares
    column = _column(raw, asked)
    cells = raw.frame[column]
    if not asked.problem.is_class:
        return _numbers(raw, column)
    if asked.problem.form == "probability" and column in (other := f"p_{text_of(asked.classes[0])}", other.casefold()):
        return 1.0 - _scores(raw, column, asked, only_shares=True)
    labels = [str(text_of(label)) for label in asked.classes]
    codes = np.asarray(cells.map(label_reader(asked.classes)), dtype=np.int64)
    if (codes >= 0).all():
        return _of_labels(raw, column, codes, asked)
    if asked.problem.form == "probabilities":
        _refuse(raw, column, codes < 0, f"is none of the classes {', '.join(labels[:5])}")
    return _scores(raw, column, asked)


def matched_rows(raw: RawTable, truth: RawTable, id_column: str | None) -> Index:
    """(n_truth,) the row of `raw` that speaks of each row of the truth: by order, or by the id column of both.

    Raises DataError where the number of rows differs, an id is missing, stands twice or has no partner, and where a
    column both have holds the same different values in another order: then order cannot be what was meant.
    """
    if id_column is not None:
        return _by_id(raw, truth, id_column)
    common = [name for name in truth.frame.columns if name in raw.frame.columns]
    if len(raw.frame) != len(truth.frame):
        do = tuple(f"--id {name}  (if that column names the rows)" for name in common[:1])
        raise DataError(
            f"{raw.name} has {len(raw.frame):,} rows and {truth.name} {len(truth.frame):,}: they are not predictions "
            "of these rows.",
            where=Where(file=raw.name), do=do or ("predict every row of the truth, in its order",),
        )  # fmt: skip
    for name in common:
        if raw.frame[name].equals(truth.frame[name]):
            continue
        one, other = raw.frame[name].map(text_of).tolist(), truth.frame[name].map(text_of).tolist()
        if one != other and len(set(other)) == len(other) and set(one) == set(other):
            first = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
            raise DataError(
                f'{raw.name} and {truth.name} have the same values of "{name}" in another order, first in row '
                f"{first + 1}.",
                where=Where(file=raw.name, column=name, row=first + 1), do=(f"--id {name}",),
            )  # fmt: skip
    return np.arange(len(truth.frame))


def _by_id(raw: RawTable, truth: RawTable, name: str) -> Index:
    import pandas as pd

    places = []
    for table in (raw, truth):
        if name not in table.frame.columns:
            known = tuple(str(column) for column in table.frame.columns)
            raise DataError(
                f'{table.name} has no column "{name}". Columns: {", ".join(known[:8])}.',
                where=Where(file=table.name, column=name, option="--id"), nearest=nearest_names(name, known),
            )  # fmt: skip
        read = str if name in table.spelled else text_of
        texts = pd.Series([None if cell is None else read(cell) for cell in table.written(name)], dtype=object)
        _refuse(table, name, np.asarray(texts.isna()), "is missing, so the row has no name")
        twice = np.asarray(texts.duplicated())
        _refuse(table, name, twice, "stands twice; an id must name one row")
        places.append(pd.Index(texts))
    found = _partners(*places)
    if (found < 0).any():
        row = int(np.flatnonzero(found < 0)[0])
        raise DataError(
            f'{raw.name} has no prediction for {name} {places[1][row]}, row {row + 1} of {truth.name}; '
            f"{int((found < 0).sum()):,} of {len(found):,} are missing.",
            where=Where(file=raw.name, column=name, row=row + 1), do=(f"predict every row of {truth.name}",),
        )  # fmt: skip
    return found


def _partners(given: "pd.Index", asked: "pd.Index") -> Index:
    """(n_asked,) places of ids, letter for letter; of those that are not there so, of the only one that is the same but
    for blanks around it or spells the same number ("1" for "001", as other programs write it); -1 for none.
    """
    found = np.asarray(given.get_indexer(asked), dtype=np.int64)
    lost = np.flatnonzero(found < 0)
    if len(lost):
        numbers, wanted = (by_value([text.strip() for text in ids.tolist()]) for ids in (given, asked))
        spelled = [same_value(text.strip()) for text in asked[lost].tolist()]
        found[lost] = [numbers.get(text, -1) if text in wanted else -1 for text in spelled]
    return found


def _shares(raw: RawTable, asked: Needed) -> AnyArray | None:
    """Probabilities from the columns of the classes; None where there are no such columns."""
    labels = [str(text_of(label)) for label in asked.classes]
    names = _share_columns(raw, labels)
    if asked.problem.form == "probability" and names[1] is not None:
        names = names[1:] if names[0] is None else names
    elif asked.problem.form == "probabilities":
        _refuse_lacking(raw, labels, names, asked)
    if any(name is None for name in names):
        return None
    table = np.stack([_numbers(raw, str(name)) for name in names], axis=1)
    outside = (table < 0) | (table > 1)
    for j, name in enumerate(names):
        _refuse(raw, str(name), outside[:, j], "is no probability between 0 and 1")
    if len(names) == len(labels):
        odd = [str(name) for name in raw.frame.columns if str(name).startswith("p_") and name not in names]
        beside = f'does not sum to 1 with the others; "{odd[0]}" is of no class of the truth' if odd else ""
        _refuse(raw, str(names[-1]), np.abs(table.sum(axis=1) - 1) > SUM_SLACK,
                beside or "does not sum to 1 with the others")  # fmt: skip
    return table[:, -1] if asked.problem.form == "probability" else table


def _share_columns(raw: RawTable, labels: Sequence[str]) -> list[str | None]:
    """The column of each class: p_CLASS or CLASS as it is written, else in other letters if there is one only."""
    names = [str(name) for name in raw.frame.columns]
    found: list[str | None] = []
    for label in labels:
        meant = (f"p_{label}", label)
        exact = next((name for name in meant if name in names), None)
        alike = [name for name in names if name.strip().casefold() in {one.casefold() for one in meant}]
        found.append(exact or (alike[0] if len(alike) == 1 else None))
    return found


def _refuse_lacking(raw: RawTable, labels: Sequence[str], names: Sequence[str | None], asked: Needed) -> None:
    """DataError where some classes have a column of probabilities and others none, and no column holds labels."""
    there = [name for name in names if name is not None and name.casefold().startswith("p_")]
    lacking = [f"p_{label}" for label, name in zip(labels, names, strict=True) if name is None]
    columns = [str(name) for name in raw.frame.columns]
    if not there or not lacking or any(name in columns for name in (asked.target, *PREDICTION_NAMES)):
        return
    raise DataError(
        f'{raw.name} has no column "{lacking[0]}": every class of the truth needs its probability.',
        where=Where(file=raw.name, column=lacking[0]),
        do=(f"write {lacking[0]} with 0 where the model does not know that class", "--column NAME for labels"),
    )  # fmt: skip


def other_spellings(raw: RawTable, asked: Needed) -> str:
    """ "new.csv: "Yes" read as "yes"" where classes are written in other letters than in the truth; else ""."""
    if not asked.classes:
        return ""
    labels = [str(text_of(label)) for label in asked.classes]
    names = [] if asked.column else _share_columns(raw, labels)
    read = [(name, label) for name, label in zip(names, labels, strict=False)
            if name is not None and name not in (label, f"p_{label}")]  # fmt: skip
    if not any(names):
        texts = [str(text) for text in raw.frame[_column(raw, asked)].map(text_of).dropna().unique().tolist()[:1000]]
        exact, code = label_codes(asked.classes), label_reader(asked.classes)
        read = [(text, labels[code(text)]) for text in texts if exact(text) < 0 <= code(text)]
    shown = ", ".join(f'"{name}" read as "{label}"' for name, label in read[:3])
    return f"{raw.name}: {shown}" if read else ""


def _column(raw: RawTable, asked: Needed) -> str:
    names = [str(name) for name in raw.frame.columns]
    if asked.column:
        if asked.column not in names:
            raise DataError(
                f'{raw.name} has no column "{asked.column}". Columns: {", ".join(names[:8])}.',
                where=Where(file=raw.name, column=asked.column, option="--column"),
                nearest=nearest_names(asked.column, names),
            )  # fmt: skip
        return asked.column
    found = next(
        (name for name in (asked.target, f"{asked.target} (seconds)", *PREDICTION_NAMES) if name in names), None
    )
    left = [name for name in names if name not in (asked.id_column, "row")]
    if found is None and len(left) != 1:
        raise DataError(
            f"{raw.name}: which column holds the predictions? It has {', '.join(names[:8])}.",
            where=Where(file=raw.name), do=(f"--column {left[-1] if left else 'NAME'}",),
        )  # fmt: skip
    return found or left[0]


def _numbers(raw: RawTable, column: str) -> Floats:
    import pandas as pd

    cells = raw.frame[column]
    values = np.asarray(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
    texts = cells if pd.api.types.is_numeric_dtype(cells) else cells.map(text_of)
    _refuse(raw, column, np.asarray(texts.isna()), "is missing (NaN)")
    _refuse(raw, column, ~np.isfinite(values), "is no finite number")
    return values


def _of_labels(raw: RawTable, column: str, codes: Index, asked: Needed) -> AnyArray:
    if asked.metric.needs == "probability":
        shown = [f"p_{text_of(label)}" for label in asked.classes[:3]]
        raise DataError(
            f'{raw.name}: "{column}" holds labels, and {asked.metric.title} needs probabilities.',
            where=Where(file=raw.name, column=column),
            do=(f"write them into {', '.join(shown)}", "--metric accuracy"),
        )  # fmt: skip
    if asked.problem.form == "probability":
        return codes.astype(np.float64)
    return np.eye(len(asked.classes))[codes]


def _scores(raw: RawTable, column: str, asked: Needed, *, only_shares: bool = False) -> AnyArray:
    """One number a row for a binary target: a probability, or any score where only its order counts."""
    values = _numbers(raw, column)
    if asked.metric.by_fold and not only_shares:
        return values
    outside = (values < 0) | (values > 1)
    _refuse(raw, column, outside, f"is no probability between 0 and 1, which {asked.metric.title} needs")
    return values


def _refuse(raw: RawTable, column: str, bad: AnyArray, what: str) -> None:
    """DataError naming the first bad row, if there is one."""
    rows: Sequence[int] = np.flatnonzero(bad).tolist()
    if not rows:
        return
    row = rows[0]
    cell: object = raw.frame[column].iloc[row]
    shown = "" if text_of(cell) is None else f" {text_of(cell)!r}"
    more = f" ({len(rows):,} such rows)" if len(rows) > 1 else ""
    raise DataError(
        f'{raw.name}, column "{column}", row {row + 1}:{shown} {what}{more}.',
        where=Where(file=raw.name, column=column, row=row + 1),
    )
