"""What a run cost, and how it went: the process metrics in sentences."""

from assay.core.figure import Z95, decimals_for, number_text
from assay.core.process_measures import Diversity, Outcomes, ProcessMetrics
from assay.report.phrases import count_text, plural, seconds_text, share_text, sigma_text


def cost_sentence(process: ProcessMetrics) -> str:
    """Wall clock, processor time, the workers' share, and what failures took."""
    cost = process.cost
    busy = "" if cost.busy is None else f", {share_text(cost.busy, 0)} of what the workers had in the last session"
    lost = "" if not cost.crashed else f"; {share_text(cost.crashed)} of the experiments' time went into failures"
    return f"{seconds_text(cost.wall_seconds)} of wall clock; {seconds_text(cost.cpu_seconds)} of CPU{busy}{lost}."


def outcomes_sentence(found: Outcomes) -> str:
    """How many of the experiments that began were scored, and what became of the others."""
    if found.scored_share is None:
        return ""
    others = [
        *(f"{count_text(n)} failed ({kind})" for kind, n in found.failed),
        *[f"{count_text(found.stopped)} stopped early"] * bool(found.stopped),
        *[f"{count_text(found.not_ended)} not ended"] * bool(found.not_ended),
        *[f"{count_text(found.void)} void"] * bool(found.void),
    ]
    tail = f": {', '.join(others)}" if others else ""
    refused = f" {plural(found.refused, 'message')} refused." if found.refused else ""
    return (
        f"Of {plural(found.started, 'experiment')} that were started {count_text(found.scored)} were scored on every "
        f"fold ({share_text(found.scored_share)}){tail}.{refused}"
    )


def gains_sentences(process: ProcessMetrics) -> tuple[str, ...]:
    """When the gain came that other folds confirmed, by experiments and by seconds."""
    one, other = process.by_experiment, process.by_second
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return ("No keep was confirmed on other folds, so how the gain grew is not known.",)
    first, last = (
        f"{number_text(one.first, 0)} ({seconds_text(other.first)})",
        f"{number_text(one.last, 0)} ({seconds_text(other.last)})",
    )
    late, later = share_text(one.late or 0.0, 0), share_text(other.late or 0.0, 0)
    return (
        f"Confirmed on other folds: {sigma_text(one.total)} in all, the first at experiment {first}, the last at "
        f"{last}, {plural(process.since_last or 0, 'experiment')} before the end.",
        f"Area under that gain: {number_text(one.area, 2)} by experiments, {number_text(other.area, 2)} by time (1: "
        f"all at once, 0: all at the end); {late} came in the second half of the experiments, {later} in the second "
        "half of the time.",
    )


def diversity_sentence(found: Diversity) -> str:
    """How far the recipes lie apart; printed, never aimed at."""
    parts = [
        f"{count_text(found.mechanisms)} mechanisms in {plural(found.of, 'recipe')}",
        f"{count_text(found.near)} within one setting of an earlier one",
    ]
    if found.spread is not None:
        parts.append(f"mean distance to the centre {number_text(found.spread, 2)}")
    if found.reach is not None:
        own = "" if found.champion is None else f", the champion's {number_text(found.champion, 2)}"
        parts.append(f"largest distance from standard LightGBM {number_text(found.reach, 2)}{own}")
    if found.dimension is not None:
        effect = "" if found.in_effect is None else f", their predictions in {number_text(found.in_effect, 1)}"
        parts.append(f"recipes vary in about {number_text(found.dimension, 1)} directions{effect}")
    return "; ".join(parts) + "." if found.of else ""


def looks_sentence(process: ProcessMetrics) -> str:
    """What of the vault was used, and how far the search's own score was from it."""
    if process.looks is None:
        return ""
    used = process.looks
    first = f"The vault was opened {plural(used.opened, 'time')}" if used.opened else "The vault was not opened"
    of = f", of {plural(used.parts, 'part')}" if used.parts > 1 else ""
    gap = process.overfit
    if gap is None:
        return f"{first}{of}."
    if gap.low is None or gap.high is None:
        return f"{first}{of}; search less vault {number_text(gap.value, 3, signed=True)}."
    decimals = decimals_for((gap.high - gap.low) / (2 * Z95))
    low, high = number_text(gap.low, decimals), number_text(gap.high, decimals)
    return f"{first}{of}; search less vault {number_text(gap.value, decimals, signed=True)} ({low} to {high})."


def survived_sentence(process: ProcessMetrics) -> str:
    """How many of the keeps that were taken out again are still needed."""
    if process.survived is None:
        return ""
    needed, tried = process.survived
    changes = f"{plural(tried, 'change')} on the way to the champion taken out again"
    return f"{changes}: {count_text(needed)} still needed for certain."
