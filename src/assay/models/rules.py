"""A short additive list of rules (RuleFit's form, Friedman and Popescu, 2008), at most a dozen.

Rules are added one by one: a small tree is fitted to the residuals, its best branch becomes a rule, and the weights of
all rules are refitted (fully corrective boosting of rules, Dembczynski et al., 2010). So their number is what a person
is ready to read, unlike the thousands before a lasso.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, get_args

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Json, Singles
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table, Target
from assay.core.inner_folds import inner_folds
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Int, Space
from assay.models import register
from assay.models.coding import Coding, Condition, Path, sentence
from assay.models.constant import fit_constant
from assay.models.fitted_bases import WithoutRounds
from assay.models.gam import readable_steps
from assay.models.matrix import need_time, sigmoid, softmax, two_columns, weighted_quantile
from assay.models.rules_search import RuleData, Search, fitted_weights, holds
from assay.models.wording import Wording, number

INNER_FOLDS = 3
SOUGHT_ON = 10_000
"""Rows on which rules are searched; their weights are fitted on all rows."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedRules(WithoutRounds):
    """weights: (rules + 1, k), the last one the intercept; k = 1 for numbers and two classes (log odds of the second).
    share: (rules,) of the training rows that satisfy the rule."""

    coding: Coding
    rules: tuple[Path, ...]
    weights: Floats
    share: Floats
    n_classes: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        scores = self.scores(self.coding.matrix(table))
        if not self.n_classes:
            return scores[:, 0]
        return two_columns(sigmoid(scores[:, 0])) if self.n_classes == 2 else softmax(scores)

    def scores(self, X: Singles) -> Floats:
        """(n, k) sums of the weights of satisfied rules, in fixed order so that results do not depend on other rows."""
        out: Floats = np.tile(self.weights[-1], (len(X), 1))
        for rule, weight in zip(self.rules, self.weights[:-1], strict=True):
            out += holds(rule, X)[:, None] * weight
        return out

    def describe(self, words: Wording | None = None) -> tuple[str, ...]:
        """The intercept, then one line per rule, largest total effect first."""
        words = words or Wording()
        spread = np.abs(self.weights[:-1]).max(axis=1) * np.sqrt(self.share * (1.0 - self.share))
        start = f"start at {self._effect(self.weights[-1], words)}"
        return (start, *(
            f"if {sentence(self.rules[i], self.coding, words)}: {self._effect(self.weights[i], words)} "
            f"({self.share[i]:.0%} of the rows)"
            for i in np.argsort(-spread, kind="stable")
        ))  # fmt: skip

    def _effect(self, weight: Floats, words: Wording) -> str:
        if not self.n_classes:
            return f"{'+' if weight[0] >= 0 else ''}{number(float(weight[0]))}"
        if self.n_classes == 2:
            return f"{weight[0]:+.2f} for {words.label(1)}"
        most = np.argsort(-np.abs(weight), kind="stable")[:2]
        return ", ".join(f"{weight[k]:+.2f} for {words.label(int(k))}" for k in most)

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(calls=30 + 4 * len(self.rules) + 8 * sum(map(len, self.rules)))

    def state(self) -> State:
        """Conditions, concatenated; `rule` is the index of each one's rule."""
        flat = [(i, one) for i, rule in enumerate(self.rules) for one in rule]
        meta: dict[str, Json] = {"n_classes": self.n_classes, "ended": self.ended, **self.coding.meta()}
        arrays: dict[str, AnyArray] = {
            "rule": np.array([i for i, _ in flat], dtype=np.int64),
            "column": np.array([one.column for _, one in flat], dtype=np.int64),
            "low": np.array([one.low for _, one in flat]), "high": np.array([one.high for _, one in flat]),
            "missing": np.array([one.missing for _, one in flat], dtype=np.bool_),
            "weights": self.weights, "share": self.share,
        }  # fmt: skip
        return State("rules", meta, {**arrays, **self.coding.arrays()})


