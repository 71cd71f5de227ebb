"""Output of `fit`, in at most twelve lines."""

import shlex

from assay.cli.line_layout import (
    Line,
    LineLayout,
    Role,
    Span,
    commands,
    cut_middle,
    first_that_fits,
    labelled,
    labelled_within,
    line,
    with_right,
    wrap,
)
from assay.core.figure import Figure
from assay.core.views import Summary
from assay.report.brief_text import BESIDE, baseline_text, is_of_vault, optimism_text, vault_gap
from assay.report.figure_text import further_look, gain_text, no_interval, promise_words, short_origin, uncorrected
from assay.report.label_text import labels_wordings
from assay.report.phrases import bracketed, count_text, plural, row_time_text, seconds_text, size_text, tried_text
from assay.report.time_blocks import blocks_wordings, unknown_next_period_words
from assay.report.unfinished_text import unfinished_wordings
from assay.search.shared_failures import FAMILIES_FAILED

LABEL = 9


def summary_lines(layout: LineLayout, value: Summary, *, again: str | None = None, is_done: bool = False) -> list[Line]:
    """The result of a search: the model, its score and uncertainty, the next command.

    again: the command that continues, or None where more time would change nothing. is_done: nothing was left to do.
    """
    lines = [
        *(_done(layout, value, may_go_on=again is not None) if is_done else []),
        _first(layout, value),
        *_faults(layout, value),
        *_expect(layout, value),
        *_beside(layout, value),
        *_search(layout, value),
        *_blocks(layout, value),
        *_gain(layout, value),
        *_price(layout, value),
        *_unfinished(layout, value),
    ]
    lines += [*_limit(layout, value), *_model(layout, value), *_labels(layout, value)]
    if value.vault is not None and value.vault.findings:
        found = "; ".join(f"#{one.number} {one.what}{', firm' if one.firm else ''}" for one in value.vault.findings)
        lines += labelled_within(layout, "findings", found, lines=2, size=LABEL)
    if value.vault is not None and value.vault.shipped:
        lines += labelled_within(layout, "ships", value.vault.shipped, lines=1, size=LABEL)
    if _is_sealed(value):
        lines += _narrow(layout, "vault", f"{_unopened(value)}; its findings are sealed", _unopened(value))
    if value.learned:
        lines += labelled_within(layout, "learned", value.learned, lines=3 if layout.columns < 80 else 2, size=LABEL)
    lines += labelled(layout, "brief", cut_middle(value.brief_html, layout.columns - 11), size=LABEL)
    typed: list[tuple[str, str]] = []
    if value.model is not None:
        typed.append((f"assay predict {quoted_lab(value)} new.csv", "use it"))
    if _is_sealed(value) and value.model is not None:
        typed.append((f"assay certify {quoted_lab(value)}", "open the vault: the figure to quote"))
    follow = (again, "go on from here") if again else (f"assay leaderboard {quoted_lab(value)}", "what was tried")
    typed.append(follow)
    return [*lines, *commands(layout, typed)]


def _is_sealed(value: Summary) -> bool:
    """Whether rows were set aside, and what ships was not looked at on them."""
    return value.vault is not None and not value.vault.why


def _unopened(value: Summary) -> str:
    """How often a vault was opened, none of it for what ships."""
    assert value.vault is not None
    times = {0: "never opened", 1: "opened once, not for this model"}
    opened = times.get(value.vault.openings, f"opened {value.vault.openings} times, not for this model")
    return f"{count_text(value.vault.rows)} rows, {opened}"


def quoted_lab(value: Summary) -> str:
    """The lab ready to paste: its name where it lies here, else its path."""
    path = value.lab_path
    return shlex.quote(path if "/" in path else path.removesuffix(".lab"))


def _first(layout: LineLayout, value: Summary) -> Line:
    state = "is ready" if value.model is not None else "has no model"
    base = _base(value.lab_path)
    counts = [f"{count_text(value.kept)} kept"]
    counts += [f"{count_text(value.failed)} failed"] if value.failed else []
    role: Role = "good" if value.model is not None else "warn"
    rest = f"{seconds_text(value.elapsed_seconds)}, {', '.join(counts)}"
    alone = plural(value.experiments, "experiment")
    heads = (f"{state}: {tried_text(value.experiments, value.beside)}", f"{state}: {alone}")
    lines = [line(Span(f"{base} {head} in ", role), rest) for head in heads]
    return first_that_fits(layout, *lines, line(Span(f"{base}: {alone} in ", role), rest))


def _faults(layout: LineLayout, value: Summary) -> list[Line]:
    """A failure that several families share, before any score: what was found is less than it could be."""
    said = [f"{one.message}   {one.do}" for one in value.warnings if one.code == FAMILIES_FAILED]
    return [part for text in said for part in labelled(layout, "fault", text, size=LABEL)]


def _done(layout: LineLayout, value: Summary, *, may_go_on: bool) -> list[Line]:
    """A note that this command had nothing to do, and that a limit includes earlier runs where it was the reason."""
    if not may_go_on:
        return [line("Nothing was left to do.")]
    had = plural(value.experiments, "experiment")
    spent = had if value.stopped_by == "experiments" else seconds_text(value.elapsed_seconds)
    text = f"Nothing was left to do within this limit: it counts all that the lab has had, {spent} so far."
    return [line(part) for part in wrap(layout, text, indent=0)]


def _base(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]


