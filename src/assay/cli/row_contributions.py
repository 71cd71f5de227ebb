"""What `explain --row` prints of columns: the row's cells, and what each moved the prediction by."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, Role, Span, line

if TYPE_CHECKING:
    from assay.core.array import JsonObject
    from assay.core.block import Block
    from assay.core.table import Table
    from assay.explain.shap import ShapValues
    from assay.predictor.passport import Passport
    from assay.predictor.predictor import Predictor

MOST_COLUMNS = 15
MOST_CELL = 24
"""Characters shown of a cell."""


@dataclass(frozen=True, slots=True)
class RowContributions:
    """SHAP values of one row; place: of the answer shown among those it has; cells: by column, as text.

    chances: the probability with the mean background's log odds, and the row's own; None for a value.
    """

    found: "ShapValues"
    place: int
    cells: tuple[str, ...]
    chances: tuple[float, float] | None

    @property
    def order(self) -> list[int]:
        """Columns by the size of what they moved."""
        moved = self.found.values[0, :, self.place]
        return sorted(range(len(moved)), key=lambda j: -abs(moved[j]))

    @property
    def movers(self) -> list[int]:
        """Those that moved it at all, MOST_COLUMNS at most."""
        return [j for j in self.order if self.found.values[0, j, self.place] != 0.0][:MOST_COLUMNS]


def contributions_of(model: "Predictor", table: "Table", rows: "Table") -> RowContributions:
    """Of a table of one row, encoded under the model's schema, against some of other rows."""
    import numpy as np

    from assay.core.seed import Seeds
    from assay.explain.shap import background_of, shap_values

    found = shap_values(model, table, background_of(rows, seeds=Seeds(0)))
    place = 0
    if len(model.classes) > 2:
        place = model.classes.index(model.labels(model.of_table(table))[0])
    chances = None
    if model.classes:
        base, answer = (1.0 / (1.0 + np.exp(-part[place])) for part in (found.base, found.answers[0]))
        chances = float(base), float(answer)
    return RowContributions(found, place, tuple(_cell(model, table, name) for name in found.inputs), chances)


def _cell(model: "Predictor", table: "Table", name: str) -> str:
    """The cell of the first row, as text; "missing" where there is none."""
    column = model.schema[name]
    for block in table.cells.values():
        if name in block.names and hasattr(block, "given"):
            value = block.given(column)[0]
            text = f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())
            return "missing" if _is_missing(block, name) or value is None or not text else text
    return ""


def _is_missing(block: "Block", name: str) -> bool:
    """Whether the first row has no value there: what a block gives stands for a gap, too."""
    import numpy as np

    from assay.core.block.columns import CodeBlock, ColumnBlock

    if not isinstance(block, ColumnBlock):
        return False
    stored = block.column(name)[0]
    is_gap = isinstance(stored, float | np.floating) and bool(np.isnan(stored))
    return bool(stored == -1) if isinstance(block, CodeBlock) else is_gap


def shap_lines(shown: RowContributions, passport: "Passport") -> list[Line]:
    """The base, what each column moved, the sum, and what that is as a probability."""
    from assay.report.phrases import plural

    found, k = shown.found, shown.place
    base, answer, decimals = float(found.base[k]), float(found.answers[0, k]), _decimals(shown)
    label = "" if not passport.classes else str(passport.classes[k if len(passport.classes) > 2 else 1])
    what = f"log odds that {passport.target} is {label}" if label else passport.target
    lines = [line(f"  {what}, moved by its columns (SHAP values against {found.background} rows):")]
    names = [found.inputs[j] for j in shown.movers]
    size = max([len(name) for name in names] + [len("their mean")]) + 2
    lines.append(
        line("    ", Span(f"{'their mean':<{size}}", "dim"), f"{_number(base, decimals):>10}", _chance(shown, 0))
    )
    lines += [_column(shown, j, size, decimals) for j in shown.movers]
    left = shown.order[len(shown.movers) :]
    if left:
        rest = float(sum(found.values[0, j, k] for j in left))
        moved = f"{_number(rest, decimals, signed=True):>10}"
        lines.append(line("    ", Span(f"{plural(len(left), 'other'):<{size}}", "dim"), moved))
    lines.append(line("    ", f"{'this row':<{size}}", f"{_number(answer, decimals):>10}", _chance(shown, 1)))
    return [*lines, line(Span(f"  {_how(found)}", "dim"))]


def _column(shown: RowContributions, j: int, size: int, decimals: int) -> Line:
    moved = float(shown.found.values[0, j, shown.place])
    role: Role = "good" if moved > 0 else "bad"
    cell = shown.cells[j]
    cut = cell if len(cell) <= MOST_CELL else f"{cell[: MOST_CELL - 1]}…"
    value = Span(f"{_number(moved, decimals, signed=True):>10}", role)
    return line("    ", f"{shown.found.inputs[j]:<{size}}", value, Span(f"   {cut}", "dim"))


def _number(value: float, decimals: int, *, signed: bool = False) -> str:
    text = f"{abs(value):,.{decimals}f}"
    return f"−{text}" if value < 0 else f"+{text}" if signed else text


def _decimals(shown: RowContributions) -> int:
    """Three digits of the largest value, after the point as many as that takes."""
    from math import floor, log10

    largest = float(abs(shown.found.values[0, :, shown.place]).max(initial=0.0))
    return min(max(2 - floor(log10(largest)), 0), 12) if largest > 0.0 else 2


def _chance(shown: RowContributions, which: int) -> str:
    return "" if shown.chances is None else f"   probability {shown.chances[which]:.4g}"


def _how(found: "ShapValues") -> str:
    """How exact the values are."""
    import numpy as np

    if not found.pairs:
        return "exact"
    worst = float(np.nanmax(found.errors[0])) if np.isfinite(found.errors[0]).any() else float("nan")
    names = f"; by sampling alone: {', '.join(found.sampled)}" if found.sampled else ""
    return f"standard error of a value at most {worst:.2g}, of {found.pairs} pairs of permutations{names}"


def shap_body(shown: RowContributions) -> "JsonObject":
    """As JSON."""
    found, k = shown.found, shown.place
    return {
        "scale": "value" if shown.chances is None else "log_odds", "base": float(found.base[k]),
        "answer": float(found.answers[0, k]), "background_rows": found.background, "pairs": found.pairs,
        "sampled": list(found.sampled),
        "probability": None if shown.chances is None else {"base": shown.chances[0], "answer": shown.chances[1]},
        "values": [
            {"column": found.inputs[j], "cell": shown.cells[j], "value": float(found.values[0, j, k]),
             "standard_error": float(found.errors[0, j, k]) if found.errors[0, j, k] >= 0 else None}
            for j in shown.order
        ],
    }  # fmt: skip
