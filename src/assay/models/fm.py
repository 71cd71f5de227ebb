"""Factorisation machine (Rendle, 2010): weights of levels plus products of the vectors of every two levels.

Each level has a weight and a short vector; a pair adds the product of its vectors, so that users and items that never
met are predicted from the others each of them met. A number is a field of bins and a linear field; the linear field's
vector times a level's is a slope for that level.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table, Target
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Int, Space
from assay.models import register
from assay.models.constant import fit_constant
from assay.models.fitted_bases import AllRounds
from assay.models.fm_learn import Field, FieldData, learn
from assay.models.matrix import SeenClasses, need_time, sigmoid, softmax, spread, two_columns, weighted_quantile

FEW_ROWS = 32
CHUNK_CELLS = 400_000
"""Floats gathered at a time in a prediction."""
MOST_FIELDS, MOST_CLASSES = 200, 7
"""Limits of tables for which it is proposed by default."""
CUT = 4.0
"""Standard deviations at which numbers are clipped, as products of two would diverge."""


@dataclass(frozen=True, slots=True, eq=False)
class FieldCells:
    """Encodes a row as levels: of each code column one, of each number a bin and a linear level whose share is the
    number.

    levels: (code columns,) known levels. edges: (numbers, bins - 1) rising, padded with infinity; shift, scale:
    (numbers,) of the linear fields. first: (fields + 1,) offsets of each field's levels, missing and never seen among
    them.
    """

    levels: Index
    edges: Floats
    shift: Floats
    scale: Floats
    first: Index = field(init=False)

    def __post_init__(self) -> None:
        n, bins = self.edges.shape
        sizes = [0, *(self.levels + 2), *[bins + 2] * n, *[1] * n]
        object.__setattr__(self, "first", np.cumsum(sizes).astype(np.int64))

    @classmethod
    def of(cls, table: Table, *, bins: int) -> "FieldCells":
        """bins: of each number, by its quantiles; 1 for none."""
        X = _numbers(table)
        edges = np.full((X.shape[1], max(0, bins - 1)), np.inf)
        shift, scale = np.zeros(X.shape[1]), np.ones(X.shape[1])
        for j in range(X.shape[1]):
            known = X[np.isfinite(X[:, j]), j]
            if not len(known):
                continue
            cuts = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="lower"))
            cuts = cuts[cuts < known.max()]
            edges[j, : len(cuts)] = cuts
            shift[j], scale[j] = known.mean(), known.std() or 1.0
        return cls(np.asarray(table.levels, dtype=np.int64), edges, shift, scale)

    def of_rows(self, table: Table) -> tuple[Index, Floats]:
        """(n, fields) level positions and shares: 1, or the number for linear fields (0 where missing)."""
        X = _numbers(table)
        codes = np.minimum(table.codes.astype(np.int64), self.levels) + 1
        if len(X) <= FEW_ROWS:  # all columns at once: for one row a call a column took most of the time
            bins = (self.edges < X[:, :, None]).sum(axis=2)
        else:
            bins = np.empty(X.shape, dtype=np.int64)
            for j in range(X.shape[1]):
                bins[:, j] = np.searchsorted(self.edges[j], X[:, j], side="left")
        is_missing = ~np.isfinite(X)
        bins[is_missing] = self.edges.shape[1] + 1
        lines = np.where(is_missing, 0.0, np.clip((X - self.shift) / self.scale, -CUT, CUT))
        places = np.concatenate([codes, bins, np.zeros_like(bins)], axis=1) + self.first[:-1]
        return places, np.concatenate([np.ones((len(X), codes.shape[1] + X.shape[1])), lines], axis=1)

    def arrays(self) -> dict[str, AnyArray]:
        return {"levels": self.levels, "edges": self.edges, "shift": self.shift, "scale": self.scale}


def _numbers(table: Table) -> Floats:
    """(n, d) numbers and dates; float64, as days since 1970 are of five digits and more."""
    return np.concatenate([table.numeric, table.dates], axis=1, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedMachine(AllRounds):
    """intercept: (k,); mean: (k, all levels, 1 + factors), weight and vector of each; k as in FittedLinear.

    values: centre, scale, lowest and highest value seen (regression). rounds: training sweeps; `predict` always uses
    all of them (see fm_learn).
    """

    cells: FieldCells
    intercept: Floats
    mean: Floats
    present: Index
    n_classes: int
    values: Floats
    rounds: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        places, shares = self.cells.of_rows(table)
        scores = np.empty((len(places), len(self.intercept)))
        step = max(1, CHUNK_CELLS // (self.mean[:, 0].size * places.shape[1]))
        for at in range(0, len(places), step):
            scores[at : at + step] = self._scores(places[at : at + step], shares[at : at + step])
        if not self.n_classes:
            centre, scale, low, high = self.values
            return np.asarray(np.clip(centre + scale * scores[:, 0], low, high))
        chances = two_columns(sigmoid(scores[:, 0])) if scores.shape[1] == 1 else softmax(scores)
        return spread(chances, self.present, self.n_classes)

    def _scores(self, places: Index, shares: Floats) -> Floats:
        """(n, k): the vectors' products, all pairs at once, are half of the squared sum less the sum of squares."""
        parts = self.mean[:, places] * shares[:, :, None]
        vectors = parts[..., 1:]
        crossed = vectors.sum(axis=2) ** 2 - (vectors**2).sum(axis=2)
        out: Floats = (self.intercept[:, None] + parts[..., 0].sum(axis=2) + 0.5 * crossed.sum(axis=2)).T
        return out

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(
            calls=95, cells=2 * self.cells.edges.size + 6 * self.mean[:, 0].size * (len(self.cells.first) - 1)
        )

    def state(self) -> State:
        meta = {"format": 1, "n_classes": self.n_classes, "sweeps": self.rounds, "ended": self.ended}
        learned = {"intercept": self.intercept, "mean": self.mean, "present": self.present, "values": self.values}
        return State("fm", dict(meta), {**self.cells.arrays(), **learned})


