"""The disk that a lab may take: what is recorded stays, the cache and the models of folds get what it leaves.

All of it together is to stay below ROOM and TABLES times the table. Designs in the cache can be made again, models of
folds fitted again; both go when they take too much, the least recently used and those of the worst recipes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from assay.core.experiment import Experiment
from assay.pipeline.nested_predictions import NESTED
from assay.pipeline.shared_design import OF_FOLD, drop_design, key_of
from assay.pipeline.store import TaskFolder

ROOM, TABLES = 10**9, 3
"""Bytes of a lab beside so many times its table. A table's bytes are those of its arrays in the lab."""
LEAST_CACHE, CACHE_TABLES = 2**28, 2
"""Most bytes of the cache: this or so many times the table, whatever is more. Some ten designs of a small table."""
LEAST_MODELS, MOST_MODELS = 2**26, 2**30
"""Most bytes of fold models, however little or much room is left. Models in use stay in any case."""


def bytes_in(folder: Path) -> int:
    """Bytes of all files below a folder; those that vanish meanwhile do not count."""
    total = 0
    for item in folder.rglob("*"):
        try:
            total += 0 if item.is_dir() else item.lstat().st_size
        except FileNotFoundError:
            continue
    return total


@dataclass
class DiskRoom:
    """cache_bytes: most bytes of the cache; recorded: bytes of the artifacts so far, to which `record` adds."""

    folder: TaskFolder
    cache_bytes: int = 0
    recorded: int = 0
    _table: int = 0
    _cached: int = 0
    """Bytes of the cache when it was last looked at."""
    _used: dict[str, None] = field(default_factory=dict)
    """Keys of designs, the latest used last."""

    def __post_init__(self) -> None:
        self._table = bytes_in(self.folder.data)
        self.cache_bytes = self.cache_bytes or max(LEAST_CACHE, CACHE_TABLES * self._table)
        self.recorded = bytes_in(self.folder.path / "artifacts")
        found = sorted(self._designs(), key=lambda path: path.lstat().st_mtime)
        self._used = {_key_in(path.name): None for path in found}

    @property
    def model_bytes(self) -> int:
        """Most bytes of fold models now: what the rest leaves."""
        ledger = self.folder.path / "ledger.sqlite"
        taken = self._table + self.recorded + self._cached + (ledger.stat().st_size if ledger.exists() else 0)
        return min(max(ROOM + TABLES * self._table - taken, LEAST_MODELS), MOST_MODELS)

    def record(self, n_bytes: int) -> None:
        """So many bytes more are recorded."""
        self.recorded += n_bytes

    def drop_designs(self, in_use: Iterable[Experiment]) -> None:
        """Drop the least recently used designs while all take too much room; in_use: experiments that need theirs.

        Whoever opens a design meanwhile, in a worker or another process, keeps it or makes it again (open_design).
        """
        needed = {key_of(self.folder, one.recipe) for one in in_use}
        for key in needed:
            self._used.pop(key, None)
            self._used[key] = None
        sizes = dict[str, int]()
        of_key = dict[str, list[str]]()
        for path in self._designs():
            key = _key_in(path.name)
            sizes[key] = sizes.get(key, 0) + bytes_in(path)
            of_key.setdefault(key, []).append(path.name)
        self._cached = min(sum(sizes.values()), self.cache_bytes)
        above = sum(sizes.values()) - self.cache_bytes
        unknown = sizes.keys() - self._used.keys()  # of experiments that ended between two looks
        for key in [*sorted(unknown), *self._used]:
            if above <= 0:
                return
            if key in sizes and key not in needed:
                for name in of_key[key]:
                    drop_design(self.folder, name)
                self._used.pop(key, None)
                above -= sizes[key]

    def _designs(self) -> list[Path]:
        """Folders of designs; what second levels were fitted on is none. A lab that is read may have no cache."""
        if not self.folder.cache.is_dir():
            return []
        places = (path for path in self.folder.cache.iterdir() if path.name[0] != "." and path.name != NESTED)
        return [path for path in places if path.is_dir()]


def _key_in(name: str) -> str:
    """The key of a recipe's design, in the name of one of its folds too."""
    return name.partition(OF_FOLD)[0]
