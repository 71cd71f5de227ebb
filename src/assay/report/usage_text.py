"""What the model that ships uses, in words, the same in the brief and in `explain`."""

from collections.abc import Sequence

from assay.core.figure import FEWEST_DECIMALS, Z95, decimals_for, number_text
from assay.core.usage import ColumnLoss, Usage, learned_line
from assay.report.event_text import as_sentence, with_stop

MOST_SAID = 15


def loss_texts(column: ColumnLoss) -> tuple[str, str, str]:
    """("+0.18", "+0.14", "+0.22"): the loss and its interval, with the digits that the interval supports."""
    decimals = decimals_for((column.high - column.low) / (2 * Z95), at_least=FEWEST_DECIMALS)
    loss, low, high = (number_text(value, decimals, signed=True) for value in (column.loss, column.low, column.high))
    return loss, low, high


def importance_caption(used: Usage) -> str:
    """The line "learned" as a sentence."""
    return with_stop(learned_line(used.columns))


def usage_head(used: Usage, metric_title: str) -> str:
    """What the figures of columns are."""
    return f"Shuffling a column costs so much {metric_title} (95 %), out-of-fold{used.whose}"


def usage_sentences(used: Usage, metric_title: str) -> tuple[str, ...]:
    """The figures, then what has none."""
    losses = (
        f"{one.name} {loss}{f' ({low} to {high})' if place == 0 else ''}"
        for place, one in enumerate(used.columns[:6])
        for loss, low, high in [loss_texts(one)]
    )
    first = f"{usage_head(used, metric_title)}: {', '.join(losses)}." if used.columns else ""
    return (first, *(as_sentence(one) for one in without_figures(used)))


def without_figures(used: Usage) -> tuple[str, ...]:
    """Of columns that are drawn nowhere, why."""
    unread = f"not read by the model that ships: {_names(used.unread)}" if used.unread else ""
    by_time = (
        f"nothing is said of {_names(used.by_time)}: what {'it seems' if len(used.by_time) == 1 else 'they seem'} to "
        "carry is the change over time"
        if used.by_time
        else ""
    )
    return tuple(one for one in (unread, by_time) if one)


def _names(names: Sequence[str]) -> str:
    more = f", {len(names) - MOST_SAID} more" if len(names) > MOST_SAID else ""
    return f"{', '.join(names[:MOST_SAID])}{more}"
