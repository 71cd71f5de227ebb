"""Generalised additive model (Hastie and Tibshirani, 1986; Lou et al., 2012): a sum of one curve per column.

LightGBM boosts one-split trees, each on one column, so their sum is additive. The trees are then collapsed to one step
function per column, which predicts the same, reads like a table and needs no LightGBM.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, get_args

import numpy as np

from assay.core.array import Floats, Index, JsonObject, Singles
from assay.core.contract import Cost, Effort, Ended, Facts, FoldView, Limits, ModelTraits, Seeds, State, Table, Target
from assay.core.errors import UsageError
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Float, Int, Space
from assay.models import _boosting as boosting
from assay.models import register
from assay.models.cheaper_variants import HigherRate
from assay.models.early_stopping import EarlyStopping
from assay.models.lightgbm import LightGBM
from assay.models.matrix import sigmoid, softmax, two_columns
from assay.models.stumps import Stumps, of_booster
from assay.models.wording import Wording, number

if TYPE_CHECKING:
    import lightgbm

FEW_ROWS = 16
"""Up to this many rows all columns are looked up at once; above it, column by column, with the same result."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GamTerm:
    """One column's part. values: (b, k) contribution of each bin to the k scores, mean 0 over the training rows; bins:
    (b,) in words; rows: (b,) training rows in each; matters: spread of the part over the training rows."""

    name: str
    bins: tuple[str, ...]
    values: Floats
    rows: Index
    matters: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedGam:
    """names, levels: of the columns of boosting.matrix, -1 levels for numbers. rows: (bins,) training rows in each bin.

    least: what is added to each probability before they are made to sum to 1 (see models.flat_boosted).
    """

    stumps: Stumps
    names: tuple[str, ...]
    levels: tuple[int, ...]
    rows: Index
    n_classes: int
    least: float
    rounds: int
    rounds_done: int
    ended: Ended
    curves: Floats = field(init=False)
    _last: "tuple[int, Floats, Floats]" = field(init=False, repr=False)
    """Rounds of the last prediction, with the curves and the intercept for them."""

    def __post_init__(self) -> None:
        curves, intercept = self.stumps.collapsed(self.rounds)
        object.__setattr__(self, "curves", curves)
        object.__setattr__(self, "_last", (self.rounds, curves, intercept))

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        curves, intercept = self.summed(self.rounds if rounds is None else rounds)
        scores: Floats = curves[self.slots(boosting.matrix(table))].sum(axis=1) + intercept
        return self._answer(scores)

    def summed(self, rounds: int) -> tuple[Floats, Floats]:
        """Curves and intercept after this many rounds; the last result is kept, as a shipped fold model is always used
        with the same number. UsageError for more rounds than are trained."""
        known, curves, intercept = self._last
        if rounds == known:
            return curves, intercept
        if rounds != self.rounds and not 1 <= rounds <= self.rounds_done:
            raise UsageError(f"{rounds} rounds were asked for, 1 to {self.rounds_done} are trained.")
        curves, intercept = self.stumps.collapsed(rounds)
        object.__setattr__(self, "_last", (rounds, curves, intercept))
        return curves, intercept

    def slots(self, X: Singles) -> Index:
        """(n, used columns) the bin of each cell, numbered over all columns."""
        stumps = self.stumps
        used = X[:, stumps.columns]
        if len(X) <= FEW_ROWS and len(stumps.columns):
            below = stumps.edges < used[:, stumps.owner]
            place: Index = np.add.reduceat(below, stumps.first_edge, axis=1, dtype=np.int64)
        else:
            parts = np.split(stumps.edges, stumps.first_edge[1:])
            place = np.empty(used.shape, dtype=np.int64)
            for j in range(used.shape[1]):
                place[:, j] = np.searchsorted(parts[j], used[:, j].astype(np.float64), side="left")
        return stumps.first_bin[:-1] + np.where(np.isnan(used), stumps.missing_bin, place)

    def _answer(self, scores: Floats) -> Floats:
        if not self.n_classes:
            return scores[:, 0]
        raw = two_columns(sigmoid(scores[:, 0])) if self.n_classes == 2 else softmax(scores)
        raised = raw + self.least
        out: Floats = raised / raised.sum(axis=1, keepdims=True)
        return out

    def terms(self, words: Wording | None = None) -> tuple[GamTerm, ...]:
        """The columns in use, the most important first."""
        found = [self._term(j, words or Wording()) for j in range(len(self.stumps.columns))]
        return tuple(sorted(found, key=lambda term: -term.matters))

    def _term(self, j: int, words: Wording) -> GamTerm:
        first, end = self.stumps.first_bin[j : j + 2]
        rows, values = self.rows[first:end], self.curves[first:end]
        share = rows / max(1, rows.sum())
        centred = values - share @ values
        there = np.flatnonzero(rows > 0)
        matters = float(np.sqrt((share @ centred**2).mean()))
        bins = self._bins(j, words)
        return GamTerm(
            name=words.name(self.names[self.stumps.columns[j]]), bins=tuple(bins[b] for b in there),
            values=centred[there],
            rows=rows[there], matters=matters,
        )  # fmt: skip

    def _bins(self, j: int, words: Wording) -> list[str]:
        column = int(self.stumps.columns[j])
        name, levels = self.names[column], self.levels[column]
        if levels >= 0:
            return [*(words.level(name, code, n_levels=levels) for code in range(-1, levels + 1)), "missing"]
        edges = np.concatenate([[-np.inf], self.stumps.edges[self.stumps.owner == j], [np.inf]])
        return [*(words.interval(name, float(low), float(high)) for low, high in pairwise(edges)), "missing"]

    def describe(self, words: Wording | None = None) -> tuple[str, ...]:
        """A line a bin, under the name of its column: what it adds to the score (classes: to the log odds)."""
        lines = []
        for term in self.terms(words):
            lines.append(f"{term.name} (moves the score by {number(term.matters)})")
            for label, value in zip(term.bins, term.values, strict=True):
                lines.append(f"  {label}: {', '.join(f'{v:+.3g}' for v in value)}")
        return tuple(lines)

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(calls=44, cells=3 * len(self.stumps.edges) + 8 * len(self.stumps.columns) * self.curves.shape[1])

    def state(self) -> State:
        meta: JsonObject = {
            "format": 1, "names": list(self.names), "levels": list(self.levels), "n_classes": self.n_classes,
            "least": self.least, "rounds": self.rounds, "rounds_done": self.rounds_done, "ended": self.ended,
        }  # fmt: skip
        return State("gam", meta, {**self.stumps.arrays(), "rows": self.rows})


