"""The rule that labels rows of two classes, in words."""

from assay.core.figure import number_text
from assay.core.views import Summary

DECIMALS = 4


def labels_wordings(value: Summary) -> tuple[str, ...]:
    """The labelling rule in several lengths, the longest first; () where the likelier class is taken."""
    labels = None if value.model is None else value.model.labels
    if labels is None:
        return ()
    above = f'"{value.task.classes[1]}" above {labels.threshold:.3g}'
    if labels.by == "threshold":
        return (f"{above}, as asked",)
    if labels.before is None or labels.after is None:
        return (above,)
    before, after = (number_text(figure, DECIMALS) for figure in (labels.before, labels.after))
    if labels.cost is not None:
        paid = f"{above}: a row costs {after} out of fold, {before} above 0.5"
        return (f"{paid} (a false alarm {labels.cost.fp:g}, a miss {labels.cost.fn:g})", paid)
    gained = f"{above}: {value.metric_title} {after} out of fold, {before} above 0.5"
    return (gained, above)
