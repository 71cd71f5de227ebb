"""Tables and sentences of a long run's brief: what worked, leagues, the path, hints, studies."""

from assay.core.figure import Difference, decimals_for, number_text
from assay.core.lab_views import HintView
from assay.core.long_run_views import KeepRow, LeagueRow, LongRun, PooledGain, Removal, StudyMark
from assay.report.phrases import count_text, plural, seconds_text, share_text, sigma_text

Grid = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Header and rows of a table, as ready cells."""
UNKNOWN = "–"
STILL = {"needed": "yes", "not told apart": "not told apart", "better without": "no, better without"}
"""What taking a keep out again showed, as an answer to whether it is still needed."""


def span_text(gain: Difference | PooledGain | None) -> str:
    """ "+0.004 (95 % 0.001 to 0.007)"; an en dash where it is not known."""
    if gain is None:
        return UNKNOWN
    decimals = decimals_for(gain.sigma)
    value = number_text(gain.value, decimals, signed=True)
    if gain.low is None or gain.high is None:
        return value
    return f"{value} (95 % {number_text(gain.low, decimals)} to {number_text(gain.high, decimals)})"


def keeps_table(long: LongRun, words: dict[int, str]) -> Grid | None:
    """What worked, in the order in which it came; words: of changes that a vault let claim. Columns in which nothing is
    known are left out."""
    rows = [_keep(row, words) for row in long.keeps]
    header = (
        "", "what", "gain over the champion", "on other folds", "over what it changed", "still needed", "by", "hints",
        "CPU", "verdict",
    )  # fmt: skip
    return _without_empty((header, tuple(rows))) if rows else None


def _keep(row: KeepRow, words: dict[int, str]) -> tuple[str, ...]:
    parent = row.over_parent
    return (
        f"#{row.number}", row.what, span_text(row.over_champion), span_text(row.elsewhere),
        UNKNOWN if parent is None else f"{span_text(parent)} over #{parent.over}", _needed(row.removal), row.by,
        ", ".join(row.hints) or UNKNOWN, seconds_text(row.cpu_seconds), words.get(row.number, "kept"),
    )  # fmt: skip


def _without_empty(grid: Grid) -> Grid:
    """A table without the columns in which nothing is known."""
    header, rows = grid
    held = [place for place in range(len(header)) if any(row[place] != UNKNOWN for row in rows)]
    return tuple(header[p] for p in held), tuple(tuple(row[p] for p in held) for row in rows)


def vain_table(long: LongRun) -> Grid | None:
    """Moves that never gave a keep, and how sure that is."""
    rows = tuple((row.name, count_text(row.tries), span_text(row.gain), _sure(row.gain)) for row in long.vain)
    return (("move", "tries", "mean gain over what it changed", "so"), rows) if rows else None


def _sure(gain: PooledGain | None) -> str:
    """What the interval of a move that was never kept allows to say."""
    if gain is None:
        return UNKNOWN
    if gain.high < 0:
        return "harms"
    if gain.low > 0:
        return "helps what it changes, never enough for a keep"
    return f"no more than {number_text(gain.high, decimals_for(gain.sigma), signed=True)}"


def league_table(rows: tuple[LeagueRow, ...], name: str) -> Grid | None:
    """Tries, keeps and credit for the time; name: of what competes."""
    header = (
        name, "tries", "kept", "failed", "stopped", "CPU", "credit", "credit a CPU minute", "mean gain over parents",
        "predicted → came",
    )  # fmt: skip
    return _without_empty((header, tuple(_league_row(row) for row in rows))) if rows else None


def _league_row(row: LeagueRow) -> tuple[str, ...]:
    minute = row.per_minute
    known = row.calibration
    predicted = UNKNOWN if known is None else (
        f"{sigma_text(known.predicted)} → {sigma_text(known.came)} in {plural(known.n, 'try', 'tries')}, "
        f"off by {sigma_text(known.error, signed=False)}"
    )  # fmt: skip
    return (
        row.name, count_text(row.tries), f"{count_text(row.kept)} ({share_text(row.keep_rate, 0)})",
        count_text(row.failed) if row.failed else UNKNOWN, count_text(row.stopped) if row.stopped else UNKNOWN,
        seconds_text(row.cpu_seconds), sigma_text(row.credit) if row.credit else UNKNOWN,
        UNKNOWN if minute is None or not row.credit else f"{number_text(minute, 2, signed=True)} σ",
        span_text(row.gain), predicted,
    )  # fmt: skip


def path_table(long: LongRun) -> Grid | None:
    """From the first to the best, each step with its gain."""
    if len(long.path) < 2:
        return None
    removed = {one.of: one for one in long.removals}
    rows = tuple(
        (
            f"#{step.number}", step.what, step.by, span_text(step.gain),
            UNKNOWN if step.over is None else f"#{step.over}", _needed(removed.get(step.number)),
        )
        for step in long.path
    )  # fmt: skip
    return _without_empty((("", "what", "by", "gain", "over", "still needed"), rows))


def _needed(removed: Removal | None) -> str:
    """What taking a change out of the champion showed."""
    if removed is None:
        return UNKNOWN
    return f"{STILL[removed.word]}: {span_text(removed.worth)} over #{removed.number}"


def hints_table(long: LongRun, hints: tuple[HintView, ...]) -> Grid | None:
    """What a person said, what came of it, and what that cost."""
    costs = {f"h{cost.number}": cost for cost in long.hint_costs}
    if not hints:
        return None
    rows = []
    for hint in hints:
        cost = costs.get(hint.id)
        rows.append(
            (
                hint.id, f"{hint.kind} {hint.what}", count_text(hint.tries), count_text(hint.kept),
                f"{number_text(hint.gained, 1, signed=True)} σ" if hint.kept else UNKNOWN,
                seconds_text(cost.cpu_seconds) if cost is not None and cost.tries else UNKNOWN,
                count_text(hint.void), hint.ended or "holds",
            )
        )  # fmt: skip
    return ("", "hint", "tries", "kept", "gained", "CPU", "void", ""), tuple(rows)


def study_sentences(studies: tuple[StudyMark, ...]) -> tuple[str, ...]:
    """Each study in a line: its question, and what it found."""
    return tuple(_study(one) for one in studies)


def _study(one: StudyMark) -> str:
    found = f"no answer: {one.failed}" if one.failed else "; ".join(one.found) or "nothing found"
    return f"s{one.number} {one.kind}, {seconds_text(one.seconds)}. {one.question} {found}."
