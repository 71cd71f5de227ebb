"""Column selection by boosted trees: gain, shadow columns, null importances, permutation importance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from assay.core.array import Floats, Singles
from assay.core.contract import Facts, Idea, Seeds, Step, StepCost, StepTraits, Table, Target
from assay.core.errors import check_known
from assay.features import register
from assay.features.category_pairs import as_classes
from assay.features.row_sample import sampled_rows
from assay.features.selection import FittedSelection, Method, Selecting, discoveries, everything, selected
from assay.features.smoothed_means import needed

if TYPE_CHECKING:
    import lightgbm

_MOST_ROWS = 10_000
_FEWEST_ROWS = 100
_ROUNDS = 60
_REPEATS = 8
_FEWEST_SHADOWS = 50


def boosted(X: Singles, target: Target, seeds: Seeds, *, leaves: int = 15) -> "lightgbm.Booster":
    """A small LightGBM: 60 rounds (fewer with many classes) of 15 leaves or so many, half of the columns at each split,
    so that of two columns that say the same both are used.
    """
    import lightgbm

    objective = {0: "regression", 2: "binary"}.get(target.n_classes, "multiclass")
    parameters = {
        "objective": objective, "num_leaves": leaves, "learning_rate": 0.1, "max_bin": 63,
        "feature_fraction_bynode": 0.5, "bagging_fraction": 0.8, "bagging_freq": 1,
        "min_data_in_leaf": max(1, min(20, len(target) // 20)),
        "num_threads": 1, "deterministic": True, "force_col_wise": True, "verbosity": -1, "seed": seeds.number,
        **({"num_class": target.n_classes} if objective == "multiclass" else {}),
    }  # fmt: skip
    data = lightgbm.Dataset(X, label=target.values, weight=target.weight, params={"verbosity": -1})
    rounds = _ROUNDS if target.n_classes <= 2 else max(10, 2 * _ROUNDS // target.n_classes)
    return lightgbm.train(parameters, data, num_boost_round=rounds)


def _gains(X: Singles, target: Target, seeds: Seeds) -> Floats:
    return np.asarray(boosted(X, target, seeds).feature_importance("gain"), dtype=np.float64)


def _shuffled(X: Singles, rng: np.random.Generator) -> Singles:
    """Each column in an order of its own."""
    return np.asarray(rng.permuted(X, axis=0))


def shadow(X: Singles, target: Target, seeds: Seeds) -> Floats:
    """(p,) in what share of 8 fits a column gains more than the best of 50 or more shuffled columns beside it.

    Boruta's comparison (Kursa and Rudnicki, 2010) with boosted trees. A column of noise does in one fit of p.
    """
    p, wins = X.shape[1], np.zeros(X.shape[1])
    for k in range(_REPEATS):
        rng = seeds.child("shadow", k).rng()
        copies = [_shuffled(X, rng) for _ in range(-(-_FEWEST_SHADOWS // p))]
        gain = _gains(np.concatenate([X, *copies], axis=1), target, seeds.child("fit", k))
        wins += gain[:p] > gain[p:].max()
    return wins / _REPEATS


def null(X: Singles, target: Target, seeds: Seeds) -> Floats:
    """(p,) 1 for columns whose gain is beyond what they gain with shuffled labels, by falling certainty above 0.

    Each gain is divided by its column's mean gain over 16 fits to shuffled labels (null importance, Altmann et al.,
    2010), which makes columns alike, so that all of them together give the null distribution; 5 % false by Benjamini
    and Hochberg.
    """
    chance = np.stack([
        _gains(X, target.take(seeds.child("labels", k).rng().permutation(len(target))), seeds.child("null", k))
        for k in range(2 * _REPEATS)
    ])  # fmt: skip
    usual = np.maximum(chance.mean(axis=0), 1e-12)
    ratio = np.mean([_gains(X, target, seeds.child("fit", k)) for k in range(3)], axis=0) / usual
    law = np.sort((chance / usual).ravel())
    p = (1.0 + len(law) - np.searchsorted(law, ratio, side="left")) / (1.0 + len(law))
    return np.asarray(np.where(discoveries(p, 0.05), 1.0, 0.0) - p / 2.0)


def permutation(X: Singles, target: Target, seeds: Seeds) -> Floats:
    """(p,) by how many standard errors the loss of rows held out rises when a column is shuffled among them, over
    sqrt(2 log p), what the most of p useless columns may reach; five folds (Breiman, 2001).
    """
    n, p = X.shape
    fold, worse = seeds.child("folds").rng().permutation(n) % 5, np.zeros((n, p))
    for k in range(5):
        held = np.flatnonzero(fold == k)
        booster = boosted(X[fold != k], target.take(np.flatnonzero(fold != k)), seeds.child("fit", k))
        used = np.flatnonzero(np.asarray(booster.feature_importance("split")) > 0)
        rows, labels, rng = X[held].copy(), target.take(held), seeds.child("shuffle", k).rng()
        before = _losses(booster, rows, labels)
        for j in used.tolist():
            own = rows[:, j].copy()
            rows[:, j] = rng.permutation(own)
            worse[held, j] = _losses(booster, rows, labels) - before
            rows[:, j] = own
    error = worse.std(axis=0) / np.sqrt(n)
    return np.asarray(worse.mean(axis=0) / np.where(error > 0, error, np.inf) / np.sqrt(2.0 * np.log(max(p, 2))))


def _losses(booster: "lightgbm.Booster", X: Singles, target: Target) -> Floats:
    """(n,) squared error, or minus the logarithm of the probability of the true class."""
    answer = np.asarray(booster.predict(X, num_threads=1), dtype=np.float64)
    if not target.is_class:
        return np.asarray((target.values - answer) ** 2)
    p = (
        answer[np.arange(len(X)), target.values]
        if answer.ndim == 2
        else np.where(target.values == 1, answer, 1 - answer)
    )
    return np.asarray(-np.log(np.maximum(p, 1e-9)))


def share(X: Singles, target: Target, seeds: Seeds) -> Floats:
    """(p,) gain of each column over that of a column of mean gain."""
    gain = np.mean([_gains(X, target, seeds.child("fit", k)) for k in range(3)], axis=0)
    return np.asarray(gain / max(float(gain.mean()), 1e-12))


METHODS: Mapping[str, Method[Target]] = {
    "shadow": Method(shadow, 0.5, "share of fits in which it beats all shuffled columns"),
    "null": Method(null, 0.25, "certainty beyond shuffled labels"),
    "permutation": Method(permutation, 1.0, "loss held out when shuffled, over what chance may reach,"),
    "gain": Method(share, 1.0, "gain over the mean gain"),
}


@register("select_trees")
@dataclass(frozen=True)
class SelectTrees(Selecting):
    """Columns that boosted trees have no use for are left out, interactions without a main effect are kept.

    method: "shadow" (a column must beat all shuffled columns beside it in half of 8 fits), "null" (gain beyond that
    with shuffled labels), "permutation" (loss of rows held out when it is shuffled), "gain" (more than the mean
    column). Numbers and codes (as numbers), on at most 10,000 rows, with the target's weights; nothing is left out on
    fewer than 100 rows, which decide nothing.
    """

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True,
        ideas=(Idea(  # of fewer than a dozen columns it is not worth asking whether fewer would do
            name="fewer", what="only columns of use", when=lambda facts: facts.n_features >= 12, adds_columns=False,
            trees=(Step.of("select_trees"),), distances=(Step.of("select_linear"),),
            applies="twelve columns or more", prior=2.0, cost="minutes",
            why="Columns that know nothing cost every model some of what it learns, most where rows are few.",
        ), Idea(
            name="null_importance", what="only columns that gain more than with shuffled labels", adds_columns=False,
            when=lambda facts: facts.n_features >= 12, only_moves=True, cost="minutes",
            trees=(Step.of("select_trees", method="null"),), distances=(Step.of("select_trees", method="null"),),
            applies="twelve columns or more", prior=0.2, source="Altmann et al. (2010)",
            why="A column of many values gains much by chance, and only shuffled labels tell how much that is.",
        )),
    )  # fmt: skip

    method: str = "shadow"

    def __post_init__(self) -> None:
        check_known(self.method, METHODS, f"There is no method {self.method!r}.")

    def cost(self, facts: Facts) -> StepCost:
        """Small boosters on doubled columns: by the root of rows, as trees that know more stop later."""
        outputs, wide = (2.0 if facts.n_outputs > 1 else 1.0), max(1.0, facts.n_features / 15)
        return StepCost(seconds=0.02 * outputs * (min(facts.n_rows, _MOST_ROWS) * wide) ** 0.5)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSelection:
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        sample, labels = table.take(rows), needed(target, "select_trees").take(rows)
        X = np.concatenate([sample.numeric, sample.codes.astype(np.float32)], axis=1)
        if len(rows) < _FEWEST_ROWS or X.shape[1] < 2:
            return everything("select_trees", table)
        method = METHODS[self.method]
        score = method.judge(X, as_classes(labels) if labels.is_class else labels, seeds)
        reasons = [f"{method.says} {value:.2g}, kept from {method.least:g}" for value in score.tolist()]
        return selected("select_trees", table, score >= method.least, reasons, score=score)
