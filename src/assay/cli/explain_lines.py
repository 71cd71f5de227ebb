"""What explain says of a lab's errors: where it fails, and rows that look mislabelled."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Span, line, wrap

if TYPE_CHECKING:
    from assay.core.array import Index, JsonObject
    from assay.core.task import Task
    from assay.explain.error_slices import ErrorSlice
    from assay.explain.label_noise import LabelNoise, SuspectLabel

MOST_ROWS, MOST_HARDER = 8, 3
BIAS_LEVEL = 0.001
ANOTHER_LAW = "^ there the errors follow the columns: another law holds, which a model of its own could learn"
HARDER = "^ there they do not visibly follow the columns: rows that are harder to tell by what is known of them"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabErrors:
    """What is known of a lab's errors. n_rows: of the lab; rows: (n,) positions in its file, None where unknown;
    models: the experiments that were asked about labels, () where no two families can be.
    """

    task: "Task"
    slices: "tuple[ErrorSlice, ...]"
    noise: "LabelNoise | None"
    models: tuple[int, ...]
    rows: "Index | None"

    def row(self, position: int) -> int:
        """The number of a row, from 1: of the file where that is known, else of the lab's stored table."""
        return position + 1 if self.rows is None else int(self.rows[position]) + 1

    @property
    def rows_of(self) -> str:
        """Whose rows are numbered."""
        return "the lab's stored table" if self.rows is None else self.task.source


def lab_errors(place: str) -> LabErrors | None:
    """Of the lab around a model; None for a model outside a lab, or a lab without predictions."""
    from assay.cli.model_argument import lab_around
    from assay.lab.file_rows import file_rows
    from assay.lab.lab import Lab
    from assay.lab.lab_explanations import explained_prediction, lab_slices, lab_suspects

    if lab_around(place) is None:
        return None
    lab = Lab.open(Path(place).parent)
    try:
        if explained_prediction(lab) is None:
            return None
        found = lab_suspects(lab)
        noise, models = (None, ()) if found is None else found
        shown = noise is not None and noise.is_visible
        rows = file_rows(lab) if shown else None
        return LabErrors(task=lab.task, slices=lab_slices(lab), noise=noise, models=models, rows=rows)
    finally:
        lab.close()


def error_lines_of(layout: LineLayout, errors: LabErrors | None) -> list[Line]:
    """Both sections; nothing without a lab."""
    if errors is None:
        return []
    return [*_slice_lines(layout, errors), *_label_lines(layout, errors)]


def _slice_lines(layout: LineLayout, errors: LabErrors) -> list[Line]:
    """First slices of another law, then the worst of the others."""
    if not errors.slices:
        said = "no slice of the rows is visibly worse than the rest, and none follows another law"
        return [line("  Where it fails:"), line(Span(f"    {said}", "dim"))]
    measure = "mean (p − y)²" if errors.task.problem.is_class else f"mean error of {errors.task.target}"
    lines = [line(f"  Where it fails ({measure}, out-of-fold, on rows that a slice was not found on):")]
    another = [one for one in errors.slices if one.correctable]
    harder = [one for one in errors.slices if not one.correctable][:MOST_HARDER]
    for shown, said in ((another, ANOTHER_LAW), (harder, HARDER)):
        for one in shown:
            first, *more = wrap(layout, f"{one.condition}: {_figures(one)}", indent=6)
            lines += [line("    ", Span(first, "warn" if one.correctable else ""))]
            lines += [line(f"      {part}") for part in more]
        lines += [line(Span(f"    {part}", "dim")) for part in wrap(layout, said, indent=4) if shown]
    return lines


def _figures(one: "ErrorSlice") -> str:
    from assay.core.figure import decimals_for, number_text

    decimals = decimals_for(one.excess.sigma, at_most=6)
    loss, rest = (number_text(value, decimals) for value in (one.loss, one.rest))
    low, high = (number_text(value, decimals, signed=True) for value in (one.excess.low, one.excess.high))
    said = f"{one.rows:,} rows, {loss} against {rest} elsewhere (the difference {low} to {high})"
    if one.bias is None or one.bias.p >= BIAS_LEVEL:
        return said
    return f"{said}, predicted too {'low' if one.bias.value > 0 else 'high'} by {abs(one.bias.value):.2g} on average"


def _label_lines(layout: LineLayout, errors: LabErrors) -> list[Line]:
    noise, head = errors.noise, line("  Rows that look mislabelled:")
    if noise is None:
        return [head, line(Span("    not asked: that needs models of two families at least", "dim"))]
    if not noise.is_visible:
        said = noise.why or "none that could be told from rows that are hard to predict"
        said += "" if noise.why else " (which does not say that all are right)"
        return [head, *(line(Span(f"    {part}", "dim")) for part in wrap(layout, said, indent=4))]
    share = f"{100 * noise.share:.1f} % of the labels look wrong ({100 * noise.low:.1f} to {100 * noise.high:.1f})"
    lines = [head, line(Span(f"    {share}; all {len(errors.models)} families reject these, surest first", "warn"))]
    lines.append(line(Span(f"    numbers of rows of {errors.rows_of}, the first below the header is 1", "dim")))
    for one in noise.rows[:MOST_ROWS]:
        given, expected = (_label(errors.task, value) for value in (one.given, one.expected))
        chance = f"{100 * one.chance:.0f} % sure"
        lines.append(line(f"    row {errors.row(one.row):<8,} {given}, expected {expected}   ", Span(chance, "dim")))
    left = len(noise.rows) - MOST_ROWS
    return [*lines, line(Span(f"    {left} more: --json", "dim"))] if left > 0 else lines


def _label(task: "Task", value: float) -> str:
    return str(task.classes[int(value)]) if task.problem.is_class else f"{value:.4g}"


def errors_body(errors: LabErrors | None) -> "JsonObject":
    """The same for programs; {} without a lab."""
    if errors is None:
        return {}
    noise = errors.noise
    labels: JsonObject = {} if noise is None else {
        "share": noise.share, "low": noise.low, "high": noise.high, "p": noise.p, "visible": noise.is_visible,
        "rows_of": errors.rows_of, "rows": [_suspect_body(errors, one) for one in noise.rows],
    }  # fmt: skip
    return {"slices": [_slice_body(one) for one in errors.slices], "labels": labels}


def _suspect_body(errors: LabErrors, one: "SuspectLabel") -> "JsonObject":
    return {
        "row": errors.row(one.row), "given": _label(errors.task, one.given),
        "expected": _label(errors.task, one.expected), "chance": one.chance,
    }  # fmt: skip


def _slice_body(one: "ErrorSlice") -> "JsonObject":
    body: JsonObject = {
        "condition": one.condition, "columns": list(one.columns), "rows": one.rows, "loss": one.loss, "rest": one.rest,
        "worse": one.is_worse, "correctable": one.correctable,
    }  # fmt: skip
    for name, found in (("excess", one.excess), ("bias", one.bias), ("gain", one.gain)):
        if found is not None:
            body[name] = {key: getattr(found, key) for key in ("value", "low", "high", "sigma", "p")}
    return body
