"""The sources that a lab's recipes call: each is in the lab, is what it was, and was there before it was called."""

from assay.audit.check_result import AuditCheck, CheckTally
from assay.journal.state import LabState
from assay.steering.code_intake import calls_of
from assay.user_code.access import FOLDER
from assay.user_code.source import digest_of
from assay.views.open_lab import OpenLab


def code_check(lab: OpenLab, state: LabState) -> AuditCheck | None:
    """None for a lab without sources."""
    if not state.code:
        return None
    checked = CheckTally("code", "functions are the ones that were added")
    for digest, known in state.code.items():
        with checked.expecting(None, f"{known.name}.py"):
            text = lab.ledger.bytes(digest, check=True).decode("utf-8")
            checked.take(None, f"SHA-256 of {known.name}.py", digest[:16], digest_of(text)[:16])
        laid = lab.folder.data / FOLDER / f"{digest}.py"
        if laid.is_file():
            found = digest_of(laid.read_text("utf-8", "replace"))
            checked.take(None, f"data/{FOLDER}/{digest[:12]}….py, which workers read", digest[:16], found[:16])
    for number, entry in state.entries.items():
        for name, digest, _ in () if entry.experiment.is_blend else calls_of(entry.experiment.recipe):
            checked.checked += 1
            if digest not in state.code:
                checked.note(None, f"#{number}: its {name} calls a source that the lab does not have", digest[:16], "")
    return checked.check()
