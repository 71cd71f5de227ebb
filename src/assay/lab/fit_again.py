"""The certified recipe on all rows: what ships after a vault was opened, named apart from what was certified."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assay.core.clock import Deadline
from assay.core.contract import Executor, Job
from assay.core.errors import AssayError
from assay.core.figure import Figure
from assay.core.result import Refitted
from assay.core.split import LATER, Split
from assay.core.target import Target
from assay.data.encode import encode_frame
from assay.ensemble.candidate import Blend
from assay.lab.ship import Shipping
from assay.lab.stack import with_below
from assay.lab.vault import Vault
from assay.pipeline.design import open_design
from assay.pipeline.member import with_link
from assay.pipeline.states import read_states
from assay.pipeline.store import TaskFolder
from assay.predictor.bundle import assemble
from assay.predictor.member import Ingredient, Trained
from assay.predictor.predictor import Predictor
from assay.predictor.storage import write_bundle

MOST_GROWTH = 1.25
"""Rounds grow with the rows, at most by this."""
SAVE_SECONDS = 1.0
CERTIFIED = "certified"
"""The folder of the model that was certified, beside that of the one that ships."""


@dataclass
class FitAgain:
    """shipping: what packed the certified model; refits: its members as fitted on the search rows."""

    shipping: Shipping
    chosen: Blend
    refits: Mapping[int, Refitted]

    @property
    def folder(self) -> TaskFolder:
        return self.shipping.folder

    @property
    def executor(self) -> Executor:
        return self.shipping.executor

    def alone(self, number: int, refit: Refitted) -> Predictor:
        """One experiment's refit as a predictor of its own."""
        return self._predictor(Ingredient(number=number, name="alone", weight=1.0, trained=(self._trained(
            self.folder, number, refit),)))  # fmt: skip

    def _predictor(self, one: Ingredient) -> Predictor:
        passport = replace(self._certified().passport, learned=None, scale="plain")
        with tempfile.TemporaryDirectory(prefix="assay-alone-") as place:
            write_bundle(assemble(passport, [one]), Path(place) / "model")
            return Predictor.load(Path(place) / "model")

    def _certified(self) -> Predictor:
        return Predictor.load(self.folder.path / "model")

    def _trained(self, folder: TaskFolder, number: int, refit: Refitted) -> Trained:
        experiment = self.shipping.book.state.entries[number].experiment
        prefix = tuple(encoder.state() for encoder in open_design(folder, experiment.recipe.steps).encoders)
        (*inner, model), link = with_link(read_states(folder.work / refit.model), experiment.recipe.transform)
        return Trained(encoders=(*prefix, *inner), model=model, link=link, source="refit")

    # -- all rows -----------------------------------------------------------------------------------------------

    def ship(self, vault: Vault, shown: Figure, deadline: Deadline) -> str:
        """Keep the certified model beside, fit its refits again on all rows, ship these; in words, what ships.

        Where that cannot be done, the certified model itself ships, with the reason. The figure in either passport is
        the certified one.
        """
        place = self.folder.path / CERTIFIED
        shutil.rmtree(place, ignore_errors=True)
        self._save(self.folder.path / "model", {}, shown)
        shutil.copytree(self.folder.path / "model", place)
        why = self._why_not(vault, deadline)
        found: dict[int, Trained] = {}
        if not why:
            found, why = self._fitted(vault, deadline)
        if why:
            return f"the certified model itself: {why}"
        self._save(self.folder.path / "model", found, shown)
        return f"the same recipe retrained on all {len(vault.question.values):,} rows, itself not tested"

    def _why_not(self, vault: Vault, deadline: Deadline) -> str:
        entries = self.shipping.book.state.entries
        if not self.refits:
            return "it ships as its fold models"
        if any(entries[number].experiment.recipe.on for number in self.chosen.numbers):
            return "a member reads predictions of others, which rows of the vault do not have"
        seconds = MOST_GROWTH * sum(refit.wall_seconds for refit in self.refits.values()) / self.executor.workers
        if not self.shipping.settings.budget.is_exact and seconds + SAVE_SECONDS > deadline.left:
            return f"a fit on all rows takes about {seconds:.0f} s, longer than was left"
        if len(self.folder.target) + int(vault.inside.sum()) != len(vault.question.values):
            return "rows were left out of the search for other reasons"
        return ""

    def _fitted(self, vault: Vault, deadline: Deadline) -> tuple[dict[int, Trained], str]:
        path = self.folder.path / "whole"
        try:
            whole = whole_folder(self.folder, vault, path)
            growth = min(MOST_GROWTH, len(whole.target) / len(self.folder.target))
            found = {}
            for number, refit in sorted(self.refits.items()):
                rounds = None if refit.rounds is None else round(growth * refit.rounds)
                experiment = self.shipping.book.state.entries[number].experiment
                job = Job(kind="refit", folder=whole.path, experiment=experiment, rounds=rounds)
                outcome = self.executor.submit(job, deadline=deadline).result()
                if not isinstance(outcome, Refitted):
                    return {}, f"#{number} could not be fitted on all rows in time"
                found[number] = self._trained(whole, number, outcome)
            return found, ""
        except AssayError as error:
            return {}, error.message
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _save(self, place: Path, again: Mapping[int, Trained], shown: Figure) -> None:
        """The bundle with refits replaced by those on all rows, and the figure that was certified."""
        passport = replace(self._certified().passport, expected=shown)
        ingredients = []
        for number in with_below(self.shipping.book.state, self.chosen.numbers):
            one = self.shipping.ingredient(number, self.chosen.weight_of(number), dict(self.refits))
            trained = tuple(again.get(number, t) if t.source == "refit" else t for t in one.trained)
            ingredients.append(replace(one, trained=trained))
        write_bundle(assemble(passport, [one for one in ingredients if one.trained]), place)


def whole_folder(folder: TaskFolder, vault: Vault, path: Path) -> TaskFolder:
    """All rows under the schema of the search; those of the vault get folds of their own, for steps that need some."""
    task, question = folder.task, vault.question
    table = encode_frame(task.schema, vault.whole.frame.iloc[vault.usable].reset_index(drop=True))
    numbers = np.zeros((len(question.values), folder.split.numbers.shape[1]), dtype=np.uint8)
    numbers[~vault.inside] = folder.split.numbers
    units = np.unique(np.asarray(vault.units, dtype=object).astype(str), return_inverse=True)[1]
    n_folds = max(folder.split.n_folds, 3)
    numbers[vault.inside] = (units[vault.inside] % n_folds)[:, None].astype(np.uint8)
    numbers[numbers == LATER] = 0
    split = Split(folder.split.kind, folder.split.n_folds, numbers, folder.split.reason)
    target = Target(vault.codes(task.classes), task.n_classes, vault.weight)
    task = replace(task, n_rows=len(target), hash=f"{task.hash}-whole")
    return TaskFolder.create(
        path, task=task, table=table, target=target, split=split,
        groups=None if folder.groups is None else units,
    )  # fmt: skip
