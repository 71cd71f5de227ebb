"""The step expression: columns computed by expressions that a person writes, as `price / nullif(area, 0)`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, cast

import numpy as np

from assay.core.array import AnyArray, Json
from assay.core.contract import NOTHING, Effort, Facts, Seeds, State, Step, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError, DataError, UsageError, Where, nearest_names
from assay.core.schema import Column, Schema
from assay.expressions.column_reading import COLUMN_KINDS, ReadColumn, without_labels
from assay.expressions.date_rules import DATE_PARTS
from assay.expressions.expression_compiler import checked_program, groups_of, program_of
from assay.expressions.expression_parser import parsed
from assay.expressions.expression_program import ExpressionProgram
from assay.expressions.expression_source import ExpressionSource
from assay.expressions.expression_tree import Tree, aggregates_of, checked_tree, columns_of, parts_of, size_of
from assay.expressions.group_values import GroupValues
from assay.expressions.written_expression import written
from assay.features import register
from assay.features.named_columns import there
from assay.features.stored_state import stored, stored_array, stored_index, stored_names

_NAME = "expression"
_LARGEST = float(np.finfo(np.float32).max)
_DAMAGED = "The bundle is damaged; save it again."


@dataclass(frozen=True, eq=False)
class FittedExpression:
    """columns: those that the trees read, in the order of columns_of; groups: of aggregates_of the trees."""

    trees: tuple[Tree, ...]
    names: tuple[str, ...]
    columns: tuple[ReadColumn, ...]
    groups: tuple[GroupValues, ...]
    program: ExpressionProgram = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "program", program_of(self.trees, self.columns, self.groups))

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        made = self.program.run(table)
        made[~(np.abs(made) <= _LARGEST)] = np.nan
        return table.with_numeric(made, self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        steps, dates = len(self.program.steps), sum(part[0] in DATE_PARTS for part in self._parts())
        calls = 20 + 3 * len(self.columns) + 2.2 * steps + 12 * dates + 3 * len(self.groups)
        return Effort(calls=calls, cells=steps)

    def _parts(self) -> frozenset[tuple[Tree, ...]]:
        """Those that are computed once each."""
        return frozenset(part for tree in self.trees for part in parts_of(tree))

    def state(self) -> State:
        columns = self.columns
        arrays: dict[str, AnyArray] = {"places": np.array([one.place for one in columns], dtype=np.int64)}
        for i, group in enumerate(self.groups):
            arrays |= {f"keys_{i}": group.keys, f"values_{i}": group.values}
        return State(_NAME, {
            "trees": [_listed(tree) for tree in self.trees], "names": list(self.names),
            "columns": [one.name for one in columns], "kinds": [one.kind for one in columns],
            "labels": [list(one.labels) for one in columns], "levels": [one.n_levels for one in columns],
            "shifts": [one.shift for one in columns], "scales": [one.scale for one in columns],
        }, arrays)  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> "FittedExpression":
        """The step of a state; BundleError for trees that are none, or do not fit the columns stored with them."""
        bodies, names = _list(state, "trees"), stored_names(state, "names")
        try:
            trees = tuple(checked_tree(body) for body in bodies)
            aggregates = aggregates_of(*trees)
            columns = _stored_columns(state)
            same = [one.name for one in columns] == [*columns_of(*trees)] and len(names) == len(trees)
            if not same or len(set(names)) < len(names):
                raise UsageError("Its trees, names and columns do not belong together.")
            groups = tuple(_stored_groups(state, i) for i in range(len(aggregates)))
            return cls(trees, names, columns, groups)
        except (UsageError, IndexError) as error:
            raise BundleError(f"The stored step {_NAME!r} holds no expressions: {error} {_DAMAGED}") from error


def _listed(tree: Tree) -> Json:
    return [_listed(part) for part in tree] if isinstance(tree, tuple) else tree


def _list(state: State, key: str) -> Sequence[Json]:
    value = stored(state, key)
    if not isinstance(value, list):
        raise BundleError(f"{key!r} of the stored step {_NAME!r} is no list. {_DAMAGED}")
    return value


def _stored_columns(state: State) -> tuple[ReadColumn, ...]:
    names, kinds, places = stored_names(state, "columns"), stored_names(state, "kinds"), stored_index(state, "places")
    labels, levels = _list(state, "labels"), _list(state, "levels")
    shifts, scales = _list(state, "shifts"), _list(state, "scales")
    fields = (kinds, places.tolist(), labels, levels, shifts, scales)
    if places.ndim != 1 or any(len(one) != len(names) for one in fields):
        raise UsageError("Its columns are not described one by one.")
    return tuple(map(_stored_column, names, kinds, places.tolist(), zip(labels, levels, shifts, scales, strict=True)))


def _stored_column(name: str, kind: str, place: int, how: tuple[Json, ...]) -> ReadColumn:
    labels, levels, shift, scale = how
    known = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    whole = isinstance(levels, int) and not isinstance(levels, bool) and levels >= 0
    scaled = all(isinstance(one, int | float) and np.isfinite(one) for one in (shift, scale))
    if kind not in COLUMN_KINDS or not (known and whole and scaled):
        raise UsageError(f"The column {name[:40]!r} is described in no way that is known.")
    texts, count = cast("list[str]", labels), cast("int", levels)
    if len(texts) not in (0, count):
        raise UsageError(f"The column {name[:40]!r} has {count} levels and {len(texts)} labels.")
    return ReadColumn(
        name=name, kind=kind, place=place, labels=tuple(texts), n_levels=count,
        shift=cast("float", shift), scale=cast("float", scale),
    )  # fmt: skip


def _stored_groups(state: State, number: int) -> GroupValues:
    keys, values = stored_index(state, f"keys_{number}"), stored_array(state, f"values_{number}")
    if keys.ndim != 1 or keys.shape != values.shape or (np.diff(keys) <= 0).any():
        raise UsageError("Its groups and their values do not belong together.")
    return GroupValues(keys, values.astype(np.float64))


# A row's own cells are all that an expression without aggregates reads, so that all folds may share what it makes; what
# an aggregate learns from held-out rows would flatter their scores. The class stands for the first, an instance with
# aggregates for the second: a step is asked what it is once it is built, with its trees.
_BY_ROW = StepTraits(readable=True, names_columns=True)
_BY_GROUP = StepTraits(readable=True, names_columns=True, fits_in_fold=True)


@register(_NAME)
@dataclass(frozen=True)
class Expression:
    """Columns computed by expressions, added on the right: `price / nullif(area, 0)`, `log1p(income) - log1p(debt)`,
    `color in ("red", "blue") and not isnull(size)`, `days(sold - built)`, `price / median(price, by=[city, kind])`.

    trees: of the expressions, as assay.expressions reads them; names: of the new columns, those expressions where none
    are given; columns: that the trees read, filled in where none are given. Numbers are read in the user's unit,
    categories and ordered levels compared with their labels; what is missing, infinite or divided by 0 goes on as in
    pandas. A result that is infinite, or too large for 32 bits, is missing in the new column. Aggregates by group are
    learned on the training rows; a group that was not there, or of rare levels, which the table does not tell apart,
    is missing, and counts 0. Put the step before those that change its columns.
    """

    trees: tuple[Tree, ...] = ()
    names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    traits: ClassVar[StepTraits] = _BY_ROW

    def __post_init__(self) -> None:
        if not isinstance(self.trees, tuple):
            raise UsageError(f"The step {_NAME!r} takes a list of trees, not {str(self.trees)[:60]!r}.")
        trees = tuple(checked_tree(tree) for tree in self.trees)
        read, names = columns_of(*trees), self.names or tuple(written(tree) for tree in trees)
        if lacking := next((tree for tree in trees if not columns_of(tree)), None):
            raise UsageError(f"The expression {written(lacking)} reads no column.")
        _check_names(names, len(trees))
        if self.columns not in ((), read):
            raise UsageError(f"The step {_NAME!r} reads the columns {', '.join(read)}, and names others.")
        for key, value in {"trees": trees, "names": names, "columns": read}.items():
            object.__setattr__(self, key, value)
        if aggregates_of(*trees):
            object.__setattr__(self, "traits", _BY_GROUP)

    @property
    def in_words(self) -> str:
        """The expressions, with the names of their columns where these are others."""
        texts = [written(tree) for tree in self.trees]
        pairs = zip(self.names, texts, strict=True)
        return f"{_NAME} " + ", ".join(text if name == text else f"{name} = {text}" for name, text in pairs)

    def knowing(self, schema: Schema) -> "InformedExpression":
        """The step, with the labels of categories and the units of numbers."""
        return InformedExpression(self, schema)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedExpression:
        return self.fitted(table, ())

    def fitted(self, table: Table, known: Iterable[Column]) -> FittedExpression:
        """What aggregates are in this table's groups. known: how columns were read."""
        schema = {column.name: column for column in known}
        columns = tuple(_found(table, name, schema) for name in self.columns)
        for name in self.names:
            if name in table.names:
                raise DataError(
                    f"The step {_NAME!r} would make a column {name!r}, and there is one of that name.",
                    where=Where(column=name, option=_NAME), do=("give the new column another name",),
                )  # fmt: skip
        try:
            read = without_labels(columns, self.trees)
            return FittedExpression(self.trees, self.names, read, groups_of(self.trees, read, table))
        except UsageError as error:
            where = Where(column=error.where.column, option=_NAME)
            raise DataError(error.message, where=where, nearest=error.nearest, do=error.do) from error

    def cost(self, facts: Facts) -> StepCost:
        """Some 20 nanoseconds a row and part, and 0.3 microseconds a row and aggregate, most of it to sort."""
        parts, groups = sum(map(size_of, self.trees)), len(aggregates_of(*self.trees))
        return StepCost(seconds=facts.n_rows * (2e-8 * parts + 3e-7 * groups), columns=len(self.trees))

    @classmethod
    def restore(cls, state: State) -> FittedExpression:
        return FittedExpression.restore(state)


