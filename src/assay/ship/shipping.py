"""What ships: fold models and refits of the blend, in one bundle, weighed and timed."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from types import MappingProxyType

from assay.core.array import AnyArray, Index
from assay.core.clock import Deadline
from assay.core.contract import State
from assay.core.errors import BudgetError, LabError
from assay.core.experiment import Experiment
from assay.core.figure import Figure
from assay.core.job import Job
from assay.core.labels import LabelThreshold
from assay.core.result import Refitted, Weighed
from assay.core.schema import Facts
from assay.core.task import Task
from assay.ensemble.candidate import Blend
from assay.journal.digest_records import MODEL
from assay.journal.records import ModelRecord
from assay.journal.state import LabState
from assay.models import registry as models
from assay.models import traits_of
from assay.models.forest import FittedForest
from assay.pipeline.fit_jobs import fold_name
from assay.pipeline.fitted_recipe import as_shipped, with_link
from assay.pipeline.shared_design import open_design
from assay.pipeline.states import read_states
from assay.pipeline.store import TaskFolder
from assay.predictor.bundle import assemble
from assay.predictor.member import Ingredient, Source, Trained
from assay.predictor.passport import Passport
from assay.predictor.storage import write_bundle
from assay.search.result_recorder import ResultRecorder
from assay.search.second_level import with_below
from assay.search.serving_cost import LARGE_BYTES, Bounds, ships_alone
from assay.search.session import Session
from assay.search.settings import FitSettings
from assay.ship.calibration_and_labels import Decision
from assay.ship.cheaper_blends import CheaperBlends, MeasuredCost
from assay.ship.ensemble_choice import ChosenBlend
from assay.steering.steering_rules import left_out

BAG_ALONE_BELOW = 50
"""Rows of the rarest class below which refits were up to 43 % worse."""
NEGLIGIBLE_SHARE = 0.01
REFIT_ALONE_ABOVE = 100_000
LEFT_OUT = "left out as asked"
"""Why a column is dropped that a person barred."""
MEASURE_SECONDS, LEAST_MEASURE_SECONDS = 2.0, 0.2
MEASURED = 0.6
"""Share of the time of a measurement after which nothing more is asked."""
FOLLOWS_SECONDS = 0.8
"""Kept for what follows the timing of a model: the records of the end, the brief, the workers' end."""


def measure_seconds(left: float) -> float | None:
    """Longest timing of a saved model with so many seconds left, so that what follows can begin; None where no time is
    left for it.
    """
    seconds = min(MEASURE_SECONDS, left - FOLLOWS_SECONDS)
    return seconds if seconds >= LEAST_MEASURE_SECONDS else None


def form_of(folder: TaskFolder, settings: FitSettings) -> str:
    """What ships: "half fold bag, half refit", "refit" or "fold bag"."""
    task, facts = folder.task, folder.task.facts
    limited = settings.max_latency_ms is not None or settings.max_size_bytes is not None
    if settings.wanted.refit_only or limited or task.split_kind == "time" or facts.n_rows > REFIT_ALONE_ABOVE:
        return "refit"
    if task.problem.is_class and _is_scarce(facts) and task.n_folds > 1:
        return "fold bag"
    return "half fold bag, half refit"


def _is_scarce(facts: Facts) -> bool:
    """Whether a class that matters has few rows; one in a hundred of several classes hardly changes the score."""
    negligible = facts.n_classes > 2 and facts.minority < NEGLIGIBLE_SHARE * facts.n_rows
    return facts.minority < BAG_ALONE_BELOW and not negligible


def copies_of(form: str, n_folds: int) -> int:
    """How many models of one experiment a form ships."""
    return {"refit": 1, "fold bag": n_folds}.get(form, n_folds + 1)


def fold_models(folder: TaskFolder, experiment: Experiment) -> list[Path]:
    """The files of its fold models in the order of folds, whether they exist or were deleted to save space."""
    jobs = [
        Job(kind="fold", store=folder.store, experiment=experiment, fold=fold) for fold in range(folder.split.n_folds)
    ]
    return [folder.work / f"{fold_name(job.experiment, job.fold)}.state" for job in jobs]


def has_bag(folder: TaskFolder, experiment: Experiment) -> bool:
    """Whether all of its fold models still exist."""
    return all(path.exists() for path in fold_models(folder, experiment))


def shipped_rounds(state: LabState, number: int) -> tuple[int, ...]:
    """Rounds of each fold model as it ships: the median of all folds, at most what the fold trained; () for others."""
    result = state.entries[number].result
    folds = result.folds if result is not None else ()
    best = [f.rounds for f in folds if f.rounds is not None]
    if not best:
        return ()
    return tuple(min(round(median(best)), f.rounds_done or 1) for f in folds)


