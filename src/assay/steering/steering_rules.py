"""Rules that bind every proposal, as the hints that hold make them: what is barred, what is kept, what they touch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from assay.core.experiment import Experiment
from assay.core.hint import Hint, Wish
from assay.core.recipe import Recipe, Step
from assay.features.combine_columns import OPERATIONS
from assay.research.moves import column_moves
from assay.research.portfolio import CONSTANT

ARITHMETIC, COMBINE = "arithmetic", "combine"
LEAVE_OUT = "leave_out"
"""The step by which a barred column leaves a recipe; it stands before all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SteeringRules:
    """columns, families, steps, moves: never used. kept_columns, kept_steps: in every recipe; parents: experiments
    that a person wants built upon."""

    columns: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    moves: frozenset[str] = frozenset()
    kept_columns: frozenset[str] = frozenset()
    kept_steps: frozenset[str] = frozenset()
    parents: frozenset[int] = frozenset()

    @classmethod
    def of(cls, hints: Iterable[Hint]) -> "SteeringRules":
        """Of hints that hold."""
        barred: dict[str, set[str]] = {}
        kept: dict[str, set[str]] = {}
        for hint in hints:
            of = {"never": barred, "keep": kept}.get(hint.wish.kind)
            if of is not None:
                of.setdefault(hint.wish.subject, set()).update(hint.wish.names)
        moves = frozenset(barred.get("move", ()))
        return cls(
            columns=frozenset(barred.get("column", ())), families=frozenset(barred.get("family", ())) - {CONSTANT},
            steps=frozenset(barred.get("step", ())) | steps_of_moves(moves), moves=moves,
            kept_columns=frozenset(kept.get("column", ())), kept_steps=frozenset(kept.get("step", ())),
            parents=frozenset(int(one) for one in kept.get("experiment", ())),
        )  # fmt: skip

    @property
    def prefix(self) -> tuple[Step, ...]:
        """The steps in front of every recipe; () without barred columns."""
        return (Step.of(LEAVE_OUT, columns=sorted(self.columns)),) if self.columns else ()

    def bound(self, recipe: Recipe) -> Recipe:
        """A recipe as a researcher proposes it, without the barred columns."""
        return replace(recipe, steps=(*self.prefix, *recipe.steps)) if self.columns else recipe

    def seen(self, recipe: Recipe) -> Recipe:
        """A recipe as researchers see it: as if the barred columns had never been there."""
        prefix = self.prefix
        is_bound = bool(prefix) and recipe.steps[: len(prefix)] == prefix
        return replace(recipe, steps=recipe.steps[len(prefix) :]) if is_bound else recipe

    def broken_by(self, experiment: Experiment) -> str:
        """The rule that an experiment breaks, in words; "" where it keeps all."""
        recipe = experiment.recipe
        lacking = self.columns - left_out(recipe)
        if lacking:
            return f"it uses {listed(lacking)}"
        if recipe.model.name in self.families:
            return f"it is a {recipe.model.name}"
        steps = {step.name for step in recipe.steps} & self.steps
        if steps:
            return f"it has the step {listed(steps)}"
        if experiment.move in self.moves:
            return f"it is the move {experiment.move}"
        operations = self.moves & {name for step in recipe.steps for name in operations_of(step)}
        if operations:
            return f"it makes {listed(operations)}s of columns"
        return self._lacking(recipe)

    def _lacking(self, recipe: Recipe) -> str:
        gone = self.kept_columns & (left_out(recipe) - self.columns)
        if gone:
            return f"it leaves out {listed(gone)}"
        steps = self.kept_steps - {step.name for step in recipe.steps}
        return f"it lacks the step {listed(steps)}" if steps else ""

    def voids(self, entries: Mapping[int, Experiment], wish: Wish) -> tuple[int, ...]:
        """The experiments that a new wish makes void: those it names, those that break it, and what is built on their
        predictions."""
        if wish.kind == "void":
            own = {int(name) for name in wish.names} & entries.keys()
        elif wish.kind == "never":
            alone = SteeringRules.of((Hint(number=0, wish=wish),))
            own = {number for number, one in entries.items() if not one.is_blend and alone.broken_by(one)}
        else:
            return ()
        first = {entries[number].repeat_of or number for number in own}  # a recipe goes with all of its folds
        own |= first | {number for number, one in entries.items() if one.repeat_of in first}
        reads = {number: {*one.recipe.on, *(one.parents * one.is_blend)} for number, one in entries.items()}
        while above := {number for number, read in reads.items() if own & read} - own:
            own |= above
        return tuple(sorted(own))


@cache
def steps_of_moves(names: frozenset[str]) -> frozenset[str]:
    """The steps that make what these moves add, so that no other proposal brings them either. The step of arithmetic
    makes all its operations: without one of them it cannot be used.
    """
    found = {ARITHMETIC} if names & set(OPERATIONS) else set()
    for move in column_moves():
        if move.name in names:
            found |= {steps[0].name for steps in (move.idea.trees, move.idea.distances) if steps}
    return frozenset(found)


def operations_of(step: Step) -> tuple[str, ...]:
    """The operations on named pairs that a step makes."""
    found = dict(step.params).get("operations") if step.name == COMBINE else ()
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def left_out(recipe: Recipe) -> frozenset[str]:
    """The columns that a recipe's first steps leave out by name."""
    found: set[str] = set()
    for step in recipe.steps:
        if step.name != LEAVE_OUT:
            break  # what stands before it has read the columns
        columns = dict(step.params).get("columns")
        found.update(map(str, columns if isinstance(columns, tuple) else ()))
    return frozenset(found)


def listed(names: Iterable[str]) -> str:
    """Names in one phrase, at most four of them."""
    known = sorted(names)
    more = f" and {len(known) - 4} more" if len(known) > 4 else ""
    return ", ".join(known[:4]) + more
