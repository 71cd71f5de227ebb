"""Small tables that a person's functions are checked on: tiny ones, or rows of the person's own."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np

from assay.core.array import AnyArray, Codes, Floats, Singles
from assay.core.block import Block
from assay.core.block.columns import CodeBlock, DateBlock, NumericBlock
from assay.core.contract import Seeds, Table, Target
from assay.core.errors import UsageError
from assay.core.schema import Column, Schema
from assay.features import registry as steps
from assay.models import registry as models
from assay.testing.memory_view import facts_of
from assay.testing.tables import Asked, tiny_table, tiny_target

N_ROWS = 160
Cells = Sequence[object]
"""Of a column: numbers, texts, dates; None is missing."""


def rows_for(problem: Asked, rows: Mapping[str, Cells] | None, *, plain: bool = False) -> tuple[Table, Schema, Target]:
    """160 rows, how their columns are read, and a target. plain: without dates and texts, as models have tables."""
    if rows is None:
        table = tiny_table(n=N_ROWS, plain=plain)
        return table, Schema(columns=()), tiny_target(problem, table)
    table, schema = own_table(rows)
    return table, schema, tiny_target(problem, table, noise=np.inf)


def own_table(rows: Mapping[str, Cells]) -> tuple[Table, Schema]:
    """These rows over and over, in any order. UsageError where columns are of several lengths, or of no known kind."""
    lengths = {len(cells) for cells in rows.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise UsageError(f"The columns have {', '.join(map(str, sorted(lengths))) or 'no'} rows; give each as many.")
    order = Seeds(0).child("own rows").rng().permutation(N_ROWS) % lengths.pop()
    numbers: dict[str, Singles] = {}
    days: dict[str, Floats] = {}
    codes: dict[str, Codes] = {}
    columns = []
    for name, cells in rows.items():
        known = [cell for cell in cells if cell is not None]
        levels: tuple[str, ...] = ()
        if all(isinstance(cell, str) for cell in known):
            levels = tuple(dict.fromkeys(str(cell) for cell in known))
            places = [-1 if cell is None else levels.index(str(cell)) for cell in cells]
            codes[name] = np.array(places, dtype=np.int32)[order]
        elif all(isinstance(cell, date | datetime | np.datetime64) for cell in known):
            days[name] = _days(cells)[order]
        else:
            numbers[name] = _floats(name, cells).astype(np.float32)[order]
        kind = "category" if name in codes else "datetime" if name in days else "numeric"
        columns.append(Column(name=name, kind=kind, reason="given", levels=levels, n_levels=len(levels)))
    return _table(numbers, codes, days, [len(one.levels) for one in columns if one.levels]), Schema(
        columns=tuple(columns)
    )


def _table(
    numbers: Mapping[str, Singles], codes: Mapping[str, Codes], days: Mapping[str, Floats], levels: Sequence[int]
) -> Table:
    blocks: dict[str, Block] = {}
    if numbers:
        blocks["numeric"] = NumericBlock(np.stack(list(numbers.values()), axis=1), tuple(numbers))
    if codes:
        blocks["codes"] = CodeBlock(np.stack(list(codes.values()), axis=1), tuple(codes), tuple(levels))
    if days:
        blocks["dates"] = DateBlock(np.stack(list(days.values()), axis=1), tuple(days))
    return Table.of(**blocks)


def _days(cells: Cells) -> Floats:
    moments = np.array([np.datetime64("NaT", "s") if cell is None else cell for cell in cells], dtype="datetime64[s]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64) / 86_400)


def _floats(name: str, cells: Cells) -> Floats:
    try:
        return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(
            f"The column {name!r} has cells of several kinds; give numbers, texts or dates, and None for missing ones."
        ) from None


def encoded(table: Table, target: Target) -> Table:
    """The table after the steps of linear models: gaps filled, categories as columns of 0 and 1, on one scale."""
    recipe = models.get("linear").portfolio(facts_of(table, target))[0].recipe
    for step in recipe.steps:
        table = steps.build(step).fit(table, target, seeds=Seeds(0)).transform(table)
    return table


def stacked(table: Table, target: Target) -> Table:
    """The table beside made-up predictions of experiment #1, as models of a second level read them."""
    rng, n = Seeds(0).child("predictions").rng(), table.n_rows
    if target.n_classes <= 2:
        noise = rng.normal(size=n)
        near = 2.0 * target.values - 1.0 + noise if target.is_class else target.values + noise * np.std(target.values)
        return table.with_numeric(near[:, None], ("#1",))
    logs = target.one_hot() + rng.normal(size=(n, target.n_classes))
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    return table.with_numeric(logs, tuple(f"#1:{k}" for k in range(target.n_classes)))


def predictions_for(target: Target, *, labels: bool) -> AnyArray:
    """Predictions that are nearly right, as metrics get them: codes of classes; values, probabilities."""
    if labels or not target.is_class:
        return target.values
    likely = np.full((len(target), target.n_classes), 0.02) + 0.9 * target.one_hot()
    likely /= likely.sum(axis=1, keepdims=True)
    return likely[:, 1] if target.n_classes == 2 else likely
