"""The result of reading: a frame with clean, distinct column names, and notices."""

import shlex
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.core.array import Index
from assay.core.task import Notice
from assay.data.zero_padded import Spelling

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class FileForm:
    """How a text file was read; "" for both of a workbook. skipped: what was left out or chosen, in words."""

    encoding: str = "utf-8"
    delimiter: str = ","
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """The name of a table in messages and, for a file, in commands that can be pasted.

    sheets: those of its workbook that were not read.
    """

    name: str
    path: str = ""
    sheets: tuple[str, ...] = ()

    def command(self, verb: str, *words: str) -> tuple[str, ...]:
        """The command on this file, or none for a table that is no file."""
        return (shlex.join(["assay", verb, self.path, *words]),) if self.path else ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RawTable:
    """Rows as read. name: for people, e.g. "bank.csv.gz"; path: as it was given, "" for no file.

    repeated: names that stood twice over different cells. form: how a text file was read.
    padded: columns of numbers with leading zeros, as they are written. sheets: of a workbook those that were not read.
    unlabelled: rows without a target, of a file of their own. rows: (n,) positions in the file where only some of its
    rows are left; None for all of them. spelled: of columns that were asked for, each cell as a text file has it.
    """

    frame: "pd.DataFrame"
    name: str
    notices: tuple[Notice, ...] = ()
    seconds: float = 0.0
    repeated: frozenset[str] = frozenset()
    form: FileForm | None = None
    path: str = ""
    padded: Mapping[str, Spelling] = field(default_factory=dict)
    sheets: tuple[str, ...] = ()
    unlabelled: "RawTable | None" = None
    spelled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Index | None = None

    def written(self, column: str) -> "Sequence[object]":
        """The cells of a column as the file has them: letter for letter where they were asked for, else as read; None
        where one is empty.
        """
        if column not in self.spelled:
            return self.frame[column].tolist()
        return [text or None for text in self.spelled[column]]

    @property
    def source(self) -> Source:
        return Source(self.name, self.path, self.sheets)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Named:
    """A frame whose column names are tidy."""

    frame: "pd.DataFrame"
    notices: tuple[Notice, ...]
    repeated: frozenset[str]


def with_tidy_names(frame: "pd.DataFrame", names: Sequence[object], *, keep_twins: bool = False) -> Named:
    """Names as text without outer spaces; empty ones are numbered; of equal columns of one name the first is kept.

    Columns that share a name over different cells become "name.2", "name.3", and are listed in `repeated`. keep_twins:
    numbers equal ones too.
    """
    stripped = [str(name).strip().lstrip("\ufeff") for name in names]
    filled = [name or f"column {j + 1}" for j, name in enumerate(stripped)]
    notices = list(_empty_notice(stripped, filled))
    taken, first = frozenset(filled), dict[str, int]()
    kept: list[int] = []
    final: list[str] = []
    seen: Counter[str] = Counter()
    repeated: set[str] = set()
    for j, name in enumerate(filled):
        if not keep_twins and name in first and _are_equal(frame.iloc[:, first[name]], frame.iloc[:, j]):
            notices.append(_twice(name, "one name twice with equal cells; the first is kept"))
            continue
        seen[name] += 1
        if name in first:
            repeated.add(name)
        first.setdefault(name, j)
        kept.append(j)
        final.append(name if seen[name] == 1 else free_name(f"{name}.{seen[name]}", taken))
    notices += [_twice(name, "one name over different cells; the later ones are numbered") for name in sorted(repeated)]
    tidy = frame if len(kept) == frame.shape[1] else frame.iloc[:, kept]
    return Named(frame=tidy.set_axis(final, axis=1), notices=tuple(notices), repeated=frozenset(repeated))


def _are_equal(one: "pd.Series", other: "pd.Series") -> bool:
    """Whether two columns hold the same cells; of cells that cannot be compared (arrays, signalling NaN) none are."""
    try:
        return bool(one.equals(other))
    except (ArithmeticError, TypeError, ValueError):
        return False


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, with plus signs until it is not taken."""
    while name in taken:
        name += "+"
    return name


def _twice(name: str, what: str) -> Notice:
    return Notice(code="data/duplicate-column", message=f"{name}: {what}", column=name,
                  do="--raw duplicate-column" if "kept" in what else "")  # fmt: skip


def _empty_notice(stripped: Sequence[str], filled: Sequence[str]) -> tuple[Notice, ...]:
    named = [new for old, new in zip(stripped, filled, strict=True) if not old]
    if not named:
        return ()
    listed = ", ".join(f'"{name}"' for name in named[:5]) + (", …" if len(named) > 5 else "")
    noun = "column without a name is" if len(named) == 1 else "columns without a name are"
    return (Notice(code="data/empty-name", message=f"{len(named)} {noun} called {listed}"),)