@register("rules")
@dataclass(frozen=True)
class Rules:
    """At most n_rules rules of at most `conditions` conditions; inner folds choose their number.

    Absolute and quantile loss: the least squares fit, its intercept moved to that quantile of the residuals.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(readable=True, called=("rule list",))

    n_rules: int = 12
    conditions: int = 3
    min_rows: int = 10

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(
            n_rules=Int(3, 12), conditions=Int(1, 4), min_rows=Int(3, max(4, min(100, facts.n_rows // 20)), log=True)
        )

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """None above 30 classes: a dozen rules cannot separate them."""
        if facts.n_classes > 30:
            return ()
        model = Step.of("rules", min_rows=int(np.clip(facts.n_rows // 100, 5, 100)))
        recipe = Recipe(steps=readable_steps(facts), model=model)
        return (Entry(name="rules", what="at most a dozen rules that add up", recipe=recipe, only_for="interpretable"),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: if given, no clock is read."""
        table, target = view.table("train"), view.target("train")
        deadline = limits.deadline if rounds is None else Deadline()
        is_single = target.is_class and len(np.unique(target.values)) < 2
        if not (table.numeric.shape[1] + table.codes.shape[1]) or len(target) < 2 * self.min_rows or is_single:
            return fit_constant(view)
        if rounds is None:
            need_time(limits, 0.2 * self.cost(view.facts).seconds, "A list of rules")
        sample = np.sort(seeds.child("sample").rng().permutation(len(target))[:SOUGHT_ON])
        search = Search(
            n_rules=self.n_rules, conditions=self.conditions, min_rows=self.min_rows, seed=seeds.child("rules").number
        )
        n_rules = _best_number(search, table.take(sample), target.take(sample), deadline)
        return _fit(replace(search, n_rules=n_rules), view, sample, deadline)

    def cost(self, facts: Facts) -> Cost:
        """A small tree and a dozen products a rule, in each inner fold and at the end."""
        n, d = min(facts.n_rows, SOUGHT_ON), max(1, facts.n_features)
        one = 0.002 + 2e-8 * n * d * self.conditions + 1e-6 * n * (facts.n_classes if facts.n_classes > 2 else 1)
        return Cost(setup_seconds=0.05 + (INNER_FOLDS + 1) * self.n_rules * one, bytes=8 * facts.n_rows * (d + 20))

    @classmethod
    def restore(cls, state: State) -> FittedRules:
        """ValueError unless rules, codes and weights fit together."""
        meta: Any = state.meta
        arrays, coding = state.arrays, Coding.restore(meta, state.arrays)
        weights, share = np.asarray(arrays["weights"]), np.asarray(arrays["share"])
        n_classes, column, rule = int(meta["n_classes"]), arrays["column"], arrays["rule"]
        is_fine = (
            weights.shape == (len(share) + 1, n_classes if n_classes > 2 else 1)
            and all(arrays[name].shape == column.shape for name in ("rule", "low", "high", "missing"))
            and bool(((column >= 0) & (column < len(coding.names)) & (rule >= 0) & (rule < len(share))).all())
        )  # fmt: skip
        if not is_fine or meta["ended"] not in get_args(Ended):
            raise ValueError("the rules do not fit their weights and columns")
        rules: list[Path] = [()] * len(share)
        for i in range(len(column)):
            ends = float(arrays["low"][i]), float(arrays["high"][i])
            rules[int(rule[i])] += (Condition(int(column[i]), *ends, missing=bool(arrays["missing"][i])),)
        return FittedRules(coding, tuple(rules), weights, share, n_classes, meta["ended"])


def _scale(target: Target) -> tuple[float, float]:
    """Centre and spread of a numeric target; 0 and 1 for classes."""
    if target.is_class:
        return 0.0, 1.0
    y = np.asarray(target.values, dtype=np.float64)
    centre = float(np.average(y, weights=target.weight))
    return centre, float(np.sqrt(np.average((y - centre) ** 2, weights=target.weight))) or 1.0


def _best_number(search: Search, table: Table, target: Target, deadline: Deadline) -> int:
    """The number of rules of least loss on inner folds; the smaller on a tie."""
    losses = np.zeros(search.n_rules + 1)
    for part in inner_folds(target, INNER_FOLDS, Seeds(search.seed).child("folds")).splits():
        if deadline.is_over:
            break
        rows, held = part.train, part.held
        own = target.take(rows)
        coding, scale = Coding.of(table.take(rows), own), _scale(own)
        data = RuleData.of(coding.matrix(table.take(rows)), own, *scale)
        other = RuleData.of(coding.matrix(table.take(held)), target.take(held), *scale)
        rules, weights = search.rules(data, deadline)
        Z = np.column_stack([*(holds(rule, other.X) for rule in rules), np.ones(len(other.X))]).astype(np.float64)
        for i in range(search.n_rules + 1):
            at = min(i, len(rules))
            losses[i] += len(held) * other.loss(Z[:, [*range(at), -1]] @ weights[at])
    return max(1, int(np.argmin(losses)))


def _fit(search: Search, view: FoldView, sample: Index, deadline: Deadline) -> FittedRules:
    table, target = view.table("train"), view.target("train")
    coding, (centre, scale) = Coding.of(table, target), _scale(target)
    data = RuleData.of(coding.matrix(table), target, centre, scale)
    sought = RuleData(data.X[sample], data.Y[sample], data.weight[sample], data.is_class)
    rules, weights = search.rules(sought, deadline)
    Z = np.column_stack([*(holds(rule, data.X) for rule in rules), np.ones(len(data.X))]).astype(np.float64)
    final = fitted_weights(data, Z, weights[-1]) * scale
    final[-1] += centre
    if not target.is_class and view.loss in ("absolute", "quantile"):
        left = np.asarray(target.values, dtype=np.float64) - (Z @ final)[:, 0]
        final[-1] += weighted_quantile(left, target.weight, 0.5 if view.loss == "absolute" else view.quantile)
    ended: Ended = "deadline" if len(rules) < search.n_rules and deadline.is_over else "converged"
    return FittedRules(coding, tuple(rules), final, Z[:, :-1].mean(axis=0), target.n_classes, ended)
