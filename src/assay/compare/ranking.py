"""Several files of predictions by their score, and which of them the rows tell apart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from assay.compare.comparison import Contest, Terms, excludes_zero, read_contest, two_sided
from assay.core.errors import UsageError
from assay.core.figure import Difference, Figure
from assay.core.p_value_corrections import holm
from assay.data.raw import RawTable
from assay.evidence.compact_letter_display import compact_letters

FEWEST, MOST = 3, 26
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedPair:
    """Two places of a ranking, a above b. difference: what a, whose score is the better, gains over b.

    p: two-sided, of "both are equally good"; holm: the same corrected for all pairs of the ranking.
    """

    a: int
    b: int
    difference: Difference
    p: float | None
    holm: float
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedFile:
    """One file. score: with an interval of its own; letters: shared exactly with those it is not told apart from."""

    name: str
    score: Figure
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """ranking/1. places: the best score first; pairs: every two of them, told apart at 5 % for all together (Holm)."""

    truth: str
    target: str
    metric: str
    metric_title: str
    higher_is_better: bool
    rows: int
    places: tuple[RankedFile, ...]
    pairs: tuple[RankedPair, ...]
    notes: tuple[str, ...] = ()

    def pair(self, a: int, b: int) -> RankedPair:
        """Of two places, a above b."""
        return next(pair for pair in self.pairs if (pair.a, pair.b) == (a, b))


def rank_files(files: Sequence[object], truth: object, terms: Terms) -> Ranked:
    """Read three files of predictions or more, and the truth, and compare each with each.

    All pairs, not all against the first: who ranks wants to know of any two. Holm's procedure holds the chance that any
    equally good two are told apart at 5 %. Raises as `compare_files`, and UsageError for other numbers of files.
    Cost: two comparisons a pair.
    """
    if not FEWEST <= len(files) <= MOST:
        raise UsageError(f"{len(files)} files of predictions cannot be ranked: {FEWEST} to {MOST} can.",
                         do=("leave some out",))  # fmt: skip
    held = read_contest(files, truth, terms)
    sign = 1.0 if held.metric.higher_is_better else -1.0
    scores = [held.score(at) for at in range(len(held.names))]
    order = sorted(range(len(scores)), key=lambda at: -sign * scores[at].value)
    pairs = _pairs(held, order)
    apart = np.zeros((len(order), len(order)), dtype=bool)
    for pair in pairs:
        apart[pair.a, pair.b] = apart[pair.b, pair.a] = pair.differs
    names = _apart_names(held.names, files)
    places = tuple(
        RankedFile(name=names[at], score=scores[at], letters=said)
        for at, said in zip(order, compact_letters(apart), strict=True)
    )
    return Ranked(
        truth=held.truth, target=held.target, metric=held.metric.name, metric_title=held.metric.title,
        higher_is_better=held.metric.higher_is_better, rows=len(held.rows), places=places, pairs=pairs,
        notes=(*held.before, *_shared(pairs), *held.after),
    )  # fmt: skip


def _pairs(held: Contest, order: Sequence[int]) -> tuple[RankedPair, ...]:
    at = list(combinations(range(len(order)), 2))
    gains = [held.gain(order[b], order[a]) for a, b in at]
    tested = [two_sided(gain.p, p_of_b) for gain, p_of_b in gains]
    corrected = holm([1.0 if p is None else p for p in tested])
    return tuple(
        RankedPair(a=a, b=b, difference=gain, p=p, holm=float(by_holm),
             differs=bool(by_holm < LEVEL) and excludes_zero(gain))
        for (a, b), (gain, _), p, by_holm in zip(at, gains, tested, corrected, strict=True)
    )  # fmt: skip


def _shared(pairs: Sequence[RankedPair]) -> tuple[str, ...]:
    """What is said of every pair: that two files are alike is not."""
    counts = Counter(note for pair in pairs for note in dict.fromkeys(pair.difference.notes))
    return tuple(note for note, times in counts.items() if times == len(pairs))


def _apart_names(names: Sequence[str], files: Sequence[object]) -> tuple[str, ...]:
    """File names; of those that come twice the paths, and where these do too, numbers."""
    said = [str(file) if names.count(name) > 1 and not isinstance(file, RawTable) and isinstance(file, str) else name
            for name, file in zip(names, files, strict=True)]  # fmt: skip
    return tuple(
        f"{name} ({said[: at + 1].count(name)})" if said.count(name) > 1 else name for at, name in enumerate(said)
    )
