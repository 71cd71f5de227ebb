"""A lab: one task in one folder, and what can be asked of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.contract import AnyMetric
from assay.core.lab_views import Diff, LabStatus, Record
from assay.core.vault_views import ChangeView
from assay.core.views import Board, Brief, Summary
from assay.lab.steered_lab import SteeredLab

if TYPE_CHECKING:
    import pandas as pd

    from assay.audit.audit import Audit
    from assay.audit.replay import Replayed
    from assay.predictor.predictor import Predictor


@dataclass(frozen=True)
class Lab(SteeredLab):
    """Opened for reading: a snapshot of the ledger. A running search may write on; open again to see more.

    path: its folder; ledger: what was recorded; state: what the records amount to. keeps: what must live as long as
    this, such as the temporary folder it lies in.
    """

    keeps: object = None

    @classmethod
    def open(
        cls, path: "str | os.PathLike[str]", *, metric: AnyMetric | None = None, keeps: object = None
    ) -> "Lab":  # fmt: skip
        """The lab in a folder; LabError when there is none, or a newer version made it.

        metric: the function a lab was judged by, where it was no registered one; functions are never stored.
        """
        return replace(super().open(path, metric=metric), keeps=keeps)

    @property
    def status_word(self) -> str:
        return self.status().state

    def __getitem__(self, number: int) -> Record:
        return self.record(number)

    def __len__(self) -> int:
        """How many `lab[number]` there are, from 1 on: blends, runs on other folds and what is open too."""
        return len(self.state.entries)

    def record(self, number: int) -> Record:
        """Everything about one experiment."""
        from assay.views.record_views import exact_record

        return exact_record(self, number)

    def code(self, number: int) -> str:
        """The sources that an experiment calls, one after the other; UsageError where it calls none."""
        from assay.views.called_sources import called_sources

        return called_sources(self, number)

    def board(self, *, every: bool = True) -> Board:
        """All experiments ranked, ties sharing a rank; not every: with the rows that tell most, sooner when long."""
        from assay.views.board import board

        return board(self, every=every)

    def leaderboard(self) -> "pd.DataFrame":
        """The board as a pandas DataFrame, one row an experiment."""
        from assay.views.frames import leaderboard_frame

        return leaderboard_frame(self.board())

    def ranked_by(self, name: str) -> "pd.DataFrame":
        """Experiments by a metric of yours that was added (`add("cost.py")`), best first, with 95 % bootstrap
        intervals; `tied`: not told apart from the best.
        """
        import pandas as pd

        from assay.views.own_metric import board_rows, own_board

        return pd.DataFrame(board_rows(own_board(self, name)))

    def diff(self, a: int, b: int) -> Diff:
        """What differs between two experiments' recipes, and what b gained over a."""
        from assay.views.record_views import diff

        return diff(self, a, b)

    def status(self) -> LabStatus:
        """Where the lab stands."""
        from assay.views.record_views import status

        return status(self)

    @property
    def findings(self) -> "tuple[ChangeView, ...]":
        """Changes that may be claimed, as the last opening of the vault decided; () without one."""
        from assay.views.record_views import change_views

        return tuple(change for change in change_views(self) if change.found)

    def summary(self) -> Summary:
        """What `fit` handed back."""
        from assay.views.summary import summary

        return summary(self)

    def brief(self) -> Brief:
        """The one-page report, as values."""
        from assay.views.summary import brief

        return brief(self)

    def report(self, folder: "str | os.PathLike[str] | None" = None) -> Path:
        """Write brief.md, brief.html and progress.svg; returns the path of the page."""
        from assay.report.write_brief import write

        _, page, _ = write(self.brief(), Path(folder) if folder is not None else self.path)
        return page

    def audit(self) -> "Audit":
        """Every score, verdict and figure computed again from what is stored, and what differs."""
        from assay.audit.audit import audit

        return audit(self)

    def replay(self, number: int | None = None) -> "Replayed":
        """One experiment, or all that have a score, fitted again in this process and compared bit for bit."""
        from assay.audit.replay import replay as run_again
        from assay.execute.inline import InlineExecutor
        from assay.search.worker_jobs import run

        return run_again(self, number, InlineExecutor(run), on_progress=lambda done, n: None)

    def predictor(self, number: int | None = None, *, say: "Callable[[str], None] | None" = None) -> "Predictor":
        """The shipped model, or that of one experiment; LabError when no search has ended with one.

        An experiment's is put together from its fold models; where these were deleted, it is fitted on all rows in this
        process, and `say` hears so.
        """
        from assay.lab.experiment_model import predictor_of, shipped_predictor

        if number is not None:
            return predictor_of(self, number, say=say)
        return shipped_predictor(self)

    def __repr__(self) -> str:
        from assay.views.lab_repr import lab_repr

        return lab_repr(self)

    def _repr_html_(self) -> str:
        from assay.views.lab_repr import lab_html

        return lab_html(self)
