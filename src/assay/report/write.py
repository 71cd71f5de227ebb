"""The door of the report: values in, three files out."""

from pathlib import Path

from assay.core.errors import StorageError
from assay.core.face import Brief
from assay.report.html import html
from assay.report.markdown import markdown
from assay.report.page import page
from assay.report.png import write_png
from assay.report.progress import progress


def write(brief: Brief, folder: Path) -> tuple[Path, Path, Path]:
    """Write brief.md, brief.html and progress.png into a folder, each whole or not at all; their paths in that order.

    Raises StorageError when the folder cannot be written to.
    """
    content = page(brief)
    paths = folder / "brief.md", folder / "brief.html", folder / "progress.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(paths[0], markdown(content).encode())
        _replace(paths[1], html(content, brief).encode())
        draft = folder / ".progress.png"
        write_png(progress(brief), draft)
        draft.replace(paths[2])
    except OSError as error:
        raise StorageError(f"The brief cannot be written to {folder}: {error.strerror or error}.") from error
    return paths


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_bytes(content)
    draft.replace(path)
