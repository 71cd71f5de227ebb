"""The sentences of the brief. A sentence appears only when its numbers exist."""

from assay.core.figure import ORIGIN_WORDS, Z95, Figure, decimals_for, level_text, number_text
from assay.core.lab_views import Record
from assay.core.result import Failure
from assay.core.views import Brief, Summary
from assay.report.event_text import as_sentence, with_stop
from assay.report.figure_text import difference_text, noise_text, place_words, promise_words, quoted, short_origin
from assay.report.phrases import bracketed, count_text, plural, sigma_text, tried_text
from assay.report.time_blocks import block_scores, unknown_next_period_words

TEXTS_UNREAD = "model/texts-unread"
FEW_ROWS_CARRY = "evidence/few-rows-carry"
BESIDE = {TEXTS_UNREAD: "unread", FEW_ROWS_CARRY: "unsure"}
"""Notices that are said where the figure is, with what they are called there."""


def best_known(summary: Summary) -> Figure | None:
    """The figure to quote: the promised one, else the search score, labelled as such."""
    return summary.expect or summary.search


def opening(summary: Summary) -> str:
    """The model's purpose, in the words of the problem."""
    figure = best_known(summary)
    if figure is None:
        return "No experiment was scored, so there is no model and no figure to promise."
    target = summary.task.target
    if summary.is_unpromised:
        scores = block_scores(summary)
        return (
            f"How well it predicts {target} on later rows this file cannot tell: {summary.metric_title} was {scores} "
            "in its stretches of time"
        )
    quote = quoted(figure, summary.metric_title)
    if figure.metric == "roc_auc" and summary.task.problem.form == "probability" and len(summary.task.classes) == 2:
        low, high = summary.task.classes
        return (
            f'Shown one row with {target} "{high}" and one with "{low}", it tells which is which in {_of_100(figure)} '
            f"of 100 cases ({quote})"
        )
    if figure.metric in ("accuracy", "balanced_accuracy"):
        over = "" if figure.metric == "accuracy" else ", each class counting the same,"
        return f"It names the right {target} in {_of_100(figure)} of 100 rows{over} ({quote})"
    if figure.metric == "mae":
        return f"On average it is off by {figure.text} in {target} ({quote})"
    if figure.metric == "r2":
        return f"It explains {_of_100(figure)} % of the variance of {target} ({quote})"
    way = "higher" if summary.higher_is_better else "lower"
    return f"It predicts {target} with {quote}; {way} is better"


def _of_100(figure: Figure) -> str:
    """A share in percent, with the digits of the text beside it."""
    return number_text(100.0 * round(figure.value, figure.decimals), 0)


def baseline_text(summary: Summary) -> str:
    """What standard LightGBM scores on the rows of the gain: with the gain it adds up to the figure promised.

    Out of fold that is its score on the leaderboard: nobody chose it, so there is nothing to correct. On a vault
    it is what the promised figure leaves when the gain is taken off.
    """
    expect, gain = summary.expect, summary.gain
    if summary.blocks is not None and expect is not None:
        return ""  # expect and gain are of the next stretch of rows, LightGBM's score is of those that are there
    if expect is None or gain is None or gain.origin in ("oof", "corrected"):
        return "" if summary.baseline_score is None else f"{_beside_gain(summary, summary.baseline_score)} out-of-fold"
    better = round(gain.value, gain.decimals) * (1.0 if summary.higher_is_better else -1.0)
    value = round(expect.value, expect.decimals) - better
    return f"{number_text(value, min(expect.decimals, gain.decimals))} {place_words(gain)}"


MORE_DIGITS = 3


