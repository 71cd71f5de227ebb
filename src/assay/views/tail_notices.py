"""That a few rows carry the figure, said beside it."""

from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.task import Notice
from assay.evidence.heavy_tail import heavy_tail
from assay.journal.shipped_model import shipped_prediction
from assay.metrics.regression_metrics import ExplainedVariance, ValueMean
from assay.report.brief_text import FEW_ROWS_CARRY
from assay.report.phrases import count_text, share_text

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab


def tail_notices(lab: "OpenLab") -> tuple[Notice, ...]:
    """A warning where out-of-fold losses of what ships have no mean, as far as these rows show."""
    prediction = None if lab.state.end is None else shipped_prediction(lab.state, lab.oof)
    losses = None if prediction is None else _losses(lab, prediction)
    found = None if losses is None else heavy_tail(losses)
    if found is None:
        return ()
    title, steadier = lab.metric.title, lab.metric.name != "mae"
    message = (
        f"{count_text(found.rows)} of {count_text(found.of)} rows make {share_text(found.share, 0)} of all loss, and "
        f"new rows may hold larger ones: their {title} may be several times as large, or as small"
    )
    do = "--metric mae, which a few rows sway less" if steadier else "look at the median of the errors"
    return (Notice(code=FEW_ROWS_CARRY, message=message, do=do),)


def _losses(lab: "OpenLab", prediction: AnyArray) -> Floats | None:
    """(n,) loss of each row by the metric, NaN where it has no prediction; None for metrics without one."""
    y = np.asarray(lab.folder.target.values, dtype=np.float64)
    if lab.task.problem.is_class or prediction.ndim > 1:
        return None
    known = np.isfinite(prediction)
    if isinstance(lab.metric, ValueMean):
        return np.asarray(lab.metric.rows(y[known], prediction[known]))
    return np.square(y[known] - prediction[known]) if isinstance(lab.metric, ExplainedVariance) else None