def fold_bag(folder: TaskFolder, state: LabState, experiment: Experiment) -> list[Trained]:
    """An experiment's fold models as they ship; LabError where one is gone."""
    paths = fold_models(folder, experiment)
    for fold, path in enumerate(paths):
        if not path.exists():
            raise LabError(
                f"The model of #{experiment.number}, fold {fold} is gone from {path.parent}.",
                do=("fit once more: the same command fits it again",),
            )
    rounds = shipped_rounds(state, experiment.number) or (None,) * len(paths)
    trains = [folder.split.fold(number).train for number in range(len(paths))]
    return [
        _trained(path, experiment, _shared_steps(folder, experiment, train), rounds=used, source="fold")
        for path, train, used in zip(paths, trains, rounds, strict=True)
    ]


def trained_refit(folder: TaskFolder, experiment: Experiment, refit: Refitted) -> Trained:
    """A fit on all rows as it ships."""
    prefix = _shared_steps(folder, experiment)
    return _trained(folder.work / refit.model, experiment, prefix, rounds=None, source="refit")


def _shared_steps(folder: TaskFolder, experiment: Experiment, train: Index | None = None) -> tuple[State, ...]:
    """As fitted for these training rows of a fold; None: for all rows."""
    design = open_design(folder, experiment.recipe.steps, experiment.recipe.on, train=train)
    return tuple(encoder.state() for encoder in design.encoders)


def _trained(
    path: Path, experiment: Experiment, prefix: tuple[State, ...], *, rounds: int | None, source: Source
) -> Trained:
    (*inner, model), link = with_link(read_states(path), experiment.recipe.transform)
    model = as_shipped(model, rounds)
    return Trained(encoders=(*prefix, *inner), model=model, link=link, rounds=rounds, source=source)


def _part_of(model: State, times: int) -> State:
    fitted = models.get(model.name).restore(model)
    return fitted.thinned(times).state() if isinstance(fitted, FittedForest) else model


def barred_from(state: LabState, numbers: Collection[int]) -> frozenset[str]:
    """The columns that all of these experiments, and what they read, leave out."""
    shipped = with_below(state, tuple(numbers))
    return frozenset.intersection(*(left_out(state.entries[number].experiment.recipe) for number in shipped))


def task_as_shipped(task: Task, state: LabState, numbers: Collection[int]) -> Task:
    """The task as a model of these experiments needs it: a column that all of them leave out is asked of nobody."""
    away = barred_from(state, numbers)
    columns = tuple(replace(c, kind="dropped", reason=LEFT_OUT) if c.name in away else c for c in task.schema)
    return replace(task, schema=replace(task.schema, columns=columns)) if away else task


