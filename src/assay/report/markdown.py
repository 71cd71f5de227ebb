"""The brief as Markdown."""

import re

from assay.core.safe_text import visible
from assay.report.brief_page import Code, Page, PageItem, Paragraph, RowText, Section, TableBlock, WordTable
from assay.report.word_blocks import row_markdown, words_markdown

_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])\(|(?<=!)\[")
"""Characters that begin a tag, a link target, or an image."""


def markdown(content: Page) -> str:
    """The brief as one Markdown text, ending in a newline. Of the pictures it links that of the search."""
    lines = [f"# {_text(content.title)}", "", _text(content.stamp), "", f"**{_text(content.lead)}**", ""]
    lines += [line for section in content.sections for line in _section(section, "##")]
    lines += ["## Details", ""]
    lines += [line for section in content.details for line in _section(section, "###")]
    return visible("\n".join(lines)).rstrip() + "\n"


def _section(section: Section, mark: str) -> list[str]:
    return [f"{mark} {section.title}", "", *(line for block in section.blocks for line in _block(block))]


def _text(text: str) -> str:
    """A text on one line, with Markdown characters escaped."""
    return _MARKUP.sub(r"\\\g<0>", text.replace("\n", " "))


def _block(block: PageItem) -> list[str]:
    if isinstance(block, Paragraph):
        return [_text(block.text), ""]
    if isinstance(block, Code):
        fence = "`" * (1 + max(map(len, re.findall("`{3,}", "\n".join(block.lines))), default=2))
        return [fence, *block.lines, fence, ""]
    if isinstance(block, TableBlock):
        return [*_table_block(block), ""]
    if isinstance(block, WordTable):
        return words_markdown(block.words)
    if isinstance(block, RowText):
        return row_markdown(block.row, block.target)
    if block.name == "progress":
        return [f"![{_text(block.caption)}](progress.svg)", ""]
    return [_text(block.caption), ""]


def _table_block(grid: TableBlock) -> list[str]:
    rule = "|" + "|".join(" --- " for _ in grid.header) + "|"
    return [_row(grid.header), rule, *(_row(row) for row in grid.rows)]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_text(cell).replace("|", r"\|") for cell in cells) + " |"
