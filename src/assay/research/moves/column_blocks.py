"""Moves on blocks of columns: a learner of one block alone, all but one, and a second level over learners of blocks."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Facts, LabView, Observation, Recipe, Step
from assay.core.move import Changed, MoveTraits, Parent
from assay.features import traits_of
from assay.pipeline.monotone_recipes import honours
from assay.research.moves import register
from assay.research.moves.levels import SECOND_LEVEL, in_time, on_predictions
from assay.research.moves.on_members import may_be_input

ONLY, LEAVE_OUT, WITHOUT_TEXT = "only", "leave_out", "without_text"
_ALMOST_EMPTY = 0.9
"""Share of missing cells from which a column is tried to be left out."""
USELESS = frozenset({"useless", "drift", "leak"})
"""Codes of a study's facts whose columns are tried to be left out."""


def blocks_of(facts: Facts) -> tuple[str, ...]:
    """The kinds of columns of the table, as the steps `only` and `leave_out` call them."""
    counts = {"text": facts.n_text, "numbers": facts.n_numeric, "categories": facts.n_category, "dates": facts.n_dates}
    return tuple(word for word, count in counts.items() if count)


def _is_whole(recipe: Recipe) -> bool:
    """Whether it reads all columns, and none of its steps would miss one that it names."""
    first = recipe.steps[0].name if recipe.steps else ""
    named = any(traits_of(one.name).names_columns and _names(one) for one in recipe.steps)
    return not recipe.on and not named and first not in (ONLY, LEAVE_OUT)


def _names(step: Step) -> bool:
    given = dict(step.params)
    return any(given.get(key) for key in ("columns", "pairs", "blocks", "trees"))


def _reads(recipe: Recipe, block: str) -> bool:
    return block != "text" or all(step.name != WITHOUT_TEXT for step in recipe.steps)


def _changed(of: Parent, step: Step, words: str, question: str, facts: Facts) -> Iterator[Changed]:
    recipe = replace(of.recipe, steps=(step, *of.recipe.steps))
    if honours(recipe, facts):
        yield Changed(recipe=recipe, what=f"{of.what}, {words}", question=question, parents=(of.number,))


@register("block_alone")
@dataclass(frozen=True)
class BlockAlone:
    """A parent that reads one kind of columns alone, or one of several text columns."""

    name: str = "block_alone"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="reads one block of columns alone",
        why="A learner of one block errs where others do not, and is what a second level over blocks reads.",
        applies="tables of two kinds of columns or more", prior=0.3, source="Wolpert (1992)",
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return len(blocks_of(view.facts)) > 1

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        if not _is_whole(of.recipe):
            return
        for block in blocks_of(view.facts):
            if _reads(of.recipe, block):
                step, question = Step.of(ONLY, blocks=(block,)), f"How far does #{of.number} get with {block} alone?"
                yield from _changed(of, step, f"{block} alone", question, view.facts)
        texts = [card.name for card in view.columns if card.kind == "text"]
        for name in texts if len(texts) > 1 and _reads(of.recipe, "text") else ():
            question = f"How far does #{of.number} get with the text {name} alone?"
            yield from _changed(of, Step.of(ONLY, columns=(name,)), f"{name} alone", question, view.facts)


@register("without_block")
@dataclass(frozen=True)
class WithoutBlock:
    """A parent without one kind of columns."""

    name: str = "without_block"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="leaves out one block of columns",
        why="A block that says nothing costs every model some of what it learns, and time.",
        applies="tables of three kinds of columns or more", prior=0.2,
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return len(blocks_of(view.facts)) > 2

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        if not _is_whole(of.recipe):
            return
        for block in blocks_of(view.facts):
            if _reads(of.recipe, block):
                step, question = Step.of(LEAVE_OUT, blocks=(block,)), f"Is #{of.number} as good without {block}?"
                yield from _changed(of, step, f"without {block}", question, view.facts)


@register("without_column")
@dataclass(frozen=True)
class WithoutColumn:
    """A parent without a column that is nearly empty, nearly all different, or that a study found to be of no use."""

    name: str = "without_column"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="leaves out a column that is nearly empty, has nearly as many levels as rows, or that a study points at",
        why="What no other row shares cannot be learned, only learned by heart.",
        applies="tables with such a column", prior=0.3,
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return bool(_doubtful(view)) and len(view.columns) > 1

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        for name in _doubtful(view) if _is_whole(of.recipe) else ():
            step, question = Step.of(LEAVE_OUT, columns=(name,)), f"Is #{of.number} as good without {name}?"
            yield from _changed(of, step, f"without {name}", question, view.facts)


def _doubtful(view: LabView) -> tuple[str, ...]:
    names = frozenset(card.name for card in view.columns)
    found = [
        card.name for card in view.columns
        if card.missing >= _ALMOST_EMPTY or card.levels > view.facts.n_rows / 3
    ]  # fmt: skip
    studied = [name for note in view.studies for fact in note.facts if fact.code in USELESS for name in fact.columns]
    return tuple(dict.fromkeys(name for name in (*studied, *found) if name in names))


@register("block_stack")
@dataclass(frozen=True)
class BlockStack:
    """A linear second level on the best learner of each block."""

    name: str = "block_stack"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="weighs the best learners of single blocks in a linear second level",
        why="Each block has the learner that suits it, and a linear level on top knows how much to believe each.",
        applies="1,000 rows or more in several partitions, with learners of two blocks", prior=1.0, cost="minutes",
        source="Wolpert (1992)",
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return in_time(view, ()) and len(best_of_blocks(view)) > 1

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        best = tuple(best_of_blocks(view).values())
        if of.recipe.on or view.facts.monotone or not in_time(view, best):
            return
        on = tuple(sorted(past.experiment.number for past in best))
        numbers = " ".join(f"#{number}" for number in on)
        yield Changed(
            recipe=on_predictions(on, view.facts), what=f"{SECOND_LEVEL}, on {numbers} alone", parents=on,
            question=f"How much is each of {numbers}, learners of single blocks, to be believed?",
        )  # fmt: skip


def best_of_blocks(view: LabView) -> dict[str, Observation]:
    """The best result of each block that was read alone, of those that a second level may read."""
    found: dict[str, Observation] = {}
    for past in view.history:
        steps = past.experiment.recipe.steps
        if past.gain is None or not steps or steps[0].name != ONLY or not may_be_input(past, view.facts):
            continue
        block = str(steps[0].params)
        if block not in found or past.gain > (found[block].gain or 0.0):
            found[block] = past
    return found
