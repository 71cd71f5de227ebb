"""The door of the report: values in, three files out."""

from pathlib import Path

from assay.core.errors import StorageError
from assay.core.face import Brief
from assay.report.html import html
from assay.report.markdown import markdown
from assay.report.page import page
from assay.report.png import write_png
from assay.report.progress import progress
from assay.report.written import NAMES


def write(brief: Brief, folder: Path) -> tuple[Path, Path, Path]:
    """Write the files of NAMES into a folder, each whole or not at all; their paths in that order.

    Raises StorageError when the folder cannot be written to.
    """
    content = page(brief)
    text, shown, plot = (folder / name for name in NAMES)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(text, markdown(content).encode())
        _replace(shown, html(content, brief).encode())
        draft = folder / ".progress.png"
        write_png(progress(brief), draft)
        draft.replace(plot)
    except OSError as error:
        raise StorageError(
            f"The brief cannot be written to {folder}: {error.strerror or error}.",
            do=("write it elsewhere: assay report LAB --out FOLDER",),
        ) from error
    return text, shown, plot


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(content)
    draft.replace(path)
