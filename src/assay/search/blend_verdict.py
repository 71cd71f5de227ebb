"""The verdict on the blend that ships."""

from assay.core.experiment import Experiment
from assay.core.figure import Difference, number_text
from assay.journal.records import VerdictRecord
from assay.journal.state import LabState


def compared_with(state: LabState, blend: Experiment) -> int:
    """The experiment that it is compared with: the champion, or its heaviest member."""
    return state.champion or blend.parents[0]


def blend_verdict(against: Difference, *, over: int) -> VerdictRecord:
    """It is kept, and told what it gains."""
    size = f"{number_text(against.z, 1, signed=True)} σ against #{over}"
    visible = "" if against.z >= 1.0 else ", too little to be seen on these rows"
    return VerdictRecord(kept=True, rule="blend", why=f"It is what ships: {size}{visible}.", against=against)
