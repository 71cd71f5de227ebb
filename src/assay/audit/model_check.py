"""The folders of a lab's models, compared with the ledger's records of what shipped."""

from dataclasses import fields, replace

from assay.audit.check_result import Compared, agree, where_they_differ
from assay.audit.file_check import bundle_pairs, worse_than_out_of_fold
from assay.core.array import AnyArray, Json
from assay.core.codec import to_json
from assay.core.figure import Figure
from assay.core.labels import LabelRule
from assay.ensemble.candidate import Blend
from assay.journal.digest_records import CERTIFIED, MODEL
from assay.journal.state import LabState
from assay.predictor.bundle import Bundle
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.predictor.storage import read_bundle
from assay.search.second_level import with_below
from assay.ship.calibration_and_labels import Decision
from assay.ship.shipping import barred_from, task_as_shipped
from assay.views.open_lab import OpenLab

WITHIN = 1e-6
"""Sums and exponentials of the same predictions on another machine."""


def model_pairs(lab: OpenLab, state: LabState, prediction: AnyArray | None, *, is_promised: bool) -> Compared:
    """(what, in the model, in the ledger) of the models beside the ledger; () where there is no model yet, or its
    folder was moved away.

    Every file is compared with its hash in the bundle's list and with the one in the ledger; the passport is made again
    from the ledger; the model's predictions for rows of the lab must be those recorded when it shipped. prediction:
    out-of-fold predictions of what shipped. is_promised: the search that saved it has ended, so that the figure it
    carries is the lab's. Raises BundleError where a file is missing, altered or cannot be read.
    """
    known = state.model
    if known is None:
        return
    for folder in (MODEL, CERTIFIED) if state.certified is not None else (MODEL,):
        if (lab.path / folder).is_dir():
            yield from _bundle(lab, state, known.blend, folder, prediction, is_promised=is_promised)
    for one in () if state.shipped is None else state.shipped.bundles:
        yield from ((what, found, stored) for what, stored, found in bundle_pairs(lab, one))


def _bundle(
    lab: OpenLab, state: LabState, blend: Blend, folder: str, prediction: AnyArray | None, *, is_promised: bool
) -> Compared:
    name = "model" if folder == MODEL else f"{folder} model"
    bundle, _ = read_bundle(lab.path / folder)
    yield f"question the {name} answers", bundle.passport.task, lab.task.hash
    yield from _weights(state, blend, bundle, name)
    yield from _passport(lab, blend, bundle.passport, name, prediction)
    if prediction is not None:
        model = Predictor(bundle, surroundings=lab.folder.surroundings)
        yield f"answers of the {name}", worse_than_out_of_fold(model, lab.folder, prediction), ""
    if is_promised:
        shipped_as, expected = _plain(bundle.passport.expected), _plain(lab.expected)
        for field in fields(Figure):
            yield f"figure of the {name}, {field.name}", shipped_as.get(field.name), expected.get(field.name)


def _plain(figure: Figure | None) -> dict[str, object]:
    """A figure's fields but for the digits of its display where no interval sets them."""
    if figure is None:
        return {}
    return {field.name: getattr(figure, field.name) for field in fields(Figure) if field.name != "digits"}


def _weights(state: LabState, blend: Blend, bundle: Bundle, name: str) -> Compared:
    """Members that could not be trained in time may be missing; the others weigh as they do in the blend."""
    shipped = {member.number: member.weight for member in bundle.members}
    others = sorted(set(shipped) - set(with_below(state, blend.numbers)))
    yield f"members of the {name} that are not of the blend", others, []
    total = sum(blend.weight_of(number) for number in shipped)
    for number, weight in shipped.items():
        yield f"weight of #{number}", weight, blend.weight_of(number) / total if total else None


def _passport(lab: OpenLab, blend: Blend, shipped_as: Passport, name: str, prediction: AnyArray | None) -> Compared:
    """The passport's other contents, made again; what follows from predictions only where there are some."""
    task = task_as_shipped(lab.task, lab.state, with_below(lab.state, blend.numbers))
    certified = lab.state.certified if name == "model" else None
    rows = None if certified is None else certified.learned_rows  # the rows of its vault are among them
    made = replace(
        Passport.of(task, metric_title=lab.metric.title), rows=task.n_rows if rows is None else rows,
        expected=shipped_as.expected, head=shipped_as.head, scale=blend.scale, learned=blend.learned,
        calibration=shipped_as.calibration, threshold=shipped_as.threshold, multipliers=shipped_as.multipliers,
        cuts=shipped_as.cuts, labels=shipped_as.labels, conformal=shipped_as.conformal,
    )  # fmt: skip
    if prediction is not None:
        shipped = None if lab.state.model is None else lab.state.model.labels
        decision = Decision.of(
            prediction, lab.folder, lab.metric, LabelRule() if shipped is None else shipped.asked,
            away=barred_from(lab.state, blend.numbers),
        )  # fmt: skip
        made = replace(
            made, calibration=decision.calibration, threshold=decision.labelling.threshold,
            multipliers=decision.labelling.multipliers, cuts=decision.labelling.cuts,
            labels=decision.labels, conformal=decision.conformal,
        )  # fmt: skip
    for field in fields(Passport):
        one, other = (to_json(getattr(passport, field.name)) for passport in (shipped_as, made))
        what = f"passport of the {name}, {field.name}"
        if _alike(one, other):
            yield what, "", ""
        else:
            yield what, *where_they_differ(str(one), str(other))


def _alike(one: Json, other: Json) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    return agree(one, other, within=WITHIN)
