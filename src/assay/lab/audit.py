"""An audit: every score, verdict and figure of a lab computed again from what it stored, and what differs."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from assay.core.array import AnyArray
from assay.core.clock import SystemClock
from assay.core.codec import from_json
from assay.core.contract import LedgerRecord
from assay.core.errors import AssayError, DataError, LabError
from assay.core.experiment import Experiment
from assay.core.prediction import scored_rows
from assay.core.result import Result
from assay.ensemble.candidate import BlendLimits
from assay.lab.book import Book
from assay.lab.choice import ChoiceRecord
from assay.lab.lab import Lab
from assay.lab.model_audit import model_pairs
from assay.lab.recount import Recount
from assay.lab.settle import Settler
from assay.lab.state import EndRecord, LabState
from assay.lab.tally import Check, Tally, agree
from assay.lab.twin_record import TwinRecord
from assay.lab.vault_audit import certified_pairs, twin_pairs
from assay.lab.vault_record import CertifiedRecord
from assay.ledger.verify import verify

PROMISES = frozenset({"end", "certified", "twin"})
"""Records after which the model beside the ledger carries the figure that the lab tells."""
ROUNDED = 1e-5
"""A fold's score may be of predictions before they were rounded to 32 bits to be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """audit/1"""

    lab: str
    experiments: int
    records: int
    checks: tuple[Check, ...]
    elapsed_seconds: float
    unfinished: int = 0
    """Of the experiments, those that had not ended when the search did."""

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)


