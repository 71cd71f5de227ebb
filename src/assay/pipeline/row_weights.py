"""Weights of training rows, by the name that a recipe gives: which rows teach, and how much.

A weighting sees the training rows of one fold and nothing else; scores never use it. A row of weight 0 is left out.
Written as a name, or as a name and a number: "recent:0.5".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.contract import Seeds, Table, Target
from assay.core.errors import UsageError, nearest_names
from assay.pipeline.inner_forest import cells, forest_seconds, out_of_fold

NONE, BALANCED = "none", "balanced"
SMALLEST = 30
"""Fewest rows that a window keeps; a fold with fewer keeps all of them."""
MOST_RATIO = 5.0
"""Most, and by its inverse least, that a density ratio weighs; a few rows of large weight would teach alone."""
NEWEST = 0.25
"""Share of the rows in order of time that stand for those to come, where no rows without a target do."""
HUBER = 2.0
"""Residuals beyond so many robust standard deviations weigh less than 1, by their inverse."""
ROBUST = 1.4826
"""A normal standard deviation in median absolute deviations."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingPart:
    """Training rows of one fold as a weighting sees them.

    table: raw cells; target: on the user's scale; inner: (n,) inner fold numbers; groups: (n,) codes of rows that
    belong together; fresh: raw rows without a target, None where the lab has none.
    """

    table: Table
    target: Target
    inner: Index
    seeds: Seeds
    groups: Index | None = None
    fresh: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighting:
    """A kind of weights. words: for people, with {} where its number stands; number: its usual one, None where it has
    none; within: bounds of the number, both excluded; forests: how many it grows. weigh: (n,) weights, not negative,
    from rows and the number.
    """

    words: str
    weigh: Callable[[TrainingPart, float], Floats]
    number: float | None = None
    within: tuple[float, float] = (0.0, 1.0)
    forests: int = 0


# -- by time ------------------------------------------------------------------------------------------------------


def place_in_time(table: Table) -> Floats:
    """(n,) share of the rows that are earlier, in [0, 1): by the order of the task, else by the column of dates with
    the fewest gaps; 0.5 without a date. UsageError where there is neither."""
    when = table.moment
    if when is None:
        if not table.date_names:
            raise UsageError(
                "Rows are weighted by time, but the task has no order and the table no dates.",
                do=("--order-by COLUMN", "another weighting"),
            )
        gaps = np.isnan(table.dates).sum(axis=0)
        when = table.dates[:, int(np.argmin(gaps))]
    known = np.isfinite(when)
    place = np.full(len(when), 0.5)
    ordered = np.sort(when[known])
    # equal moments share the middle of their places
    first, last = np.searchsorted(ordered, when[known], "left"), np.searchsorted(ordered, when[known], "right")
    place[known] = (first + last - 1) / 2.0 / max(len(ordered), 1)
    return place


def _recent(part: TrainingPart, half_life: float) -> Floats:
    """2 ** (-age / half-life), both in shares of the rows."""
    return np.asarray(0.5 ** ((1.0 - place_in_time(part.table)) / half_life))


def _window(part: TrainingPart, share: float) -> Floats:
    place = place_in_time(part.table)
    wanted = min(max(round(share * len(place)), SMALLEST), len(place))
    least = np.sort(place)[len(place) - wanted] if wanted else 0.0
    return np.asarray(place >= least, dtype=np.float64)


# -- by density ---------------------------------------------------------------------------------------------------


def _drift(part: TrainingPart, most: float) -> Floats:
    """How much likelier a row is among the rows to come than among the others (Shimodaira, 2000), by a classifier
    (Bickel, Brueckner and Scheffer, 2009): among rows without a target, else among the last quarter in time.

    The square root of the ratio: it halves the variance that weights cost, where the shift is mild.
    """
    n_own = part.table.n_rows
    if part.fresh is not None:
        rows = cells(part.table, part.fresh)
        new: Bools = np.arange(len(rows)) >= n_own
        inner = _dealt(len(rows), part.seeds)
    else:
        new, rows = place_in_time(part.table) >= 1.0 - NEWEST, cells(part.table)
        inner = part.inner
    if not 0 < new.sum() < len(new):
        return np.ones(n_own)
    chance = out_of_fold(rows, Target(new.astype(np.int32), 2), inner, part.seeds.child("drift"))[:n_own, 1]
    odds = np.clip(chance, 0.02, 0.98) / (1.0 - np.clip(chance, 0.02, 0.98))
    ratio = np.sqrt(odds * (~new).sum() / new.sum())
    return np.asarray(np.clip(ratio, 1.0 / most, most))


def _dealt(n_rows: int, seeds: Seeds) -> Index:
    return np.asarray(seeds.child("dealt").rng().permutation(n_rows) % 5)


def _groups_alike(part: TrainingPart, _: float) -> Floats:
    """Each group counts once, however many rows it has."""
    if part.groups is None:
        raise UsageError(
            "Groups are to count alike, but no rows of this task belong together.",
            do=("--group COLUMN", "another weighting"),
        )
    _names, place, sizes = np.unique(part.groups, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / sizes[place])


