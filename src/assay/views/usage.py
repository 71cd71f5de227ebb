"""What the model that ships uses, as recorded: the one place that says it."""

from typing import TYPE_CHECKING

from assay.core.usage import ColumnLoss, Usage
from assay.ship.text_notices import unread_texts
from assay.views.words_in_rows import words_view

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab


def usage(lab: "OpenLab") -> Usage:
    """Nothing of it before a model has shipped."""
    end, model = lab.state.end, lab.state.model
    if end is None or model is None:
        return Usage()
    texts = unread_texts(lab.state, lab.task, model.blend.numbers)
    unread = tuple(dict.fromkeys((*model.unread, *texts)))
    moments = lab.task.moments
    by_time = tuple(dict.fromkeys((*end.by_time, *(name for name, *_ in end.columns if name in moments))))
    columns = tuple(
        ColumnLoss(name=name, loss=loss, low=low, high=high)
        for name, loss, low, high in end.columns
        if name not in unread and name not in by_time
    )
    return Usage(
        columns=columns, unread=unread, by_time=tuple(name for name in by_time if name not in unread),
        told_by=end.told_by, weight=sum(map(model.blend.weight_of, end.told_by)), words=words_view(lab),
    )  # fmt: skip
