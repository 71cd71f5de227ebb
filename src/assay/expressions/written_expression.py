"""Trees written as a person would write them; what is written reads as the same tree."""

import re
from collections.abc import Sequence

from assay.expressions.expression_names import RESERVED
from assay.expressions.expression_tree import CONSTANTS, Tree, is_aggregate

_NAME = re.compile(r"[^\W\d]\w*")
_RANKS = {
    "or": 1, "and": 2, "not": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4, "+": 6, "-": 6,
    "*": 7, "/": 7, "//": 7, "%": 7, "neg": 8, "**": 9,
}  # fmt: skip
"""How tightly each binds, as in Python; 4 and more are no operands of comparisons, which would be chained."""
_COMPARISON, _SIGN, _POWER, _ALONE = 4, 8, 9, 10


def written(tree: Tree) -> str:
    """The expression as text, with no more brackets than it needs."""
    return _written(tree)[0]


def written_name(name: str) -> str:
    """A column's name as expressions have it, in backticks unless it is a plain word."""
    if _NAME.fullmatch(name) and name not in RESERVED:
        return name
    return "`" + name.replace("`", "``") + "`"


def written_text(text: str) -> str:
    """A text in quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _written(tree: Tree) -> tuple[str, int]:
    """(text, how tightly it binds)"""
    if isinstance(tree, str):
        return written_text(tree), _ALONE
    if not isinstance(tree, tuple):
        return str(tree), _SIGN if str(tree).startswith("-") else _ALONE
    head, parts = str(tree[0]), tree[1:]
    if head in CONSTANTS:
        return CONSTANTS[head], _ALONE
    if head == "column":
        return written_name(str(parts[0])), _ALONE
    if head == "neg":
        return "-" + _within(parts[0], _SIGN), _SIGN
    if head == "not" and isinstance(parts[0], tuple) and parts[0][0] == "in":
        return _membership(parts[0][1:], "not in"), _COMPARISON
    if head == "not":
        return "not " + _within(parts[0], _RANKS["not"]), _RANKS["not"]
    if head == "in":
        return _membership(parts, "in"), _COMPARISON
    return _between(head, parts) if head in _RANKS else (_called(tree), _ALONE)


def _within(tree: Tree, least: int) -> str:
    """In brackets where it binds less tightly than that."""
    text, rank = _written(tree)
    return text if rank >= least else f"({text})"


def _between(head: str, parts: Sequence[Tree]) -> tuple[str, int]:
    """Operators read from the left, but for powers; comparisons of comparisons need brackets on both sides."""
    rank = _RANKS[head]
    if head == "**":
        return f"{_within(parts[0], _ALONE)} ** {_within(parts[1], _SIGN)}", rank
    least = rank + 1 if rank == _COMPARISON else rank
    return f"{_within(parts[0], least)} {head} {_within(parts[1], rank + 1)}", rank


def _membership(parts: Sequence[Tree], word: str) -> str:
    return f"{_within(parts[0], _COMPARISON + 1)} {word} ({', '.join(map(written, parts[1:]))})"


def _called(tree: Sequence[Tree]) -> str:
    """A function or an aggregate; one over all rows has no by."""
    if not is_aggregate(tree):
        return f"{tree[0]}({', '.join(map(written, tree[1:]))})"
    *parts, by = tree[1:]
    names = [written_name(str(name)) for name in by[1:]] if isinstance(by, tuple) else []
    groups = [f"by={names[0]}" if len(names) == 1 else f"by=[{', '.join(names)}]"] if names else []
    return f"{tree[0]}({', '.join([*map(written, parts), *groups])})"
