"""Writes the brief's files."""

from pathlib import Path

from assay.core.atomic_files import ABANDONED_SECONDS, atomic_file, sweep_unfinished
from assay.core.errors import StorageError
from assay.core.views import Brief
from assay.report.brief_names import NAMES
from assay.report.brief_page import page
from assay.report.html_page import html
from assay.report.markdown import markdown
from assay.report.progress_plot import progress
from assay.report.svg import picture


def write(brief: Brief, folder: Path) -> tuple[Path, Path, Path]:
    """Write the files of NAMES into a folder, each whole or not at all; their paths in that order.

    Raises StorageError when the folder cannot be written to.
    """
    content = page(brief)
    texts = markdown(content), html(content, brief), picture(progress(brief))
    text, shown, plot = (folder / name for name in NAMES)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, body in zip((text, shown, plot), texts, strict=True):
            sweep_unfinished(folder, path.name, least_age_seconds=ABANDONED_SECONDS)
            with atomic_file(path) as draft:
                draft.write_bytes(body.encode())
    except OSError as error:
        raise StorageError(
            f"The brief cannot be written to {folder}: {error.strerror or error}.",
            do=("write it elsewhere: assay report LAB --out FOLDER",),
        ) from error
    return text, shown, plot
