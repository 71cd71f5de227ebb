"""An audit: every score, verdict and figure of a lab computed again from what it stored, and what differs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assay.audit.auditor import Auditor
from assay.audit.check_result import AuditCheck, CheckTally
from assay.audit.code_check import code_pairs
from assay.audit.file_check import rows_pairs
from assay.core.array import Json
from assay.core.clock import Clock, SystemClock
from assay.core.codec import from_json, to_json
from assay.core.contract import LedgerRecord
from assay.core.errors import AssayError, LabError, StorageError
from assay.core.task import Task
from assay.core.uncounted_runs import UncountedRuns
from assay.journal.digest_records import CERTIFIED, MODEL
from assay.journal.experiment_counts import counts
from assay.journal.find_labs import SUFFIX, is_lab
from assay.journal.replayed_state import UNREADABLE
from assay.journal.state import LabState
from assay.ledger.anchor import Anchor, NotedHead, anchors_in
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.ledger.verify import verify
from assay.predictor.storage import read_bundle
from assay.report.brief_names import NAMES
from assay.views.open_lab import LabSnapshot, OpenLab


def heads(path: Path, records: Sequence[LedgerRecord], noted: Sequence[NotedHead]) -> AuditCheck:
    """Every known head, in the ledger or not: each stays valid however long the ledger grew since."""
    checked = CheckTally("heads", "heads noted elsewhere are in the ledger")
    for one in (*noted, *_beside(path)):
        fault = one.anchor.fault(records)
        if fault and one.remark:
            checked.remarks.append(one.remark)
            continue
        checked.checked += 1
        if fault:
            checked.note(None, f"{one.where}: {fault}", one.anchor.text, "")
    return checked.check()


def _beside(path: Path) -> Iterator[NotedHead]:
    """Those that a lab's own models and brief carry."""
    for folder in (MODEL, CERTIFIED):
        try:
            head = read_bundle(path / folder)[0].passport.head if (path / folder).is_dir() else ""
        except AssayError:  # a fault of the model is found where the model is checked
            continue
        yield from (NotedHead(anchor=anchor, where=folder) for anchor in anchors_in(head))
    for name in NAMES[:2]:
        file = path / name
        text = file.read_text("utf-8", errors="replace") if file.is_file() else ""
        yield from (NotedHead(anchor=anchor, where=name) for anchor in dict.fromkeys(anchors_in(text)))


