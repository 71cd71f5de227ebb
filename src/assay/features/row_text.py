"""The step row_text: a row written out as lines "column: value", for readers of texts."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar, runtime_checkable

import numpy as np

from assay.core.array import Json
from assay.core.block.columns import TextBlock
from assay.core.contract import NOTHING, Effort, Facts, Idea, Seeds, State, Step, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError, DataError, Where
from assay.core.schema import Column, Schema
from assay.core.text_model import ROW_AS_TEXT
from assay.features import register
from assay.features.named_columns import check_names, there
from assay.features.stored_state import stored, stored_mark, stored_names

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenColumn:
    """How cells of a column are written. labels: of its codes, or of the places of ordered levels; a number is stored
    as (x - shift) / scale.
    """

    name: str
    labels: tuple[str, ...] = ()
    shift: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, column: Column) -> "WrittenColumn":
        return cls(name=column.name, labels=column.levels, shift=column.shift, scale=column.scale)

    def written(self, table: Table) -> list[str]:
        """(n,) cells as a person would write them; "" for those that are missing or were never seen."""
        cells = table.column(self.name).tolist()
        if self.name in table.text_names:
            return [str(cell).strip() for cell in cells]
        if self.name in table.date_names:
            return [_day(cell) for cell in cells]
        if self.name in table.code_names or self.labels:
            return [self._label(cell) for cell in cells]
        return ["" if math.isnan(cell) else f"{cell * self.scale + self.shift:.6g}" for cell in cells]

    def _label(self, cell: float) -> str:
        """Of a code, or of a place among ordered levels; of a code whose labels nobody told its number."""
        if math.isnan(cell) or cell < 0 or (self.labels and cell >= len(self.labels)):
            return ""
        return self.labels[int(cell)] if self.labels else str(int(cell))


def _day(cell: float) -> str:
    """A date, with its time where it has one."""
    if math.isnan(cell):
        return ""
    moment = np.datetime64(round(cell * 86_400), "s")
    return str(moment.astype("datetime64[D]")) if cell == math.floor(cell) else str(moment).replace("T", " ")


@dataclass(frozen=True, slots=True, eq=False)
class FittedRowAsText:
    """columns: those written, in order; name: of the text column; keep: whether other texts stay."""

    columns: tuple[WrittenColumn, ...]
    name: str
    keep: bool

    def transform(self, table: Table) -> Table:
        if not self.columns:
            return table
        cells = [[f"{one.name}: {cell}" if cell else "" for cell in one.written(table)] for one in self.columns]
        rows = np.empty((table.n_rows, 1), dtype=object)
        rows[:, 0] = ["\n".join(filter(None, lines)) for lines in zip(*cells, strict=True)]
        if not self.keep:
            return table.with_blocks(text=TextBlock(rows, (self.name,)))
        return table.with_blocks(
            text=TextBlock(np.concatenate([table.text, rows], axis=1), (*table.text_names, self.name))
        )

    def effort(self) -> Effort:
        return Effort(calls=20 + 12 * len(self.columns)) if self.columns else NOTHING

    def state(self) -> State:
        return State("row_text", {
            "columns": [one.name for one in self.columns], "labels": [list(one.labels) for one in self.columns],
            "shifts": [one.shift for one in self.columns], "scales": [one.scale for one in self.columns],
            "name": self.name, "keep": self.keep,
        })  # fmt: skip


@runtime_checkable
class ReadsSchema(Protocol):
    """A step that must know how columns were read, to write them."""

    def knowing(self, schema: Schema) -> Self:
        """The same, told."""
        ...


def informed(step: T, schema: Schema) -> T:
    """The step, told of the schema where it asks for it."""
    return step.knowing(schema) if isinstance(step, ReadsSchema) else step


_AS_TEXT = (
    Step.of("row_text", keep=True), Step.of("tfidf", columns=(ROW_AS_TEXT,)), Step.of("text_scores"),
)  # fmt: skip


@register("row_text")
@dataclass(frozen=True)
class RowAsText:
    """The row becomes a text, "column: value" line by line: numbers, categories, dates, then texts; empty cells are
    left out. For pretrained encoders, and any step that reads texts.

    columns: by name; () for all. keep: the table's own texts stay beside it; all other columns do.
    """

    columns: tuple[str, ...] = ()
    keep: bool = False

    traits: ClassVar[StepTraits] = StepTraits(
        makes_terms=True, keeps_monotone=True, names_columns=True,
        ideas=(Idea(
            name="row_as_text", what="a score of the row read as a text", only_moves=True, is_raw=True,
            when=lambda facts: facts.n_category > 1 or facts.n_text > 0,
            trees=_AS_TEXT, distances=_AS_TEXT, applies="two columns of categories, or texts",
            prior=1.5, cost="minutes",
            why="Words of labels and texts weigh together across columns, as the same words mean the same in each.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_names("row_text", self.columns, ())

    def knowing(self, schema: Schema) -> "InformedRowAsText":
        """The step, with the labels of categories."""
        return InformedRowAsText(self, schema)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedRowAsText:
        return self.fitted(table, ())

    def fitted(self, table: Table, known: Iterable[Column]) -> FittedRowAsText:
        """Nothing is learned but which columns there are. known: how some of them were read."""
        order = (*table.numeric_names, *table.code_names, *table.date_names, *table.text_names)
        columns = tuple(there("row_text", name, order) for name in self.columns) or order
        read = {column.name: WrittenColumn.of(column) for column in known}
        if ROW_AS_TEXT in table.names:
            raise DataError(
                f'The table has a column "{ROW_AS_TEXT}", which is the name of the one that row_text makes.',
                where=Where(column=ROW_AS_TEXT), do=("rename it in the file", f'--drop "{ROW_AS_TEXT}"'),
            )  # fmt: skip
        return FittedRowAsText(
            tuple(read.get(one) or WrittenColumn(name=one) for one in columns), ROW_AS_TEXT, self.keep
        )

    def cost(self, facts: Facts) -> StepCost:
        """A microsecond a cell."""
        return StepCost(seconds=1e-6 * facts.n_rows * (len(self.columns) or facts.n_features))

    @classmethod
    def restore(cls, state: State) -> FittedRowAsText:
        names, labels = stored_names(state, "columns"), _lists(state, "labels")
        shifts, scales = ([float(str(one)) for one in _lists(state, key)] for key in ("shifts", "scales"))
        if not len(names) == len(labels) == len(shifts) == len(scales):
            raise BundleError("The columns of the stored step 'row_text' cannot be read. Save the bundle again.")
        columns = tuple(
            WrittenColumn(name=name, labels=tuple(map(str, own)), shift=shift, scale=scale)
            for name, own, shift, scale in zip(names, labels, shifts, scales, strict=True)
            if isinstance(own, list)
        )
        return FittedRowAsText(columns, str(stored(state, "name")), stored_mark(state, "keep"))


def _lists(state: State, key: str) -> Sequence[Json]:
    value = stored(state, key)
    return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class InformedRowAsText:
    """RowAsText that knows the labels of categories, and how numbers are stored."""

    step: RowAsText
    schema: Schema
    traits: ClassVar[StepTraits] = RowAsText.traits

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedRowAsText:
        return self.step.fitted(table, self.schema.columns)

    @classmethod
    def restore(cls, state: State) -> FittedRowAsText:
        return RowAsText.restore(state)
