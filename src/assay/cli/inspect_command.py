"""The command inspect, which examines a table before anything is fitted."""

from pathlib import Path
from typing import Annotated

import typer

from assay.cli.command_options import AimArguments, OutputOptions, TableArguments
from assay.cli.html_option import PageArguments, write_page
from assay.cli.option_groups import option

LEAKS = 1


def inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A table: CSV, Parquet, Excel, …, - or a database URL.")],
    table: TableArguments,
    aim: AimArguments,
    view: PageArguments,
    output: OutputOptions,
    against: Annotated[
        str | None, option("--against", metavar="FILE", help="Another table, to see how it differs.")
    ] = None,
    deep: Annotated[
        bool, option("--deep", help="Try every feature step on rows of it, too, for leaks of our own; takes longer.")
    ] = False,
    strict: Annotated[bool, option("--strict", help="Exit with code 1 if a leak is proved.")] = False,
    seed: Annotated[int, option("--seed", metavar="N", help="Random seed.")] = 0,
) -> int:
    """Report what is in a file and what could go wrong.

    assay inspect bank.csv.gz --target y
    assay inspect bank.csv.gz --target y --against may.csv --html bank.html
    """
    from assay.cli.inspection_document import inspect_document
    from assay.cli.inspection_lines import fit_command, inspection_lines
    from assay.data.read import read_table
    from assay.inspect.inspect_table import inspect_table
    from assay.report.inspection_page import inspection_html

    console = output.console()
    page = view.free()
    options = aim.options(table, seed=seed)
    raw = read_table(file, sheet=options.sheet, query=options.query, missing=options.missing, raw=options.raw)
    other = None if against is None else read_table(against, missing=options.missing, raw=options.raw)
    path = Path(file)
    size_bytes = path.stat().st_size if path.is_file() else None
    found = inspect_table(raw, options, against=other, size_bytes=size_bytes, deep=deep)
    if page is not None:
        write_page(page, inspection_html(found))
    command = fit_command(found, options)
    console.document(inspect_document(found, (command,)))
    console.answer(inspection_lines(console.out.layout, found, command, everything=view.everything))
    return LEAKS if strict and found.proved else 0
