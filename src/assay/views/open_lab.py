"""A lab opened for reading: its ledger, its rows, and the scores and comparisons that follow from them."""

import os
from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from assay.core.array import AnyArray
from assay.core.contract import AnyMetric, Ledger, Metric
from assay.core.errors import LabError
from assay.core.experiment import Experiment
from assay.core.figure import Difference, Figure
from assay.core.garbage import without_collecting
from assay.core.task import Task
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.find_labs import SUFFIX, is_lab
from assay.journal.left_open import KILLED
from assay.journal.replayed_state import replay
from assay.journal.state import LabState
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.metrics.choose_metric import find as find_metric
from assay.pipeline.store import TaskFolder
from assay.search.scorer import Scorer

if TYPE_CHECKING:
    from assay.ship.cross_fitted import CrossFittedAnswers


@dataclass(frozen=True)
class OpenLab(ABC):
    """What rooms read of a lab: a snapshot of the ledger; a running search may write on.

    own_metric: the function a lab was judged by, where it was no registered one. answered: out-of-fold answers of what
    ships, where the fit that made this has computed them.
    """

    path: Path
    ledger: Ledger
    state: LabState
    own_metric: AnyMetric | None = None
    answered: "CrossFittedAnswers | None" = None

    @classmethod
    def open(cls, path: "str | os.PathLike[str]", *, metric: AnyMetric | None = None) -> Self:
        """The lab in a folder; LabError when there is none, or a newer version made it.

        metric: the function a lab was judged by, where it was no registered one; functions are never stored.
        """
        folder = Path(path)
        if not is_lab(folder) and is_lab(folder.with_name(folder.name + SUFFIX)):
            folder = folder.with_name(folder.name + SUFFIX)
        if not is_lab(folder):
            raise LabError(f"{folder} is not a lab.", do=("assay labs", "assay fit FILE --target COLUMN makes one"))
        if not (folder / "data" / "task.json").exists():
            raise LabError(
                f"{folder} was left before its rows were stored; nothing had been tried in it.",
                do=("fit again: the same command goes on from there",),
            )
        ledger = SqliteLedger.open(folder, create=False, write=False)
        is_idle = ledger.writer is None  # asked first: a session that ends meanwhile has recorded how
        with without_collecting():
            state = replay(ledger.records_of_state())
        if is_idle:
            state.leave(KILLED)
        return cls(folder, ledger, state, metric)

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.path.name

    @cached_property
    def folder(self) -> TaskFolder:
        return TaskFolder(self.path)

    @property
    def task(self) -> Task:
        return self.folder.task

    @cached_property
    def metric(self) -> Metric:
        wanted = self.own_metric if self.own_metric is not None else self.task.metric
        return find_metric(wanted, self.task.problem)

    @property
    def experiments(self) -> Sequence[Experiment]:
        return tuple(entry.experiment for entry in self.state.entries.values())

    @property
    def champion(self) -> int | None:
        return self.state.champion

    @property
    def baseline(self) -> int | None:
        return self.state.baseline

    @property
    def expected(self) -> Figure | None:
        """The figure to quote for new rows, of an opened vault where there is one; None before a search has ended."""
        if self.state.certified is not None:
            return self.state.certified.figure
        expect = None if self.state.end is None else self.state.end.expect
        return None if expect is None else replace(expect, adaptive=expect.adaptive or bool(self.state.adaptive))

    @property
    def noise(self) -> float | None:
        """Typical sigma of a comparison of like recipes: planned, then the median of those made so far."""
        return self.scorer.noise(self.state).sigma

    @property
    def is_noise_planned(self) -> bool:
        """Whether `noise` follows from the number of rows alone, as too few like recipes were compared."""
        return self.scorer.noise(self.state).is_planned

    @cached_property
    def scorer(self) -> Scorer:
        """Compares and scores this lab's predictions."""
        return Scorer.of(self.folder, self.metric)

    def leader(self) -> int | None:
        """The experiment with the best out-of-fold score; None before one is complete."""
        return self.scorer.leader(self.state)

    def figure(self, number: int) -> Figure:
        """An experiment's out-of-fold score with its interval."""
        return self._own_scorer(number).figure(self._scored(number))

    def quick_figure(self, number: int) -> Figure:
        """`figure` with a t interval whatever the size, for lists of many."""
        return self._own_scorer(number).quick_figure(self._scored(number))

    def _own_scorer(self, number: int) -> Scorer:
        """The scorer on the folds of an experiment."""
        return self.scorer.on(self.entry(number).experiment.partition)

    def _scored(self, number: int) -> AnyArray:
        prediction = self.oof(number)
        if prediction is None:
            raise LabError(f"#{number} has no score on every fold.", do=(f"assay show {number}",))
        return prediction

    def difference(self, a: int, b: int) -> Difference:
        """What b gains over a, on the same rows."""
        one, other = self._pair(a, b)
        return self.scorer.compare(one, other, noise=self.scorer.noise(self.state), over=a)

    def gap(self, a: int, b: int) -> Difference:
        """`difference` without resampling, for lists of many."""
        one, other = self._pair(a, b)
        return self.scorer.gap(one, other, noise=self.scorer.noise(self.state), over=a)

    def _pair(self, a: int, b: int) -> tuple[AnyArray, AnyArray]:
        one, other = self.oof(a), self.oof(b)
        if one is None or other is None:
            raise LabError(f"#{a} and #{b} have no common rows to compare.")
        return one, other

    def entry(self, number: int) -> ExperimentEntry:
        """One experiment; LabError naming the range when there is none of that number."""
        if number not in self.state.entries:
            known = sorted(self.state.entries)
            span = f"#{known[0]} to #{known[-1]}" if known else "none so far"
            raise LabError(f"{self.path.name} has no experiment #{number}. Experiments: {span}.")
        return self.state.entries[number]

    def oof(self, number: int) -> AnyArray | None:
        """An experiment's out-of-fold predictions (see docs: stored predictions); None if it has none."""
        result = self.entry(number).result
        return None if result is None or result.oof is None else self.ledger.array(result.oof)

    @property
    def has_brief(self) -> bool:
        """Whether the brief of all that is recorded is in the folder as it was written."""
        from assay.ship.file_digests import is_as_written

        return self.state.brief is not None and is_as_written(self.path, self.state.brief.files)

    def close(self) -> None:
        """Close the ledger's file."""
        self.ledger.close()


class LabSnapshot(OpenLab):
    """An OpenLab and nothing more, for rooms below `lab`, which may not import Lab."""
