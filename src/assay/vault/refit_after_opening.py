"""The certified recipe fitted on all rows: it ships after a vault was opened, named apart from what was certified."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.core.block.moment import MomentBlock
from assay.core.clock import Deadline
from assay.core.errors import AssayError
from assay.core.figure import Figure
from assay.core.job import Job
from assay.core.result import Refitted
from assay.core.schema import Schema
from assay.core.scratch import ScratchFolder
from assay.core.split import LATER, Split
from assay.core.target import Target
from assay.data.encode import encode_frame
from assay.ensemble.candidate import Blend
from assay.evidence.rank_agreement import least_agreement, rank_correlation
from assay.journal.digest_records import CERTIFIED, MODEL
from assay.pipeline.store import TaskFolder
from assay.predictor.bundle import assemble
from assay.predictor.member import Ingredient, Trained
from assay.predictor.predictor import Predictor
from assay.predictor.storage import write_bundle
from assay.search.second_level import with_below
from assay.search.serving_cost import Bounds
from assay.search.session import Session
from assay.ship.calibration_and_labels import Decided, decided, is_restricted
from assay.ship.shipping import Shipping, fold_bag, has_bag, task_as_shipped, trained_refit
from assay.vault.vault import Vault

if TYPE_CHECKING:
    import pandas as pd

MOST_GROWTH = 1.25
"""Rounds grow with the rows, at most by this."""
SAVE_SECONDS = 1.0
WHOLE = "whole"
"""The folder of all rows while they are fitted."""
GUARD_ROWS, GUARD_SECONDS = 2000, 3.0
"""Rows on which what ships is compared with what was certified, and the least time that must be left for it."""


@dataclass
class RefitOnAllRows:
    """The same blend on all rows. shipping: what packed the certified model; refits: of the search rows."""

    shipping: Shipping
    chosen: Blend
    refits: Mapping[int, Refitted]

    @property
    def session(self) -> Session:
        return self.shipping.session

    @property
    def folder(self) -> TaskFolder:
        return self.session.folder

    @property
    def learned_rows(self) -> int:
        """How many rows what ships learned from."""
        return self._certified().passport.rows

    def alone(self, number: int, refit: Refitted) -> Predictor:
        """One experiment's refit as a predictor of its own, whose labels are decided from its own predictions."""
        trained = self._trained(self.folder, number, refit)
        alone = [Ingredient(number=number, name="alone", weight=1.0, trained=(trained,))]
        needed = task_as_shipped(self.folder.task, self.session.state, (number,))
        return self._predictor(alone, self._decided(number), schema=needed.schema)

    def _decided(self, number: int) -> Decided | None:
        """How an experiment alone answers, for metrics of labels; None for others, which compare predictions."""
        recorder = self.shipping.recorder
        metric, oof = recorder.scorer.metric, recorder.own.get(number)
        if metric.needs != "label" or oof is None or not self.folder.target.is_class:
            return None
        folds = self.folder.split.numbers[:, 0].astype(np.int64)
        asked = self.session.settings.labels
        return decided(oof, self.folder.target, folds, metric, asked, restricted=is_restricted(self.folder))

    def _predictor(
        self, ingredients: Sequence[Ingredient], made: Decided | None = None, *, schema: Schema | None = None
    ) -> Predictor:
        """schema: of what is not the certified model, and may need columns that this leaves out."""
        passport = replace(self._certified().passport, learned=None, scale="plain")
        passport = passport if schema is None else replace(passport, schema=schema)
        if made is not None:
            passport = replace(
                passport, calibration=made.calibration, labels=made.labels, threshold=made.labelling.threshold,
                multipliers=made.labelling.multipliers, cuts=made.labelling.cuts,
            )  # fmt: skip
        with ScratchFolder() as place:
            write_bundle(assemble(passport, ingredients), place.path / MODEL)
            return Predictor.in_lab(place.path / MODEL, self.folder.surroundings)

    def _certified(self) -> Predictor:
        return Predictor.in_lab(self.folder.path / MODEL, self.folder.surroundings)

    def _trained(self, folder: TaskFolder, number: int, refit: Refitted) -> Trained:
        trained = trained_refit(folder, self.session.state.entries[number].experiment, refit)
        if folder is self.folder:
            return trained
        # no rows are left that it did not learn: its mean is corrected as the search's
        known = self._trained(self.folder, number, self.refits[number])
        return replace(trained, link=replace(trained.link, shift=known.link.shift))

    # -- all rows -----------------------------------------------------------------------------------------------

    def ship(self, vault: Vault, shown: Figure, deadline: Deadline) -> str:
        """Keep the certified model beside, fit its refits again on all rows, ship these; returns what ships, in words.

        What ships is made as small as any other model and has to keep the same limits. Where that cannot be done, the
        certified model itself ships, with the reason. The figure in either passport is the certified one.
        """
        place = self.folder.path / CERTIFIED
        shutil.rmtree(place, ignore_errors=True)
        self._save({}, shown)
        shutil.copytree(self.folder.path / MODEL, place)
        why = self._why_not(vault, deadline)
        found: dict[int, Trained] = {}
        if not why:
            found, why = self._fitted(vault, deadline)
        if not why:
            self._save(found, shown, rows=len(vault.question.values))
            why = self._fault(vault, deadline)
            if why:
                self._save({}, shown)
        if why:
            return f"the certified model itself: {why}"
        return f"the same recipe retrained on all {len(vault.question.values):,} rows, itself not tested"

    def _why_not(self, vault: Vault, deadline: Deadline) -> str:
        entries, settings = self.session.state.entries, self.session.settings
        if settings.ship == "certified":
            return "as asked"
        if not self.refits:
            return "it ships as its fold models"
        if any(entries[number].experiment.recipe.on for number in self.chosen.numbers):
            return "a member reads predictions of others, which rows of the vault do not have"
        seconds = (
            MOST_GROWTH * sum(refit.wall_seconds for refit in self.refits.values()) / self.session.executor.workers
        )
        late = "" if settings.budget.is_exact else too_late(seconds + SAVE_SECONDS, left=deadline.left)
        if late:
            return late
        if len(self.folder.target) + int((vault.inside | vault.waiting).sum()) != len(vault.question.values):
            return "rows were left out of the search for other reasons"
        return ""

    def _fitted(self, vault: Vault, deadline: Deadline) -> tuple[dict[int, Trained], str]:
        path = self.folder.path / WHOLE
        shutil.rmtree(path, ignore_errors=True)  # of a session that was killed here
        try:
            path.mkdir(mode=0o700, exist_ok=True)  # it holds rows of the vault
            whole = whole_folder(self.folder, vault, path)
            growth = min(MOST_GROWTH, len(whole.target) / len(self.folder.target))
            jobs = [self._job(whole, number, refit, growth) for number, refit in sorted(self.refits.items())]
            futures = {job.experiment.number: self.session.executor.submit(job, deadline=deadline) for job in jobs}
            outcomes = {number: future.result() for number, future in futures.items()}
            for number, outcome in outcomes.items():
                if not isinstance(outcome, Refitted):
                    return {}, f"#{number} could not be fitted on all rows in time"
            return {
                number: self._trained(whole, number, outcome)
                for number, outcome in outcomes.items()
                if isinstance(outcome, Refitted)
            }, ""
        except AssayError as error:
            return {}, error.message
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _job(self, whole: TaskFolder, number: int, refit: Refitted, growth: float) -> Job:
        rounds = None if refit.rounds is None else round(growth * refit.rounds)
        experiment = self.session.state.entries[number].experiment
        return Job(kind="refit", store=whole.store, experiment=experiment, rounds=rounds)

    def _fault(self, vault: Vault, deadline: Deadline) -> str:
        """Why what was saved must not ship: it is above a limit, or its predictions differ from the certified model's;
        "" where it may, which is recorded.
        """
        shipping, settings = (
            replace(self.shipping, session=replace(self.session, deadline=deadline)),
            self.session.settings,
        )
        weight = shipping.weighed(self.chosen)
        if not Bounds.of(settings).allow(weight.estimated_ms, weight.size_bytes):
            return (
                f"fitted on all rows it takes {weight.estimated_ms:.1f} ms a row and {weight.size_bytes / 1e6:.1f} MB, "
                "above a limit"
            )
        if settings.budget.is_exact or deadline.left > GUARD_SECONDS:
            why = self._disagreement(vault.table_of(None).frame.head(GUARD_ROWS))
            if why:
                return why
        shipping.record(self.chosen, weight)
        return ""

    def _disagreement(self, frame: "pd.DataFrame") -> str:
        """How much less alike the two models rank the vault's rows than the fold models do; "" where no less."""
        folds = [model.stored(frame) for model in self._fold_blends()]
        if len(folds) < 2:
            return ""
        certified, shipped = (
            Predictor.in_lab(self.folder.path / name, self.folder.surroundings).stored(frame)
            for name in (CERTIFIED, MODEL)
        )
        found, least = rank_correlation(certified, shipped), least_agreement(folds)
        if found >= least:
            return ""
        return f"fitted on all rows it ranks rows otherwise (correlation {found:.3f}, fold models {least:.3f})"

    def _fold_blends(self) -> Iterator[Predictor]:
        """The blend as each fold's models make it; none where they were not kept."""
        entries = self.session.state.entries
        experiments = [entries[number].experiment for number in self.chosen.numbers]
        if not all(has_bag(self.folder, experiment) for experiment in experiments):
            return
        bags = {experiment.number: fold_bag(self.folder, self.session.state, experiment) for experiment in experiments}
        for fold in range(min(len(bag) for bag in bags.values())):
            yield self._predictor([
                Ingredient(
                    number=number, name="fold", weight=self.chosen.weight_of(number), trained=(bag[fold],)
                )
                for number, bag in bags.items()
            ])  # fmt: skip

    def _save(self, again: Mapping[int, Trained], shown: Figure, *, rows: int | None = None) -> None:
        """The bundle with refits replaced by those on all rows, and the figure that was certified. rows: how many these
        are; None: of the search."""
        n_rows = self.folder.task.n_rows if rows is None else rows
        passport = replace(self._certified().passport, expected=shown, head=self.session.journal.head, rows=n_rows)
        ingredients = []
        for number in with_below(self.session.state, self.chosen.numbers):
            one = self.shipping.ingredient(number, self.chosen.weight_of(number), dict(self.refits))
            trained = tuple(again.get(number, t) if t.source == "refit" else t for t in one.trained)
            ingredients.append(replace(one, trained=trained))
        write_bundle(assemble(passport, [one for one in ingredients if one.trained]), self.folder.path / MODEL)


