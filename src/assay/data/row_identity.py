"""Row identity by content alone: membership in a vault must not depend on the other rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.near_view import NearView
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.data import fingerprint
from assay.data import vectorized as vector
from assay.data.close_rows import close_units
from assay.data.comparable_cells import ComparableCells
from assay.data.kind_guess import describe
from assay.data.near_duplicates import LARGEST, contents_of, find_near_duplicates, least_of
from assay.data.numeric_kinds import looks_like_id
from assay.data.options import TaskOptions
from assay.data.row_counters import numbers_rows
from assay.data.row_groups import LARGEST_SHARE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class RowIdentity:
    """What makes rows one: that they agree in all columns but those `apart`, which number or name them or in which
    copies differ. grid: None compares cells as they are, else as those of copies (NearDuplicates.grid), measured
    columns by the spreads that they had where the rule was made, whatever rows are there now.

    reworded: columns of texts in which copies differ by a few words. There a row is told by the other rows too, as
    which texts are alike may hang on those between; in a longer table it may be another one.
    view: in which rows are copies that are near each other; a row is told by the others there, too.
    """

    apart: tuple[str, ...] = ()
    grid: float | None = None
    spreads: tuple[tuple[str, float], ...] = ()
    reworded: tuple[str, ...] = ()
    view: NearView | None = None

    def contents(self, frame: "pd.DataFrame", hashes: Mapping[str, fingerprint.Hashes]) -> fingerprint.Hashes:
        """(n,) one number for rows that are one, which follows from their cells alone. hashes: of cells, by column."""
        names = sorted(name for name in hashes if name not in self.apart)
        if not names:
            return np.zeros(len(frame), dtype=np.uint64)
        if self.view is not None:
            own = fingerprint.combined([hashes[name] for name in names])
            equal = np.unique(own, return_inverse=True)[1]
            return least_of(own, close_units(frame, self.view, equal=equal))
        if self.grid is None:
            return fingerprint.combined([hashes[name] for name in names])
        spreads = dict(self.spreads)
        return contents_of(
            [ComparableCells.of(frame[name]).with_spread(spreads.get(name)) for name in names], self.grid
        )


def row_identity(
    frame: "pd.DataFrame", options: TaskOptions, target: Target, *, hashes: Mapping[str, fingerprint.Hashes]
) -> RowIdentity:
    """The rule of row identity, as the folds use it. hashes: of the columns that may identify rows."""
    named = identifiers(frame, options, hashes=hashes)
    rest = {name: own for name, own in hashes.items() if name not in named}
    if not rest or options.refused.of_table("near-repeated-rows"):
        return RowIdentity(apart=named)
    equal = np.unique(fingerprint.combined(list(rest.values())), return_inverse=True)[1]
    copies = find_near_duplicates(frame, tuple(rest), target, equal=equal, seeds=Seeds(options.seed))
    if copies is None or not copies.sure or np.bincount(copies.units).max() > LARGEST * len(frame) + 2:
        return RowIdentity(apart=named)
    if copies.view is not None:
        return RowIdentity(apart=named, view=copies.view)
    apart = (*named, *copies.columns)
    cells = {name: ComparableCells.of(frame[name]) for name in rest if name not in apart} if copies.grid else {}
    spreads = tuple((name, one.spread) for name, one in cells.items() if one.measured)
    return RowIdentity(apart=apart, grid=copies.grid, spreads=spreads, reworded=copies.reworded)


def identifiers(
    frame: "pd.DataFrame", options: TaskOptions, *, hashes: Mapping[str, fingerprint.Hashes]
) -> tuple[str, ...]:
    """Of the columns hashed, those that number the rows, whatever their name, or name them, so that no model would
    read them: with them every row is its own, and a copy with another number passes for another row.

    () where rows without them repeat so much that a set of equal ones is above LARGEST_SHARE, so that repeating is what
    such rows do. hashes: of each column's cells.
    """
    chosen = (*options.keep, *options.kinds)
    asked = [name for name in hashes if name not in chosen and _may_name_rows(frame[name], hashes[name])]
    found = [name for name in asked if _names_rows(frame[name], options)]
    rest = [own for name, own in hashes.items() if name not in found]
    if not found or not rest:
        return ()
    sizes = np.unique(fingerprint.combined(rest), return_counts=True)[1]
    return tuple(found) if sizes.max() <= LARGEST_SHARE * len(frame) + 2 else ()


def _names_rows(series: "pd.Series", options: TaskOptions) -> bool:
    """Whether the column numbers or names the rows. A counter without a telling name, shuffled since, may be a feature
    too, as a rank is: here it only makes no row another."""
    plain = vector.plain(series)
    if vector.is_number(plain) and numbers_rows(np.asarray(plain, dtype=np.float64)):
        return True
    name = str(series.name)
    return describe(name, series, marks=options.missing, refused=options.refused).kind == "identifier"


def _may_name_rows(series: "pd.Series", hashes: fingerprint.Hashes) -> bool:
    """Whether it is worth asking: most cells differ, and they are no measured numbers."""
    if len(np.unique(hashes)) < 0.5 * len(hashes):
        return False
    if not vector.is_number(series) or looks_like_id(str(series.name)):
        return True
    values = np.asarray(series, dtype=np.float64)
    return bool((values == np.floor(values)).all())
