"""Options for writing findings as a page, whose path is checked before any work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from assay.cli.option_groups import option
from assay.core.errors import StorageError, Where

_OPTION = "--html"


@dataclass(frozen=True, slots=True)
class PageArguments:
    """Where findings are shown, and how many."""

    everything: Annotated[bool, option("--all", help="Show all columns.")] = False
    html: Annotated[str | None, option("--html", metavar="FILE", help="Write the findings as a page.")] = None
    force: Annotated[bool, option("--force", help="Replace that page.")] = False

    def free(self) -> Path | None:
        """The page's path, None without one; StorageError where it cannot be written or exists."""
        if self.html is None:
            return None
        page, where = Path(self.html), Where(option=_OPTION)
        if page.exists() and not self.force:
            raise StorageError(f"{page} exists already.", where=where, do=(f"{_OPTION} {page} --force",))
        if not page.parent.is_dir():
            raise StorageError(f"{page} cannot be written: there is no folder {page.parent}.", where=where)
        return page


def write_page(page: Path, text: str) -> None:
    """StorageError where the system refuses."""
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{page} cannot be written: {error.strerror or error}.", where=Where(option=_OPTION)
        ) from error
