"""Terms of a formula: trees of expressions over columns, computed on arrays, and what random ones are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats
from assay.core.contract import Table
from assay.expressions.expression_tree import Tree, columns_of, parts_of
from assay.expressions.written_expression import written
from assay.models.wording import Wording, number

Cells = Mapping[str, Floats]
"""(n,) numbers of each column, by its name; of a category its codes."""
BINARY = ("+", "-", "*", "/")
UNARY = ("log", "sqrt", "abs")
_OPERATIONS: Mapping[str, Callable[..., Floats]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "log": np.log, "sqrt": np.sqrt, "abs": np.abs,
    "**": np.power,
}  # fmt: skip
MOST_LEVELS = 8
"""Categories of more levels are no part of a formula: each level is a question of its own."""


def values_of(tree: Tree, cells: Cells, n: int) -> Floats:
    """(n,) float64 of a tree; NaN or infinity where it is not defined."""
    with np.errstate(all="ignore"):
        return np.asarray(_value(tree, cells) + np.zeros(n), dtype=np.float64)


def _value(tree: Tree, cells: Cells) -> Floats | float:
    if not isinstance(tree, tuple):
        return float(tree)  # type: ignore[arg-type]  # a number: see is_formula
    if tree[0] == "column":
        return cells[str(tree[1])]
    parts = [_value(part, cells) for part in tree[1:]]
    if tree[0] == "==":
        return np.asarray(parts[0] == parts[1], dtype=np.float64)
    return _OPERATIONS[str(tree[0])](*parts)


def is_formula(tree: Tree) -> bool:
    """Whether it is made of the operations, columns and numbers of this file alone."""
    inner = [part for part in parts_of(tree) if part[0] != "column"]
    is_known = all(part[0] in _OPERATIONS or part[0] == "==" for part in inner)
    leaves = [leaf for part in inner for leaf in part[1:] if not isinstance(leaf, tuple)]
    is_number = all(isinstance(leaf, int | float) and not isinstance(leaf, bool) for leaf in leaves)
    arity = all(len(part) == (2 if part[0] in UNARY else 3) for part in inner)
    return isinstance(tree, tuple) and is_known and is_number and arity


@dataclass(frozen=True, slots=True, eq=False)
class FormulaColumns:
    """Columns that formulas read. fill: what a missing number is read as, by name; levels: of each category."""

    fill: Mapping[str, float]
    levels: Mapping[str, int]

    @classmethod
    def of(cls, table: Table) -> "FormulaColumns":
        """A missing number is read as the median; categories of many levels are left out."""
        fill = {}
        for j, name in enumerate(table.numeric_names):
            x = table.numeric[:, j]
            known = x[np.isfinite(x)]
            fill[name] = float(np.median(known)) if len(known) else 0.0
        few = zip(table.code_names, table.levels, strict=True)
        return cls(fill, {name: levels for name, levels in few if levels <= MOST_LEVELS})

    def cells(self, table: Table, wanted: Sequence[Tree] | None = None) -> Cells:
        """The cells of the columns that these trees read, of all columns by default."""
        names = [*self.fill, *self.levels] if wanted is None else columns_of(*wanted)
        return {name: self._column(table, name) for name in names}

    def _column(self, table: Table, name: str) -> Floats:
        if name in self.levels:
            return np.asarray(table.codes[:, table.code_names.index(name)], dtype=np.float64)
        x = np.asarray(table.numeric[:, table.numeric_names.index(name)], dtype=np.float64)
        return np.where(np.isfinite(x), x, self.fill[name])

    def terminals(self) -> list[Tree]:
        """Every number, and every level of a category as a question."""
        numbers: list[Tree] = [("column", name) for name in self.fill]
        asked: list[Tree] = [
            ("==", ("column", name), code) for name, levels in self.levels.items() for code in range(levels)
        ]
        return numbers + asked

    def only(self, trees: Sequence[Tree]) -> "FormulaColumns":
        """Those that these trees read."""
        used = set(columns_of(*trees))
        return FormulaColumns(
            {name: value for name, value in self.fill.items() if name in used},
            {name: n for name, n in self.levels.items() if name in used},
        )


def in_words(tree: Tree, columns: FormulaColumns, words: Wording) -> str:
    """The tree as a person writes it: levels by their names, columns in the person's own units."""
    return written(_worded(tree, columns, words))


def _worded(tree: Tree, columns: FormulaColumns, words: Wording) -> Tree:
    if not isinstance(tree, tuple):
        return float(number(float(tree))) if isinstance(tree, float) else tree
    if tree[0] == "column":
        shift, scale = words.scales.get(str(tree[1]), (0.0, 1.0))
        named: Tree = ("column", words.name(str(tree[1])))
        own: Tree = named if shift == 0.0 else ("-", named, shift)
        return own if scale == 1.0 else ("/", own, scale)
    if tree[0] == "==":
        name = str(tree[1][1])  # type: ignore[index]  # a column: see FormulaColumns.terminals
        return "==", tree[1], words.level(name, int(str(tree[2])), n_levels=columns.levels.get(name, 0))
    return tree[0], *(_worded(part, columns, words) for part in tree[1:])
