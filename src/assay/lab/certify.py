"""The opening of a vault: one figure on rows that chose nothing, recorded first; then a fit on all rows."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assay.core.array import AnyArray
from assay.core.clock import Deadline
from assay.core.contract import Job, Metric
from assay.core.figure import Difference, Figure
from assay.core.result import Failure, Refitted
from assay.evidence.interval import figure
from assay.evidence.paired import compare
from assay.evidence.rows import Rows
from assay.evidence.vault import SHOWN_BITS, price
from assay.lab.book import Book
from assay.lab.fit_again import FitAgain
from assay.lab.scorer import Scorer
from assay.lab.vault import Vault
from assay.lab.vault_record import CertifiedRecord, OpeningRecord
from assay.predictor.predictor import Predictor


def certified_figure(metric: Metric, rows: Rows, prediction: AnyArray, *, level: float) -> Figure:
    """The vault's score with the interval its opening pays for; the two-sided level of the first is 5 %."""
    return figure(metric, rows, prediction, origin="vault", level=1.0 - level)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What one opening sees: the truth, what the certified model and the baseline predict, and the figure."""

    rows: Rows
    prediction: AnyArray
    baseline: AnyArray | None
    figure: Figure


@dataclass
class Certifier:
    """Opens the vault of a lab whose model is saved, and ships the same recipe fitted on all rows."""

    vault: Vault
    book: Book
    scorer: Scorer
    again: FitAgain

    def run(self, deadline: Deadline) -> None:
        opening = len(self.book.state.openings) + 1
        session = self.book.state.session
        bits = priced_bits([*self.book.state.openings, () if session is None else session.without])
        level = price(opening, bits=bits)
        rows = self.vault.rows(self.again.folder.task.classes, seed=self.again.folder.task.seed)
        self.book.write(
            "opening",
            OpeningRecord(opening=opening, level=level, bits=bits, rows=len(rows), pid=os.getpid()), durable=True,
        )  # fmt: skip
        model = Predictor.load(self.again.folder.path / "model")
        prediction = answers(model, self.vault, self.scorer.metric)
        look = Look(
            rows=rows, prediction=prediction, baseline=self._baseline(deadline),
            figure=certified_figure(self.scorer.metric, rows, prediction, level=level),
        )  # fmt: skip
        shipped = self.again.ship(self.vault, look.figure, deadline)
        self._record(opening, level, look, shipped)

    def _record(self, opening: int, level: float, look: "Look", shipped: str) -> None:
        put, end, rows = self.book.ledger.put_array, self.book.state.end, look.rows
        sign = 1.0 if self.scorer.metric.higher_is_better else -1.0
        search = None if end is None or end.search is None else end.search.value
        against = None
        if look.baseline is not None:
            against = compare(self.scorer.metric, rows, look.baseline, look.prediction)
        found, why = gate(against, level, allowed=self.vault.record.allows_findings)
        self.book.write(
            "certified",
            CertifiedRecord(
                opening=opening, figure=look.figure, against=against, finding=found, why=why, shipped=shipped,
                optimism=None if search is None else sign * (search - look.figure.value),
                prediction=put(look.prediction), truth=put(rows.y),
                baseline=None if look.baseline is None else put(look.baseline),
                groups=None if rows.groups is None else put(rows.groups),
                weight=None if rows.weight is None else put(rows.weight),
            ),
            durable=True,
        )  # fmt: skip

    def _baseline(self, deadline: Deadline) -> AnyArray | None:
        """What standard LightGBM, fitted on the same search rows, predicts for the vault; None where it cannot be."""
        number = self.book.state.baseline
        entry = None if number is None else self.book.state.entries[number]
        if entry is None or entry.result is None or not entry.result.complete:
            return None
        job = Job(
            kind="refit", folder=self.again.folder.path, experiment=entry.experiment, rounds=entry.result.rounds
        )  # fmt: skip
        outcome = self.again.executor.submit(job, deadline=deadline).result()
        if not isinstance(outcome, Refitted):
            assert isinstance(outcome, Failure)
            return None
        return answers(self.again.alone(entry.experiment.number, outcome), self.vault, self.scorer.metric)


def answers(model: Predictor, vault: Vault, metric: Metric) -> AnyArray:
    """Stored predictions of a vault's rows; for a metric of labels, the labels the model gives."""
    frame = vault.table.frame
    if metric.needs != "label" or not model.classes:
        return np.asarray(model.stored(frame), dtype=np.float64)
    code = {label: number for number, label in enumerate(model.classes)}
    codes = np.array([code[label] for label in model.predict(frame).tolist()])
    return codes.astype(np.float64) if len(model.classes) == 2 else np.eye(len(model.classes))[codes]


def priced_bits(asked: Sequence[tuple[str, ...]]) -> float:
    """Five bits for each figure that was shown before somebody asked for another search (evidence.md 5.3).

    asked: what each session that opened the vault was told to leave out, the last one's included. A longer run of the
    same search is machine work: its proposers are never told what a vault said.
    """
    return SHOWN_BITS * sum(later != earlier for earlier, later in pairwise(asked))


def gate(against: Difference | None, level: float, *, allowed: bool) -> tuple[bool, str]:
    """(may it be claimed that the model is better than the baseline, why): one test at the opening's level."""
    if against is None or against.p is None:
        return False, "no baseline to compare with"
    if not allowed:
        return False, "the vault is too small for findings"
    p = f"p {against.p:.3g}, {level:.3g} asked"
    if against.p <= level and against.value > 0:
        return True, f"better than standard LightGBM on the vault: {p}"
    return False, f"not shown to be better than standard LightGBM on the vault: {p}"
