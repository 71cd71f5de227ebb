"""A model's score on new labelled rows among those of other teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats
from assay.core.contract import AnyMetric
from assay.core.errors import DataError, Where
from assay.core.figure import Figure
from assay.data.cell import plain_number, text_of
from assay.data.read import RawTable, read_table
from assay.metrics.choose_metric import find
from assay.predictor.predictor import Predictor
from assay.predictor.row_scores import ScoreReport

if TYPE_CHECKING:
    import pandas as pd

SCORE_NAMES = ("score", "public score", "private score", "publicscore", "privatescore", "public_score", "private_score")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A score among those of other teams. rank: 1 + number of better ones; best, worst: its range as the score's
    interval reaches over the list, None without one. beaten: share of teams with a worse score, equal ones count half.
    """

    name: str
    teams: int
    rank: int
    best: int | None
    worst: int | None
    beaten: float
    beaten_low: float | None
    beaten_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """score/1: `scored`, and the score's place among others if their file was given."""

    scored: ScoreReport
    placement: Placement | None = None


def mark(
    model: Predictor,
    raw: RawTable,
    *,
    metrics: Sequence[AnyMetric] = (),
    by: Sequence[str] = (),
    leaderboard: object | None = None,
) -> Marked:
    """Score a model on the rows of a table."""
    scored = model.scored(raw.frame, name=raw.name, metrics=metrics, by=by)
    found = None if leaderboard is None else _placement(scored, model, leaderboard)
    return Marked(scored=scored, placement=found)


# -- scores of others ---------------------------------------------------------------------------------------------


def _placement(scored: ScoreReport, model: Predictor, source: object) -> Placement:
    figure, is_higher = scored.figures[0], scored.higher_is_better[0]
    name, others = team_scores(source)
    low, high = find(figure.metric, model.passport.problem).bounds
    outside = (others < low) | (others > high)
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"{name}: the score {others[row]:g} cannot be one of {figure.title}, which lies from {low:g} to {high:g}.",
            where=Where(file=name, row=row + 1, option="--leaderboard"),
            do=("give scores of the same metric, with its sign", "--metric NAME of the leaderboard's metric first"),
        )  # fmt: skip
    return placement(figure, others, name=name, higher_is_better=is_higher)


def placement(figure: Figure, others: Floats, *, name: str,
             higher_is_better: bool) -> Placement:  # fmt: skip
    """The place of a figure among scores of the same metric."""
    sign = 1.0 if higher_is_better else -1.0
    theirs = sign * others

    def rank(value: float) -> int:
        return 1 + int((theirs > sign * value).sum())

    def share(value: float) -> float:
        return float(((theirs < sign * value).sum() + 0.5 * (theirs == sign * value).sum()) / len(theirs))

    ends = None if figure.low is None or figure.high is None else (figure.low, figure.high)
    ranks = None if ends is None else sorted(rank(end) for end in ends)
    shares = None if ends is None else sorted(share(end) for end in ends)
    return Placement(
        name=name, teams=len(theirs), rank=rank(figure.value), beaten=share(figure.value),
        best=None if ranks is None else ranks[0], worst=None if ranks is None else ranks[1],
        beaten_low=None if shares is None else shares[0], beaten_high=None if shares is None else shares[1],
    )  # fmt: skip


def team_scores(source: object) -> tuple[str, Floats]:
    """(name, scores) of a file with one number a line, or a table with a column of scores."""
    bare = _bare_numbers(source)
    if bare is not None:
        return bare
    raw = read_table(source)
    column = _score_column(raw)
    values = [plain_number(text) if (text := text_of(cell)) is not None else None for cell in raw.frame[column]]
    bad = next((at for at, value in enumerate(values) if value is None), None)
    if bad is not None:
        raise DataError(
            f'{raw.name}, column "{column}", row {bad + 1}: {text_of(raw.frame[column].iloc[bad])!r} is no score.',
            where=Where(file=raw.name, column=column, row=bad + 1, option="--leaderboard"),
            do=("leave out teams without a score",),
        )  # fmt: skip
    return raw.name, np.array(values, dtype=np.float64)


def _bare_numbers(source: object) -> tuple[str, Floats] | None:
    """A text file of numbers alone, which as a table would lose the first to its header; None for anything else."""
    from pathlib import Path

    path = Path(source) if isinstance(source, str | Path) else None
    if path is None or not path.is_file() or path.suffix.lower() not in (".txt", ".csv", ".tsv", ""):
        return None
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError:  # a table in another encoding, which the reader knows
        return None
    numbers = [plain_number(line) for line in lines]
    known = [number for number in numbers if number is not None]
    return (path.name, np.array(known)) if lines and len(known) == len(lines) else None


def _score_column(raw: RawTable) -> str:
    names = [str(name) for name in raw.frame.columns]
    called = [name for name in names if name.strip().casefold() in SCORE_NAMES]
    numeric = [name for name in names if _are_numbers(raw.frame[name])]
    found = called if len(called) == 1 else numeric
    if len(found) != 1:
        raise DataError(
            f"{raw.name}: which column holds the scores? It has {', '.join(names[:8])}.",
            where=Where(file=raw.name, option="--leaderboard"),
            do=('name it "score"', "give a file of the scores alone, one a line"),
        )  # fmt: skip
    return found[0]


def _are_numbers(cells: "pd.Series") -> bool:
    texts = [text_of(cell) for cell in cells]
    return bool(texts) and all(text is not None and plain_number(text) is not None for text in texts)
