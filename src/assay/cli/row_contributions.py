"""What `explain --row` prints of columns: the row's cells, and what each moved the prediction by."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, Role, Span, line
from assay.core.figure import number_text

if TYPE_CHECKING:
    from assay.core.array import JsonObject
    from assay.core.block import Block
    from assay.core.table import Table
    from assay.explain.shap import ShapValues
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

    def label(self, model: "Predictor") -> object:
        """The class whose probability is moved: of two the second; None for a value."""
        if not model.classes:
            return None
        return model.classes[self.place if len(model.classes) > 2 else 1]

    @property
    def ends(self) -> tuple[float, float]:
        """The mean that is begun from, and the row's own: values, or probabilities in points of 100."""
        if self.chances is None:
            return float(self.found.base[self.place]), float(self.found.answers[0, self.place])
        return 100.0 * self.chances[0], 100.0 * self.chances[1]

    def moved(self, j: int) -> float:
        """What a column moved between these: its part of the log odds, which add up, is its part of the points."""
        value = float(self.found.values[0, j, self.place])
        if self.chances is None:
            return value
        whole = float(self.found.answers[0, self.place] - self.found.base[self.place])
        chance = self.chances[0]
        return value * ((self.ends[1] - self.ends[0]) / whole if whole else 100.0 * chance * (1.0 - chance))

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


def side_of(model: "Predictor", label: object, effect: float) -> str:
    """What an effect speaks for: of two classes the one or the other, of more for or against that label, of values
    more or less."""
    if label is None:
        return "more" if effect > 0 else "less"
    if len(model.classes) > 2:
        return f"{'for' if effect > 0 else 'against'} {label}"
    other = next(str(one) for one in model.classes if one != label)
    return f"for {label if effect > 0 else other}"


def shap_lines(shown: RowContributions, model: "Predictor") -> list[Line]:
    """The base, what each column moved, with what it speaks for, and the sum."""
    from assay.core.figure import two_digits
    from assay.report.phrases import plural

    target, label = model.passport.target, shown.label(model)
    lead = f"probability that {target} is {label}, in points of 100" if label is not None else target
    lines = [line(f"  {lead}, and what its columns move it by (SHAP values, beside {shown.found.background} rows):")]
    first, last = shown.ends
    decimals = _decimals(shown)
    sides = {j: side_of(model, label, shown.moved(j)) for j in shown.movers}
    size = max([len(shown.found.inputs[j]) for j in shown.movers] + [len("their mean")]) + 2
    width = max([0, *map(len, sides.values())])
    lines.append(line("    ", Span(f"{'their mean':<{size}}", "dim"), f"{number_text(first, decimals):>10}"))
    for j in shown.movers:
        moved, cell = shown.moved(j), shown.cells[j]
        cut = cell if len(cell) <= MOST_CELL else f"{cell[: MOST_CELL - 1]}…"
        role: Role = "good" if moved > 0 else "bad"
        value = Span(f"{two_digits(moved, signed=True):>10}", role)
        lines.append(line("    ", f"{shown.found.inputs[j]:<{size}}", value, f"   {sides[j]:<{width}}",
                          Span(f"   {cut}", "dim")))  # fmt: skip
    left = shown.order[len(shown.movers) :]
    if left:
        moved_text = f"{two_digits(sum(map(shown.moved, left)), signed=True):>10}"
        lines.append(line("    ", Span(f"{plural(len(left), 'other'):<{size}}", "dim"), moved_text))
    lines.append(line("    ", f"{'this row':<{size}}", f"{number_text(last, decimals):>10}"))
    return [*lines, line(Span(f"  {_how(shown.found)}", "dim"))]


def _decimals(shown: RowContributions) -> int:
    """Two digits of the largest value, after the point as many as that takes."""
    from math import floor, log10

    largest = max([0.0, *(abs(shown.moved(j)) for j in shown.order)])
    return min(max(1 - floor(log10(largest)), 0), 12) if largest > 0.0 else 1


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
             "moved": shown.moved(j),
             "standard_error": float(found.errors[0, j, k]) if found.errors[0, j, k] >= 0 else None}
            for j in shown.order
        ],
    }  # fmt: skip
