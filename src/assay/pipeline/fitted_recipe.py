"""A fitted recipe: encoders, model and target link; the unit that predictors are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.array import AnyArray, Floats
from assay.core.contract import Fitted, FittedEncoder, State, Table
from assay.core.effort import Effort, total
from assay.core.errors import at_step
from assay.features import registry as encoders_registry
from assay.models import registry as models_registry
from assay.models.flat_boosted import FlatBoosted
from assay.pipeline.surroundings import Surroundings
from assay.pipeline.target_link import PLAIN, STATE, TargetLink
from assay.pipeline.trained_candidates import ANY, TrainedCandidates

ANSWER = Effort(calls=8)
"""Cost of turning a model's output into stored form, for one row."""
WALK = Effort(calls=110)
"""Fixed cost of a walk down flat trees for one row; all boosters of a predictor share it."""


def stored(prediction: Floats, link: TargetLink) -> AnyArray:
    """A model's output in the form predictions are stored: binary (n,) of the positive class, multiclass (n, k),
    regression (n,) on the user's scale."""
    if prediction.ndim == 2:
        p = link.true_priors(prediction)
        return p[:, 1] if p.shape[1] == 2 else p
    return link.decode(prediction)


@dataclass(frozen=True, slots=True, eq=False)
class FittedRecipe:
    """Encoders, model and link. rounds: number the model uses, None for all it has. candidates: what `predict` may
    answer where labels are restricted; whoever calls `answer` restricts.
    """

    encoders: tuple[FittedEncoder, ...]
    model: Fitted
    link: TargetLink = PLAIN
    rounds: int | None = None
    candidates: TrainedCandidates = ANY

    def encode(self, table: Table) -> Table:
        """A raw table in the model's input form."""
        for encoder in self.encoders:
            table = encoder.transform(table)
        return table

    def answer(self, encoded: Table) -> AnyArray:
        """Stored-form predictions of encoded rows."""
        return stored(self.model.predict(encoded, rounds=self.rounds), self.link)

    def predict(self, table: Table) -> AnyArray:
        """Stored-form predictions of raw rows."""
        return self.candidates.restricted(self.answer(self.encode(table)), table)

    def efforts(self, *, shared: Sequence[FittedEncoder] = ()) -> tuple[Effort, Effort]:
        """(cost of one row alone, as it ships; cost of one more like it beside others), `shared` being preceding steps
        that serve all; boosters that ship together are walked together."""
        own = total(encoder.effort() for encoder in self.encoders) + ANSWER
        before, model = total(encoder.effort() for encoder in shared), self.model
        if isinstance(model, FlatBoosted):
            own += model.of_trees(self.rounds or model.rounds)
            return before + WALK + own, own
        own += model.effort(rounds=self.rounds)
        return before + own, own

    def states(self) -> tuple[tuple[State, ...], State]:
        """Everything needed to restore it: the states of encoders and model."""
        return tuple(encoder.state() for encoder in self.encoders), self.model.state()


def restore(
    encoders: Sequence[State], model: State, *, link: TargetLink, rounds: int | None, surroundings: Surroundings
) -> FittedRecipe:
    """The fitted recipe of these states, its boosters cut to `rounds`; UsageError when a name is not registered."""
    fitted = surroundings.equipped(models_registry.get(model.name).restore(model))
    if isinstance(fitted, FlatBoosted):
        fitted = fitted.first(rounds or fitted.rounds)
    steps = list[FittedEncoder]()
    for state in encoders:
        with at_step(state.name):
            steps.append(surroundings.equipped(encoders_registry.get(state.name).restore(state)))
    return FittedRecipe(tuple(steps), fitted, link, rounds)


def as_shipped(model: State, rounds: int | None) -> State:
    """The state without what no prediction reads: a booster cut to `rounds`, None for those in use."""
    fitted = models_registry.get(model.name).restore(model)
    return fitted.first(rounds or fitted.rounds).state() if isinstance(fitted, FlatBoosted) else model


def with_link(states: Sequence[State], transform: str) -> tuple[tuple[State, ...], TargetLink]:
    """The states of steps and model in a work file, and its link.

    transform: of the recipe, for files that hold no link, as those of plain ones.
    """
    if states and states[-1].name == STATE:
        return tuple(states[:-1]), TargetLink.restore(states[-1])
    return tuple(states), TargetLink(name=transform)
