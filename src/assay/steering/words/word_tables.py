"""The tables of the folder data: a title a line, what belongs to it indented below, comments after #."""

from collections.abc import Iterator
from importlib.resources import files


def blocks(name: str) -> Iterator[tuple[str, list[str]]]:
    """Titles with their lines, in order; a line that is indented further goes on with the one before it."""
    title, lines = "", list[str]()
    text = (files("assay.steering.words") / "data" / f"{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            if title:
                yield title, lines
            title, lines = line.strip(), []
        elif line.startswith("        ") and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line.strip())
    yield title, lines


def alternatives(name: str) -> list[tuple[str, str]]:
    """Titles with what stands below them as the alternatives of one pattern."""
    return [(title, " | ".join(lines)) for title, lines in blocks(name)]


def word_sets(name: str) -> dict[str, frozenset[str]]:
    """Titles with the words below them."""
    return {title: frozenset(" ".join(lines).split()) for title, lines in blocks(name)}
