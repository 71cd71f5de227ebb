"""What the folder of a lab's model should hold, from what the ledger says was shipped."""

from collections.abc import Iterator

from assay.lab.lab import Lab
from assay.lab.stack import with_below
from assay.lab.state import LabState
from assay.predictor.storage import read_bundle


def model_pairs(lab: Lab, state: LabState, *, is_promised: bool) -> Iterator[tuple[str, object, object]]:
    """(what, as the model says, as the ledger says) of the model beside the ledger; none where there is no model yet,
    or its folder was moved away.

    Every file is held against the hash that the bundle's list has of it. Members that could not be trained in time may
    be missing; the others weigh as they do in the blend. is_promised: the search that saved it has come to its end, so
    that the figure it carries is the lab's. Raises BundleError where a file is missing, altered or cannot be read.
    """
    path, known = lab.path / "model", state.model
    if known is None or not path.is_dir():
        return
    bundle, _ = read_bundle(path)
    yield "question the model answers", bundle.passport.task, lab.task.hash
    blend, shipped = known.blend, {member.number: member.weight for member in bundle.members}
    others = sorted(set(shipped) - set(with_below(state, blend.numbers)))
    yield "members that are not of the blend", others, []
    total = sum(blend.weight_of(number) for number in shipped)
    for number, weight in shipped.items():
        yield f"weight of #{number}", weight, blend.weight_of(number) / total if total else None
    if not is_promised:
        return
    told, expected = bundle.passport.expected, lab.expected
    for name in ("value", "low", "high", "metric"):
        yield f"figure of the model, {name}", getattr(told, name, None), getattr(expected, name, None)