def too_late(seconds: float, *, left: float) -> str:
    """Why there is no time to fit on all rows and save that; "" where there is. With both numbers, as neither the
    length of the fit nor the time of the search shows how much the opening left.
    """
    if seconds <= left:
        return ""
    were = f"{left:.1f} s were left" if left >= 0.05 else "none was left"
    return f"to fit and save all rows takes about {seconds:.1f} s, and after the opening {were}"


def whole_folder(folder: TaskFolder, vault: Vault, path: Path) -> TaskFolder:
    """All rows under the schema of the search; those of the vault get folds of their own, for steps that need some."""
    task, question = folder.task, vault.question
    table = encode_frame(task.schema, vault.whole.frame.iloc[vault.usable].reset_index(drop=True))
    numbers = np.zeros((len(question.values), folder.split.numbers.shape[1]), dtype=np.uint8)
    if vault.moments is not None:
        table = table.with_blocks(moment=MomentBlock(vault.moments))
    away = vault.inside | vault.waiting
    numbers[~away] = folder.split.numbers
    units = np.unique(np.asarray(vault.units, dtype=object).astype(str), return_inverse=True)[1]
    n_folds = max(folder.split.n_folds, 3)
    dealt = np.full(len(units), n_folds) if vault.record.by == "time" else units % n_folds  # the next block of time
    numbers[away] = dealt[away][:, None].astype(np.uint8)
    numbers[numbers == LATER] = 0
    split = Split(folder.split.kind, folder.split.n_folds, numbers, folder.split.reason)
    target = Target(vault.codes(task.classes), task.n_classes, vault.weight)
    task = replace(task, n_rows=len(target), hash=f"{task.hash}-whole")
    TaskFolder.open(path).save_unlabelled(folder.unlabelled)
    return TaskFolder.create(
        path, task=task, table=table, target=target, split=split,
        groups=None if folder.groups is None else units,
    )  # fmt: skip
