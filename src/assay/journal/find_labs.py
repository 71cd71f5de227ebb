"""Finding labs: the ones in a folder, and the one that a command refers to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from assay.core.errors import LabError, nearest_names
from assay.core.task import Task
from assay.pipeline.store import TaskFolder

SUFFIX = ".lab"
LEDGER = "ledger.sqlite"


def is_lab(path: Path) -> bool:
    """Whether a folder holds a lab's ledger; false where it cannot be read or the name is no valid path."""
    try:
        return (path / LEDGER).is_file()
    except OSError:
        return False


def shown_path(path: Path) -> str:
    """A path as it would be typed from the working folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def short_name(name: str) -> str:
    """A lab as it is typed: its folder's name without `.lab`, which `find` adds."""
    return name.removesuffix(SUFFIX)


def beside(path: Path, ending: str) -> str:
    """A value of --out for another lab beside this one."""
    suffix = SUFFIX if path.name.endswith(SUFFIX) else ""
    return shown_path(path.with_name(f"{short_name(path.name)}-{ending}{suffix}"))


class UsedLabs(Protocol):
    """The labs used on this machine, as `LabList` keeps them."""

    def all(self) -> tuple[Path, ...]:
        """Those that still exist, newest first."""
        ...


def labs_in(folder: Path) -> tuple[Path, ...]:
    """Labs directly in a folder, the most recently used first."""
    found = [path for path in folder.iterdir() if path.is_dir() and is_lab(path)] if folder.is_dir() else []
    return tuple(sorted(found, key=lambda path: (path / LEDGER).stat().st_mtime, reverse=True))


def find(reference: str | None, *, cwd: Path, history: UsedLabs | None = None) -> Path:
    """The lab that a reference means: a folder, its name without .lab, `-` for the last one used, or none at all.

    Without a reference: this folder if it is a lab, the only lab in it, else the last one used. Raises LabError with
    similar names.
    """
    if reference == "-":
        return _last(history)
    if reference is None:
        here = (cwd,) if is_lab(cwd) else labs_in(cwd)
        if len(here) == 1:
            return here[0]
        if not here:
            return _last(history)
        names = [short_name(path.name) for path in here]
        raise LabError(
            f"There are {len(here)} labs in this folder: {', '.join(names[:5])}. Which one?",
            do=tuple(f"name it: {name}" for name in names[:3]),
        )
    for path in (cwd / reference, cwd / f"{reference}{SUFFIX}"):
        if is_lab(path):
            return path
    return _named(reference, cwd, history)


def is_lab_name(word: str, *, cwd: Path) -> bool:
    """Whether a word is the folder of a lab, or its name without .lab."""
    return any(is_lab(cwd / name) for name in (word, f"{word}{SUFFIX}"))


def _named(reference: str, cwd: Path, history: UsedLabs | None) -> Path:
    for path in () if history is None else history.all():
        if reference in (path.name, short_name(path.name)):
            return path
    known = [short_name(path.name) for path in labs_in(cwd)]
    near = nearest_names(reference, known)
    hint = f" Near: {', '.join(near)}." if near else f" Labs here: {', '.join(known[:5])}." if known else ""
    raise LabError(
        f"There is no lab {reference!r} here.{hint}", nearest=near,
        do=("assay labs", "assay fit FILE --target COLUMN makes one"),
    )  # fmt: skip


def _last(history: UsedLabs | None) -> Path:
    known: Sequence[Path] = () if history is None else history.all()
    if not known:
        raise LabError("No lab has been used yet.", do=("assay fit FILE --target COLUMN makes one", "assay demo"))
    return known[0]


def known_task(path: Path) -> Task | None:
    """The task of the lab at a path; None where there is none yet."""
    folder = TaskFolder(path)
    return folder.task if is_lab(path) and (folder.data / "task.json").exists() else None
