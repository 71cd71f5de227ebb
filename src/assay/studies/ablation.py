"""Ablation: the champion's recipe fitted again without one block or column at a time."""

import math
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray
from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.fold_scores import FoldScore
from assay.core.job import Job
from assay.core.recipe import Recipe, Step
from assay.core.step_runs import without_set
from assay.core.study import Findings, StudyFact, StudyProposal
from assay.features import traits_of
from assay.pipeline.linked_folder import linked_folder
from assay.pipeline.store import TaskFolder
from assay.report.figure_text import size_with_error
from assay.research.moves.sets_of_recipes import sets_in
from assay.search.learning_curve import ended
from assay.studies import register
from assay.studies.held_out_tests import LEVEL, corrected
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits

FEWEST_PARTS, MOST_PARTS = 2, 24
BLOCKS = {"numbers": "numeric_names", "categories": "code_names", "dates": "date_names", "text": "text_names"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AblatedPart:
    """What is left out of a recipe. name: for people; columns: those that go, () where a step goes."""

    name: str
    recipe: Recipe
    columns: tuple[str, ...] = ()


@register("ablation")
@dataclass(frozen=True)
class Ablation:
    """Fits the champion whole and without each engineered set, each kind of column and each column, on the same folds,
    and compares on the same rows. All of it is a measure and no finding, as the same folds chose the champion (on clean
    tables one column in some hundreds seemed to harm); what it seems better without is proposed, and judged like any
    experiment. Beside the lab's folder, so that no file of an experiment is touched."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Which columns and steps carry the best?", place=70, rows=200,
        asked_as=("ablation", "ablate", "which columns", "important", "importance", "carry", "carries", "useless",
                  "block", "blocks", "drop"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        if context.champion is None or context.state.entries[context.champion].experiment.recipe.on:
            return "needs a champion that reads the table alone"
        return "" if len(list(parts_of(context))) > 1 else "has one column, so that nothing can be left out"

    def seconds(self, context: StudyContext) -> float:
        """Of the fewest parts that are worth it."""
        return context.fold_seconds * context.folder.split.n_folds * (1 + FEWEST_PARTS)

    def run(self, context: StudyContext) -> Findings:
        parts = list(parts_of(context))[: n_parts(context)]
        whole = AblatedPart(name="all", recipe=_champion(context).recipe)
        predictions = _fitted(context, [whole, *parts])
        if predictions.get(0) is None:
            return Findings()
        noise = context.scorer.noise(context.state)
        gaps = {
            i: context.scorer.gap(predictions[0], predictions[i], noise=noise, over=context.champion)
            for i in range(1, len(parts) + 1) if predictions.get(i) is not None
        }  # fmt: skip
        p = dict(zip(gaps, corrected([_one_sided(gap) for gap in gaps.values()]), strict=True))
        ordered = sorted(gaps, key=lambda i: gaps[i].value)
        facts = tuple(_fact(parts[i - 1], gaps[i], p[i], context) for i in ordered)
        harmful = [parts[i - 1] for i in ordered if p[i] < LEVEL]
        return Findings(facts=facts, proposals=tuple(_without(part, context) for part in harmful))


def n_parts(context: StudyContext) -> int:
    """How many are left out, one at a time: as many as there is time for, between FEWEST_PARTS and MOST_PARTS. In an
    exact lab the estimates that time is counted by are the same on every machine."""
    each = max(context.fold_seconds * context.folder.split.n_folds, 1e-3)
    room = MOST_PARTS if math.isinf(context.seconds) else int(context.seconds / each) - 1
    return max(min(room, MOST_PARTS), FEWEST_PARTS)


def parts_of(context: StudyContext) -> Iterator[AblatedPart]:
    """What can be left out: engineered sets, kinds of columns, columns."""
    recipe = _champion(context).recipe
    yield from engineered_parts(recipe)
    table, names = context.folder.table, {column.name for column in context.columns}
    blocks = {block: set(getattr(table, attribute)) & names for block, attribute in BLOCKS.items()}
    filled = [block for block, columns in blocks.items() if columns]
    if len(filled) > 1:
        for block in filled:
            step = Step.of("leave_out", blocks=(block,))
            if len(blocks[block]) > 1:
                yield AblatedPart(name=f"all {block}", recipe=replace(recipe, steps=(step, *recipe.steps)),
                           columns=tuple(sorted(blocks[block])))  # fmt: skip
    if len(context.columns) > 1:
        for column in context.columns:
            step = Step.of("leave_out", columns=(column.name,))
            yield AblatedPart(
                name=column.name, recipe=replace(recipe, steps=(step, *recipe.steps)), columns=(column.name,)
            )


def engineered_parts(recipe: Recipe) -> Iterator[AblatedPart]:
    """Without each set of columns as a whole, and without each step of none that changes or drops columns."""
    sets, seen = sets_in(recipe), set[Step]()
    for step in recipe.steps:
        if step in seen:
            continue
        run = next((one.steps for one in sets if step in one.steps), (step,))
        seen.update(run)
        if len(run) > 1 or traits_of(step.name).ideas or traits_of(step.name).names_columns:
            names = " and ".join(dict.fromkeys(one.name for one in run))
            yield AblatedPart(name=f"the step{'s' if len(run) > 1 else ''} {names}", recipe=without_set(recipe, run))


def _champion(context: StudyContext) -> Experiment:
    assert context.champion is not None
    return context.state.entries[context.champion].experiment


def _fitted(context: StudyContext, parts: list[AblatedPart]) -> Mapping[int, AnyArray]:
    """By place: predictions of all held-out rows; none of a part that failed on a fold, or was not waited for."""
    folder, champion = context.folder, _champion(context)
    root = folder.path / "work" / "ablation"
    shutil.rmtree(root, ignore_errors=True)  # of a session that was killed here
    try:
        task = replace(folder.task, hash=f"{folder.task.hash}-ablation")
        own = linked_folder(folder, root, task=task, numbers=folder.split.numbers)
        jobs = {
            (i, fold): Job(kind="fold", store=own.store, fold=fold, experiment=replace(
                champion, number=i + 1, recipe=part.recipe, parents=(), partition=0, adds=()))
            for i, part in enumerate(parts) for fold in range(folder.split.n_folds)
        }  # fmt: skip
        futures = {place: context.executor.submit(job, deadline=context.deadline) for place, job in jobs.items()}
        if not ended(list(futures.values()), context.goes_on):
            return {}
        found = {i: _whole(own, i, futures) for i in range(len(parts))}
        return {i: prediction for i, prediction in found.items() if prediction is not None}
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _whole(own: TaskFolder, i: int, futures: "Mapping[tuple[int, int], Future[object]]") -> AnyArray | None:
    """One part's predictions of all folds; None where one of them failed."""
    whole: AnyArray | None = None
    for fold in range(own.split.n_folds):
        outcome = futures[i, fold].result()
        if not isinstance(outcome, FoldScore):
            return None
        part = own.predictions(outcome.predictions)
        if whole is None:
            whole = np.full((len(own.target), *part.shape[1:]), np.nan)
        whole[own.split.fold(fold).test] = part
    return whole


def _one_sided(gap: Difference) -> float:
    """p for the whole recipe being as good as without the part."""
    return 0.5 * math.erfc(gap.value / gap.sigma / math.sqrt(2.0)) if gap.sigma > 0 else 1.0


def _fact(part: AblatedPart, gap: Difference, p: float, context: StudyContext) -> StudyFact:
    is_found, title = p < LEVEL, context.scorer.metric.title
    way = "better" if gap.value > 0 else "worse"
    said = f"without {part.name} the best is {size_with_error(gap)} {way} in {title}"
    return StudyFact(
        code="harmful_part" if is_found else "part", says=said, value=gap.value, low=gap.low, high=gap.high,
        sigma=gap.sigma, unit=title, p=p, columns=part.columns, experiments=(_champion(context).number,),
        is_measure=True,
    )  # fmt: skip


def _without(part: AblatedPart, context: StudyContext) -> StudyProposal:
    one = _champion(context)
    move = "without_set" if not part.columns else "without_column" if len(part.columns) == 1 else "without_block"
    return StudyProposal(
        recipe=part.recipe, what=f"{one.what} without {part.name}", cites=(one.number,), move=move,
        question=f"Is it better without {part.name}, as a study found?",
    )  # fmt: skip
