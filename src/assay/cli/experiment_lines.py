"""Lines about one experiment, its reasons, and the difference between two."""

import shlex

from assay.cli.line_layout import Line, LineLayout, Role, Span, first_that_fits, labelled, line, with_right, wrap
from assay.core.lab_views import Diff, Record
from assay.report import experiment_text as words
from assay.report.experiment_text import Fact
from assay.report.phrases import sigma_text

LABEL = 12
SIGNS: dict[str, Role] = {"+": "good", "-": "bad", "~": "warn"}


def record_lines(layout: LineLayout, record: Record, *, lab: str = "") -> list[Line]:
    """All facts of an experiment; lab: as named on the command line."""
    role: Role = "good" if record.status == "kept" else "bad" if record.status == "failed" else ""
    mark = " ●" if record.status == "kept" else " ✗" if record.status == "failed" else ""
    status = words.status_text(record).replace(record.status, f"{record.status}{mark}", 1)
    title = line(Span(words.headline(record), role or "number"))
    head = with_right(layout, title, status, role=role or "dim")
    lines = [head] if head != title else [title, line(Span(f"  {status}", "dim"))]
    for fact in words.facts(record):
        lines += _fact(layout, fact)
    for step in words.recipe_lines(record.recipe, record.rounds):
        lines += [line(f"      {part}") for part in wrap(layout, step, indent=6)]
    return [*lines, _follow(layout, record, lab)]


def _fact(layout: LineLayout, fact: Fact, size: int = LABEL) -> list[Line]:
    """The text, then its aside at a fixed column where there is room for both."""
    if not fact.aside:
        return labelled(layout, fact.name, fact.text, size=size)
    label = Span(f"  {fact.name:<{size}}", "dim")
    gap = " " * max(47 - len(layout.mark(fact.text)), 3)
    both = line(label, fact.text, Span(gap + fact.aside, "dim"))
    fits = first_that_fits(layout, both, line(label, fact.text))
    return [fits] if fits is both else labelled(layout, fact.name, fact.text, size=size)


def _follow(layout: LineLayout, record: Record, lab: str) -> Line:
    place = f"{shlex.quote(lab)} " if lab else ""
    commands = [f"assay why {place}{record.number}"]
    if record.parents:
        commands.append(f"assay diff {place}{record.number} {record.parents[0]}")
    commands.append(f"assay show {place}{record.number} --recipe > recipe.json")
    variants = [line(f"  {' · '.join(commands[:count])}") for count in range(len(commands), 0, -1)]
    return first_that_fits(layout, *variants)


def why_lines(layout: LineLayout, record: Record) -> list[Line]:
    """Why it was tried, kept or dropped, in sentences."""
    return [part for fact in words.why(record) for part in labelled(layout, fact.name, fact.text, indent=0, size=17)]


def diff_lines(layout: LineLayout, diff: Diff) -> list[Line]:
    """The differences of two recipes, and their effect on the score."""
    lines = [line(Span(f"#{diff.b} against #{diff.a}", "number"), f" in {diff.lab}")]
    for number, what in ((diff.a, diff.a_what), (diff.b, diff.b_what)):
        lines += labelled(layout, f"#{number}", what, size=8)
    if not diff.changes:
        lines.append(line("  no difference in the recipes"))
    for change in diff.changes:
        first, *more = wrap(layout, change.text, indent=6)
        lines.append(line(Span(f"    {change.sign} ", SIGNS[change.sign]), first))
        lines += [line(" " * 6 + part) for part in more]
    if diff.difference is None:
        return [*lines, line("  the scores cannot be compared: one of them has none on the same rows")]
    gain = diff.difference
    text = f"{gain.text}, σ {gain.sigma_text}, so {sigma_text(gain.z, signed=False)} for #{diff.b} (positive is better)"
    return [*lines, *labelled(layout, diff.metric_title, text, size=max(len(diff.metric_title) + 2, 8))]
