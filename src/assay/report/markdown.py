"""A page as Markdown."""

from assay.report.page import Block, Code, Grid, Page, Paragraph


def markdown(content: Page) -> str:
    """The brief as one Markdown text, ending in a newline. Pictures other than the first need the HTML."""
    lines = [f"# {content.title}", "", content.stamp, "", f"**{content.lead}**", ""]
    if content.origin:
        lines += [content.origin, ""]
    if content.picture is not None:
        lines += [f"![{content.picture.caption}](progress.png)", ""]
    for section in content.sections:
        lines += [f"## {section.title}", ""]
        for block in section.blocks:
            lines += _block(block)
    return "\n".join(lines).rstrip() + "\n"


def _block(block: Block) -> list[str]:
    if isinstance(block, Paragraph):
        return [block.text, ""]
    if isinstance(block, Code):
        return ["```", *block.lines, "```", ""]
    if isinstance(block, Grid):
        return [*_grid(block), ""]
    return [block.caption, ""]


def _grid(grid: Grid) -> list[str]:
    rule = "|" + "|".join(" --- " for _ in grid.header) + "|"
    return [_row(grid.header), rule, *(_row(row) for row in grid.rows)]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |"
