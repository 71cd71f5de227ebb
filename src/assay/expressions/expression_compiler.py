"""From trees to programs: every part is checked, and written as operations, equal parts once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.errors import nearest_names
from assay.core.table import Table
from assay.expressions.arithmetic_rules import ARITHMETIC, Rule, missing_at
from assay.expressions.column_reading import ReadColumn
from assay.expressions.comparison_rules import COMPARISONS
from assay.expressions.date_rules import DATES
from assay.expressions.expression_names import AGGREGATES
from assay.expressions.expression_program import ExpressionProgram, PartValue, ProgramBuilder, ValueKind, words_of
from assay.expressions.expression_source import ExpressionSource
from assay.expressions.expression_tree import Tree, aggregates_of, is_aggregate
from assay.expressions.group_values import NO_GROUPS, GroupValues, can_be_numbered, learned_groups, sizes_of

_RULES: Mapping[str, Rule] = {**ARITHMETIC, **COMPARISONS, **DATES}
_OF_DATES: Mapping[str, ValueKind] = {"mean": "date", "min": "date", "max": "date", "median": "date", "std": "days"}
"""What aggregates of dates are; others but counts are none."""
_COUNTS = ("count", "nunique")
_ANY = ExpressionSource()


def checked_program(
    trees: Sequence[Tree], columns: Sequence[ReadColumn], source: ExpressionSource, *, is_strict: bool
) -> None:
    """UsageError unless these can be computed of the columns. is_strict: labels must be levels of their column."""
    _program(trees, ProgramBuilder(columns, source, is_strict), {})


def program_of(
    trees: Sequence[Tree], columns: Sequence[ReadColumn], groups: Sequence[GroupValues]
) -> ExpressionProgram:
    """The program of trees, a result for each; UsageError where they cannot be computed. groups: see `groups_of`."""
    learned: dict[Tree, GroupValues] = dict(zip(aggregates_of(*trees), groups, strict=True))
    return _program(trees, ProgramBuilder(columns, _ANY), learned)


def groups_of(trees: Sequence[Tree], columns: Sequence[ReadColumn], table: Table) -> tuple[GroupValues, ...]:
    """What the aggregates of these are in groups of the table's rows, in the order of aggregates_of(*trees)."""
    return tuple(_learned(tree, columns, table) for tree in aggregates_of(*trees))


def _program(trees: Sequence[Tree], builder: ProgramBuilder, groups: Mapping[Tree, GroupValues]) -> ExpressionProgram:
    compiler = _ExpressionCompiler(builder, groups)
    return builder.program([builder.number(compiler.value(tree), of="a new column") for tree in trees])


def _learned(tree: tuple[Tree, ...], columns: Sequence[ReadColumn], table: Table) -> GroupValues:
    builder = ProgramBuilder(columns, _ANY)
    compiler, by = _ExpressionCompiler(builder, {}), _by(tree)
    x: Floats = np.zeros(table.n_rows)
    if len(tree) > 2:
        at = _counted_at(str(tree[0]), builder, compiler.value(tree[1]))
        x = builder.program([at]).run(table)[:, 0]
    read = [compiler.grouping(tree, name) for name in by]
    cells: list[AnyArray] = [column.cells(table, slice(None)) for column in read]
    return learned_groups(str(tree[0]), x, cells, sizes_of([column.n_levels for column in read]))


def _by(tree: tuple[Tree, ...]) -> tuple[str, ...]:
    last = tree[-1]
    return tuple(str(name) for name in last[1:]) if isinstance(last, tuple) else ()


def _counted_at(head: str, builder: ProgramBuilder, value: PartValue) -> int:
    """The register of numbers that an aggregate reads, NaN where the value is missing."""
    gap = builder.constant(np.nan)
    if head == "count":
        return builder.step(np.where, missing_at(builder, value), gap, builder.constant(0.0))
    if head == "nunique" and value.kind in ("category", "ordinal"):
        return builder.step(np.where, missing_at(builder, value), gap, value.at)
    return value.at if value.kind == "date" else builder.number(value, of=head)


