"""Warnings about the time and size of the model that shipped."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assay.core.figure import number_text
from assay.core.task import Notice
from assay.report.phrases import plural, size_text
from assay.search.serving_cost import LARGE_BYTES, SLOW_ROW_MS

if TYPE_CHECKING:
    from assay.journal.records import ModelRecord
    from assay.journal.state import LabState

SLOW, LARGE, ABOVE, LATE, BAG = "model/slow", "model/large", "model/above-limit", "model/late", "model/no-fold-models"


def shipped_notices(state: "LabState") -> tuple[Notice, ...]:
    """Warnings of a model above the usual or the user's limits, and of whatever stayed behind."""
    return () if state.model is None or state.end is None else tuple(_notices(state, state.model))


def _notices(state: "LabState", model: "ModelRecord") -> Iterator[Notice]:
    row = f"one row takes about {number_text(model.estimated_ms, 1)} ms"
    if max(model.estimated_ms / model.most_ms, model.size_bytes / model.most_bytes) > 1.0:
        yield Notice(
            code=ABOVE, do="allow more, or give more time",
            message=f"the model is above the limit of {model.limits}: {row}, and it has {size_text(model.size_bytes)}; "
            "nothing that keeps it could be made in time",
        )  # fmt: skip
    elif model.most_ms == float("inf") and model.estimated_ms > SLOW_ROW_MS:
        yield Notice(
            code=SLOW, message=f"{row}, above the usual {SLOW_ROW_MS:g} ms",
            do=f"--max-latency {SLOW_ROW_MS:g} chooses by score among what keeps it",
        )  # fmt: skip
    if model.most_bytes == float("inf") and model.size_bytes > LARGE_BYTES:
        yield Notice(
            code=LARGE,
            message=f"the model has {size_text(model.size_bytes)}, above the usual {size_text(LARGE_BYTES)}",
            do=f"--max-size {LARGE_BYTES / 1e6:g}MB chooses by score among what keeps it",
        )  # fmt: skip
    if model.bag_left:
        yield Notice(
            code=BAG, do="--preset best keeps them",
            message="the models of single folds do not ship beside those of all rows: with them the model would be "
            f"above {size_text(LARGE_BYTES)}",
        )  # fmt: skip
    if state.late:
        names = " ".join(f"#{number}" for number in state.late)
        yield Notice(
            code=LATE, do="give more time",
            message=f"{plural(len(state.late), 'member')} ({names}) could not be fitted on all rows in time, and did "
            "not ship",
        )  # fmt: skip
