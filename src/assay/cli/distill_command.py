"""The command distill, which makes one small model of a lab's blend."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from assay.cli.command_options import LabArgument, OutputOptions
from assay.cli.line_layout import Line, LineLayout, Span, labelled, line
from assay.cli.option_groups import option
from assay.core.errors import StorageError, Where

if TYPE_CHECKING:
    from assay.core.array import JsonObject
    from assay.lab.distil import Distilled


def distill(
    output: OutputOptions,
    lab: LabArgument = None,
    out: Annotated[
        str | None, option("--out", "-o", metavar="MODEL", help="The small model's folder (LAB-small if not given).")
    ] = None,
    force: Annotated[bool, option("--force", help="Replace what is there.")] = False,
) -> int:
    """Train one small model to imitate the blend, and measure the loss.

    assay distill bank
    assay distill bank --out bank-small
    """
    from assay.cli.json_documents import document
    from assay.cli.lab_argument import open_lab
    from assay.journal.find_labs import short_name
    from assay.lab.distil import distil

    console = output.console()
    opened = open_lab(lab, console)
    place = Path(out or f"{short_name(opened.name)}-small")
    if place.exists() and not force:
        raise StorageError(
            f"{place} exists already.", where=Where(option="--out"), do=("replace it: --force", "another --out"),
        )  # fmt: skip
    try:
        found = distil(opened, place, say=lambda text: console.say([line(Span(text, "dim"))]))
        size = opened.state.model.size_bytes if opened.state.model is not None else 0
    finally:
        opened.close()
    body: JsonObject = {
        "what": found.what, "predictor": {"path": str(found.path), "size_bytes": found.size_bytes},
        "score": found.score.as_json(), "against": found.against.as_json(),
    }  # fmt: skip
    console.document(document("distill", opened.name, body))
    console.answer(distill_lines(console.out.layout, found, blend_bytes=size))
    return 0


def distill_lines(layout: LineLayout, found: "Distilled", *, blend_bytes: int) -> list[Line]:
    """The model, its score, its loss against the blend, its size."""
    from assay.report.phrases import bracketed, size_text

    title = found.score.title or found.score.metric
    return [
        line(Span(f"{found.path} is ready", "good"), f": {found.what}"),
        *labelled(layout, "score", f"{title} {found.score.text}{bracketed(found.score.interval_text)}, out-of-fold"),
        *labelled(
            layout,
            "gains" if found.against.value > 0 else "loses",
            f"{found.against.text}{bracketed(found.against.interval_text)} against the blend",
        ),
        *labelled(layout, "model", f"{size_text(found.size_bytes)}, the blend has {size_text(blend_bytes)}"),
        line(f"  assay predict {found.path} new.csv"),
    ]