def _beside_gain(summary: Summary, baseline: Figure) -> str:
    """ "0.67", standard LightGBM's score; "0.853 against 0.826" with more digits where the shown ones would contradict
    the gain."""
    expect, gain = summary.expect, summary.gain
    if expect is None or gain is None:
        return baseline.text
    size, sign = round(gain.value, gain.decimals), 1.0 if summary.higher_is_better else -1.0
    shown = sign * (round(expect.value, expect.decimals) - round(baseline.value, baseline.decimals))
    coarsest = min(expect.decimals, baseline.decimals, gain.decimals)
    if abs(shown - size) < 0.75 * 10.0**-coarsest:
        return baseline.text
    for decimals in range(coarsest + 1, coarsest + 1 + MORE_DIGITS):
        gap = sign * (round(expect.value, decimals) - round(baseline.value, decimals))
        if round(gap, min(gain.decimals, decimals)) == round(gain.value, min(gain.decimals, decimals)):
            return f"{number_text(expect.value, decimals)} against {number_text(baseline.value, decimals)}"
    return baseline.text


def gain_sentence(summary: Summary) -> str:
    """Comparison with standard LightGBM; empty when that was not measured."""
    gain = summary.gain
    if gain is None:
        return ""
    size = number_text(abs(gain.value), gain.decimals)
    low, high = gain.low, gain.high
    tells = low is not None and high is not None and (low > 0 or high < 0)
    origin = f", {gain_origin(summary)}"
    if not tells:
        return f"not told apart from standard LightGBM ({gain.text}{bracketed(gain.interval_text)})"
    way = "better" if gain.value > 0 else "worse"
    ends = sorted((abs(low or 0.0), abs(high or 0.0)))
    span = " to ".join(number_text(end, gain.decimals) for end in ends)
    return f"{size} ({span}) {way} than standard LightGBM{origin}"


def gain_origin(summary: Summary) -> str:
    """The rows of the gain, which are those of the figure beside it."""
    if summary.gain is None:
        return ""
    return ORIGIN_WORDS[summary.gain.origin] if summary.expect is None else short_origin(summary.expect)


def headline(summary: Summary) -> str:
    """The first sentence of the brief, in full."""
    return f"{opening(summary)}."


def expected_sentence(summary: Summary) -> str:
    """The expected score on new rows, with its uncertainty."""
    figure = best_known(summary)
    if figure is None:
        return ""
    if summary.unknown_next_period is not None and summary.is_unpromised:
        return as_sentence(unknown_next_period_words(summary.unknown_next_period))
    title = figure.title or summary.metric_title
    low, high = figure.low, figure.high
    span = "; too few rows for an interval"
    if low is not None and high is not None:
        ends = f"{number_text(low, figure.decimals)} to {number_text(high, figure.decimals)}"
        span = f", with {level_text(figure.level)} confidence {ends}"
    way = "higher" if summary.higher_is_better else "lower"
    rows = f"measured on {count_text(figure.rows)} rows that it had not learned from"
    return f"On new rows like these expect {title} {figure.text}{span} ({way} is better), {rows}."


def compared_sentence(summary: Summary) -> str:
    """Comparison with a model that anybody would try first."""
    gain = gain_sentence(summary).removesuffix(f", {gain_origin(summary)}")
    return as_sentence(f"it is {gain}, a common first choice") if gain else ""


def provenance(summary: Summary) -> str:
    """The rows behind the figure, and how it was corrected."""
    figure = best_known(summary)
    if figure is None:
        return ""
    rows = count_text(figure.rows)
    if figure.origin == "corrected":
        among = "the best" if figure.chosen_among is None else f"among {plural(figure.chosen_among, 'recipe')}"
        limit = "; not certified, as some of these were built on scores" if figure.adaptive else ""
        return f"Out-of-fold on {rows} rows, corrected for choosing {among}{limit}."
    if figure.origin == "vault":
        times = 1 if summary.vault is None else summary.vault.openings
        return f"Vault, {rows} rows, opened {'once' if times == 1 else f'{times} times'}."
    return f"{as_sentence(promise_words(figure)).rstrip('.')}, {rows} rows."


