"""The rows of the lab around a model, known again by their content: those it learned from, and those of the vault.

Of a vault hashes are kept, by column, so that its rows are known in any order, in any file format, and beside other
columns. A row of few different cells may equal one of them by chance; as many as chance explains are passed over.
"""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.core.block.columns import CORE, ColumnBlock, columns_by_block
from assay.core.errors import LabError
from assay.core.places import places_of
from assay.core.schema import Schema
from assay.core.table import Table
from assay.data.fingerprint import Hashes, column_hashes, combined
from assay.data.row_keys import pairs
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import damaged, load_array
from assay.predictor.passport import Passport
from assay.predictor.row_reader import RowReader
from assay.predictor.truth import truth_of

if TYPE_CHECKING:
    import pandas as pd

FOLDER, FILE = "sealed", "rows.npy"
OPENED = 0
"""In place of the number of a seal: the row lies under none any more."""
NARROW = 8
"""Columns up to which 64 bits of each cell are kept; of more 32 are enough."""
KNOWN_SHARE = 0.01
"""Share of the rows, above what repeats explain, from which on they are reported as training rows."""
SURE, SURER = 3.0, 5.0
"""Standard deviations above chance from which rows are the vault's: of all rows, and of one of many slices."""
FEWEST_IN_SLICE = 10
UNSEEN = 3.0
"""Pairs of equal rows, and rows that repeat, that may be met where none were (rule of three)."""


@dataclass(frozen=True, slots=True, eq=False)
class VaultRows:
    """seals: (n,) number of the seal that each row lies under, or OPENED; target: (n,) hashes; cells: (n, p) hashes of
    the columns by `hashed_names`.
    """

    seals: Index
    target: Hashes
    cells: Hashes

    @classmethod
    def of(cls, table: Table, target: AnyArray, seals: Index, schema: Schema) -> "VaultRows":
        """Of rows that were read by the schema of a lab."""
        found, names = _cell_hashes(table), hashed_names(schema)
        kept: type[np.unsignedinteger] = np.uint64 if len(names) <= NARROW else np.uint32
        columns = [found[name].astype(kept) for name in names]
        cells = np.stack(columns, axis=1) if columns else np.empty((len(seals), 0), dtype=kept)
        return cls(seals, _hashes(target).astype(kept), cells)

    @classmethod
    def at(cls, lab: Path) -> "VaultRows | None":
        """As the lab at a path keeps them; None where it keeps none."""
        file = lab / FOLDER / FILE
        if not file.exists():
            return None
        whole = np.array(load_array(file))
        if whole.ndim != 2 or whole.shape[1] < 2:
            raise damaged(file, ValueError(f"it holds an array of the shape {whole.shape}"))
        return cls(whole[:, 0].astype(np.int64), whole[:, 1], whole[:, 2:])

    def array(self) -> AnyArray:
        """In one array, as it is stored."""
        return np.column_stack([self.seals.astype(self.cells.dtype), self.target, self.cells])


