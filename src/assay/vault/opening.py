"""The opening of a vault: one figure on rows that chose nothing, recorded first; then a fit on all rows."""

import os
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from assay.core.array import AnyArray
from assay.core.clock import Deadline
from assay.core.contract import Metric
from assay.core.figure import Difference, Figure
from assay.core.job import Job
from assay.core.result import Refitted
from assay.data.read import RawTable
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import error_of, figure
from assay.evidence.paired import compare
from assay.evidence.seal import bits_of, next_seal, shown_difference, shown_figure
from assay.evidence.vault_plan import LEVEL, price
from assay.journal.vault_record import CertifiedRecord, ChangeRecord, OpeningRecord
from assay.predictor.predictor import Predictor
from assay.search.session import Session
from assay.vault.claimed_changes import TIME_SHARE, affordable, chain, judged, links_of
from assay.vault.key import put_sealed
from assay.vault.refit_after_opening import RefitOnAllRows
from assay.vault.sealed_rows import break_seal
from assay.vault.vault import Vault


def certified_figure(metric: Metric, rows: Rows, prediction: AnyArray, *, level: float) -> Figure:
    """The vault's score with the interval at its opening's price; the two-sided level of the first is 5 %.

    It is rounded to half its standard error (evidence.seal).
    """
    found = figure(metric, rows, prediction, level=1.0 - level)
    # an interval at a high price may fill the bounds, and has no standard error
    error = error_of(found if level == LEVEL else figure(metric, rows, prediction))
    return shown_figure(found, error=error or 0.0, bounds=metric.bounds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpeningResult:
    """The data of one opening: the truth, the predictions of the certified model and the baseline, and the figure."""

    rows: Rows
    prediction: AnyArray
    baseline: AnyArray | None
    figure: Figure
    against: Difference | None


@dataclass
class Certifier:
    """Opens the vault of a lab whose model is saved, and ships the same recipe fitted on all rows."""

    vault: Vault
    again: RefitOnAllRows
    seal: int | None = None
    """The seal that this opening breaks; None: it covers the whole vault."""

    @property
    def session(self) -> Session:
        return self.again.session

    def run(self, deadline: Deadline) -> None:
        task, begun = self.session.folder.task, self._begun()
        self.seal, level = begun.seal, begun.level
        break_seal(self.session.folder.path, self.seal)
        rows = self.vault.rows(task.classes, seed=task.seed, seal=self.seal)
        prediction = self.answers(
            Predictor.in_lab(self.session.folder.path / "model", self.session.folder.surroundings)
        )
        baseline = self._baseline(deadline)
        look = OpeningResult(
            rows=rows, prediction=prediction, baseline=baseline,
            figure=certified_figure(self.session.scorer.metric, rows, prediction, level=level),
            against=None if baseline is None else compare(self.session.scorer.metric, rows, baseline, prediction),
        )  # fmt: skip
        changes = self._changes(look, level, deadline)
        shipped = self.again.ship(self.vault, look.figure, deadline)
        self._record(begun.opening, level, look, changes, shipped)

    def _begun(self) -> OpeningRecord:
        """The opening, recorded before any label is read: a new one at its price, or one that a kill kept from its
        figure.
        """
        state, task = self.session.state, self.session.folder.task
        if state.begun_opening is not None:
            return state.begun_opening
        seal = next_seal(state.openings, seals=self.vault.record.seals)
        opening, bits = len(state.openings) + 1, bits_of(state.openings, replace(state.asks, seal=seal))
        rows = self.vault.rows(task.classes, seed=task.seed, seal=seal)
        record = OpeningRecord(
            opening=opening, level=price(opening, bits=bits), bits=bits, rows=len(rows), pid=os.getpid(), seal=seal
        )
        self.session.journal.write("opening", record, durable=True)
        return record

    def _changes(self, look: OpeningResult, level: float, deadline: Deadline) -> tuple[ChangeRecord, ...]:
        """The steps that led here, each tested for itself; () where the whole is no finding."""
        state, numbers = self.session.state, chain(self.session.state)
        is_finding, _ = gate(look.against, level, allowed=self.vault.record.allows_findings)
        if look.baseline is None or not numbers or not is_finding:
            return ()
        if not self.session.is_exact:
            growth = self.session.folder.refit_growth
            numbers = affordable(state, numbers, seconds=TIME_SHARE * deadline.left, growth=growth)
        links = links_of(
            numbers, baseline=look.baseline, certified=look.prediction,
            predicted=lambda number: self.predicted(number, deadline),
        )  # fmt: skip
        return judged(
            self.session.scorer.metric, look.rows, links, level=level, put=self.session.journal.ledger.put_array
        )

    def _record(
        self, opening: int, level: float, look: OpeningResult, changes: tuple[ChangeRecord, ...], shipped: str
    ) -> None:
        end, rows, against = self.session.state.end, look.rows, look.against
        put, sealed = self.session.journal.ledger.put_array, partial(put_sealed, self.session.folder.path)
        sign = 1.0 if self.session.scorer.metric.higher_is_better else -1.0
        search = None if end is None or end.search is None else end.search.value
        found, why = gate(against, level, allowed=self.vault.record.allows_findings)
        self.session.journal.write(
            "certified",
            CertifiedRecord(
                opening=opening, figure=look.figure, finding=found, why=why, shipped=shipped,
                against=None if against is None else shown_difference(against),
                optimism=None if search is None else sign * (search - look.figure.value),
                prediction=put(look.prediction), truth=sealed(rows.y),
                baseline=None if look.baseline is None else put(look.baseline),
                groups=None if rows.groups is None else sealed(rows.groups),
                weight=None if rows.weight is None else sealed(rows.weight),
                learned_rows=self.again.learned_rows, changes=changes, numbers=1 + (against is not None) + len(changes),
            ),
            durable=True,
        )  # fmt: skip

    def answers(self, model: Predictor) -> AnyArray:
        """Stored predictions of the rows of this opening."""
        return answers(model, self.vault.table_of(self.seal), self.session.scorer.metric)

    def predicted(self, number: int, deadline: Deadline) -> AnyArray | None:
        """What an experiment, fitted on the search rows, predicts for the opened rows; None where it has no fit."""
        entry = self.session.state.entries[number]
        if entry.result is None or not entry.result.complete:
            return None
        job = Job(
            kind="refit", store=self.session.folder.store, experiment=entry.experiment, rounds=entry.result.rounds
        )  # fmt: skip
        outcome = self.session.executor.submit(job, deadline=deadline).result()
        if not isinstance(outcome, Refitted):
            return None
        return self.answers(self.again.alone(number, outcome))

    def _baseline(self, deadline: Deadline) -> AnyArray | None:
        """What standard LightGBM, fitted on the same search rows, predicts for the vault; None where it cannot be."""
        number = self.session.state.baseline
        return None if number is None else self.predicted(number, deadline)


def answers(model: Predictor, table: RawTable, metric: Metric) -> AnyArray:
    """Stored predictions of a table's rows; for a metric of labels, the labels the model gives."""
    frame = table.frame
    stored = model.stored(frame)
    if metric.needs != "label" or not model.classes:
        return np.asarray(stored, dtype=np.float64)
    code = {label: number for number, label in enumerate(model.classes)}
    codes = np.array([code[label] for label in model.labels(stored).tolist()])
    return codes.astype(np.float64) if len(model.classes) == 2 else np.eye(len(model.classes))[codes]


def gate(against: Difference | None, level: float, *, allowed: bool) -> tuple[bool, str]:
    """(may it be claimed that the model is better than the baseline, why): one test at the opening's level."""
    if against is None or against.p is None:
        return False, "no baseline to compare with"
    if not allowed:
        return False, "the vault is too small for findings"
    p = f"p {shown_difference(against).p:.3g}, {level:.3g} asked"
    if against.p <= level and against.value > 0:
        return True, f"better than standard LightGBM on the vault: {p}"
    return False, f"not shown to be better than standard LightGBM on the vault: {p}"
