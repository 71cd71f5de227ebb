"""What is remembered of a person's labs, as `assay labs --memory` shows, writes and takes it in."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Span, line, wrap
from assay.core.errors import DataError, UsageError, Where

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.core.array import JsonObject
    from assay.memory.lab_facts import LabFacts

NOTHING = "nothing is remembered yet: a lab adds what its moves gained when a session of it ends"
MOST_MOVES = 40


def show_memory(console: "Console", *, export: str | None = None, imported: str | None = None) -> int:
    """Show this user's memory, after taking in another file, or writing it to one. DataError where it is unreadable."""
    from assay.cli.json_documents import document
    from assay.memory.memory_store import MemoryStore, memory_file, read_memory

    file = memory_file("")
    assert file is not None
    if export is not None and imported is not None:
        raise UsageError("--export and --import are two commands.", do=("assay labs --memory --export FILE",))
    if imported is not None:
        MemoryStore(file).merge(_given(Path(imported).expanduser()))
    known = read_memory(file) if file.exists() else ()
    if export is not None and known:
        _write(Path(export).expanduser(), known)
    console.document(document("memory", None, _body(file, known) | {"written": export if known else None}))
    console.answer(memory_lines(console.out.layout, file, known, asked=export))
    return 0


def _given(path: Path) -> "tuple[LabFacts, ...]":
    """The labs of a file that is handed over; whose it is makes no difference then."""
    from assay.memory.memory_store import memory_in

    if not path.is_file():
        raise UsageError(f"There is no file {path}.", where=Where(option="--import", file=str(path)))
    return memory_in(path)


def _write(path: Path, known: "Sequence[LabFacts]") -> None:
    from assay.core.atomic_files import write_synced
    from assay.memory.memory_store import memory_text

    try:
        write_synced(path, memory_text(known).encode())
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.", where=Where(file=str(path))) from error


def _body(file: Path, known: "Sequence[LabFacts]") -> "JsonObject":
    from assay.core.codec import to_json

    labs = [
        {"kind": to_json(one.kind), "experiments": one.experiments, "moves": to_json(one.moves)} for one in known
    ]  # fmt: skip
    return {"file": str(file), "labs": list(labs)}


def memory_lines(layout: LineLayout, file: Path, known: "Sequence[LabFacts]", *, asked: str | None) -> list[Line]:
    """The labs by kind of task, then moves over all of them. asked: the file to write it to, which an empty memory is
    not."""
    from assay.cli.terminal_table import TableColumn, table

    if not known:
        said = f"{NOTHING} ({file})" + (f"; {asked} was not written, as there is nothing to export" if asked else "")
        return [line(part) for part in wrap(layout, said, indent=1)]
    kinds = [one.kind for one in known]
    labs = [
        TableColumn("task", [f"{kind.problem}, {kind.metric}" for kind in kinds], right=False, stretch=True),
        TableColumn("rows", [f"{kind.rows:,}" for kind in kinds]),
        TableColumn("numbers", [str(kind.numeric) for kind in kinds], gives=3),
        TableColumn("categories", [str(kind.category) for kind in kinds], gives=2),
        TableColumn("texts", [str(kind.text) for kind in kinds], gives=1),
        TableColumn("moves", [str(len({fact.move for fact in one.moves})) for one in known]),
    ]
    lines = [*table(layout, labs), line(), *_moves(layout, known)]
    note = f"{len(known)} {'lab' if len(known) == 1 else 'labs'} in {file}: counts and gains, no cells and no names"
    lines += [line(Span(part, "dim")) for part in wrap(layout, note, indent=1)]
    return [*lines, *([line(f" written to {asked}")] if asked else [])]


def _moves(layout: LineLayout, known: "Sequence[LabFacts]") -> list[Line]:
    from assay.cli.terminal_table import TableColumn, table
    from assay.core.figure import number_text

    tries, sums, seen = defaultdict[str, int](int), defaultdict[str, float](float), defaultdict[str, int](int)
    for fact in (fact for one in known for fact in one.moves if not fact.family):
        tries[fact.move] += fact.tries
        sums[fact.move] += fact.tries * fact.mean
        seen[fact.move] += 1
    names = sorted(tries, key=lambda name: -sums[name] / tries[name])[:MOST_MOVES]
    return table(layout, [
        TableColumn("move", names, right=False, stretch=True),
        TableColumn("mean gain in σ", [number_text(sums[name] / tries[name], 2) for name in names]),
        TableColumn("tries", [str(tries[name]) for name in names]),
        TableColumn("labs", [str(seen[name]) for name in names]),
    ])  # fmt: skip
