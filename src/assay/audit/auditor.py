"""One pass through a ledger: scores, verdicts, figures and the files beside it, computed again record by record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assay.audit.brief_check import brief_pairs, renamed
from assay.audit.check_result import AuditCheck, CheckTally, Compared, agree
from assay.audit.file_check import loose_answers
from assay.audit.model_check import model_pairs
from assay.audit.recompute import Recomputation
from assay.audit.record_order import Order
from assay.audit.vault_check import certified_pairs, sealed_remarks
from assay.core.array import AnyArray
from assay.core.clock import SystemClock
from assay.core.codec import from_json
from assay.core.contract import LedgerRecord
from assay.core.errors import DataError, LabError
from assay.core.experiment import Experiment
from assay.core.prediction import scored_rows
from assay.core.result import Result
from assay.ensemble.candidate import BlendLimits
from assay.journal.journal import Journal
from assay.journal.packed import packed_without_vault
from assay.journal.records import EndRecord
from assay.journal.state import LabState
from assay.journal.vault_record import CertifiedRecord
from assay.search.result_recorder import ResultRecorder
from assay.ship.selection_pool import ChoiceRecord
from assay.views.open_lab import OpenLab

PROMISES = frozenset({"end", "certified"})
"""Records after which the model beside the ledger carries the figure that the lab reports."""
WITHOUT_VAULT = "not computed again: the lab was packed without the key and labels of its vault"
ROUNDED = 1e-5
"""A fold's score may be of predictions before they were rounded to 32 bits to be stored."""


