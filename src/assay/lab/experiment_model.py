"""The model of one experiment, put together from what its lab kept of it, or fitted again where it kept nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.clock import Deadline
from assay.core.errors import AssayError, LabError
from assay.core.experiment import Experiment
from assay.core.job import Job
from assay.core.labels import LabelRule
from assay.core.result import Failure, Refitted
from assay.journal.digest_records import MODEL
from assay.predictor.bundle import assemble
from assay.predictor.lab_rows import LabRows
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.predictor.state_files import UNREADABLE, brief
from assay.search.second_level import lay_out_all, with_below
from assay.search.time_reserve import REFIT_ROUNDS
from assay.ship.calibration_and_labels import Decision
from assay.ship.cross_fitted import labelled
from assay.ship.shipping import barred_from, fold_bag, has_bag, task_as_shipped, trained_refit
from assay.ship.snapshot_folder import snapshot_of

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab


def predictor_of(lab: "OpenLab", number: int, *, say: Callable[[str], None] | None = None) -> Predictor:
    """What an experiment alone answers, with its own out-of-fold figure as the promise, uncorrected for choosing it.

    Its fold models together, as they were scored; in order of time, and where they were deleted to make room, one fit
    on all rows, in this process, which is `say`. LabError for an experiment without a score on every fold, and for a
    blend other than the one that ships.
    """
    entry, state = lab.entry(number), lab.state
    if entry.experiment.is_blend:
        return _blend(lab, entry.experiment)
    oof = lab.oof(number)
    if oof is None:
        raise LabError(f"#{number} has no score on every fold, so it has no model.", do=(f"assay show {number}",))
    with _read_from_the_lab(lab, number):
        ingredients = [
            Ingredient(
                number=one, name=state.entries[one].experiment.what, weight=1.0 if one == number else 0.0,
                trained=_trained(lab, state.entries[one].experiment, say), on=state.entries[one].experiment.recipe.on,
            )
            for one in with_below(state, (number,))
        ]  # fmt: skip
    shipped = None if state.model is None else state.model.labels
    asked = LabelRule() if shipped is None else shipped.asked
    decision = Decision.of(np.asarray(oof), lab.folder, lab.metric, asked, away=barred_from(state, (number,)))
    answered = labelled(np.asarray(oof), lab.folder, lab.metric, asked)
    expected = lab.figure(number) if answered is None else lab.scorer.figure(answered)
    passport = replace(
        Passport.of(task_as_shipped(lab.task, state, with_below(state, (number,))), metric_title=lab.metric.title),
        expected=expected,
        calibration=decision.calibration, labels=decision.labels,
        threshold=decision.labelling.threshold, conformal=decision.conformal,
        multipliers=decision.labelling.multipliers, cuts=decision.labelling.cuts,
    )  # fmt: skip
    with _read_from_the_lab(lab, number):
        rows = LabRows(lab.folder)
        return Predictor(assemble(passport, ingredients), surroundings=lab.folder.surroundings, lab_rows=rows)


@contextmanager
def _read_from_the_lab(lab: "OpenLab", number: int) -> Iterator[None]:
    """Turn what malformed states raise into the error for damaged files."""
    try:
        yield
    except AssayError:
        raise
    except UNREADABLE as error:
        raise LabError(
            f"The fits of #{number} that the lab kept are damaged: {brief(error)}.", do=(f"assay audit {lab.name}",)
        ) from error


def shipped_predictor(lab: "OpenLab") -> Predictor:
    """The model that the search shipped; while a search goes on the snapshot of what it has found, which is newer.
    LabError when there is neither.
    """
    newer = None if lab.state.end is not None else snapshot_of(lab.path)
    if newer is not None:
        found = Predictor.in_lab(newer, lab.folder.surroundings)
        if found.passport.task != lab.task.hash:
            raise LabError(
                f"{newer} is the model of another lab, and was put there.", do=(f"delete {newer}", "let the search end")
            )
        return found
    if not (lab.path / MODEL / "manifest.json").exists():
        raise LabError(f"{lab.name} has no model yet.", do=(f"assay status {lab.name}", "let the search end"))
    return Predictor.in_lab(lab.path / MODEL, lab.folder.surroundings)


def _blend(lab: "OpenLab", experiment: Experiment) -> Predictor:
    shipped = lab.state.model
    if shipped is not None and tuple(shipped.blend.numbers) == experiment.parents:
        return shipped_predictor(lab)
    raise LabError(
        f"#{experiment.number} is a blend that did not ship; its members are "
        f"{', '.join(f'#{one}' for one in experiment.parents)}.",
        do=tuple(f"--model {one}" for one in experiment.parents[:3]),
    )  # fmt: skip


def _trained(lab: "OpenLab", experiment: Experiment, say: Callable[[str], None] | None) -> tuple[Trained, ...]:
    number, folder = experiment.number, lab.folder
    lay_out_all(folder, lab.ledger, lab.state, experiment.recipe.on)
    if lab.task.split_kind != "time" and has_bag(folder, experiment):
        return tuple(fold_bag(folder, lab.state, experiment))
    why = "its folds are of the past alone" if lab.task.split_kind == "time" else "the lab kept no fold models of it"
    if say is not None:
        say(f"#{number}, {experiment.what}: {why}, so it is fitted on all rows now")
    return (trained_refit(folder, experiment, _refitted(lab, experiment)),)


def _refitted(lab: "OpenLab", experiment: Experiment) -> Refitted:
    from assay.execute.inline import InlineExecutor
    from assay.search.worker_jobs import run

    result = lab.entry(experiment.number).result
    rounds = None if result is None or result.rounds is None else max(1, round(REFIT_ROUNDS * result.rounds))
    job = Job(kind="refit", store=lab.folder.store, experiment=experiment, rounds=rounds)
    outcome = InlineExecutor(run).submit(job, deadline=Deadline()).result()
    if isinstance(outcome, Refitted):
        return outcome
    why = outcome.message if isinstance(outcome, Failure) else "it was not fitted"
    raise LabError(f"#{experiment.number} could not be fitted on all rows: {why}.")
