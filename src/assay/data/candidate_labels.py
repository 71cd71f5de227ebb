"""A question with labels restricted by a column (`--candidates-by`): the column checked, and what was seen with it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.allowed_labels import AllowedLabels
from assay.core.block.candidate_values import CandidateValues
from assay.core.candidates import Candidates
from assay.core.errors import DataError, UsageError, Where
from assay.core.problem import Problem
from assay.core.schema import Schema
from assay.core.target import Target
from assay.data import vectorized as vector
from assay.data.encode import candidate_values
from assay.data.options import TaskOptions

if TYPE_CHECKING:
    import pandas as pd

WHERE = Where(option="--candidates-by")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FoundCandidates:
    """The schema whose column says its values, those of the rows, and which labels they were seen with."""

    schema: Schema
    values: CandidateValues
    candidates: Candidates


def check_restrictable(problem: Problem, column: str | None) -> None:
    """UsageError where a target of this problem has no labels that could be restricted."""
    if column is None or problem.form == "probabilities":
        return
    what = "numbers" if problem.form == "value" else "two classes"
    raise UsageError(
        f"--candidates-by {column} restricts labels where there are three classes or more; the target holds {what}.",
        where=WHERE, do=("leave out --candidates-by",),
    )  # fmt: skip


def candidates_of(
    frame: "pd.DataFrame", schema: Schema, target: Target, options: TaskOptions, problem: Problem
) -> FoundCandidates | None:
    """What restricts labels as the options ask; None where they do not. frame: the rows of the target.

    Raises UsageError for a target whose labels cannot be restricted, and for the target as the column; DataError for a
    column of one value.
    """
    name = options.candidates_by
    if name is None:
        return None
    check_restrictable(problem, name)
    if name == options.target:
        raise UsageError(
            f'Labels cannot be restricted by "{name}", the target itself.', where=WHERE,
            do=("--candidates-by a column that new rows have",),
        )  # fmt: skip
    column, cells = schema[name], vector.plain(frame.iloc[:, list(map(str, frame.columns)).index(name)])
    codes, texts = vector.texts_of(cells, frozenset(column.missing_marks))
    there = np.unique(codes[codes >= 0])
    if len(there) < 2:
        held = "one value" if len(there) else "no value"
        raise DataError(
            f'The column "{name}" has {held}, so it restricts no labels.',
            where=Where(column=name, option="--candidates-by"),
            do=("leave out --candidates-by",),
        )  # fmt: skip
    column = replace(column, restricts=tuple(sorted(texts[code] for code in there.tolist())))
    schema = Schema(columns=tuple(column if one.name == name else one for one in schema))
    values = candidate_values(cells, column)
    allowed = AllowedLabels.learned(
        values.values, target.values, n_values=len(column.restricts), n_classes=target.n_classes
    )
    candidates = allowed.as_candidates(name)
    candidates.check(n_classes=target.n_classes, n_values=len(column.restricts))
    return FoundCandidates(schema=schema, values=values, candidates=candidates)