def _check_names(names: Sequence[str], count: int) -> None:
    if not isinstance(names, tuple) or not all(isinstance(name, str) and name for name in names):
        raise UsageError(f"The step {_NAME!r} takes names of new columns, not {str(names)[:60]!r}.")
    if len(names) != count:
        raise UsageError(f"The step {_NAME!r} has {len(names)} names for {count} expressions.")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"The step {_NAME!r} would make two columns {twice!r}.")


def _found(table: Table, name: str, known: Mapping[str, Column]) -> ReadColumn:
    """The column, as it lies in the table; DataError where it is not there, or cannot be read."""
    there(_NAME, name, table.names)
    column = ReadColumn.of_table(table, name, known.get(name))
    if column is None:
        raise DataError(
            f"The step {_NAME!r} names the column {name!r}, which is none of numbers, categories, dates or texts.",
            where=Where(column=name, option=_NAME), do=("name other columns",),
        )  # fmt: skip
    return column


@dataclass(frozen=True)
class InformedExpression:
    """Expression that knows how columns were read."""

    step: Expression
    schema: Schema
    traits: ClassVar[StepTraits] = _BY_ROW

    def __post_init__(self) -> None:
        object.__setattr__(self, "traits", self.step.traits)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedExpression:
        return self.step.fitted(table, self.schema.columns)

    @classmethod
    def restore(cls, state: State) -> FittedExpression:
        return FittedExpression.restore(state)