@register("gam", also=("additive", "ebm"))
@dataclass(frozen=True)
class Gam(HigherRate):
    """Boosted stumps (see LightGBM for the parameters), collapsed to one curve a column."""

    traits: ClassVar[ModelTraits] = ModelTraits(
        readable=True, monotone=True, libraries=("lightgbm",), called=("additive model",)
    )

    learning_rate: float = 0.1
    min_data: int = 20
    bagging: float = 0.75
    feature_fraction: float = 1.0
    l2: float = 0.0
    max_rounds: int = boosting.MAX_ROUNDS

    @property
    def learner(self) -> LightGBM:
        """The booster of one-split trees."""
        return LightGBM(
            learning_rate=self.learning_rate, leaves=2, min_data=self.min_data, bagging=self.bagging,
            feature_fraction=self.feature_fraction, l2=self.l2, max_rounds=self.max_rounds,
        )  # fmt: skip

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedGam:
        table = view.table("train")
        booster, stopping = self.learner.trained(view, limits=limits, seeds=seeds, rounds=rounds)
        return collapsed(booster, stopping, table, view.target("train"))

    def cost(self, facts: Facts) -> Cost:
        """One split a round, and many rounds: some 250 at a rate of 0.1 on eight tables [measured]."""
        pace = boosting.Pace(setup=5e-8, per_round=8e-5, per_cell=3e-9, cell_bytes=10)
        return boosting.cost(facts, pace, rate=self.learning_rate / 4, max_rounds=self.max_rounds)

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(
            learning_rate=Float(0.03, 0.3, log=True),
            min_data=Int(1, max(2, min(60, facts.n_rows // 20)), log=True),
            bagging=Float(0.5, 1.0),
            feature_fraction=Float(0.1 if boosting.is_wide(facts) else 0.4, 1.0),
            l2=Float(1e-3, 10.0, log=True),
        )

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """None above 30 classes: so many curves per column are neither readable nor quick to train."""
        if facts.n_classes > 30:
            return ()
        model = Step.of(
            "gam", learning_rate=0.1, min_data=max(5, min(40, facts.n_rows // 100)),
            feature_fraction=0.2 if boosting.is_wide(facts) else 1.0,
        )  # fmt: skip
        recipe = Recipe(steps=readable_steps(facts), model=model)
        return (Entry(name="gam", what="additive, one curve a column", recipe=recipe),)

    @classmethod
    def restore(cls, state: State) -> FittedGam:
        """ValueError unless the stumps fit the columns."""
        meta: Any = state.meta
        if meta.get("format") != 1 or meta["ended"] not in get_args(Ended):
            raise ValueError(f"a gam of format {meta.get('format')!r} that ended by {meta.get('ended')!r} is unknown")
        names, levels = tuple(map(str, meta["names"])), tuple(map(int, meta["levels"]))
        n_classes = int(meta["n_classes"])
        stumps = Stumps.restore(state.arrays, n_outputs=n_classes if n_classes > 2 else 1, n_columns=len(names))
        rows = np.asarray(state.arrays["rows"])
        is_many = max(levels, default=0) > boosting.NATIVE_LEVELS  # it would be described level by level
        is_whole = len(names) == len(levels) and len(rows) == stumps.first_bin[-1] and stumps.fits(levels)
        if is_many or not is_whole:
            raise ValueError("the names, levels and rows of a gam do not fit its columns")
        return FittedGam(
            stumps=stumps, names=names, levels=levels, rows=rows, n_classes=n_classes, least=float(meta["least"]),
            rounds=int(meta["rounds"]), rounds_done=int(meta["rounds_done"]), ended=meta["ended"],
        )  # fmt: skip


def readable_steps(facts: Facts) -> tuple[Step, ...]:
    """Parts of dates; target means in place of columns with too many levels; texts left out if there
    are other columns."""
    steps = [Step.of("dates")] if facts.n_dates else []
    if facts.n_text:
        steps.append(Step.of("without_text" if facts.n_text < facts.n_features else "text_svd"))
    if facts.high_columns:
        steps.append(Step.of("target_mean", above=boosting.NATIVE_LEVELS, m=10.0, keep=False))
    return tuple(steps)


def collapsed(booster: "lightgbm.Booster", stopping: EarlyStopping, table: Table, target: Target) -> FittedGam:
    """The additive model of a booster of one-split trees, equal to it after every number of rounds; table, target: of
    its training rows.

    ValueError if a tree has more than one split.
    """
    is_category = boosting.is_category(table)
    coded = [levels if few else -1 for levels, few in zip(table.levels, is_category, strict=True)]
    levels = (*[-1] * len(table.numeric_names), *coded)
    trees: Sequence[Mapping[str, Any]] = booster.dump_model(num_iteration=-1)["tree_info"]
    n_outputs = target.n_classes if target.n_classes > 2 else 1
    stumps = of_booster(trees, levels, n_outputs=n_outputs)
    fitted = FittedGam(
        stumps=stumps, names=(*table.numeric_names, *table.code_names), levels=levels,
        rows=np.zeros(int(stumps.first_bin[-1]), dtype=np.int64), n_classes=target.n_classes,
        least=1.0 / (10 * len(target)), rounds=stopping.best_round, rounds_done=stopping.done, ended=stopping.ended,
    )  # fmt: skip
    np.add.at(fitted.rows, fitted.slots(boosting.matrix(table)).ravel(), 1)
    return fitted
