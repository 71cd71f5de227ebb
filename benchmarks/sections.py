"""A page of benchmark results as sections, so that one without a new result stays as it was measured."""

import re
from dataclasses import dataclass

HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
COUNT = re.compile(r"^\| (.+?) \| (\d+) \| (\d+) \|$", re.MULTILINE)
DATE = re.compile(r"^\*(\d{4}-\d\d-\d\d), ", re.MULTILINE)
VERSIONS = "Versions: "


@dataclass(frozen=True, slots=True)
class Section:
    """A benchmark of the page. asked, kept: how many promises; text: Markdown from its heading on."""

    title: str
    asked: int
    kept: int
    text: str

    @property
    def date(self) -> str:
        """The day it was measured."""
        found = DATE.search(self.text)
        return "" if found is None else found[1]


def sections_of(page: str) -> list[Section]:
    """The sections of a page as it was written; [] of an empty one."""
    starts = list(HEADING.finditer(page))
    if not starts:
        return []
    counts = {title: (int(asked), int(kept)) for title, asked, kept in COUNT.findall(page[: starts[0].start()])}
    ends = [start.start() for start in starts[1:]] + [len(page)]
    texts = [page[start.start() : end] for start, end in zip(starts, ends, strict=True)]
    whole = [text.split(f"\n{VERSIONS}", maxsplit=1)[0].rstrip() + "\n" for text in texts]
    return [Section(start[1], *counts[start[1]], text) for start, text in zip(starts, whole, strict=True)]


def updated(before: list[Section], new: list[Section]) -> list[Section]:
    """Each new section in the place of the one of its title, unless that was measured on a later day; one that is not
    there yet follows the new one before it.
    """
    found = list(before)
    last = -1
    for section in new:
        titles = [one.title for one in found]
        if section.title in titles:
            last = titles.index(section.title)
            found[last] = section if section.date >= found[last].date else found[last]
        else:
            last = last + 1 if last >= 0 else len(found)
            found.insert(last, section)
    return found
