"""Comparisons, audits and replays as lines."""

from typing import TYPE_CHECKING

from assay.cli.layout import Layout, Line, Span, labelled, line
from assay.core.figure import number_text
from assay.report.text import bracketed
from assay.report.words import count_text, p_text, sigma_text

if TYPE_CHECKING:
    from assay.lab.comparison import Comparison

LABEL = 12


def comparison_lines(layout: Layout, found: "Comparison") -> list[Line]:
    """Both scores, their difference, and in words what it says."""
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
    """What the difference says, in a sentence: better, worse, or not told apart and what could have been."""
    gain = found.difference
    if gain.value == 0 and not gain.sigma > 0:
        return "no row is predicted differently, as far as this metric can see"
    p = found.two_sided_p
    told_apart = p is not None and p < 0.05
    if gain.low is not None and gain.high is not None:
        told_apart = told_apart and (gain.low > 0 or gain.high < 0)
    if told_apart:
        better, other = (found.b, found.a) if gain.value > 0 else (found.a, found.b)
        return f"{better} is better than {other} on rows like these, by {sigma_text(abs(gain.z), signed=False)}"
    if not gain.sigma > 0:
        return "not told apart: too few rows"
    seen = number_text(2 * gain.sigma, gain.decimals)
    return f"not told apart: with these rows a difference under {seen} cannot be seen"
