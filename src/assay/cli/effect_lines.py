"""What `explain --effect COLUMN` prints: the column's accumulated local effect as a small chart, a line a value."""

from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Role, Span, line, wrap
from assay.core.errors import UsageError

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.core.array import JsonObject
    from assay.explain.effect_curves import ColumnCurve, EffectPoint
    from assay.explain.feature_columns import FeatureColumn
    from assay.predictor.predictor import Predictor

HALF = 20
"""Characters of a bar to each side."""
MOST_CURVES = 3
"""Classes shown: those that the column moves most."""


def explain_effect(console: "Console", model: "Predictor", place: str, name: str) -> int:
    """The command; UsageError for a model without a lab, as its rows are needed, and for an unknown column."""
    from assay.cli.json_documents import document
    from assay.cli.model_argument import lab_around
    from assay.lab.lab import Lab
    from assay.lab.lab_explanations import lab_columns, lab_effect

    if lab_around(place) is None:
        raise UsageError(f"{place} is a model without a lab: an effect is measured on the lab's rows.")
    lab = Lab.open(Path(place).parent)
    try:
        curves = lab_effect(lab, name, model=model)
        column = next(one for one in lab_columns(lab) if one.name == name)
    finally:
        lab.close()
    console.document(document("explain", lab_around(place), {"effect": effect_body(curves, column, model)}))
    console.answer(effect_lines(console.out.layout, curves, column, model))
    return 0


def effect_lines(
    layout: LineLayout, curves: "tuple[ColumnCurve, ...]", column: "FeatureColumn", model: "Predictor"
) -> list[Line]:
    """Probabilities of classes in points, or numbers; logits are for programs (--json)."""
    if all(point.effect == 0 for one in curves for point in one.points):
        said = f"{column.name} has no effect: whatever stands in it, the model that ships answers these rows alike"
        return [line(part) for part in wrap(layout, said, indent=0)]
    shown = sorted((one for one in curves if one.scale != "logit"), key=lambda one: -one.size)[:MOST_CURVES]
    lines = list[Line]()
    for curve in shown:
        lines += [line(Span(f"{column.name} on {_asked(curve, model)}", "number")), *_bars(layout, curve, column)]
    missing = f", {curves[0].missing:,} without a value not in it" if curves[0].missing else ""
    lines.append(line(Span(f"  against the mean prediction, 95 % over rows of this model{missing}", "dim")))
    return lines


def _asked(curve: "ColumnCurve", model: "Predictor") -> str:
    if curve.scale == "value":
        return model.passport.target
    label = model.classes[1] if len(model.classes) == 2 else model.classes[curve.place]
    return f"the probability that {model.passport.target} is {label}, in points of 100"


def _bars(layout: LineLayout, curve: "ColumnCurve", column: "FeatureColumn") -> list[Line]:
    from assay.explain.row_conditions import value_text

    texts = [value_text(column, point.value) for point in curve.points]
    size = min(max(map(len, texts)), 24)
    largest = max([1e-12, *(abs(point.effect) for point in curve.points)])
    half, unit = min(HALF, max(4, (layout.columns - size - 36) // 2)), 1.0 if curve.scale == "value" else 100.0
    return [
        line(
            f"  {text[:size]:>{size}} ",
            *_bar(point, largest, half),
            f" {_figure(point, unit)}",
        )
        for text, point in zip(texts, curve.points, strict=True)
    ]


def _bar(point: "EffectPoint", largest: float, half: int) -> tuple[Span, ...]:
    length = round(abs(point.effect) / largest * half)
    left, right = (length, 0) if point.effect < 0 else (0, length)
    is_sure = point.low > 0 or point.high < 0
    role: Role = "dim" if not is_sure else "good" if point.effect > 0 else "bad"
    return (Span(" " * (half - left)), Span("━" * left, role), Span("┤", "dim"), Span("━" * right, role),
            Span(" " * (half - right)))  # fmt: skip


def _figure(point: "EffectPoint", unit: float) -> str:
    from assay.core.figure import Z95, decimals_for, number_text

    decimals = decimals_for(unit * (point.high - point.low) / (2 * Z95), at_least=0, at_most=6)
    value, low, high = (number_text(unit * one, decimals, signed=True) for one in (point.effect, point.low, point.high))
    return f"{value}  {low} to {high}"


def effect_body(curves: "tuple[ColumnCurve, ...]", column: "FeatureColumn", model: "Predictor") -> "JsonObject":
    """All curves, on the scale of probabilities and of logits, with those of single rows."""
    return {"column": column.name, "curves": [_curve_body(one, column, model) for one in curves]}


def _curve_body(curve: "ColumnCurve", column: "FeatureColumn", model: "Predictor") -> "JsonObject":
    from assay.explain.row_conditions import value_text

    label = None
    if curve.scale != "value":
        label = str(model.classes[1] if len(model.classes) == 2 else model.classes[curve.place])
    return {
        "scale": curve.scale, "label": label, "missing": curve.missing,
        "points": [
            {"value": value_text(column, point.value), "effect": point.effect, "low": point.low, "high": point.high,
             "rows": point.rows}
            for point in curve.points
        ],
        "rows": curve.single.tolist(),
    }  # fmt: skip
