"""Lines of comparisons, audits and replays."""

from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Role, Span, labelled, line, wrap
from assay.core.figure import number_text
from assay.report.phrases import bracketed, count_text, p_text, plural, seconds_text, sigma_text, tried_text

if TYPE_CHECKING:
    from assay.audit.audit import Audit
    from assay.audit.check_result import AuditCheck, Differing
    from assay.audit.replay import Replayed, ReplayedExperiment
    from assay.compare.comparison import Comparison

LABEL = 12
MOST_SHOWN = 5


def comparison_lines(layout: LineLayout, found: "Comparison") -> list[Line]:
    """Both scores, their difference, and its meaning in words."""
    higher = "higher" if found.higher_is_better else "lower"
    head = (
        f" against {found.a}: {found.target}, {found.metric_title}, {higher} is better, {count_text(found.rows)} rows"
    )
    lines = [line(Span(found.b, "number"), head)]
    for name, score in ((found.a, found.a_score), (found.b, found.b_score)):
        lines += labelled(layout, name, f"{score.text}{bracketed(score.interval_text)}", size=LABEL)
    gain = found.difference
    text = f"{gain.text}, σ {gain.sigma_text}{bracketed(gain.interval_text)}, positive is better for {found.b}"
    lines += labelled(layout, "difference", text, size=LABEL)
    if gain.p is not None:
        text = f"{p_text(gain.p)} that {found.b} is no better, {p_text(found.two_sided_p)} that both are equal"
        lines += labelled(layout, "p", text, size=LABEL)
    lines += labelled(layout, "so", verdict_text(found), size=LABEL)
    lines += labelled(layout, "method", gain.method, size=LABEL)
    for note in found.notes:
        lines += labelled(layout, "note", note, size=LABEL)
    return lines


def verdict_text(found: "Comparison") -> str:
    """The meaning of a difference in a sentence: better, worse, or not significant and what would have been."""
    gain = found.difference
    if gain.value == 0 and not gain.sigma > 0:
        return "no row is predicted differently, as far as this metric can see"
    p = found.two_sided_p
    differs = p is not None and p < 0.05
    if gain.low is not None and gain.high is not None:
        differs = differs and (gain.low > 0 or gain.high < 0)
    if differs and not gain.sigma > 0:
        better, other = (found.b, found.a) if gain.value > 0 else (found.a, found.b)
        return f"{better} is better than {other} by the same amount in every row"
    if differs:
        better, other = (found.b, found.a) if gain.value > 0 else (found.a, found.b)
        return f"{better} is better than {other} on rows like these, by {sigma_text(abs(gain.z), signed=False)}"
    if not gain.sigma > 0:
        return "not told apart: too few rows"
    seen = number_text(2 * gain.sigma, gain.decimals)
    return f"not told apart: with these rows a difference under {seen} cannot be seen"


def audit_lines(layout: LineLayout, found: "Audit", *, lab: str) -> list[Line]:
    """One line per kind of check, its differences below it, and their meaning."""
    unfinished = f" and {count_text(found.unfinished)} not ended" if found.unfinished else ""
    counts = f"{tried_text(found.experiments, found.beside)}{unfinished}, {plural(found.records, 'record')}"
    lines = [line(Span(found.lab, "number"), f"   {counts}, checked in {seconds_text(found.elapsed_seconds)}")]
    for check in found.checks:
        lines += _check_lines(layout, check)
    differing = [one for check in found.checks for one in check.differ]
    if found.head:
        lines += labelled(layout, "head", found.head, size=LABEL)
    if not differing:
        return [*lines, line("Nothing differs.")]
    places = sorted({one.record for one in differing if one.record is not None})
    where = f", first in record {places[0]}" if places else ""
    lines.append(line(Span(f"{plural(len(differing), 'thing differs', 'things differ')}{where}.", "bad")))
    numbers = sorted({one.number for one in differing if one.number is not None})
    return [*lines, line(f"  assay show {lab} {numbers[0]}")] if numbers else lines


def _check_lines(layout: LineLayout, check: "AuditCheck") -> list[Line]:
    mark = Span("  ✓ ", "good") if check.ok else Span("  ✗ ", "bad")
    good = check.checked - len(check.differ) if check.ok else max(check.checked - len(check.differ), 0)
    count = f"{count_text(good)} of {count_text(check.checked)} " if check.checked else "none: "
    lines = [line(mark, Span(f"{check.name:<10}", "dim"), f"{count}{check.words}")]
    for one in check.differ[:MOST_SHOWN]:
        lines += [line(" " * 14, Span(part, "bad")) for part in wrap(layout, differing_text(one), indent=14)]
    if len(check.differ) > MOST_SHOWN:
        lines.append(line(" " * 14, f"and {count_text(len(check.differ) - MOST_SHOWN)} more: --json"))
    if check.unknown:
        lines.append(line(" " * 14, Span(f"{check.unknown} not recorded fully enough to be made again", "dim")))
    lines += [line(" " * 14, Span(part, "dim")) for text in check.remarks for part in wrap(layout, text, indent=14)]
    return lines


def differing_text(one: "Differing") -> str:
    """ "record 97, #22, score: stored 0.8097, recomputed 0.8057"."""
    place = ", ".join(
        part for part in (f"record {one.record}" if one.record else "", f"#{one.number}" if one.number else "") if part
    )
    head = f"{place}, {one.what}" if place else one.what
    return f"{head}: stored {one.stored}, recomputed {one.recomputed}" if one.stored or one.recomputed else head


def replay_progress(done: int, n: int) -> list[Line]:
    """A progress line of a replay."""
    return [line(Span(f"{done} of {plural(n, 'experiment')} done again", "dim"))] if done % 10 == 0 else []


def replay_lines(layout: LineLayout, found: "Replayed") -> list[Line]:
    """One line for each experiment that differs, and their number."""
    same = sum(again.same is True for again in found.experiments)
    lines = [
        line(Span(found.lab, "number"), f"   {plural(found.replayed, 'experiment')} done again in "
             f"{seconds_text(found.elapsed_seconds)}, {count_text(same)} the same bit for bit")
    ]  # fmt: skip
    for again in found.experiments:
        if again.same is not True:
            role: Role = "bad" if again.same is False else "dim"
            lines += labelled(layout, f"#{again.number}", f"{again.what}: {again_text(again)}", size=6, role=role)
    for name, then, now in found.versions:
        lines += labelled(layout, name, f"{then} when the lab was made, {now} now", size=LABEL, role="warn")
    return lines


def again_text(again: "ReplayedExperiment") -> str:
    """How a replayed experiment differs, or why it could not be replayed."""
    if again.same is None:
        return f"not replayed: {again.why}"
    if again.why:
        return again.why
    return f"{plural(again.differ, 'row')} predicted differently, by {again.most:.2g} at most"
