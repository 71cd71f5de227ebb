"""Prediction by a blend: a tree of encoders evaluated once per call, then each model on its encoded table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.core.allowed_labels import AllowedLabels
from assay.core.array import AnyArray, Floats
from assay.core.candidates import Candidates
from assay.core.contract import Fitted, FittedEncoder, State
from assay.core.effort import Effort, total
from assay.core.errors import AssayError, BundleError, DataError, UsageError
from assay.core.table import Table
from assay.ensemble.combine import LogitModel, Scale, combined
from assay.features import registry as encoders
from assay.models import registry as models
from assay.models.flat_boosted import FlatBoosted
from assay.pipeline.fitted_recipe import ANSWER, FittedRecipe
from assay.pipeline.surroundings import NOWHERE, Surroundings
from assay.predictor.joint_boosters import JointBoosters, TreePiece
from assay.predictor.member import FittedPiece, Member
from assay.predictor.state_files import UNREADABLE, brief

MISFIT = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RuntimeError)
"""Exceptions of numpy and the libraries for arrays that do not fit each other."""
RESTRICTING = 30
"""Calls that restrict the labels of one member's answer."""
AGAIN = ("update Assay: pip install -U assay-ml", "save the predictor again from its lab")


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """An encoder, its registered name, and the node whose table it reads; node 0 is the raw table."""

    parent: int
    encoder: FittedEncoder
    name: str

    def table(self, parent: Table) -> Table:
        """The encoder's output for its parent's table; BundleError if it does not fit that table's columns."""
        try:
            return self.encoder.transform(parent)
        except MISFIT as error:
            raise misfit("step", self.name, error) from error


@dataclass(frozen=True, slots=True, eq=False)
class _PlannedPiece:
    """A fitted recipe without its encoders, the node it reads, its share, and its member.

    Pieces are in the order of their members.
    """

    node: int
    recipe: FittedRecipe
    share: float
    member: int
    name: str

    def stored(self, tables: Sequence[Table]) -> AnyArray:
        """Its stored-form predictions; BundleError if its model does not fit the table it reads."""
        table = tables[self.node]
        try:
            found = self.recipe.answer(table)
        except MISFIT as error:
            raise misfit("model", self.name, error) from error
        # any other shape would be spread over the rows by numpy, n × n numbers of n
        if found.shape[:1] != (table.n_rows,) or found.ndim > 2 or (found.ndim == 2 and found.shape[1] < 3):
            raise misfit("model", self.name, ValueError(f"it answers {found.shape} for {table.n_rows} rows"))
        return found

    def effort(self) -> Effort:
        """Cost of `stored` for one row."""
        return self.recipe.model.effort(rounds=self.recipe.rounds) + ANSWER

    @property
    def is_flat(self) -> bool:
        """Whether it may be predicted jointly with others."""
        return isinstance(self.recipe.model, FlatBoosted)

    def tree_piece(self) -> TreePiece:
        """Its form for joint prediction."""
        model = self.recipe.model
        assert isinstance(model, FlatBoosted)
        used = model.first(self.recipe.rounds or model.rounds)
        return TreePiece(self.node, used, self.recipe.link, self.share, self.member)


@dataclass(slots=True, eq=False)
class _PlanBuilder:
    """A plan under construction. places: node of each encoder prefix; fitted: models by their state's key."""

    states: Mapping[str, State]
    surroundings: Surroundings
    nodes: list[_Node] = field(default_factory=list)
    answers: list[_PlannedPiece] = field(default_factory=list)
    places: dict[tuple[str, ...], int] = field(default_factory=lambda: {(): 0})
    fitted: dict[str, Fitted] = field(default_factory=dict)

    def add(self, piece: FittedPiece, member: int) -> None:
        """Add one fitted recipe; parts shared with an earlier one are not restored again."""
        for depth, key in enumerate(piece.encoders, start=1):
            prefix = piece.encoders[:depth]
            if prefix not in self.places:
                self.nodes.append(_Node(self.places[prefix[:-1]], self._encoder(key), self.states[key].name))
                self.places[prefix] = len(self.nodes)
        if piece.model not in self.fitted:
            self.fitted[piece.model] = self.surroundings.equipped(_model(self.states[piece.model]))
        recipe = FittedRecipe((), self.fitted[piece.model], piece.target, piece.rounds)
        name = self.states[piece.model].name
        self.answers.append(_PlannedPiece(self.places[piece.encoders], recipe, piece.share, member, name))

    def _encoder(self, key: str) -> FittedEncoder:
        return self.surroundings.equipped(_encoder(self.states[key]))