@dataclass(frozen=True)
class LabRows:
    """folder: of the lab that a model lies in."""

    folder: TaskFolder

    @classmethod
    def around(cls, model: Path) -> "LabRows | None":
        """Of the lab that holds a model's folder; None for a model elsewhere."""
        folder = TaskFolder(model.parent)
        return cls(folder) if (folder.data / "task.json").is_file() else None

    @cached_property
    def vault(self) -> VaultRows | None:
        return VaultRows.at(self.folder.path)

    def refuse_sealed(self, passport: Passport, frame: "pd.DataFrame", name: str, *, by: Sequence[str] = ()) -> None:
        """LabError where rows of a table called `name` lie in the vault, sealed for this model. by: columns by whose
        values rows are scored, each of which is a table of its own.
        """
        sealed = self._sealed(passport)
        if self.vault is None or not sealed.any():
            return
        asked = _Asked.of(self.folder.task.schema, passport, frame)
        if not asked.names:
            return
        own, keys = asked.keys(self.vault)
        is_of_vault = np.isin(keys, own[sealed])
        found = int(is_of_vault.sum())
        if not found:
            return
        chance = self._chance(asked.names, int(sealed.sum()))
        if _is_beyond(found, len(frame), chance, SURE) or _in_a_slice(is_of_vault, frame, by, chance):
            raise self._refusal(found, len(frame), name)

    def _sealed(self, passport: Passport) -> Bools:
        """(n,) rows of the vault whose figure this model was not given: all before it was certified, then those under
        seals that are whole. None for a model that learned from them: their figure tells nothing of it.
        """
        vault = self.vault
        if vault is None or self._learned_vault(passport):
            return np.zeros(0, dtype=bool)
        figure = passport.expected
        is_certified = figure is not None and figure.origin == "vault"
        return np.asarray(vault.seals != OPENED if is_certified else np.ones(len(vault.seals), dtype=bool))

    def _learned_vault(self, passport: Passport) -> bool:
        return passport.rows > self.folder.task.n_rows

    def _chance(self, names: Sequence[str], n_vault: int) -> float:
        """The share of new rows that equals a row of the vault by chance, at most: by pairs of equal rows among those
        of the search, and by the rows that repeat.
        """
        own = _cell_hashes(self.folder.table)
        keys = combined([own[name] for name in names])
        n, sizes = len(keys), np.unique(keys, return_counts=True)[1]
        by_pairs = n_vault * (pairs(keys) + UNSEEN) / max(n * (n - 1) / 2.0, 1.0)
        by_repeats = n_vault / (n_vault + n) * (float(sizes[sizes > 1].sum()) + UNSEEN) / n
        return min(by_pairs, by_repeats, 1.0)

    def _refusal(self, found: int, n_rows: int, name: str) -> LabError:
        place, rows = self.folder.path, "row is" if found == 1 else "rows are"
        return LabError(
            f"{found:,} of {n_rows:,} {rows} set aside in the vault of {place.resolve().name}, which is sealed for "
            f"this model: a score of {name} before the vault is opened would make the vault's own figure worthless.",
            do=(f"assay certify {shlex.quote(str(place))}  (opens it: the figure to quote)", "take other rows"),
        )  # fmt: skip

    def known(self, passport: Passport, frame: "pd.DataFrame", name: str) -> Iterator[str]:
        """What to know of a table's rows that the model learned from, or that were opened for it."""
        truth = truth_of(passport, frame, name)
        rows = frame.iloc[truth.rows].reset_index(drop=True)
        asked, target = _Asked.of(self.folder.task.schema, passport, rows), _hashes(truth.values)
        own = _cell_hashes(self.folder.table)
        learned = combined([*(own[one] for one in asked.names), _hashes(self.folder.target.values)])
        is_learned, is_opened = np.isin(combined([*asked.hashes, target]), learned), self._is_of_vault(asked, target)
        if self._learned_vault(passport):
            is_learned, is_opened = is_learned | is_opened, np.zeros(len(rows), dtype=bool)
        counts = np.unique(learned, return_counts=True)[1]
        least = (KNOWN_SHARE + 2.0 * float(counts[counts > 1].sum() / len(learned))) * len(rows)
        if is_learned.sum() > least:
            yield (
                f"{int(is_learned.sum()):,} of {len(rows):,} rows equal, target and all, rows that the model learned "
                "from: on these it scores too well. Score rows that it has not seen"
            )
        if is_opened.sum() > least:
            yield (
                f"{int(is_opened.sum()):,} of {len(rows):,} rows are those of the vault that was opened for this "
                "model: the figure to quote of them is the certified one, and no look at them is a fresh one"
            )

    def _is_of_vault(self, asked: "_Asked", target: Hashes) -> Bools:
        """(n,) rows that equal one of the vault, target and all."""
        if self.vault is None or not asked.names:
            return np.zeros(len(target), dtype=bool)
        own, keys = asked.keys(self.vault)
        told = self.vault.target
        return np.isin(_joined([keys, target.astype(told.dtype)]), _joined([own, told]))


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """Rows of a table: hashes of the columns that a model reads and its lab keeps of the vault, and these names."""

    schema: Schema
    names: tuple[str, ...]
    hashes: tuple[Hashes, ...]

    @classmethod
    def of(cls, schema: Schema, passport: Passport, frame: "pd.DataFrame") -> "_Asked":
        found = _cell_hashes(RowReader(passport.schema).table(frame))
        names = tuple(name for name in hashed_names(schema) if name in found)
        return cls(schema, names, tuple(found[name] for name in names))

    def keys(self, vault: VaultRows) -> tuple[Hashes, Hashes]:
        """One number for each row by these columns: of the vault's rows, and of those asked."""
        own = vault.cells[:, places_of(self.names, hashed_names(self.schema))]
        return _joined(own.T), _joined([one.astype(own.dtype) for one in self.hashes])


def hashed_names(schema: Schema) -> tuple[str, ...]:
    """The columns of which the cells of a vault's rows are kept."""
    held = columns_by_block(schema)
    return tuple(column.name for block in CORE for column in held.get(block, ()))


def _cell_hashes(table: Table) -> dict[str, Hashes]:
    """(n,) hashes of the cells of each column, as a model reads them."""
    blocks = (table.blocks[name] for name in CORE)
    columns = ((name, block.column(name)) for block in blocks if isinstance(block, ColumnBlock) for name in block.names)
    return {name: _hashes(cells) for name, cells in columns}


def _hashes(cells: AnyArray) -> Hashes:
    import pandas as pd

    return column_hashes(pd.Series(np.asarray(cells)))


def _joined(hashes: Iterable[Hashes]) -> Hashes:
    """(n,) one number for each row, of narrow hashes too."""
    return combined(one.astype(np.uint64) for one in hashes)


def _is_beyond(found: int, n_rows: int, chance: float, sure: float) -> bool:
    """Whether so many rows are more than chance has."""
    return found > n_rows * chance + sure * float(np.sqrt(n_rows * chance * (1.0 - chance)))


def _in_a_slice(is_of_vault: Bools, frame: "pd.DataFrame", by: Sequence[str], chance: float) -> bool:
    """Whether any value of a column marks rows of the vault among others."""
    for name in by:
        if name not in frame.columns:
            continue  # refused where slices are made, with the columns that there are
        codes = np.unique(frame[name].astype(str).to_numpy(), return_inverse=True)[1]
        found, sizes = np.bincount(codes[is_of_vault], minlength=int(codes.max()) + 1), np.bincount(codes)
        for n_found, size in zip(found.tolist(), sizes.tolist(), strict=True):
            if n_found >= FEWEST_IN_SLICE and _is_beyond(n_found, size, chance, SURER):
                return True
    return False
