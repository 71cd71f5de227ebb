"""Names have one meaning: no class or file name for two things, and none with a word that the glossary rules out."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "assay"
FILES = sorted(SRC.rglob("*.py"))
GLOSSARY = ROOT / "docs" / "explanation" / "glossary.md"
PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

SAME_IN_EVERY_ROOM = {"__init__.py", "registry.py"}
"""What the interpreter asks for, and the table of what a room registers."""

FILES_WITH_RULED_OUT_WORDS = {
    "audit/audit.py",
    "audit/auditor.py",
    "audit/check_result.py",
}
"""Files with names that the glossary rules out. This list only shrinks."""


@dataclass(frozen=True)
class Names:
    """What a module defines and says. classes: names without leading underscores; words: those that its names, and its
    file's, are made of."""

    classes: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, path: Path) -> "Names":
        nodes = list(ast.walk(ast.parse(path.read_text())))
        called = {path.stem} | {name for node in nodes for name in names_of(node)}
        return cls(
            frozenset(node.name.lstrip("_") for node in nodes if isinstance(node, ast.ClassDef)),
            frozenset(part.lower() for name in called for part in PARTS.findall(name)),
        )


def names_of(node: ast.AST) -> Iterator[str]:
    """What a node calls things: classes, functions, arguments, variables, fields, modules."""
    for field in ("name", "id", "attr", "arg", "module", "asname"):
        if isinstance(name := getattr(node, field, None), str):
            yield name


@cache
def names() -> dict[Path, Names]:
    return {path: Names.of(path) for path in FILES}


def relative(path: Path) -> str:
    return str(path.relative_to(SRC))


def in_two(pairs: Iterable[tuple[str, Path]]) -> set[str]:
    """Names that stand beside two places."""
    places: dict[str, set[Path]] = defaultdict(set)
    for name, place in pairs:
        places[name].add(place)
    return {name for name, found in places.items() if len(found) > 1}


def ruled_out() -> set[str]:
    """Words of the last table of the glossary."""
    table = GLOSSARY.read_text().partition("## Words we do not use as names")[2]
    rows = re.findall(r"^\| ([a-z, ]+) \|", table, flags=re.MULTILINE)
    return {word.strip() for row in rows for word in row.split(",")} - {"not"}


def shrinks(found: set[str], known: set[str]) -> None:
    """Nothing new, and nothing on the list that is mended."""
    assert sorted(found - known) == [], "a new name that means two things, or that the glossary rules out"
    assert sorted(known - found) == [], "mended: delete these lines from the list in this file"


def test_no_class_name_means_two_things() -> None:
    pairs = ((name, path) for path, said in names().items() for name in said.classes)
    assert in_two(pairs) == set(), "name your class with the noun of its room"


def test_no_file_name_occurs_in_two_rooms() -> None:
    assert in_two((path.name, path.parent) for path in FILES) - SAME_IN_EVERY_ROOM == set()


def test_no_name_is_made_of_a_word_that_the_glossary_rules_out() -> None:
    words = ruled_out()
    assert "told" in words
    shrinks({relative(path) for path, said in names().items() if said.words & words}, FILES_WITH_RULED_OUT_WORDS)
