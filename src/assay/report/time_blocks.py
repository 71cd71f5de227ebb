"""Sentences on scores by stretch of time, for rows in order of time."""

from assay.core.figure import number_text, two_digits
from assay.core.time_stretches import FEWEST, Blocks, UnknownNextPeriod
from assay.core.views import Summary
from assay.report.event_text import as_sentence

WIDE = 2.0
"""Spread of scores, relative to what rows explain, from which blocks are said to differ far more."""


def block_scores(summary: Summary) -> str:
    """ "55, 16, 15, 8, 21", with the digits supported by all rows; the promise has fewer."""
    if summary.blocks is None:
        return ""
    decimals = 4 if summary.search is None else summary.search.decimals
    return ", ".join(number_text(score, decimals) for score in summary.blocks.scores)


def blocks_differ(summary: Summary) -> str:
    """Whether the stretches differ beyond the noise of their rows."""
    blocks = summary.blocks
    if blocks is None:
        return ""
    n = len(blocks.scores)
    if blocks.differ:
        far = "far more than" if blocks.size >= WIDE else "more than"
        if summary.is_unpromised:
            told = "" if _is_by_distance(summary) else f", and {n} tell nothing of the next"
            return f"they differ {far} their rows explain{told}"
        return f"they differ {far} their rows explain, and {n} tell little of the next: a wide interval"
    if blocks.are_alike:
        return "they differ no more than their rows explain"
    return f"{n} are too few to tell whether they differ more than their rows explain"


def _is_by_distance(summary: Summary) -> bool:
    return summary.unknown_next_period is not None and bool(summary.unknown_next_period.further)


def unknown_next_period_words(unknown_next_period: UnknownNextPeriod) -> str:
    """Why an interval is of the rows at hand alone, though predictions are for later ones, or why there is none."""
    if unknown_next_period.further:
        first, *more = map(two_digits, unknown_next_period.further)
        return (
            "this file cannot tell how later rows will do, as it answers worse the further ahead they are: fits of "
            f"earlier rows scored {first} in the stretch that followed, and {', '.join(more)} in those behind it"
        )
    if unknown_next_period.low is not None and unknown_next_period.high is not None:
        return (
            "this file cannot tell how later rows will do: its stretches of time differ so much that the next may "
            f"score anything from {two_digits(unknown_next_period.low)} to {two_digits(unknown_next_period.high)}"
        )
    if unknown_next_period.blocks == 1:
        why = "one stretch of time was left out"
    elif unknown_next_period.are_too_few:
        scored, blocks = unknown_next_period.scored, unknown_next_period.blocks
        why = f"{scored} of {blocks} stretches of time could be scored, and it takes {FEWEST}"
        why += " (others: too few rows or times)"
    else:
        why = "the scores of the stretches of time hold no noise to measure their differences by"
    return f"{why}: how later stretches differ cannot be known; the interval is of these rows only"


def unscored_words(blocks: Blocks) -> str:
    """ "blocks 1, 3 not scored: too few rows, or of a class"; "" where all were."""
    if not blocks.unscored:
        return ""
    noun = "block" if len(blocks.unscored) == 1 else "blocks"
    return f"{noun} {', '.join(map(str, blocks.unscored))} not scored: too few rows, or of a class"


def blocks_wordings(summary: Summary) -> tuple[str, ...]:
    """A long and a short sentence; () for rows in no order of time."""
    if summary.unknown_next_period is not None and not summary.is_unpromised:
        return (
            unknown_next_period_words(summary.unknown_next_period),
            "unknown how later stretches differ: the interval is of these rows only",
        )
    if summary.blocks is None:
        return ()
    scores = block_scores(summary)
    if unscored := unscored_words(summary.blocks):
        scores = f"{scores} ({unscored})"
    short = (
        "they differ, and tell nothing of the next"
        if summary.is_unpromised and not _is_by_distance(summary)
        else "they differ"
        if summary.is_unpromised and summary.blocks.differ
        else "they differ, so it is wide"
        if summary.blocks.differ
        else "alike"
        if summary.blocks.are_alike
        else "too few to tell"
    )
    return (f"{scores} in order of time; {blocks_differ(summary)}", f"{scores} in order of time; {short}")


def blocks_sentence(summary: Summary) -> str:
    """ "Stretch by stretch, in order of time: 55, 16, 15, 8, 21; they differ far more than …" """
    why = summary.unknown_next_period
    said = "" if why is None else as_sentence(unknown_next_period_words(why))
    if summary.blocks is None:
        return said
    unscored = unscored_words(summary.blocks)
    scores = f"Stretch by stretch, in order of time: {block_scores(summary)}; {blocks_differ(summary)}."
    return " ".join(part for part in (said, scores, as_sentence(unscored) if unscored else "") if part)