def _fitted(layout: LineLayout, label: str, *texts: str) -> Line:
    """The longest of some wordings that fits on one line."""
    variants = [line("  ", Span(f"{label:<{LABEL}}", "dim"), text) for text in texts]
    return first_that_fits(layout, *variants)


def _narrow(layout: LineLayout, label: str, *texts: str) -> list[Line]:
    """One line where a wording fits; else the shortest is wrapped, so that no number is lost."""
    best = _fitted(layout, label, *texts)
    if sum(len(layout.mark(span.text)) for span in best) <= layout.columns:
        return [best]
    return labelled(layout, label, texts[-1], size=LABEL)


def _no_promise(layout: LineLayout, value: Summary) -> list[Line]:
    """Why there is no figure to expect."""
    if value.is_unpromised and value.unknown_next_period is not None:
        return labelled(layout, "expect", f"–   {unknown_next_period_words(value.unknown_next_period)}", size=LABEL)
    return _narrow(layout, "expect", "–   no figure can be promised from this search", "–")


def _expect(layout: LineLayout, value: Summary) -> list[Line]:
    figure = value.expect
    if figure is None:
        return _no_promise(layout, value)
    start = f"{value.metric_title} {figure.text}"
    interval = f"   {figure.interval_text or no_interval(figure, value.search)}"
    return _narrow(
        layout, "expect", f"{start}{interval}   {promise_words(figure)}", f"{start}{interval}   {short_origin(figure)}",
        f"{start}{interval}",
    ) + _remarks(layout, figure)  # fmt: skip


def _beside(layout: LineLayout, value: Summary) -> list[Line]:
    """What the figure is the figure of: texts that are not read, a few rows that carry it."""
    said = [(BESIDE[one.code], f"{one.message}; {one.do}") for one in value.warnings if one.code in BESIDE]
    return [part for label, text in said for part in labelled(layout, label, text, size=LABEL)]


def _remarks(layout: LineLayout, figure: Figure) -> list[Line]:
    """Why the figure is not corrected, and why its interval is wider than usual."""
    why, wider = uncorrected(figure), further_look(figure)
    said = [f"not corrected for choosing: {why}"] * bool(why) + [wider] * bool(wider)
    return [part for text in said for part in labelled_within(layout, "", text, lines=2, size=LABEL)]


def _search(layout: LineLayout, value: Summary) -> list[Line]:
    if value.search is None:
        return []
    start = f"{value.search.text} out-of-fold"
    if value.optimism is None:
        return _narrow(layout, "search", start)
    optimism = optimism_text(value)
    if value.blocks is not None:
        return _narrow(layout, "search", f"{start} over all blocks; optimism of choosing {optimism or 'none'}")
    if is_of_vault(value):
        said = f"{start}; {vault_gap(value)}"
        return _narrow(layout, "search", f"{said}: by choosing, and by which rows these are", said, start)
    if not optimism:
        return _narrow(layout, "search", f"{start}, so no optimism of choosing was seen", f"{start}, optimism none")
    return _narrow(
        layout, "search", f"{start}, so the optimism of choosing was {optimism}", f"{start}, optimism {optimism}"
    )


def _blocks(layout: LineLayout, value: Summary) -> list[Line]:
    """Scores in order of time, from which the interval is made."""
    wordings = blocks_wordings(value)
    return _narrow(layout, "blocks", *wordings) if wordings else []


def _gain(layout: LineLayout, value: Summary) -> list[Line]:
    """The gain over standard LightGBM, and its score on the same rows, so that the two add up."""
    gain = value.gain
    if gain is None:
        why = "not measured: standard LightGBM was not fitted on the rows without the vault"
        return _narrow(layout, "gain", why, "not measured") if is_of_vault(value) else []
    start, base = f"{gain_text(gain)} over ", baseline_text(value)
    score = f", {base}" if base else ""
    return _narrow(layout, "gain", f"{start}standard LightGBM{score}", f"{start}LightGBM{score}")


def _price(layout: LineLayout, value: Summary) -> list[Line]:
    """The cost of readability."""
    price = value.price
    if price is None or price.over is None:
        return []
    start = f"{price.text}{bracketed(price.interval_text)} against #{price.over}"
    return _narrow(layout, "reading", f"{start}, the best that cannot be read; out-of-fold", start)


def _unfinished(layout: LineLayout, value: Summary) -> list[Line]:
    """The baseline or families without a score, and why."""
    wordings = unfinished_wordings(value.unfinished, value.stopped_by)
    return _narrow(layout, "not done", *wordings) if wordings else []


def _limit(layout: LineLayout, value: Summary) -> list[Line]:
    """The cost of limits of time and size."""
    limit = value.limit
    if limit is None:
        return []
    start = f"{limit.cost.text}{bracketed(limit.cost.interval_text)} by {limit.asked}"
    free = f"without it {' '.join(f'#{n}' for n in limit.free)} would ship"
    return _narrow(layout, "limit", f"{start}; {free}; out-of-fold", f"{start}; {free}", start)


def _labels(layout: LineLayout, value: Summary) -> list[Line]:
    """The labelling rule of two classes, where it is not the likelier class."""
    wordings = labels_wordings(value)
    return _narrow(layout, "labels", *wordings) if wordings else []


def _model(layout: LineLayout, value: Summary) -> list[Line]:
    model = value.model
    if model is None:
        return []
    members = plural(len(model.members), "member")
    text = ", ".join(part for part in (members, size_text(model.size_bytes), row_time_text(model.row_ms)) if part)
    left = _fitted(layout, "model", text)
    return [with_right(layout, left, cut_middle(model.path, 40), role="")]
