"""assay new: a file with functions of one's own to begin with, and a test that passes."""

import keyword
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from assay.cli.command_options import OutputOptions
from assay.cli.line_layout import Line, LineLayout, Span, commands, line
from assay.cli.option_groups import option
from assay.core.errors import StorageError, UsageError, Where

Beginning = Literal["step", "model", "metric", "researcher"]
_TAKEN = frozenset({"assay", "conftest", "numpy", "pandas", "pytest", "scipy", "setup", "sklearn"})
_LONGEST = 60
Given = Annotated[str, typer.Argument(metavar="step|model|metric|researcher", help="What is to be written.")]
Named = Annotated[str, typer.Argument(metavar="NAME", help="Name of the file, without .py.")]
Folder = Annotated[
    Path | None, option("--out", "-o", metavar="FOLDER", help="Where to put the files (here if not given).")
]


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to write, and what it says."""

    path: Path
    text: str


def new(what: Given, name: Named, output: OutputOptions, out: Folder = None) -> int:
    """Write a commented file of your own code, and its test.

    assay new step ratio
    assay new metric cost --out code
    """
    from assay.cli.json_documents import document

    console = output.console()
    kind = kind_of(what)
    name = checked_name(name, kind)
    files = beginning(kind, name, Path() if out is None else out)
    write(files)
    following = _following(kind, name, files)
    console.document(document("new", None, {
        "kind": kind, "name": name, "files": [str(one.path) for one in files], "next": [text for text, _ in following],
    }))  # fmt: skip
    console.answer(_lines(console.out.layout, kind, files, following))
    return 0


def kind_of(what: str) -> Beginning:
    """UsageError for what cannot be begun so."""
    from assay.core.errors import check_known

    known: tuple[Beginning, ...] = get_args(Beginning)
    check_known(what, known, f"assay new writes no {what!r}.")
    return known[known.index(what)]


def checked_name(given: str, kind: Beginning) -> str:
    """The name of a file that Python can import, and that stands in nobody's way; UsageError for another."""
    name = given.removesuffix(".py")
    close = re.sub(r"\W+", "_", name).strip("_")[:_LONGEST] or kind
    why = _why_refused(name, kind)
    if not why:
        return name
    better = next((one for one in (close, close.lower(), f"my_{close}") if not _why_refused(one, kind)), f"my_{kind}")
    raise UsageError(f"{given!r} {why}.", do=(f"assay new {kind} {better}",))


def _why_refused(name: str, kind: Beginning) -> str:
    """What is wrong with a name, in words; "" where nothing is."""
    if not name.isidentifier():
        return "is no name in Python: letters, digits and _, not beginning with a digit"
    if keyword.iskeyword(name):
        return "is a word of Python's own"
    if len(name) > _LONGEST:
        return f"has {len(name)} characters; a name may have {_LONGEST}"
    if name in sys.stdlib_module_names or name in _TAKEN:
        return "is the name of a module, which the file would hide"
    if name.startswith(("test_", "_")):
        return "begins like a test, or like what is of no concern to others"
    if kind == "researcher":
        from assay.research import registry

        return "is a researcher that is there already" if name in registry else ""
    return ""


def beginning(kind: Beginning, name: str, folder: Path) -> tuple[NewFile, NewFile]:
    """The file and its test, as they would be written into a folder."""
    words = {"NAME": name, "CLASS": "".join(word[:1].upper() + word[1:] for word in name.split("_"))}

    def filled(template: str) -> str:
        text = resources.files("assay.cli").joinpath("templates", f"{template}.txt").read_text("utf-8")
        return re.sub(r"NAME|CLASS", lambda found: words[found[0]], text)

    return NewFile(folder / f"{name}.py", filled(kind)), NewFile(folder / f"test_{name}.py", filled(f"{kind}_test"))


def write(files: Sequence[NewFile]) -> None:
    """Write the files into their folder. StorageError, with nothing written, where one of them is there already."""
    for one in files:
        if one.path.exists() or one.path.is_symlink():
            raise StorageError(
                f"{one.path} exists already.", where=Where(file=str(one.path)), do=("another NAME", "another --out"),
            )  # fmt: skip
    try:
        for one in files:
            one.path.parent.mkdir(parents=True, exist_ok=True)
            with one.path.open("x", encoding="utf-8") as file:
                file.write(one.text)
    except OSError as error:
        raise StorageError(
            f"{one.path} cannot be written: {error.strerror or error}.", where=Where(file=str(one.path)),
            do=("another --out",),
        ) from error  # fmt: skip


def _following(kind: Beginning, name: str, files: Sequence[NewFile]) -> tuple[tuple[str, str], ...]:
    """Commands to continue with, and what they do."""
    path, test = (shlex.quote(str(one.path)) for one in files)
    checks = (f"pytest {test}", "checks it without a lab (pip install pytest)")
    if kind == "researcher":
        return ((f"pytest {test}", "runs it in a small lab (pip install pytest)"),)
    if kind == "metric":
        return (
            checks, (f"assay add LAB {path}", "gives it to a lab"),
            (f"assay leaderboard LAB --by {name}", "ranks the experiments by it"),
        )  # fmt: skip
    return checks, (f"assay add LAB {path}", "tries it on rows of a lab, and queues it")


def _lines(
    layout: LineLayout, kind: Beginning, files: Sequence[NewFile], following: Sequence[tuple[str, str]]
) -> list[Line]:
    path, test = (str(one.path) for one in files)
    return [
        line(Span(path, "good"), f" is a {kind} that works; make it yours. {test} checks it."),
        *commands(layout, following),
    ]