@dataclass
class Auditor:
    """Goes through the ledger once, as the lab did, with the lab's own scorer and judge.

    At every record the state is what the lab knew when it wrote it, so noise and champion are those of the moment.
    """

    lab: Lab
    chain: Tally = field(default_factory=lambda: Tally("chain", "records follow the one before"))
    folds: Tally = field(default_factory=lambda: Tally("folds", "predictions cover each scored row once"))
    scores: Tally = field(default_factory=lambda: Tally("scores", "scores follow from the stored predictions"))
    verdicts: Tally = field(default_factory=lambda: Tally("verdicts", "verdicts follow from the rules"))
    figures: Tally = field(default_factory=lambda: Tally("figures", "figures follow from the stored predictions"))
    model: Tally = field(default_factory=lambda: Tally("model", "the model is what the ledger says was shipped"))
    fresh: Tally = field(default_factory=lambda: Tally("fresh", "predictions belong to one recipe only"))
    vault: Tally = field(default_factory=lambda: Tally("vault", "statements on the vault follow from its rows"))
    brief: Tally = field(
        default_factory=lambda: Tally("brief", "lines of the brief with a number follow from the ledger")
    )
    settler: Settler = field(init=False)
    recount: Recount = field(init=False)
    seen: dict[str, int] = field(default_factory=dict)
    is_promised: bool = False
    """Whether the search that saved the last model has told what it promises."""

    def __post_init__(self) -> None:
        clock = SystemClock()
        book = Book.start(self.lab.ledger, LabState(), clock, started=clock.now())
        self.settler = Settler.resume(
            self.lab.folder, book, self.lab.scorer, limits=BlendLimits(), told=lambda event: None
        )
        self.recount = Recount(self.lab, self.settler)

    @property
    def state(self) -> LabState:
        return self.settler.book.state

    def run(self) -> tuple[Check, ...]:
        records = self.lab.ledger.records()
        by_number = {record.number: record for record in records}
        for fault in verify(records):
            self.chain.note(by_number[fault.number], fault.message, "", "")
        self.chain.checked = len(records)
        for record in records:
            self._take(record)
        self._check_model()
        self._check_brief()
        tallies = (self.chain, self.folds, self.scores, self.verdicts, self.figures, self.vault, self.fresh, self.model,
                   self.brief)  # fmt: skip
        return tuple(tally.check() for tally in tallies if tally is not self.vault or self._has_vault)

    @property
    def _has_vault(self) -> bool:
        return self.state.vault is not None or self.state.twin is not None

    def _take(self, record: LedgerRecord) -> None:
        """What the state says of a record, before and after the state takes it in."""
        before: dict[str, Callable[[LedgerRecord], Callable[[], None]]] = {
            "verdict": self._verdict, "choice": self._choice, "end": self._end,
            "certified": self._certified, "twin": self._twin,
        }  # fmt: skip
        try:
            compare = before[record.kind](record) if record.kind in before else None
            self.state.apply(record)
            self.is_promised = record.kind in PROMISES or (self.is_promised and record.kind != "model")
            if record.kind == "result":
                self._result(record)
            if compare is not None:
                compare()
        except (AssayError, ValueError) as error:
            self.chain.note(record, f"a {record.kind} that cannot be read: {error}", "", "")

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
        """Predictions of a key, their bytes held against it; None, and noted, where they are gone or changed."""
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
        if experiment.by == "ensemble":
            self.scores.take(record, "blend", True, self.recount.is_blend(experiment, prediction))

    def _check_fresh(self, record: LedgerRecord, experiment: Experiment, key: str, prediction: AnyArray) -> None:
        """Different recipes cannot predict the same to the last bit, unless what differs between them has no effect, or
        both found nothing to learn: then each answers the same for all rows of a fold.
        """
        if experiment.by == "ensemble":
            return
        self.fresh.checked += 1
        first = self.seen.setdefault(key, experiment.number)
        other = self.state.entries[first].experiment
        if first == experiment.number or other.recipe.key == experiment.recipe.key:
            return
        parts = (prediction[self.lab.folder.split.held(f, experiment.partition)] for f in range(self.lab.task.n_folds))
        if all((part == part[:1]).all() for part in parts):
            self.fresh.remarks.append(f"#{first} and #{experiment.number} predict the same: neither found anything")
        elif other.recipe.model.name == experiment.recipe.model.name:
            self.fresh.remarks.append(f"#{first} and #{experiment.number} predict the same: what differs had no effect")
        else:
            self.fresh.note(record, f"#{first} {other.what} and #{experiment.number} {experiment.what}", "two", "one")

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
        for what, one, other in certified_pairs(self.lab, self.state, stored):
            self.vault.take(record, what, one, other)
        return lambda: None

    def _twin(self, record: LedgerRecord) -> Callable[[], None]:
        for what, one, other in twin_pairs(self.lab, from_json(TwinRecord, record.body["value"])):
            self.vault.take(record, what, one, other)
        return lambda: None

    def _experiment(self, record: LedgerRecord) -> Experiment:
        entry = self.state.entries.get(record.experiment or 0)
        if entry is None:
            raise ValueError(f"it speaks of experiment {record.experiment}, which was never asked")
        return entry.experiment

    # -- what lies beside the ledger ----------------------------------------------------------------------------

    def _check_model(self) -> None:
        try:
            for what, stored, found in model_pairs(self.lab, self.state, is_promised=self.is_promised):
                self.model.take(None, what, stored, found)
        except AssayError as error:
            self.model.note(None, error.message, "", "")

    # -- the brief ----------------------------------------------------------------------------------------------

    def _check_brief(self) -> None:
        """Lines with numbers must be those that the ledger gives now; the stamp and the machine's line may differ."""
        path = self.lab.path / "brief.md"
        if self.state.end is None or not path.exists():
            return
        from assay.report.markdown import markdown
        from assay.report.page import page

        written, now = (list(_lines(text)) for text in (path.read_text(), markdown(page(self.lab.brief()))))
        known = set(now)
        for text in written:
            self.brief.checked += 1
            if text not in known:
                self.brief.note(None, "brief.md", text[:100], "another line")


def _lines(text: str) -> Iterator[str]:
    """Lines that hold a number, without the stamp under the title, things to type and what tells of this machine."""
    is_code = False
    for number, line in enumerate(text.splitlines()):
        is_code ^= line.startswith("```")
        if number > 2 and not is_code and any(c.isdigit() for c in line) and "python" not in line:
            yield line


def audit(lab: Lab) -> Audit:
    """Check a lab against itself: chain, folds, scores, verdicts, figures, copies, model, brief.

    Nothing is fitted: everything follows from the stored predictions, the stored rows and the ledger. Cost: 10,000
    verdicts of 1,000 rows in under a minute. Raises LabError where a lab has no rows to check against.
    """
    started = time.perf_counter()
    checks = Auditor(lab).run()
    return Audit(
        lab=lab.name, experiments=len(lab.state.entries), records=lab.state.last_record, checks=checks,
        elapsed_seconds=time.perf_counter() - started, unfinished=len(lab.state.open()),
    )  # fmt: skip
