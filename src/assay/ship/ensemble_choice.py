"""The blend that ships: with a second level or without, by weighted mean or learned weights, decided by evidence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.contract import Metric
from assay.core.prediction import scored_rows
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend, BlendLimits, Candidate, stored_of
from assay.ensemble.greedy import blend
from assay.ensemble.shrink import margin
from assay.ensemble.super_learner import learn_weights
from assay.ship.model_pick import ModelPicker, Option, single


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenBlend:
    """The blend that ships, and its out-of-fold predictions; where weights were learned, those of cross-fitting."""

    blend: Blend
    prediction: AnyArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnsembleChooser:
    """What a choice rests on: the target of all rows, (n,) fold numbers, the metric, limits and seeds.

    score: of an out-of-fold prediction of all rows, as it is recorded; compares single models with what ships.
    """

    target: Target
    folds: Index
    metric: Metric
    limits: BlendLimits
    seeds: Seeds
    score: Callable[[AnyArray], float]

    def members(self, candidates: Sequence[Candidate], *, stacked: frozenset[int] = frozenset()) -> Blend:
        """The blend of all, if second levels (`stacked`, by number) better it by more than one standard error, else of
        the first level alone. This fixes its members; `learned` may change their weights.

        Out of fold a second level is judged on nested columns (pipeline.nested), so it starts with no advantage. Where
        a single model within the limits scores better, it is that (ship.model_pick).
        """
        within = [c for c in candidates if self.limits.allow([c])]
        candidates = within or candidates  # without any, the error comes from the blend
        first = [candidate for candidate in candidates if candidate.number not in stacked]
        chosen = self._blended(first or candidates)
        if first and len(first) < len(candidates):
            chosen = self._better(self._blended(candidates), chosen, candidates)
        planned = Option(blend=chosen, score=self.score(chosen.predict(stored_of(candidates, chosen.numbers))))
        return self._picker.pick([planned], [single(c) for c in candidates]).blend

    @property
    def _picker(self) -> ModelPicker:
        return ModelPicker(higher_is_better=self.metric.higher_is_better)

    def choose(self, candidates: Sequence[Candidate], *, stacked: frozenset[int] = frozenset()) -> ChosenBlend:
        """`members`, with learned weights if cross-fitting shows that these are better."""
        chosen = self.members(candidates, stacked=stacked)
        return self.learned(chosen, stored_of(candidates, chosen.numbers))

    def learned(self, chosen: Blend, stored: Mapping[int, AnyArray]) -> ChosenBlend:
        """A blend by weighted mean, or with the weights that cross-fitting prefers, if these score no worse."""
        plain = replace(chosen, learned=None)
        members = [stored[number] for number in chosen.numbers]
        found = learn_weights(
            plain, members, self.target, self.folds, metric=self.metric, seeds=self.seeds.child("learn")
        )  # fmt: skip
        mean = ChosenBlend(blend=plain, prediction=plain.predict(stored).astype(members[0].dtype))
        if found is None:
            return mean
        sign = 1.0 if self.metric.higher_is_better else -1.0
        if not sign * self.score(found.crossed) >= sign * self.score(mean.prediction):
            return mean
        return ChosenBlend(blend=found.blend, prediction=found.crossed)

    def _blended(self, candidates: Sequence[Candidate]) -> Blend:
        return blend(candidates, self.target, metric=self.metric, seeds=self.seeds, limits=self.limits)

    def _better(self, wider: Blend, plain: Blend, candidates: Sequence[Candidate]) -> Blend:
        one, other = (made.predict(stored_of(candidates, made.numbers)) for made in (wider, plain))
        rows = np.flatnonzero(scored_rows(other))
        gain, error = margin(one[rows], other[rows], self.target.take(rows), metric=self.metric)
        return wider if gain > error else plain
