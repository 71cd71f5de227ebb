"""Small pieces of Markdown."""

import inspect
import re
from collections.abc import Iterable, Sequence

UNSEEN = re.compile(r" ?\((?:engine|evidence|aesthetics)\.md[^)]*\)")
"""References to the design papers, which are not part of the repository."""
MADE = "<!-- Made by docs/build.py; write in the code it is made from, then: make docs -->"


def heading(title: str, intro: str) -> str:
    """The start of a page: that it is generated, its title, what it lists."""
    return f"{MADE}\n\n# {title}\n\n{intro}\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars inside cells are escaped, so that no cell can break a row."""
    lines = [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def fenced(text: str, language: str = "text") -> str:
    """Text as it stands."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def prose(text: str | None) -> str:
    """A docstring as paragraphs; what looks like HTML or emphasis outside code is kept literal."""
    body = UNSEEN.sub("", inspect.cleandoc(text or ""))
    parts = body.split("`")
    return "`".join(part if i % 2 else re.sub(r"([<*])", r"\\\1", part) for i, part in enumerate(parts))


def first_paragraph(text: str | None) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join(prose(text).split("\n\n", maxsplit=1)[0].split())