NotedOf = Callable[[Sequence[LedgerRecord]], Iterable[NotedHead]]
CUT_OFF = "of work that was cut off, or of records that are gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """audit/1. experiments: those of the search that have ended, counted as everywhere (`counts`); beside: other ended
    ones. head: number and hash of the last record, to be noted elsewhere.
    """

    lab: str
    experiments: int
    records: int
    checks: tuple[AuditCheck, ...]
    elapsed_seconds: float
    unfinished: int = 0
    """Experiments that had not ended when the search did; not in `experiments`."""
    beside: UncountedRuns = field(default_factory=UncountedRuns)
    head: str = ""

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)


def audit(lab: OpenLab, *, noted: NotedOf = lambda records: (), clock: Clock | None = None) -> Audit:
    """Check a lab against itself: chain, heads, rows, folds, scores, verdicts, figures, copies, models, brief.

    Nothing is fitted: everything follows from the stored predictions, the stored rows and the ledger. Cost: 10,000
    verdicts of 1,000 rows in under a minute. noted: heads kept elsewhere of a ledger with these records. A record or
    file that cannot be read is a finding; LabError only where the ledger as a whole cannot be.
    """
    clock = clock or SystemClock()
    started = clock.now()
    records = lab.ledger.records()
    state, rows = _known(records), CheckTally("rows", "rows and question are those that the lab began with")
    found: tuple[AuditCheck, ...] = ()
    with rows.expecting(None, "the lab's rows"):
        for what, stored, there in rows_pairs(lab.folder, state):
            rows.take(None, what, stored, there)
        rows.take(None, "question", _task_of(records), to_json(lab.task))
        found = Auditor(lab).run(records)
    checks = (
        _chain(records),
        heads(lab.path, records, tuple(noted(records))),
        rows.check(),
        *found,
        _strays(lab, state),
        *_code(lab, state),
    )
    ended = counts(state)
    return Audit(
        lab=lab.name, experiments=ended.experiments, beside=ended.beside, records=len(records),
        checks=checks,
        elapsed_seconds=clock.now() - started, unfinished=len(state.open()),
        head="" if state.tip is None else Anchor.of(records[-1]).text,
    )  # fmt: skip


def audit_at(path: Path, *, noted: NotedOf = lambda records: ()) -> Audit:
    """`audit` of the lab in a folder; whatever cannot be read is a finding, too.

    LabError where there is no lab, or nothing was recorded in it yet.
    """
    if not is_lab(path):
        raise LabError(f"{path} is not a lab.", do=("assay labs", "assay fit FILE --target COLUMN makes one"))
    try:
        ledger = SqliteLedger.open(path, create=False, write=False)
    except (LabError, StorageError) as error:
        return _unreadable(path, error)
    try:
        lab = LabSnapshot(path, ledger, LabState())
        if not ledger.records():
            LabSnapshot.open(path).close()  # raises with the reason why it holds nothing
        return audit(lab, noted=noted)
    except (LabError, StorageError) as error:
        return _unreadable(path, error)
    finally:
        ledger.close()


def _unreadable(path: Path, error: LabError | StorageError) -> Audit:
    chain = CheckTally("chain", "records follow the one before", checked=1)
    chain.note(None, error.message, "", "")
    name = path.name.removesuffix(SUFFIX)
    return Audit(lab=name, experiments=0, records=0, checks=(chain.check(),), elapsed_seconds=0.0)


def _known(records: Sequence[LedgerRecord]) -> LabState:
    """The state that the readable records make; the others become findings in the pass through all records."""
    state = LabState()
    for record in records:
        try:
            state.apply(record)
        except UNREADABLE:
            continue
    return state


def _chain(records: Sequence[LedgerRecord]) -> AuditCheck:
    chain = CheckTally("chain", "records follow the one before", checked=len(records))
    by_number = {record.number: record for record in records}
    with chain.expecting(None, "the chain"):
        for fault in verify(records):
            chain.note(by_number[fault.number], fault.message, "", "")
    return chain.check()


def _task_of(records: Sequence[LedgerRecord]) -> Json:
    """The question as recorded, with defaults for what an earlier version did not write down."""
    known = next((record.body.get("value") for record in records if record.kind == "task"), None)
    return None if known is None else to_json(from_json(Task, known))


def _strays(lab: OpenLab, state: LabState) -> AuditCheck:
    """Artifacts without a record: findings in a lab whose search recorded what it left, else of work cut off."""
    checked = CheckTally("artifacts", "stored arrays and files are named by a record")
    ledger = lab.ledger
    with checked.expecting(None, "the artifacts"):
        left = ledger.strays() if isinstance(ledger, SqliteLedger) else ()
        checked.checked = ledger.stored() if isinstance(ledger, SqliteLedger) else 0
        for key in left if state.shipped is not None else ():
            checked.note(None, f"artifact {key[:16]}: no record names it, so records are gone", "", "")
        if left and state.shipped is None:
            checked.remarks.append(f"{len(left)} that no record names: {CUT_OFF}")
    begun = 0 if state.session is None else len(state.session.strays)
    if begun:
        checked.remarks.append(f"{begun} had no record when the last session began: {CUT_OFF}")
    return checked.check()


def _code(lab: OpenLab, state: LabState) -> Iterator[AuditCheck]:
    """The sources of a lab that has any."""
    if state.steering.code:
        checked = CheckTally("code", "functions are the ones that were added")
        with checked.expecting(None, "the sources"):
            for what, stored, there in code_pairs(lab, state):
                checked.take(None, what, stored, there)
        yield checked.check()
