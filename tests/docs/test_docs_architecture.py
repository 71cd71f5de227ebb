"""The map of the house is true: every path and every name on it exists, and every room is on it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "assay"
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text()
SPANS = sorted(set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))))
DRAWN = "\n".join(re.findall(r"```(.*?)```", PAGE, flags=re.DOTALL))
TOOLS = {"lint-imports"}
GROUPS = set(re.findall(r'group="([\w.]+)"', "".join(path.read_text() for path in SRC.rglob("__init__.py"))))


@cache
def defined() -> set[str]:
    """Classes, functions, methods, fields and constants of src; methods and fields as Class.name too."""
    found: set[str] = set()
    for path in SRC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                found.add(node.name)
            if isinstance(node, ast.ClassDef):
                own = [child.name for child in node.body if isinstance(child, ast.FunctionDef)]
                own += [child.target.id for child in node.body
                        if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name)]  # fmt: skip
                found |= {*own, *(f"{node.name}.{name}" for name in own)}
    return found


def exists(span: str) -> bool:
    """Whether a code span is a path of the package or the repository, an entry-point group, or a name of src."""
    if span in TOOLS or span in GROUPS or span in defined():
        return True
    return any((base / span).exists() for base in (SRC, ROOT, ROOT / "src"))


@pytest.mark.slow
def test_every_path_and_name_of_the_map_exists() -> None:
    assert [span for span in SPANS if not exists(span)] == []


@pytest.mark.slow
def test_every_name_that_is_drawn_exists() -> None:
    rooms = {path.name for path in SRC.iterdir()}
    drawn = {word for word in re.findall(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", DRAWN) if "_" in word or word[0].isupper()}
    assert {word for word in drawn if not set(word.split(".")) <= defined() | rooms | {"worker_jobs"}} == set()


def test_every_room_has_its_line() -> None:
    rooms = {path.name for path in SRC.iterdir() if (path / "__init__.py").exists()}
    lines = set(re.findall(r"^\| (\w+) \|", PAGE, flags=re.MULTILINE)) - {"room", "what"}
    assert rooms == lines
