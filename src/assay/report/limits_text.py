"""What a lab cannot say: composed of what is known of it, and empty where nothing limits it."""

from assay.core.long_run_views import LongRun
from assay.core.views import Summary
from assay.report.figure_text import noise_text
from assay.report.phrases import count_text, name_list, plural

FEW_ROWS = 1000
MOST_NAMED = 5


def limits(summary: Summary, long: LongRun) -> tuple[str, ...]:
    """One sentence a limit, the widest first."""
    found = (
        _vault(summary), _adaptive(long), _visible(summary), _claimable(summary), _rows(summary), _time(summary),
        _unconfirmed(long), _comparisons(summary, long), _unfinished(summary), _removed(long),
    )  # fmt: skip
    return tuple(sentence for sentence in found if sentence)


def _vault(summary: Summary) -> str:
    if summary.vault is None:
        return "No rows were set aside, so nothing here can be claimed, only chosen (assay research FILE --vault 0.2)."
    if not summary.vault.openings:
        return (
            f"The {count_text(summary.vault.rows)} rows of the vault were not looked at, so nothing is certified yet."
        )
    if not summary.vault.finding:
        return f"No gain may be claimed: {summary.vault.why}." if summary.vault.why else ""
    return ""


def _adaptive(long: LongRun) -> str:
    if not long.adaptive:
        return ""
    causes = name_list(long.adaptive, 2)
    return f"Out-of-fold scores here are too good by an unknown amount, as the search built on them: {causes}."


def _visible(summary: Summary) -> str:
    if summary.detectable is None:
        return "The noise of these rows is not known, so small gains cannot be told from luck."
    planned = ", as planned from the number of rows" if summary.is_sigma_planned else ""
    return f"Gains under {noise_text(summary.detectable, summary.sigma)} cannot be seen with these rows{planned}."


def _claimable(summary: Summary) -> str:
    if summary.claimable is None:
        return ""
    return f"Gains under {noise_text(summary.claimable, summary.sigma)} cannot be claimed on the vault."


def _rows(summary: Summary) -> str:
    rows = summary.task.n_rows
    if rows >= FEW_ROWS:
        return ""
    return f"{count_text(rows)} rows are few: the order of experiments on the leaderboard is mostly luck."


def _time(summary: Summary) -> str:
    if not any(column.orders_rows for column in summary.task.schema):
        return ""
    if summary.unknown_next_period is not None:
        return "Rows are in order of time, and how the next stretch will do is not known."
    return "Rows are in order of time: figures are of the stretches that were held out, and the next may differ."


def _unconfirmed(long: LongRun) -> str:
    if not long.unconfirmed:
        return ""
    numbers = name_list(tuple(f"#{number}" for number in long.unconfirmed), MOST_NAMED)
    return f"Kept without a try on other folds: {numbers}."


def _comparisons(summary: Summary, long: LongRun) -> str:
    """Keeps of the fixed pool need 1 σ alone, which one in six that is no better passes."""
    checked = {row.number for row in long.keeps if row.elsewhere is not None}
    plain = [row for row in long.keeps if row.over_champion is not None and row.number not in checked]
    if not plain:
        return ""
    return (
        f"{plural(len(plain), 'keep')} of the fixed pool {'rests' if len(plain) == 1 else 'rest'} on one comparison; "
        "of experiments that are no better than the champion, one in six passes it by luck."
    )


def _unfinished(summary: Summary) -> str:
    if not summary.unfinished:
        return ""
    names = tuple("standard LightGBM" if one.is_baseline else one.family for one in summary.unfinished)
    return f"Without a score on every fold, so not known: {name_list(names, MOST_NAMED)}."


def _removed(long: LongRun) -> str:
    unsure = tuple(f"#{one.of}" for one in long.removals if one.word == "not told apart")
    if not unsure:
        return ""
    return f"Taken out again without a difference that can be seen: {name_list(unsure, MOST_NAMED)}."
