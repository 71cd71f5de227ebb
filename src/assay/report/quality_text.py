"""Errors and calibration of a model in sentences."""

from assay.core.figure import number_text
from assay.core.quality import Quality
from assay.core.views import Summary
from assay.report.phrases import count_text, name_list, share_text

MOST_CLASSES = 8
"""Most classes for a full confusion table; above it the most frequent mistakes are listed."""
MOST_MISTAKES = 5


def quoted_class(label: object) -> str:
    """A class in a sentence, quoted so that it is not read as a count."""
    return f'"{label}"'


def error_sentences(quality: Quality, summary: Summary) -> tuple[str, ...]:
    """Its errors, in counts of rows or in the target's unit."""
    if not quality.classes:
        return _number_sentences(quality, summary)
    if len(quality.classes) == 2:
        return _two_classes(quality, summary.task.target)
    return _several_classes(quality)


def _two_classes(quality: Quality, target: str) -> tuple[str, ...]:
    low, high = map(quoted_class, quality.classes)
    (_, false_alarms), (missed, found) = quality.confusion
    there, called = missed + found, false_alarms + found
    first = f"Of {count_text(there)} rows with {target} {high} it finds {count_text(found)} ({_share(found, there)})."
    second = (
        f"Of {count_text(called)} rows that it calls {high}, {count_text(found)} ({_share(found, called)}) are {high}."
    )
    if not called:
        second = f"It calls no row {high}: {low} is the safer guess for each."
    threshold = 0.5 if quality.threshold is None else quality.threshold
    rule = (
        f"A row is called {high} where its probability is above {number_text(threshold, max(_decimals(threshold), 2))}."
    )
    return first, second, rule


def _several_classes(quality: Quality) -> tuple[str, ...]:
    right = sum(row[position] for position, row in enumerate(quality.confusion))
    mistakes = sorted(
        (
            (rows, truth, answer)
            for truth, row in enumerate(quality.confusion)
            for answer, rows in enumerate(row)
            if truth != answer and rows
        ),
        key=lambda item: -item[0],
    )
    named = tuple(
        f"{quoted_class(quality.classes[truth])} called {quoted_class(quality.classes[answer])} ({count_text(rows)})"
        for rows, truth, answer in mistakes[:MOST_MISTAKES]
    )
    first = f"It names the right class for {count_text(right)} of {count_text(quality.rows)} rows."
    return (first, f"Most frequent mistakes: {name_list(named, MOST_MISTAKES)}.") if named else (first,)


def _number_sentences(quality: Quality, summary: Summary) -> tuple[str, ...]:
    unit = summary.task.schema[summary.task.target].unit
    (_, half), (_, most) = quality.within
    digits = _decimals(half)
    of = f" {unit}" if unit else ""
    text = (
        f"Half of its predictions are within {number_text(half, digits)}{of} of the true {summary.task.target}, "
        f"nine in ten within {number_text(most, digits)}{of}."
    )
    way = "high" if quality.bias > 0 else "low"
    bias = f"On average they are {number_text(abs(quality.bias), digits)}{of} too {way}."
    return (text, bias) if float(number_text(abs(quality.bias), digits).replace(",", "")) else (text,)


def _decimals(value: float) -> int:
    """Decimals that leave two digits of a size."""
    decimals = 0
    while 0 < value < 10 and decimals < 6:
        value, decimals = value * 10, decimals + 1
    return decimals


def confusion_table(quality: Quality) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]] | None:
    """(header, rows) of true classes by predicted ones; None for numbers and for too many classes."""
    if not 2 <= len(quality.classes) <= MOST_CLASSES:
        return None
    header = ("", *(f"called {quoted_class(name)}" for name in quality.classes))
    return header, tuple(
        (f"is {quoted_class(name)}", *map(count_text, row))
        for name, row in zip(quality.classes, quality.confusion, strict=True)
    )


def calibration_caption(quality: Quality, summary: Summary) -> str:
    """The calibration plot in words."""
    groups = f"{count_text(len(quality.tenths))} groups of rows" if len(quality.tenths) > 1 else "All rows"
    if not quality.classes:
        return f"{groups} by what was predicted: mean prediction, mean {summary.task.target} and its 95 % interval."
    gap = sum(t.rows * abs(t.predicted - t.observed) for t in quality.tenths) / sum(t.rows for t in quality.tenths)
    what = quoted_class(quality.classes[1]) if len(quality.classes) == 2 else "the class it names"
    text = (
        f"Probability stated for {what} and how often it was so, in {groups.lower()}: on average "
        f"they differ by {share_text(gap)}."
    )
    if not quality.crossed:
        return text
    return (
        f"{text} What corrects the probabilities of a row, and what labels it, was learned on other folds than its own."
    )


def _share(part: int, whole: int) -> str:
    return share_text(part / whole, 0) if whole else "none"
