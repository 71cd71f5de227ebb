"""Keys whose parts seem to leak the target: no model sees a key whole, but steps take it apart."""

import numpy as np

from assay.core.array import Codes, Index
from assay.core.inspection import LeakFound, UnivariateScore
from assay.core.schema import Column, Schema
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features.string_parts import StringParts
from assay.inspect.bins import Cells, of_values
from assay.inspect.column_score import univariate_score
from assay.inspect.suspicion import NEARLY_ALL, suspicion


def leaks_of_parts(
    schema: Schema, table: Table, target: Target, folds: Index, *, kept: tuple[str, ...], seeds: Seeds
) -> list[LeakFound]:
    """A suspicion for each key of which one part alone leaves nothing to learn: files numbered after they were sorted
    by the target, the target's first letter in a name. Columns in `kept` are left out.
    """
    keys = {c.name: c for c in schema.strings if c.kind == "identifier" and c.name not in kept}
    if table.strings is None or not keys:
        return []
    whole = Table.of(strings=table.strings)
    apart = StringParts(numbers=False).fit(whole, None, seeds=seeds).transform(whole)
    best: dict[str, UnivariateScore] = {}
    for part, cells in _cells(apart):
        name = part.rpartition(":")[0]
        if name in keys:
            alone = univariate_score(cells.codes, cells.n_bins, target, folds)
            best[name] = max(best.get(name, alone), alone, key=lambda one: one.value)
    return [
        suspicion(keys[name], "leak/nearly-target", _words(name, alone), alone)
        for name, alone in best.items() if alone.value >= NEARLY_ALL[alone.measure]
    ]  # fmt: skip


def _words(name: str, alone: UnivariateScore) -> str:
    reached = f"a part of {name} alone reaches {alone.measure} {alone.value:.2f}"
    return f"{reached}, out of fold: it may say what the target says"


def _cells(table: Table) -> list[tuple[str, Cells]]:
    """The parts by name, numbers and codes, in bins."""
    numbers = [
        (name, of_values(table.numeric[:, j].astype(np.float64), Column(name=name, kind="numeric", reason="")))
        for j, name in enumerate(table.numeric_names)
    ]
    codes = [
        (name, Cells(Column(name=name, kind="category", reason=""), None, _binned(table.codes[:, j], n), n + 2))
        for j, (name, n) in enumerate(zip(table.code_names, table.levels, strict=True))
    ]
    return numbers + codes


def _binned(codes: Codes, n_levels: int) -> Index:
    return np.asarray(np.where(codes < 0, n_levels + 1, codes), dtype=np.int64)