@dataclass
class Auditor:
    """Goes through the ledger once, as the lab did, with the lab's own scorer and judge.

    At every record the state is what the lab knew when it wrote it, so noise and champion are those of the moment.
    """

    lab: OpenLab
    order: CheckTally = field(default_factory=lambda: CheckTally("order", "records follow from those before"))
    folds: CheckTally = field(default_factory=lambda: CheckTally("folds", "predictions cover each scored row once"))
    scores: CheckTally = field(
        default_factory=lambda: CheckTally("scores", "scores follow from the stored predictions")
    )
    verdicts: CheckTally = field(default_factory=lambda: CheckTally("verdicts", "verdicts follow from the rules"))
    figures: CheckTally = field(
        default_factory=lambda: CheckTally("figures", "figures follow from the stored predictions")
    )
    model: CheckTally = field(
        default_factory=lambda: CheckTally("model", "the model is what the ledger says was shipped")
    )
    fresh: CheckTally = field(default_factory=lambda: CheckTally("fresh", "predictions belong to one recipe only"))
    vault: CheckTally = field(
        default_factory=lambda: CheckTally("vault", "statements on the vault follow from its rows")
    )
    brief: CheckTally = field(
        default_factory=lambda: CheckTally("brief", "the brief is what the ledger gives, line by line")
    )
    rules: Order = field(default_factory=Order)
    recorder: ResultRecorder = field(init=False)
    recount: Recomputation = field(init=False)
    seen: dict[str, int] = field(default_factory=dict)
    is_promised: bool = False
    """Whether the search that saved the last model has recorded what it promises."""

    def __post_init__(self) -> None:
        clock = SystemClock()
        journal = Journal.start(self.lab.ledger, LabState(), clock, started=clock.now())
        self.recorder = ResultRecorder.resume(
            self.lab.folder, journal, self.lab.scorer, limits=BlendLimits(), on_scored=lambda event: None
        )
        self.recount = Recomputation(self.lab, self.recorder)

    @property
    def state(self) -> LabState:
        return self.recorder.journal.state

    def run(self, records: Sequence[LedgerRecord]) -> tuple[AuditCheck, ...]:
        for record in records:
            self._take(record)
        for what in self.rules.left_out(self.state):
            self.order.note(None, what, "", "")
        self.lab = replace(self.lab, state=self.state)
        self._compare(self.model, lambda: model_pairs(
            self.lab, self.state, self.recount.shipped(), is_promised=self.is_promised
        ))  # fmt: skip
        if self.is_promised and self.state.model is not None and self.state.shipped is None:
            self.model.remarks.append("the search was cut off before it wrote down what ships: fit again does so")
        with self.model.expecting(None, "how its answers were compared"):
            self.model.remarks += loose_answers(self.lab, self.state)
        if self._has_vault:
            self.vault.remarks += sealed_remarks(self.lab)
        self._compare(self.brief, lambda: brief_pairs(self.lab, self.state))
        self.brief.remarks += renamed(self.lab, self.state)
        first = (self.order, self.folds, self.scores, self.verdicts, self.figures)
        all_checks = (*first, self.vault, self.fresh, self.model, self.brief)
        return tuple(checked.check() for checked in all_checks if checked is not self.vault or self._has_vault)

    @property
    def _has_vault(self) -> bool:
        return self.state.vault is not None

    def _compare(self, checked: CheckTally, pairs: Callable[[], Compared]) -> None:
        """Count the files beside the ledger."""
        with checked.expecting(None, "it"):
            for what, stored, found in pairs():
                checked.take(None, what, stored, found)

    def _take(self, record: LedgerRecord) -> None:
        """Check a record against the state, before and after it is applied."""
        before: dict[str, Callable[[LedgerRecord], Callable[[], None]]] = {
            "verdict": self._verdict, "choice": self._choice, "end": self._end,
            "certified": self._certified,
        }  # fmt: skip
        compare = None
        self.order.checked += 1
        with self.order.expecting(record, f"a {record.kind}"):
            for what in self.rules.faults(record, self.state):
                self.order.note(record, what, "", "")
        if record.kind in before:
            with self.order.expecting(record, f"a {record.kind}"):
                compare = before[record.kind](record)
        with self.order.expecting(record, f"a {record.kind}"):
            self.state.apply(record)
            self.is_promised = record.kind in PROMISES or (self.is_promised and record.kind != "model")
            if record.kind == "result":
                self._result(record)
            if compare is not None:
                compare()

    # -- results ------------------------------------------------------------------------------------------------

    def _result(self, record: LedgerRecord) -> None:
        experiment, result = self._experiment(record), self.state.entries[record.experiment or 0].result
        if result is None or result.oof is None or not result.complete:
            return
        prediction = self._stored(record, result.oof)
        if prediction is None:
            return
        self._check_coverage(record, experiment, prediction)
        self._check_scores(record, experiment, result, prediction)
        self._check_fresh(record, experiment, result.oof, prediction)

    def _stored(self, record: LedgerRecord, key: str) -> AnyArray | None:
        """Predictions of a key, their bytes compared with it; None, and noted, where they are gone or changed."""
        try:
            return self.recount.checked_array(key)
        except LabError as error:
            self.scores.note(record, f"stored predictions: {error.message}", key[:12], "")
            return None

    def _check_coverage(self, record: LedgerRecord, experiment: Experiment, prediction: AnyArray) -> None:
        wanted = self.lab.folder.split.scored(experiment.partition)
        self.folds.checked += 1
        if len(prediction) != len(wanted):
            self.folds.note(record, "rows predicted", len(prediction), len(wanted))
        elif (scored_rows(prediction) != wanted).any():
            row = int(np.flatnonzero(scored_rows(prediction) != wanted)[0])
            self.folds.note(record, f"row {row}", "no prediction" if wanted[row] else "a prediction", "the other")

    def _check_scores(self, record: LedgerRecord, experiment: Experiment, result: Result, prediction: AnyArray) -> None:
        scorer = self.recount.scorer_of(experiment)
        try:
            score, by_fold = scorer.fold_scores(prediction)
            self.scores.take(record, "score", result.score, score)
            for fold in result.folds:
                found = by_fold.get(fold.fold, float("nan"))
                self.scores.take(record, f"score of fold {fold.fold}", fold.score, found, within=ROUNDED)
        except DataError as error:
            self.scores.note(record, "score", result.score, error.message)
        if experiment.is_blend:
            self.scores.take(record, "blend", True, self.recount.is_blend(experiment, prediction))

    def _check_fresh(self, record: LedgerRecord, experiment: Experiment, key: str, prediction: AnyArray) -> None:
        """Different recipes cannot predict the same to the last bit, unless what differs between them has no effect, or
        both found nothing to learn: then each predicts the same for all rows of a fold that may have the same labels.
        """
        if experiment.is_blend:
            return
        self.fresh.checked += 1
        first = self.seen.setdefault(key, experiment.number)
        other = self.state.entries[first].experiment
        if first == experiment.number or other.recipe.key == experiment.recipe.key:
            return
        if all((part == part[:1]).all() for part in self._parts(experiment, prediction)):
            self.fresh.remarks.append(f"#{first} and #{experiment.number} predict the same: neither found anything")
        elif first in experiment.recipe.on or other.recipe.model.name == experiment.recipe.model.name:
            self.fresh.remarks.append(f"#{first} and #{experiment.number} predict the same: what differs had no effect")
        else:
            self.fresh.note(record, f"#{first} {other.what} and #{experiment.number} {experiment.what}", "two", "one")

    def _parts(self, experiment: Experiment, prediction: AnyArray) -> Iterator[AnyArray]:
        """Predictions of each fold, divided by the value that restricts labels, where one does."""
        folder = self.lab.folder
        values = folder.table.candidate_values
        for fold in range(self.lab.task.n_folds):
            rows = folder.split.held(fold, experiment.partition)
            known = np.zeros(len(rows), dtype=np.int64) if values is None else np.asarray(values[rows])
            for value in np.unique(known):
                yield prediction[rows[known == value]]

    # -- verdicts and figures -----------------------------------------------------------------------------------

    def _verdict(self, record: LedgerRecord) -> Callable[[], None]:
        experiment = self._experiment(record)
        found = self.recount.verdict(experiment)

        def compare() -> None:
            stored = self.state.entries[experiment.number].verdict
            if found is None or stored is None:
                self.verdicts.unknown += 1
                return
            for name in ("kept", "rule", "against", "confirm"):
                if not agree(getattr(stored, name), getattr(found, name)):
                    self.verdicts.note(record, f"verdict, {name}", getattr(stored, name), getattr(found, name))
            self.verdicts.checked += 1

        return compare

    def _choice(self, record: LedgerRecord) -> Callable[[], None]:
        self.recount.choice = from_json(ChoiceRecord, record.body["value"])
        return lambda: None

    def _end(self, record: LedgerRecord) -> Callable[[], None]:
        pairs = tuple(self.recount.end(from_json(EndRecord, record.body["value"])))

        def compare() -> None:
            for what, one, other in pairs:
                if other is None and one is not None:
                    self.figures.unknown += 1
                else:
                    self.figures.take(record, what, one, other)

        return compare

    def _certified(self, record: LedgerRecord) -> Callable[[], None]:
        stored = from_json(CertifiedRecord, record.body["value"])
        if packed_without_vault(self.lab.path):
            self.vault.unknown += 1
            self.vault.remarks.append(WITHOUT_VAULT)
            return lambda: None
        for what, one, other in certified_pairs(self.lab, self.state, stored):
            self.vault.take(record, what, one, other)
        return lambda: None

    def _experiment(self, record: LedgerRecord) -> Experiment:
        entry = self.state.entries.get(record.experiment or 0)
        if entry is None:
            raise ValueError(f"it speaks of experiment {record.experiment}, which was never asked")
        return entry.experiment