def sureness(summary: Summary) -> str:
    """ "expect 0.8081 · search 0.8087 · optimism 0.0006 · smallest visible gain 0.0014" """
    parts = []
    if summary.expect is not None:
        parts.append(f"expect {summary.expect.text}{bracketed(summary.expect.interval_text)}")
    if summary.search is not None:
        parts.append(f"search {summary.search.text}")
    if summary.optimism is not None:
        chosen = f"optimism {optimism_text(summary) or 'none seen'}"
        parts.append(vault_gap(summary) if is_of_vault(summary) else chosen)
    if summary.detectable is not None:
        planned = " as planned from the number of rows" if summary.is_sigma_planned else ""
        parts.append(f"smallest visible gain{planned} {noise_text(summary.detectable, summary.sigma)}")
    if summary.claimable is not None:
        parts.append(f"smallest claimable gain {noise_text(summary.claimable, summary.sigma)}")
    return " · ".join(parts)


def optimism_text(summary: Summary) -> str:
    """The optimism with the digits of the figure it was taken from; "under 0.001" where these show nothing.

    Where the search's score stands beside the promised one it is what these differ by as they are shown; but for rows
    in order of time, whose promise is of the next stretch, and the optimism of all blocks together, with the digits of
    the search's score. Empty below zero: rows that chose nothing gave a better score by chance, and no optimism was
    seen.
    """
    figure = best_known(summary) if summary.blocks is None else summary.search or summary.expect
    decimals = figure.decimals if figure else 4
    unit = 10.0**-decimals
    optimism, search = summary.optimism, summary.search
    if optimism is None or optimism <= -unit / 2:
        return number_text(None, decimals) if optimism is None else ""
    if summary.expect is None or search is None or summary.blocks is not None:
        return f"under {number_text(unit, decimals)}" if optimism < unit / 2 else number_text(optimism, decimals)
    shown = abs(round(search.value, decimals) - round(summary.expect.value, decimals))
    if shown < unit / 2:
        return f"under {number_text(unit, decimals)}"
    return f"at most {number_text(unit, decimals)}" if optimism < unit / 2 else number_text(shown, decimals)


def is_of_vault(summary: Summary) -> bool:
    """Whether the promise is of vault rows: its distance to the search's score includes their noise."""
    return summary.expect is not None and summary.expect.origin == "vault"


def vault_gap(summary: Summary) -> str:
    """ "the vault is 0.01 worse" """
    gap = optimism_text(summary)
    return f"the vault is {gap} worse" if gap else "the vault is no worse"


def caption(brief: Brief) -> str:
    """The plot of the search in a sentence or two."""
    vault = brief.summary.vault
    n_found = 0 if vault is None else len(vault.findings)
    claimed = f", {n_found} of them {'a finding' if n_found == 1 else 'findings'}" if n_found else ""
    first = f"{tried_text(brief.summary.experiments, brief.summary.beside)}; {brief.summary.kept} kept{claimed}."
    return f"{first} The right-hand bar is what to expect on new rows." if brief.summary.expect else first


def vain_sentence(brief: Brief, at_most: int = 8) -> str:
    """ "target encoding of job −0.2 σ · extra_trees −13 σ · 12 more" """
    parts = [f"#{number} {what} {sigma_text(z)}" for number, what, z in brief.vain[:at_most]]
    left = len(brief.vain) - at_most
    return " · ".join([*parts, f"{left} more"] if left > 0 else parts)


def failures_sentence(records: tuple[Record, ...]) -> str:
    """ "#19 knn failed: memory, fit; …"; empty when none failed."""
    failed = [r for r in records if r.failure is not None]
    parts = [f"#{r.number} {r.what}: {failure_text(r.failure)}" for r in failed if r.failure]
    return f"Failed: {'; '.join(parts)}." if parts else ""


def failure_text(failure: Failure) -> str:
    """ "memory in fit", "out of time" """
    kind = kind_text(failure.kind)
    return f"{kind} in {failure.step}" if failure.step else kind


def kind_text(kind: str) -> str:
    """The kind of a failure, in words."""
    return "out of time" if kind == "time" else kind