@dataclass(slots=True, eq=False)
class _ExpressionCompiler:
    """groups: what aggregates are, by their trees; for checking, and inside of an aggregate, none is known."""

    builder: ProgramBuilder
    groups: Mapping[Tree, GroupValues]
    values: dict[Tree, PartValue] = field(default_factory=dict)

    def value(self, tree: Tree) -> PartValue:
        """What a part is, and the register that will hold it."""
        if tree not in self.values:
            self.values[tree] = self._written(tree)
        return self.values[tree]

    def _written(self, tree: Tree) -> PartValue:
        if isinstance(tree, str):
            return PartValue(part=tree, kind="label", constant=tree)
        if not isinstance(tree, tuple):
            number = float(tree or 0)
            return PartValue(part=tree, kind="number", at=self.builder.constant(number), constant=number)
        head = str(tree[0])
        if head == "column":
            return self._column(tree)
        if head == "missing":
            return PartValue(part=tree, kind="missing")
        if head in ("true", "false"):
            is_true = head == "true"
            return PartValue(part=tree, kind="truth", at=self.builder.constant(is_true), constant=is_true)
        if is_aggregate(tree):
            return self._aggregate(tree)
        return _RULES[head](self.builder, tree, [self.value(part) for part in tree[1:]])

    def _column(self, tree: tuple[Tree, ...]) -> PartValue:
        column = self._named(tree, str(tree[1]))
        kind: ValueKind = column.kind
        return PartValue(part=tree, kind=kind, at=self._register(column), column=column)

    def _named(self, tree: tuple[Tree, ...], name: str) -> ReadColumn:
        for column in self.builder.columns:
            if column.name == name:
                return column
        near = nearest_names(name, [column.name for column in self.builder.columns])
        raise self.builder.source.refusal(tree, f"there is no column {name!r}.", column=name, nearest=near)

    def _register(self, column: ReadColumn) -> int:
        return next(i for i, one in enumerate(self.builder.columns) if one.name == column.name)

    def grouping(self, tree: tuple[Tree, ...], name: str) -> ReadColumn:
        """The column that an aggregate is grouped by; UsageError for one of numbers, dates or texts."""
        column = self._named(tree, name)
        if not column.is_grouping:
            words = words_of(PartValue(part=tree, kind=column.kind))
            do = (f"declare it one when the table is read: --kind {name}=category",) if column.kind == "number" else ()
            says = f"by= takes categories, and {name!r} is {words}."
            raise self.builder.source.refusal(tree, says, column=name, do=do)
        return column

    def _aggregate(self, tree: tuple[Tree, ...]) -> PartValue:
        head = str(tree[0])
        kind = self._kind(head, tree[1]) if len(tree) > 2 else "number"
        read = [self.grouping(tree, name) for name in _by(tree)]
        sizes = sizes_of([column.n_levels for column in read])
        if not can_be_numbered(sizes):
            raise self.builder.source.refusal(tree, "there are too many combinations of these columns' levels.")
        groups = self.groups.get(tree, NO_GROUPS)
        if not read:
            return PartValue(part=tree, kind=kind, at=self.builder.constant(groups.of_all))
        lookup = groups.lookup(sizes, 0.0 if head == "count" else np.nan)
        return PartValue(part=tree, kind=kind, at=self.builder.step(lookup, *map(self._register, read)))

    def _kind(self, head: str, part: Tree) -> ValueKind:
        """What the aggregate of a part is; its operations are checked, and not written, as they are for learning."""
        assert head in AGGREGATES
        inner = _ExpressionCompiler(replace(self.builder, registers=[], steps=[]), {})
        value = inner.value(part)
        if value.kind == "date" and head not in (*_COUNTS, *_OF_DATES):
            raise self.builder.refusal(value, f"{head} takes numbers, and this is a date.")
        _counted_at(head, inner.builder, value)
        return _OF_DATES.get(head, "number") if value.kind == "date" else "number"