@register("fm", also=("factorisation_machine", "factorization_machine"))
@dataclass(frozen=True)
class FactorisationMachine:
    """Levels and their pairwise products, by vectors of `factors` numbers with learned variances: a field without
    interactions gets zero vectors, a rare level is shrunk, an unseen one adds nothing.

    bins: of each number, beside its linear field; 1 for none. Text and sparse columns are not read. Absolute and
    quantile loss: the least squares fit, its intercept moved to that quantile of the residuals.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(called=("factorisation machine", "factorization machine"))

    factors: int = 4
    bins: int = 8
    max_sweeps: int = 60

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(factors=Int(2, 16, log=True), bins=Int(1, 32, log=True))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """None for many columns or classes: each column is a field, and the cost of a sweep grows with fields x
        classes."""
        if _fields(facts) > MOST_FIELDS or facts.n_classes > MOST_CLASSES:
            return ()
        recipe = Recipe(steps=steps(facts), model=Step.of("fm"))
        return (Entry(name="fm", what="factorisation machine", recipe=recipe),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: exactly this many sweeps, without a clock. TimeoutError if no sweep fits the time."""
        table, target = view.table("train"), view.target("train")
        seen = SeenClasses.of(target) if target.is_class else None
        cells = FieldCells.of(table, bins=self.bins)
        if len(cells.first) == 1 or (seen is not None and len(seen.present) < 2):
            return fit_constant(view)
        if rounds is None:
            need_time(limits, self.cost(view.facts).round_seconds, "A sweep of fm")
        data, values = _field_data(cells, table, target, seen)
        learned = learn(
            data, factors=self.factors, sweeps=rounds or self.max_sweeps, is_exact=rounds is not None,
            deadline=limits.deadline if rounds is None else Deadline(), rng=seeds.child("fm").rng(),
        )  # fmt: skip
        intercept = learned.intercept
        if view.loss in ("absolute", "quantile") and seen is None:
            q = 0.5 if view.loss == "absolute" else view.quantile
            intercept = intercept + weighted_quantile(data.y - learned.scores[:, 0], data.weight, q)
        return FittedMachine(
            cells=cells, intercept=intercept, mean=learned.mean, values=values, n_classes=target.n_classes,
            present=np.zeros(0, dtype=np.int64) if seen is None else seen.present,
            rounds=learned.sweeps, ended=learned.ended,
        )  # fmt: skip

    def cost(self, facts: Facts) -> Cost:
        """Two fields for a number; a field's sums over rows and its calls of numpy [measured], some 40 sweeps."""
        fields, scores = _fields(facts), facts.n_classes if facts.n_classes > 2 else 1
        per_field = 1.5e-4 + 5e-8 * (1 + self.factors) * facts.n_rows
        return Cost(
            setup_seconds=0.01 + 1e-7 * facts.n_rows * fields, round_seconds=fields * scores * per_field, rounds=40,
            bytes=16 * facts.n_rows * (fields + 4 * scores * self.factors),
        )  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> FittedMachine:
        """ValueError unless the arrays fit each other."""
        meta: Any = state.meta
        if meta.get("format") != 1 or meta["ended"] not in get_args(Ended):
            raise ValueError(f"an fm of format {meta.get('format')!r} that ended by {meta.get('ended')!r} is unknown")
        arrays = {name: np.asarray(array) for name, array in state.arrays.items()}
        levels, edges, shift, scale = (arrays[name] for name in ("levels", "edges", "shift", "scale"))
        mean, intercept = arrays["mean"], arrays["intercept"]
        is_fine = edges.ndim == 2 and len(edges) == len(shift) == len(scale) and bool((levels >= 0).all())
        cells = FieldCells(levels, edges, shift, scale)
        if not is_fine or mean.ndim != 3 or mean.shape[:2] != (len(intercept), cells.first[-1]):
            raise ValueError("the levels, numbers and vectors of an fm do not fit together")
        return FittedMachine(
            cells=cells, intercept=intercept, mean=mean, present=arrays["present"], n_classes=int(meta["n_classes"]),
            values=arrays["values"], rounds=int(meta["sweeps"]), ended=meta["ended"],
        )  # fmt: skip


