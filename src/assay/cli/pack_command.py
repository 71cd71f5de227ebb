"""The commands pack and unpack: a lab as one file, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.command_options import LabArgument, OutputOptions
from assay.cli.line_layout import Line, Span, line
from assay.cli.option_groups import option

if TYPE_CHECKING:
    from assay.core.array import JsonObject

PackArgument = Annotated[str, typer.Argument(metavar="FILE", help="A file that assay pack wrote.")]


def pack(
    output: OutputOptions,
    lab: LabArgument = None,
    out: Annotated[
        str | None, option("--out", "-o", metavar="FILE", help="The file to write (LAB.zip here if not given).")
    ] = None,
    with_vault: Annotated[
        bool, option("--with-vault", help="With the key and labels of the vault, which let it be opened elsewhere.")
    ] = False,
    with_names: Annotated[
        bool, option("--with-names", help="Also where records name places on this machine, or who sent a message.")
    ] = False,
    force: Annotated[bool, option("--force", help="Replace what is there.")] = False,
) -> int:
    """Put a lab in one file.

    assay pack bank
    assay pack bank --out bank.zip
    """
    import shlex

    from assay.cli.json_documents import document
    from assay.cli.lab_argument import open_lab
    from assay.journal.find_labs import shown_path
    from assay.lab.pack import left_behind
    from assay.lab.pack import pack as packed
    from assay.report.phrases import count_text, name_list, size_text

    console = output.console()
    opened = open_lab(lab, console)
    opened.close()
    place = Path(out or f"{opened.name}.zip")
    manifest = packed(opened.path, place, with_vault=with_vault, with_names=with_names, force=force)
    size = place.stat().st_size
    has_vault = opened.state.vault is not None
    body: JsonObject = {
        "file": str(place), "size_bytes": size, "files": len(manifest.files), "head": manifest.head,
        "with_vault": manifest.with_vault,
    }  # fmt: skip
    console.document(document("pack", opened.name, body))
    left = "cache/ and work/" if with_vault or not has_vault else "cache/, work/ and the key of the vault"
    lines: list[Line] = [
        line(
            Span(shown_path(place), "good"),
            f"   {size_text(size)}, {count_text(len(manifest.files))} files, without {left}",
        ),
        line(Span(f"  ledger {manifest.head}", "dim")),
        line(f"  assay unpack {shlex.quote(place.name)}"),
    ]
    others = left_behind(opened.path)
    if others:
        console.say([line(f"left behind, as no files of Assay's: {name_list(others)}")])
    console.answer(lines)
    return 0


def unpack(
    file: PackArgument,
    output: OutputOptions,
    out: Annotated[
        str | None, option("--out", "-o", metavar="LAB", help="The folder to make (the lab's own name if not given).")
    ] = None,
) -> int:
    """Make a lab of a packed one.

    assay unpack bank.lab.zip
    assay unpack bank.lab.zip --out theirs.lab
    """
    import shlex

    from assay.cli.json_documents import document
    from assay.core.errors import UsageError
    from assay.journal.find_labs import short_name, shown_path
    from assay.lab.unpack import unpack as unpacked
    from assay.report.phrases import count_text

    console = output.console()
    source = Path(file)
    if not source.is_file():
        raise UsageError(f"There is no file {file}.", do=("assay pack LAB writes one",))
    place, manifest = unpacked(source, None if out is None else Path(out))
    body: JsonObject = {
        "path": str(place), "files": len(manifest.files), "head": manifest.head, "with_vault": manifest.with_vault,
    }  # fmt: skip
    console.document(document("unpack", place.name, body))
    name = shlex.quote(short_name(shown_path(place)))
    console.answer(
        [
            line(Span(shown_path(place), "good"), f"   {count_text(len(manifest.files))} files, as they were packed"),
            line(Span(f"  ledger {manifest.head}, packed with assay {manifest.assay}", "dim")),
            line(f"  assay audit {name} --head {manifest.head}"),
        ]
    )
    return 0