def expression_step(text: str, schema: Schema, *, name: str = "") -> Step:
    """The step of one expression as a person writes it, checked against the table's columns.

    name: of the new column, the expression itself where none is given. UsageError, with the position and the part, for
    what cannot be read, or cannot be computed of these columns.
    """
    expression = parsed(text)
    columns = [read for column in schema.features if (read := ReadColumn.of_schema(column)) is not None]
    for one in columns_of(expression.tree):
        if one not in {column.name for column in columns}:
            raise _no_feature(expression.source, one, schema)
    checked_program([expression.tree], columns, expression.source, is_strict=True)
    if (name or written(expression.tree)) in schema.names:
        raise UsageError(f"The table has a column {name or written(expression.tree)!r}. Give the new one another name.")
    params: dict[str, object] = {"names": (name,)} if name else {}
    step = Step.of(_NAME, trees=(expression.tree,), columns=columns_of(expression.tree), **params)
    Expression(**dict(step.params))  # type: ignore[arg-type]  # refuses an expression of no column
    return step


def _no_feature(source: ExpressionSource, name: str, schema: Schema) -> UsageError:
    part: Tree = ("column", name)
    if name not in schema.names:
        near = nearest_names(name, [column.name for column in schema.features])
        return source.refusal(part, f"the table has no column {name!r}.", column=name, nearest=near)
    column = schema[name]
    return source.refusal(
        part, f"{name!r} is no feature that expressions read: its kind is {column.kind} ({column.reason}).", column=name
    )
