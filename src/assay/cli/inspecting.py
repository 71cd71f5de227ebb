"""The command that looks before anything is fitted: inspect."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.expand import option
from assay.cli.options import Output, TaskArguments
from assay.core.errors import StorageError, Where

if TYPE_CHECKING:
    from assay.core.inspection import Inspection

LEAKS = 1


def inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A table: CSV, Parquet, Excel, …, - or a database URL.")],
    task: TaskArguments,
    output: Output,
    against: Annotated[
        str | None, option("--against", metavar="FILE", help="Another table, to see how it differs.")
    ] = None,
    everything: Annotated[bool, option("--all", help="Show all columns.")] = False,
    html: Annotated[str | None, option("--html", metavar="FILE", help="Write the findings as a page.")] = None,
    force: Annotated[bool, option("--force", help="Replace that page.")] = False,
    strict: Annotated[bool, option("--strict", help="Exit with 1 where a leak is proved.")] = False,
    seed: Annotated[int, option("--seed", metavar="N", help="Root of all randomness.")] = 0,
) -> int:
    """Say what is in a file and what could go wrong.

    assay inspect bank.csv.gz --target y
    assay inspect bank.csv.gz --target y --against may.csv --html bank.html
    """
    from assay.cli.inspection import fit_command, inspection_lines
    from assay.cli.inspection_document import inspect_document
    from assay.data.read import read_table
    from assay.inspect.table import inspect_table

    console = output.console()
    page = None if html is None else _free(Path(html), force=force)
    options = task.options(seed=seed)
    raw = read_table(file, sheet=options.sheet, query=options.query, missing=options.missing, raw=options.raw)
    other = None if against is None else read_table(against, missing=options.missing, raw=options.raw)
    path = Path(file)
    found = inspect_table(raw, options, against=other, size_bytes=path.stat().st_size if path.is_file() else None)
    if page is not None:
        _write(page, found)
    console.document(inspect_document(found, (fit_command(found),)))
    console.answer(inspection_lines(console.out.layout, found, everything=everything))
    return LEAKS if strict and found.proved else 0


def _free(page: Path, *, force: bool) -> Path:
    if page.exists() and not force:
        raise StorageError(f"{page} exists already.", where=Where(option="--html"), do=(f"--html {page} --force",))
    if not page.parent.is_dir():
        raise StorageError(f"{page} cannot be written: there is no folder {page.parent}.", where=Where(option="--html"))
    return page


def _write(page: Path, found: "Inspection") -> None:
    from assay.report.inspection_page import inspection_html

    try:
        page.write_text(inspection_html(found), encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{page} cannot be written: {error.strerror or error}.", where=Where(option="--html")
        ) from error
