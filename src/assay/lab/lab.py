"""A lab: one task in one folder, and what can be asked of it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.array import AnyArray
from assay.core.contract import AnyMetric, Ledger, Metric
from assay.core.experiment import Experiment
from assay.core.figure import Difference, Figure
from assay.core.lab_views import Diff, LabStatus, Record
from assay.core.task import Task
from assay.core.vault_views import ChangeView
from assay.core.views import Board, Brief, Summary
from assay.journal.state import ExperimentEntry, LabState
from assay.pipeline.store import TaskFolder
from assay.search.scorer import Scorer
from assay.views.open_lab import OpenLab

if TYPE_CHECKING:
    import pandas as pd

    from assay.audit.audit import Audit
    from assay.audit.reproduce import Replayed
    from assay.predictor.predictor import Predictor


@dataclass(frozen=True)
class Lab:
    """Opened for reading: a snapshot of the ledger. A running search may write on; open again to see more.

    opened: what all rooms below read. keeps: what must live as long as this, such as the temporary folder it lies in.
    """

    opened: OpenLab
    keeps: object = None

    @classmethod
    def open(
        cls,
        path: "str | os.PathLike[str]",
        *,
        metric: AnyMetric | None = None,
        keeps: object = None,
    ) -> "Lab":
        """The lab in a folder; LabError when there is none, or a newer version made it.

        metric: the function a lab was judged by, where it was no registered one; functions are never stored.
        """
        return cls(OpenLab.open(path, metric=metric), keeps)

    @property
    def path(self) -> Path:
        return self.opened.path

    @property
    def ledger(self) -> Ledger:
        return self.opened.ledger

    @property
    def state(self) -> LabState:
        return self.opened.state

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.opened.name

    @property
    def folder(self) -> TaskFolder:
        return self.opened.folder

    @property
    def task(self) -> Task:
        return self.opened.task

    @property
    def metric(self) -> Metric:
        return self.opened.metric

    @property
    def experiments(self) -> Sequence[Experiment]:
        return self.opened.experiments

    @property
    def champion(self) -> int | None:
        return self.opened.champion

    @property
    def baseline(self) -> int | None:
        return self.opened.baseline

    @property
    def status_word(self) -> str:
        return self.status().state

    @property
    def expected(self) -> Figure | None:
        """What to promise for new rows: of a vault that was opened, of twin labs; None before a search has ended."""
        return self.opened.expected

    @property
    def noise(self) -> float | None:
        """Typical sigma of a comparison of like recipes: planned, then the median of those made so far."""
        return self.opened.noise

    @property
    def is_noise_planned(self) -> bool:
        """Whether `noise` is told from the number of rows alone, as too few like recipes were compared."""
        return self.opened.is_noise_planned

    @property
    def scorer(self) -> Scorer:
        """Compares and scores this lab's predictions."""
        return self.opened.scorer

    def leader(self) -> int | None:
        """The experiment with the best out-of-fold score; None before one is complete."""
        return self.opened.leader()

    def figure(self, number: int) -> Figure:
        """An experiment's out-of-fold score with its interval."""
        return self.opened.figure(number)

    def quick_figure(self, number: int) -> Figure:
        """`figure` with a t interval whatever the size, for lists of many."""
        return self.opened.quick_figure(number)

    def difference(self, a: int, b: int) -> Difference:
        """What b gains over a, on the same rows."""
        return self.opened.difference(a, b)

    def gap(self, a: int, b: int) -> Difference:
        """`difference` without resampling, for lists of many."""
        return self.opened.gap(a, b)

    def entry(self, number: int) -> ExperimentEntry:
        """One experiment; LabError naming the range when there is none of that number."""
        return self.opened.entry(number)

    def oof(self, number: int) -> AnyArray | None:
        """An experiment's out-of-fold predictions (see docs: stored predictions); None if it has none."""
        return self.opened.oof(number)

    def __getitem__(self, number: int) -> Record:
        return self.record(number)

    def __len__(self) -> int:
        """How many `lab[number]` there are, from 1 on: blends, runs on other folds and what is open too."""
        return len(self.state.entries)

    def record(self, number: int) -> Record:
        """Everything about one experiment."""
        from assay.views.record_views import exact_record

        return exact_record(self.opened, number)

    def board(self, *, every: bool = True) -> Board:
        """All experiments ranked, ties sharing a rank; not every: with the rows that tell most, sooner when long."""
        from assay.views.board import board

        return board(self.opened, every=every)

    def leaderboard(self) -> "pd.DataFrame":
        """The board as a pandas DataFrame, one row an experiment."""
        from assay.views.frames import leaderboard_frame

        return leaderboard_frame(self.board())

    def diff(self, a: int, b: int) -> Diff:
        """What differs between two experiments' recipes, and what b gained over a."""
        from assay.views.record_views import diff

        return diff(self.opened, a, b)

    def status(self) -> LabStatus:
        """Where the lab stands."""
        from assay.views.record_views import status

        return status(self.opened)

    @property
    def findings(self) -> "tuple[ChangeView, ...]":
        """Changes that may be claimed, as the last opening of the vault decided; () without one."""
        from assay.views.record_views import change_views

        return tuple(change for change in change_views(self.opened) if change.found)

    def summary(self) -> Summary:
        """What `fit` handed back."""
        from assay.views.summary import summary

        return summary(self.opened)

    def brief(self) -> Brief:
        """The one-page report, as values."""
        from assay.views.summary import brief

        return brief(self.opened)

    @property
    def has_brief(self) -> bool:
        """Whether the brief of all that is recorded lies there as it was written."""
        return self.opened.has_brief

    def report(self, folder: "str | os.PathLike[str] | None" = None) -> Path:
        """Write brief.md, brief.html and progress.svg; returns the path of the page."""
        from assay.report.write_brief import write

        _, page, _ = write(self.brief(), Path(folder) if folder is not None else self.path)
        return page

    def audit(self) -> "Audit":
        """Every score, verdict and figure computed again from what is stored, and what differs."""
        from assay.audit.audit import audit

        return audit(self.opened)

    def replay(self, number: int | None = None) -> "Replayed":
        """One experiment, or all that have a score, fitted again in this process and compared bit for bit."""
        from assay.audit.reproduce import replay as run_again
        from assay.execute.inline import InlineExecutor
        from assay.search.worker_jobs import run

        return run_again(self.opened, number, InlineExecutor(run), on_progress=lambda done, n: None)

    def predictor(self, number: int | None = None, *, say: "Callable[[str], None] | None" = None) -> "Predictor":
        """The shipped model, or that of one experiment; LabError when no search has ended with one.

        An experiment's is put together from its fold models; where these were deleted, it is fitted on all rows in this
        process, and `say` hears so.
        """
        from assay.lab.experiment_model import predictor_of, shipped_predictor

        if number is not None:
            return predictor_of(self.opened, number, say=say)
        return shipped_predictor(self.opened)

    def close(self) -> None:
        """Let go of the ledger's file."""
        self.opened.close()

    def __repr__(self) -> str:
        from assay.views.lab_repr import lab_repr

        return lab_repr(self.opened)

    def _repr_html_(self) -> str:
        from assay.views.lab_repr import lab_html

        return lab_html(self.opened)