# -- by doubt -----------------------------------------------------------------------------------------------------


def _trusted(part: TrainingPart, doubted: float) -> Floats:
    """`doubted` for rows whose label is contradicted with confidence, 1 for all others.

    Confident learning (Northcutt, Jiang and Chuang, 2021): another class is likelier than it is for the rows that bear
    it, and the given one is less likely than it is for its own.
    """
    if not part.target.is_class:
        raise UsageError("Labels are doubted where classes are learned.", do=("weighting outliers_less, for numbers",))
    p = out_of_fold(cells(part.table), part.target, part.inner, part.seeds.child("trusted"))
    labels, k = part.target.values, part.target.n_classes
    own = p[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=k)
    usual = np.bincount(labels, weights=own, minlength=k) / np.maximum(counts, 1)
    usual = np.where(counts > 0, usual, 1.1)  # a class without rows is nobody's true label
    other = p.argmax(axis=1)
    is_doubted = (other != labels) & (p.max(axis=1) >= usual[other]) & (own < 0.5 * usual[labels])
    return np.where(is_doubted, doubted, 1.0)


def _outliers_less(part: TrainingPart, _: float) -> Floats:
    """Huber's weights of the residuals of inner predictions (Huber, 1964)."""
    if part.target.is_class:
        raise UsageError("Outliers weigh less where numbers are learned.", do=("weighting trusted, for classes",))
    values = np.asarray(part.target.values, dtype=np.float64)
    found = out_of_fold(cells(part.table), part.target, part.inner, part.seeds.child("outliers"))
    residual = np.abs(values - found - np.median(values - found))
    spread = ROBUST * float(np.median(residual))
    return np.asarray(np.minimum(1.0, HUBER * spread / np.maximum(residual, 1e-300))) if spread else np.ones(len(found))


def _alike(part: TrainingPart, _: float) -> Floats:
    return np.ones(len(part.target))


WEIGHTINGS: Mapping[str, Weighting] = MappingProxyType({
    NONE: Weighting(words="", weigh=_alike),
    BALANCED: Weighting(words="classes weighed alike", weigh=_alike),  # by the target link, which undoes it in answers
    "recent": Weighting(words="recent rows weigh more (half-life {} of the rows)", weigh=_recent, number=1.0,
                        within=(0.0, 10.0)),
    "window": Weighting(words="taught by the latest {} of the rows", weigh=_window, number=0.5),
    "drift": Weighting(words="rows like those to come weigh more (up to {} times)", weigh=_drift, number=MOST_RATIO,
                       within=(1.0, 100.0), forests=5),
    "trusted": Weighting(words="rows of a doubted label weigh {}", weigh=_trusted, number=0.2, forests=5),
    "groups_alike": Weighting(words="every group counts alike", weigh=_groups_alike),
    "outliers_less": Weighting(words="outliers weigh less", weigh=_outliers_less, forests=5),
})  # fmt: skip
"""By the name used in recipes."""


def parsed(text: str) -> tuple[Weighting, float]:
    """The weighting of a recipe's text, and its number; UsageError for a text that is none."""
    name, colon, rest = text.partition(":")
    if name not in WEIGHTINGS:
        near = nearest_names(name, WEIGHTINGS)
        raise UsageError(f"No weighting is called {name!r}. Known: {', '.join(WEIGHTINGS)}.", nearest=near)
    kind = WEIGHTINGS[name]
    if not colon:
        return kind, kind.number or 0.0
    if kind.number is None:
        raise UsageError(f"The weighting {name!r} takes no number, unlike {text!r}.", do=(name,))
    try:
        number = float(rest)
    except ValueError:
        number = float("nan")
    low, high = kind.within
    if not low < number < high:
        raise UsageError(
            f"The number of the weighting {name!r} lies between {low:g} and {high:g}, unlike {rest!r}.",
            do=(f"{name}:{kind.number:g}",),
        )
    return kind, number


def weighting_seconds(text: str, *, n_rows: int, n_columns: int) -> float:
    """Expected seconds of the weights of one fold."""
    return parsed(text)[0].forests * forest_seconds(n_rows, n_columns)


def words_of(text: str) -> str:
    """A weighting for people; "" where all rows weigh alike. A text of a newer version is shown as it is."""
    try:
        kind, number = parsed(text)
    except UsageError:
        return f"weighting {text}"
    return kind.words.format(f"{number:g}")


def row_weights(text: str, make: Callable[[], TrainingPart]) -> Floats | None:
    """(n,) weights of mean 1 over the rows that have one, 0 for rows that are left out; None where all weigh alike.

    make: gives the rows; not called where they all weigh alike.
    """
    kind, number = parsed(text)
    part = make() if kind.weigh is not _alike else None
    if part is None or not len(part.target):
        return None
    weight = kind.weigh(part, number)
    return np.asarray(weight / weight[weight > 0].mean())
