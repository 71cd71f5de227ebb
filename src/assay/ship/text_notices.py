"""Texts that the model that ships does not read, said where its figure is."""

from collections.abc import Collection

from assay.core.recipe import Recipe, Step
from assay.core.task import Notice, Task
from assay.features import registry as steps
from assay.journal.state import LabState
from assay.report.brief_text import TEXTS_UNREAD
from assay.search.second_level import with_below
from assay.steering.steering_rules import left_out


def unread_texts(state: LabState, task: Task, numbers: Collection[int]) -> tuple[str, ...]:
    """Text columns whose words none of these experiments reads, nor any whose predictions they read; without those that
    all of them leave out by name, as somebody asked for that."""
    recipes = [state.entries[number].experiment.recipe for number in with_below(state, tuple(numbers))]
    texts = [column.name for column in task.schema.features if column.kind == "text"]
    unread = [name for name in texts if not any(_reads(recipe, name) for recipe in recipes)]
    return tuple(name for name in unread if not all(name in left_out(recipe) for recipe in recipes))


def _reads(recipe: Recipe, text: str) -> bool:
    return text not in left_out(recipe) and any(_reads_by(step, text) for step in recipe.steps)


def _reads_by(step: Step, text: str) -> bool:
    traits = steps.get(step.name).traits
    columns = dict(step.params).get("columns") or (text,)
    return traits.reads_words and traits.names_columns and isinstance(columns, tuple) and text in columns


def text_notices(state: LabState, task: Task) -> tuple[Notice, ...]:
    """A warning of what ships without a text of the table being read."""
    if state.model is None:
        return ()
    found = unread_texts(state, task, state.model.blend.numbers)
    if not found:
        return ()
    none = "a model that reads" if len(found) == 1 else "models that read"
    message = f"what ships reads no words of {', '.join(found)}: {none} {'it' if len(found) == 1 else 'them'} "
    return (
        Notice(
            code=TEXTS_UNREAD, message=f"{message}had no time, scored worse, or were not asked for", do="give more time"
        ),
    )