def methods(brief: Brief) -> str:
    """One paragraph for a paper: splits, rule, correction, interval, with sources."""
    summary, task = brief.summary, brief.summary.task
    figure = summary.expect
    sentences = [
        f"{count_text(task.n_rows)} rows and {count_text(len(task.schema.features))} features were used.",
        reasoned(f"Problem: {task.problem}", task.problem_reason),
        reasoned(f"Metric: {summary.metric_title}", task.metric_reason),
        reasoned("Split", task.split_reason),
        *([reasoned("Labels", task.restricted)] if task.restricted else []),
        f"{tried_text(summary.experiments, summary.beside)} were tried; every score is computed from stored "
        "out-of-fold predictions.",
        "An experiment is kept when its paired difference to the champion on the same rows is at least one "
        "standard deviation, with the overlap of training sets between folds allowed for (Nadeau and Bengio, 2003).",
    ]  # fmt: skip
    if any(record.confirm is not None for record in brief.records):
        sentences.append(
            "One that a search proposed is kept from half a standard deviation on, and only if it is better on another "
            "partition of the rows, too."
        )
    if figure is not None and figure.origin == "corrected" and summary.blocks is None:
        sentences.append(
            "The promised figure is the out-of-fold score corrected for the choice among the experiments by "
            "bootstrapping the choice itself (BBC-CV; Tsamardinos, Greasidou and Borboudakis, 2018). What that takes "
            "off is taken off the gain over standard LightGBM, too, which was chosen by nobody."
        )
    if figure is not None and figure.origin == "corrected" and figure.adaptive:
        sentences.append(
            "It is not certified: some experiments were built on scores of these rows, which no correction for "
            "choosing covers; rows that nobody looked at would tell (--vault 0.2)."
        )
    if figure is not None and figure.method:
        is_plain = figure.origin == "oof"  # its method tells why it is not corrected
        sentences.append(as_sentence(figure.method) if is_plain else f"Interval: {figure.method}.")
    sentences += vault_sentences(summary)
    return " ".join(sentence for sentence in sentences if sentence)


def more_sentence(summary: Summary) -> str:
    """ "5,000 more rows: +0.002 (95 % 0.000 to 0.004), by the learning curve of #9." """
    more = summary.more
    if more is None:
        return ""
    rows = f"{count_text(more.rows)} more rows"
    if not more.is_visible:
        return f"{rows}: no visible gain, by the learning curve of #{more.number}."
    decimals = decimals_for((more.high - more.low) / (2 * Z95))
    low, high = number_text(more.low, decimals), number_text(more.high, decimals)
    value = number_text(more.value, decimals, signed=True)
    return f"{rows}: {value} (95 % {low} to {high}), by the learning curve of #{more.number}."


def vault_sentences(summary: Summary) -> tuple[str, ...]:
    """What the vault allows to claim, and how the shipped model differs from the certified one."""
    vault = summary.vault
    if vault is None:
        return ("No rows were set aside as a vault, so nothing here is claimed as a finding.",)
    if not vault.openings:
        return (f"{count_text(vault.rows)} rows are set aside as a vault, which was not opened.",)
    return (
        f"{count_text(vault.rows)} rows, dealt by keyed hash, played no part in any choice; the promised figure is "
        "that of the certified model, fitted without them.",
        as_sentence(f"finding: {vault.why}" if vault.finding else f"no finding: {vault.why}"),
        *(as_sentence(f"#{one.number} {one.what}, {one.word}: {difference_text(one.gain)} {place_words(one.gain)}")
          for one in vault.changes),
        as_sentence(f"what ships is {vault.shipped}") if vault.shipped else "",
        *(as_sentence(note) for note in (*vault.notes, *vault.copies)),
    )  # fmt: skip


def reasoned(choice: str, reason: str) -> str:
    """A choice and its reason in one sentence; empty without a reason."""
    sign = ", " if ":" in choice else ": "
    return with_stop(f"{choice}{sign}{reason}") if reason else ""
