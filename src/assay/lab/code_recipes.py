"""Recipes that call a person's source, or hold an expression: what they are added to, where nobody says."""

from dataclasses import dataclass

from assay.core.array import JsonObject
from assay.core.errors import LabError, UsageError
from assay.core.feature_idea import FeatureSet
from assay.core.recipe import Recipe, Step
from assay.models import registry as models
from assay.models.code_post import is_prediction
from assay.research.feature_sets import with_set
from assay.research.portfolio import BASELINE, FLOOR, entries
from assay.steering.added_recipe import may_be_read
from assay.user_code.source import CodeSource
from assay.views.open_lab import OpenLab


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecipe:
    """A recipe to add. to: the experiment that it changes, or reads; None: none."""

    recipe: Recipe
    what: str
    to: int | None = None

    @property
    def body(self) -> JsonObject:
        return self.recipe.as_json()


def with_step(lab: OpenLab, step: Step, what: str, to: int | None) -> NewRecipe:
    """The recipe of an experiment with this step before its others: of `to`, else of the best that has one level; of
    standard LightGBM in a lab that has none yet.
    """
    base = _base(lab) if to is None else _of_number(lab, to)
    if base is None:
        facts = lab.task.facts
        entry = next((one for one in entries(facts) if one.name == BASELINE), entries(facts)[-1])
        recipe, title = entry.recipe, entry.what
    else:
        recipe, title = lab.state.entries[base].experiment.recipe, f"#{base}"
    columns = FeatureSet(name=step.name, what=what, steps=(step,), is_raw=True)
    return NewRecipe(recipe=with_set(recipe, columns), what=f"{what}, with {title}", to=base)


def step_of(source: CodeSource) -> Step:
    """The step that calls a source."""
    columns = {} if source.columns is None else {"columns": source.columns}
    return Step.of("code_step", code=source.digest, name=source.name, **columns)


def of_model(lab: OpenLab, source: CodeSource) -> NewRecipe:
    """A source's model on columns of numbers without gaps, on one scale, as linear models have them."""
    steps = models.get("linear").portfolio(lab.task.facts)[0].recipe.steps
    model = Step.of("code_model", code=source.digest, name=source.name)
    return NewRecipe(recipe=Recipe(steps=steps, model=model), what=f"{source.name}, a model of one's own")


def of_predictions(lab: OpenLab, source: CodeSource, on: int | None) -> NewRecipe:
    """A source's model that corrects the predictions of an experiment: `on`, else the best with one level."""
    if lab.task.split_kind == "time" or lab.task.n_folds < 3:
        raise UsageError(
            f"--on: the rows of {lab.name} are in order of time, or held out once; predictions of others would have "
            "learned from later rows, or are few.",
            do=(f"assay add {lab.name} FILE  (a model, or columns)",),
        )  # fmt: skip
    taken = [column.name for column in lab.task.schema if is_prediction(column.name)]
    if taken:
        raise UsageError(f"--on: the column {taken[0]!r} has the name of predictions. Rename it.")
    number = _base(lab) if on is None else on
    if number is None:
        raise LabError(
            f"{lab.name} has no experiment yet whose predictions could be corrected.", do=("assay research LAB",)
        )
    entry = lab.state.entries.get(number)
    if entry is None or not may_be_read(entry):
        raise UsageError(
            f"--on {number}: there is no such experiment with predictions of its own that can be read.",
            do=(f"assay leaderboard {lab.name}",),
        )  # fmt: skip
    model = Step.of("code_post", code=source.digest, name=source.name)
    return NewRecipe(recipe=Recipe(model=model, on=(number,)), what=f"{source.name} on #{number}", to=number)


def _base(lab: OpenLab) -> int | None:
    """The champion, where it has one level; else the best scored one that has."""
    able = [entry for entry in lab.state.standing() if may_be_read(entry) and entry.experiment.entry not in FLOOR]
    numbers = [entry.experiment.number for entry in able]
    if lab.state.champion in numbers or not numbers:
        return lab.state.champion if lab.state.champion in numbers else None
    sign = 1.0 if lab.metric.higher_is_better else -1.0
    scores = {e.experiment.number: e.result.score for e in able if e.result is not None and e.result.score is not None}
    return max(scores, key=lambda number: sign * scores[number], default=None)


def _of_number(lab: OpenLab, number: int) -> int:
    entry = lab.state.entries.get(number)
    if entry is None or entry.experiment.is_blend or entry.is_void:
        raise UsageError(
            f"--to {number}: there is no such experiment with a recipe of its own.",
            do=(f"assay leaderboard {lab.name}",),
        )
    return number
