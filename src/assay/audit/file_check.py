"""The files beside a ledger, compared with their records."""

import hashlib
from collections.abc import Iterator

import numpy as np

from assay.audit.check_result import Compared
from assay.audit.replay import changed_versions
from assay.core.array import AnyArray, Floats
from assay.core.machine_arithmetic import arithmetic
from assay.core.prediction import scored_rows
from assay.core.target import Target
from assay.journal.digest_records import BundleRecord, Digests
from assay.journal.state import LabState
from assay.pipeline.store import TaskFolder
from assay.predictor.predictor import Predictor
from assay.ship.file_digests import answers_of, digests_in, digests_of, rows_digests
from assay.views.open_lab import OpenLab

MOST_ROWS = 2000
"""Rows on which what ships is compared with its out-of-fold predictions."""
WITHIN = 1e-6
"""Tolerance by the largest prediction: what the same model may differ by where sums and exponentials have other last
bits. Families that compute in 32 bits differ most: realmlp by 5e-7.
"""
STANDARD_ERRORS = 5.0


def file_pairs(known: Digests, found: Digests) -> Compared:
    """Every file that is recorded or exists, by its hash; "no file" where it is missing on one side."""
    stored, there = dict(known), dict(found)
    for name in sorted(stored | there):
        yield name, stored.get(name, "no file")[:16], there.get(name, "no file")[:16]


def rows_pairs(folder: TaskFolder, state: LabState) -> Compared:
    """The files of a lab's rows and question."""
    if state.rows is None:
        yield "hashes of the rows", "none", "not written down"
    else:
        yield from file_pairs(state.rows.files, rows_digests(folder))


def bundle_pairs(lab: OpenLab, known: BundleRecord) -> Compared:
    """The files of a predictor that shipped, its copy, and its predictions for rows of the lab; () where its folder was
    moved away.
    """
    place = lab.path / known.folder
    copy = lab.ledger.bytes(known.copy)
    yield f"copy of {known.folder}", known.copy[:16], hashlib.sha256(copy).hexdigest()[:16]
    for name, stored, found in file_pairs(known.files, digests_in(copy)):
        yield f"{name} in the copy of {known.folder}", stored, found
    if not place.is_dir():
        return
    for name, stored, found in file_pairs(known.files, digests_of(place)):
        yield f"{known.folder}/{name}", stored, found
    stored, now = (
        np.array(lab.ledger.array(known.answers)),
        answers_of(Predictor.in_lab(place, lab.folder.surroundings), lab.folder),
    )
    if stored.shape != now.shape:
        yield f"answers of {known.folder}", stored.shape, now.shape
        return
    within = WITHIN if loosened(lab, known) else 0.0
    how = f" by more than {WITHIN:g} of the largest (computed by another machine or libraries)" if within else ""
    differ = int(_differing(stored, now, within=within).sum())
    yield f"answers of {known.folder} for {len(now)} rows that differ{how}", 0, differ


def loosened(lab: OpenLab, known: BundleRecord) -> str:
    """Why a predictor's predictions are compared within WITHIN of the largest; "" where to the last bit."""
    why = [] if known.arithmetic == arithmetic() else ["by another processor"]
    why += [f"with {name} {then}, here {now}" for name, then, now in changed_versions(lab)]
    if not why:
        return ""
    return f"answers of {known.folder} compared only to a millionth of the largest: recorded {', '.join(why)}"


def loose_answers(lab: OpenLab, state: LabState) -> Iterator[str]:
    """A remark for each existing predictor whose predictions are not compared to the last bit.

    Nothing in a lab can prove the recorded arithmetic, so a false one must at least be visible.
    """
    for one in () if state.shipped is None else state.shipped.bundles:
        remark = loosened(lab, one) if (lab.path / one.folder).is_dir() else ""
        if remark:
            yield remark


def _differing(stored: AnyArray, now: AnyArray, *, within: float) -> AnyArray:
    """(n,) rows whose predictions are not the same: to the last bit, or within `within` of the largest."""
    largest = float(np.nanmax(np.abs(stored), initial=0.0))
    same = np.isclose(stored, now, rtol=0.0, atol=within * largest, equal_nan=True)
    return np.asarray(~same if same.ndim == 1 else ~same.all(axis=1))


def worse_than_out_of_fold(model: Predictor, folder: TaskFolder, prediction: AnyArray) -> str:
    """Why a model cannot be one that learned from the lab's rows: it orders these worse than models that had not seen
    them, by more than chance allows; "" where it may be.

    Rank correlations with the truth are compared, of each class for itself, on at most MOST_ROWS rows.
    """
    scored = np.flatnonzero(scored_rows(prediction))
    if len(scored) < 3:
        return ""
    rows = scored[np.unique(np.linspace(0, len(scored) - 1, min(len(scored), MOST_ROWS)).round().astype(np.int64))]
    truth = folder.target.take(rows)
    seen, unseen = (_order(p, truth) for p in (model.of_table(folder.table.take(rows)), prediction[rows]))
    if seen >= unseen - STANDARD_ERRORS / np.sqrt(len(rows)):
        return ""
    return f"rank correlation with the truth {seen:.2f}, out of fold {unseen:.2f}"


def _order(prediction: AnyArray, truth: Target) -> float:
    """The rank correlation of predictions with the truth, the mean over classes; 0 where either is constant."""
    if prediction.ndim == 1:
        return _correlation(prediction, truth.values)
    columns = range(prediction.shape[1])
    return float(np.mean([_correlation(prediction[:, k], truth.values == k) for k in columns]))


def _correlation(a: AnyArray, b: AnyArray) -> float:
    one, other = (_ranks(x) for x in (a, b))
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float(one @ other) / size if size > 0 else 0.0


def _ranks(values: AnyArray) -> Floats:
    from scipy.stats import rankdata

    ranks = np.asarray(rankdata(values), dtype=np.float64)
    return np.asarray(ranks - ranks.mean())