def _fields(facts: Facts) -> int:
    """Number of fields, counting about four for a date and 30 for a text."""
    return 1 + facts.n_category + 2 * facts.n_numeric + 8 * facts.n_dates + 60 * facts.n_text


def steps(facts: Facts) -> tuple[Step, ...]:
    """Parts of dates; text as numbers. Missing cells are levels of their own."""
    wanted = [(facts.n_dates, Step.of("dates")), (facts.n_text, Step.of("text_svd"))]
    return tuple(step for count, step in wanted if count)


def _field_data(cells: FieldCells, table: Table, target: Target, seen: SeenClasses | None) -> tuple[FieldData, Floats]:
    """The training data, and the centre and scale of regression values."""
    places, shares = cells.of_rows(table)
    fields = tuple(Field.of(places[:, j], shares[:, j]) for j in range(places.shape[1]))
    weight = np.ones(len(target)) if target.weight is None else target.weight / target.weight.mean()
    n_slots = int(cells.first[-1])
    if seen is not None:
        return FieldData(fields, n_slots, seen.codes, weight, len(seen.present)), np.array([0.0, 1.0, 0.0, 0.0])
    y = np.asarray(target.values, dtype=np.float64)
    centre = float(np.average(y, weights=weight))
    scale = float(np.sqrt(np.average((y - centre) ** 2, weights=weight))) or 1.0
    values = np.array([centre, scale, y.min(), y.max()])
    return FieldData(fields, n_slots, (y - centre) / scale, weight, 0), values
