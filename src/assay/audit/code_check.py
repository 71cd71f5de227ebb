"""The sources that a lab's recipes call: each is in the lab, and is what it was."""

from hashlib import sha256

from assay.audit.check_result import Compared
from assay.journal.state import LabState
from assay.steering.code_intake import calls_of
from assay.user_code.access import FOLDER
from assay.views.open_lab import OpenLab

_SHOWN = 16


def code_pairs(lab: OpenLab, state: LabState) -> Compared:
    """Of every source its digest as recorded and as it lies there; of every call that the lab has what it calls."""
    for digest, known in state.steering.code.items():
        found = sha256(lab.ledger.bytes(digest)).hexdigest()
        yield f"SHA-256 of {known.name}.py", digest[:_SHOWN], found[:_SHOWN]
        laid = lab.folder.data / FOLDER / f"{digest}.py"
        if laid.is_file():
            found = sha256(laid.read_bytes()).hexdigest()
            yield f"SHA-256 of {known.name}.py in data/{FOLDER}, which workers read", digest[:_SHOWN], found[:_SHOWN]
    for number, entry in state.entries.items():
        for name, digest, _ in () if entry.experiment.is_blend else calls_of(entry.experiment.recipe):
            there = "in the lab" if digest in state.steering.code else "not in the lab"
            yield f"#{number}: the source that its {name} calls", "in the lab", there