@dataclass(frozen=True, slots=True, eq=False)
class PredictionPlan:
    """Compiled members: equal encoder prefixes are one path of nodes, whatever member they belong to.

    separate: pieces that are not predicted jointly. allowed: what each member may answer, None: anything.
    """

    nodes: tuple[_Node, ...]
    separate: tuple[_PlannedPiece, ...]
    weights: tuple[float, ...]
    scale: Scale
    learned: LogitModel | None = None
    joint: JointBoosters | None = None
    allowed: AllowedLabels | None = None

    @classmethod
    def of(
        cls,
        members: Sequence[Member],
        states: Mapping[str, State],
        scale: Scale,
        learned: LogitModel | None = None,
        *,
        candidates: Candidates | None = None,
        surroundings: Surroundings = NOWHERE,
    ) -> "PredictionPlan":
        """Restore every state once; libraries are imported by the models that need them."""
        builder = _PlanBuilder(states, surroundings)
        for m, member in enumerate(members):
            for piece in member.pieces:
                builder.add(piece, m)
        weights = tuple(member.weight for member in members)
        pieces = [answer.tree_piece() for answer in builder.answers if answer.is_flat]
        joint = JointBoosters.of(pieces, len(members))
        separate = tuple(answer for answer in builder.answers if joint is None or not answer.is_flat)
        allowed = None if candidates is None else AllowedLabels.of(candidates)
        return cls(tuple(builder.nodes), separate, weights, scale, learned, joint, allowed)

    def predict(self, table: Table) -> Floats:
        """Stored-form predictions of the blend, before calibration: (n,) or (n, k)."""
        means = self.means(table)
        try:
            return combined(means, self.weights, self.scale, self.learned)
        except MISFIT as error:
            raise misfit("blend", " + ".join(answer.name for answer in self.separate), error) from error

    def effort(self) -> Effort:
        """Cost of `predict` for one row."""
        nodes = total(node.encoder.effort() for node in self.nodes)
        joint = Effort() if self.joint is None else self.joint.effort()
        restricting = Effort() if self.allowed is None else Effort(calls=RESTRICTING).times(len(self.weights))
        return nodes + joint + total(answer.effort() for answer in self.separate) + restricting + Effort(calls=20)

    def means(self, table: Table) -> list[AnyArray]:
        """Stored-form predictions of each member, in their order."""
        tables = [table]
        for node in self.nodes:
            tables.append(node.table(tables[node.parent]))
        if self.joint is None:
            means: list[AnyArray] = [np.zeros(())] * len(self.weights)
        else:
            means = self._add_joint(self.joint, tables)
        for answer in self.separate:
            means[answer.member] = means[answer.member] + answer.share * answer.stored(tables)
        values = table.candidate_values
        if self.allowed is None or values is None:
            return means
        return [self.allowed.restricted(mean, values) for mean in means]

    def _add_joint(self, joint: JointBoosters, tables: Sequence[Table]) -> list[AnyArray]:
        try:
            return list(joint.means(tables))
        except MISFIT as error:
            raise misfit("model", "boosted trees", error) from error


def _encoder(state: State) -> FittedEncoder:
    try:
        return encoders.get(state.name).restore(state)
    except UNREADABLE as error:
        raise _unreadable("step", state, error) from error


def _model(state: State) -> Fitted:
    try:
        return models.get(state.name).restore(state)
    except UNREADABLE as error:
        raise _unreadable("model", state, error) from error


def _unreadable(noun: str, state: State, error: Exception) -> AssayError:
    if isinstance(error, AssayError):
        return _with_bundle_named(error)
    return BundleError(
        f"The {noun} {state.name!r} of this predictor cannot be restored: {type(error).__name__}: {brief(error)}.",
        do=AGAIN,
    )


def _with_bundle_named(error: AssayError) -> AssayError:
    """The error of a step or model; unknown names and values are said to come from the bundle."""
    is_of_bundle = isinstance(error, UsageError | DataError) or not error.do
    return BundleError(f"{brief(error)}.", do=AGAIN) if is_of_bundle else error


def misfit(noun: str, name: str, error: Exception) -> AssayError:
    """The error for a step or model that does not fit its input."""
    if isinstance(error, AssayError):
        return _with_bundle_named(error)
    what = "does not fit what it is given"
    if isinstance(error, IndexError):
        what = "points to a column or level that is not there"
    return BundleError(f"The {noun} {name!r} of this predictor {what}: {brief(error)}.", do=AGAIN)