@dataclass
class Shipping:
    """Packs a blend. refits: what was fitted on all rows in time, by experiment."""

    session: Session
    recorder: ResultRecorder
    saved: str = ""
    """The form of what was saved last; what was fitted in time may be less than was planned."""
    without_bag: bool = False
    in_it: frozenset[int] = frozenset()
    """Experiments whose refits are in what was saved last."""
    asked: tuple[str, ...] = ()
    """Columns of which it is asked, when what was saved is weighed, whether it reads them."""

    @property
    def form(self) -> str:
        """The form that was planned."""
        return "refit" if self.without_bag else form_of(self.session.folder, self.session.settings)

    # -- the bundle ---------------------------------------------------------------------------------------------

    def save(
        self, chosen: Blend, refits: Mapping[int, Refitted], expect: Figure | None, decision: Decision,
        *, name: str = MODEL,
    ) -> None:  # fmt: skip
        """Write the bundle of that name; its schema lacks the columns that all of its members leave out."""
        shipped = with_below(self.session.state, chosen.numbers)
        ingredients = [self.ingredient(number, chosen.weight_of(number), refits) for number in shipped]
        usable = [one for one in ingredients if one.trained]
        if not usable:
            raise BudgetError("No chosen model could be fitted in time.", do=("give more time, e.g. --time-limit 5m",))
        task = task_as_shipped(self.session.folder.task, self.session.state, shipped)
        passport = replace(
            Passport.of(task, metric_title=self.recorder.scorer.metric.title),
            expected=expect, scale=chosen.scale, learned=chosen.learned, calibration=decision.calibration,
            threshold=decision.labelling.threshold, multipliers=decision.labelling.multipliers,
            cuts=decision.labelling.cuts, labels=decision.labels, head=self.session.journal.head,
            conformal=decision.conformal,
        )  # fmt: skip
        write_bundle(assemble(passport, usable), self.session.folder.path / name)
        self.in_it = frozenset(refits)
        kinds = {trained.source for one in usable for trained in one.trained}
        self.saved = {2: "half fold bag, half refit"}.get(len(kinds), "refit" if "refit" in kinds else "fold bag")

    def ingredient(self, number: int, weight: float, refits: Mapping[int, Refitted]) -> Ingredient:
        """An experiment as it ships: its refit, its fold models, or both, by the form."""
        experiment = self.session.state.entries[number].experiment
        trained = []
        if number in refits:
            trained.append(trained_refit(self.session.folder, experiment, refits[number]))
        if self._ships_bag(experiment, refits):
            trained += self._thinned(experiment, fold_bag(self.session.folder, self.session.state, experiment))
        on = experiment.recipe.on
        return Ingredient(number=number, name=experiment.what, weight=weight, trained=tuple(trained), on=on)

    def _thinned(self, experiment: Experiment, bag: list[Trained]) -> list[Trained]:
        """Fold models that stand in for the late refit of what counts as one model: of forests a part of each, as five
        whole ones took five times the time of a row that was planned for.
        """
        n_folds = self.session.folder.split.n_folds
        if not traits_of(experiment.recipe.model.name).is_bag or copies_of(self.form, n_folds) <= n_folds:
            return bag
        return [replace(one, model=_part_of(one.model, len(bag))) for one in bag]

    def _ships_bag(self, experiment: Experiment, refitted: Collection[int]) -> bool:
        return experiment.number not in refitted or (self.form != "refit" and not ships_alone(experiment.recipe))

    def copies(self, number: int, refitted: Collection[int]) -> int:
        """How many models of an experiment ship where these were fitted on all rows."""
        bag = self._ships_bag(self.session.state.entries[number].experiment, refitted)
        return self.session.folder.split.n_folds * bag + (number in refitted)

    # -- less ---------------------------------------------------------------------------------------------------

    def leave_bag(self, size_bytes: float) -> bool:
        """Ship refits without the fold models beside them from now on, where the model is too large with these: that
        changes no member. Returns whether there were any to leave.
        """
        if self.session.settings.size_limit is not None or size_bytes <= LARGE_BYTES or self.form == "refit":
            return False
        self.without_bag = True
        return True

    def _cheaper(self, refits: Collection[int], oof: Mapping[int, AnyArray] = MappingProxyType({})) -> CheaperBlends:
        return CheaperBlends(self.session, self.recorder, lambda number: self.copies(number, refits), oof)

    def expected_bytes(self, chosen: Blend, refits: Collection[int]) -> float:
        """Of a blend as it would ship now."""
        return self._cheaper(refits).cost(chosen)[1]

    def less(
        self,
        final: ChosenBlend,
        refits: Collection[int],
        oof: Mapping[int, AnyArray],
        weight: MeasuredCost | None = None,
    ) -> ChosenBlend | None:
        """What to ship where that is above a limit that the user set, or where some refits were late (no weight:
        nothing was saved yet); None: nothing else can or need be shipped.
        """
        if weight is not None and self.form != "refit" and any(number in refits for number in final.blend.numbers):
            self.without_bag = True
            return final
        return self._cheaper(refits, oof).instead_of(final, weight)

    # -- weight -------------------------------------------------------------------------------------------------

    def weighed(self, chosen: Blend) -> MeasuredCost:
        """The cost of the saved bundle."""
        place = self.session.folder.path / "model"
        size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
        found = self._measured(chosen)
        if found is not None:
            return MeasuredCost(
                estimated_ms=found.estimated_ms, measured_ms=found.measured_ms, size_bytes=size, unread=found.unread
            )  # fmt: skip
        expected, _ = self._cheaper(self.in_it).cost(chosen)
        return MeasuredCost(estimated_ms=expected, measured_ms=None, size_bytes=size)

    def record(self, chosen: Blend, weight: MeasuredCost, labels: LabelThreshold | None = None) -> None:
        bounds = Bounds.of(self.session.settings)
        found = ModelRecord(
            size_bytes=weight.size_bytes, estimated_ms=weight.estimated_ms, measured_ms=weight.measured_ms,
            form=self.saved, blend=chosen, most_ms=bounds.row_ms, most_bytes=bounds.size_bytes,
            limits=self.session.settings.limits,
            bag_left=self.without_bag and self.session.settings.size_limit is None, labels=labels,
            unread=weight.unread,
        )  # fmt: skip
        self.session.journal.write("model", found, durable=True)

    def _measured(self, chosen: Blend) -> Weighed | None:
        """Measured by a worker; None where there is no time for it."""
        first = self.session.state.entries[chosen.numbers[0]].experiment
        limit, seconds = Deadline(), math.inf
        if not self.session.settings.budget.is_exact:
            there = measure_seconds(self.session.deadline.left)
            if there is None:
                return None
            limit, seconds = Deadline.after(there, self.session.deadline.clock), MEASURED * there
        job = Job(
            kind="measure", store=self.session.folder.store, experiment=first, seconds=seconds, columns=self.asked
        )
        outcome = self.session.executor.submit(job, deadline=limit).result()
        return outcome if isinstance(outcome, Weighed) else None
