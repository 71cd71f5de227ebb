"""The syntax trees of Assay's own files, read once for all laws."""

import ast
from functools import cache
from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "assay"
FILES = sorted(SRC.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree_of(path)))
