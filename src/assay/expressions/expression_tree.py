"""Trees of expressions: JSON of nested lists in one canonical form, within limits that no file can break.

A number and a text stand for themselves, everything else is a tuple that begins with what it is: ("column", "price"),
("true",), ("missing",), ("/", left, right), ("nullif", x, 0), ("in", x, "a", "b"), and an aggregate ends with the
columns that it is grouped by: ("mean", x, ("by", "city")); ("by",) for all rows.
"""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TypeAlias

from assay.core.errors import UsageError
from assay.core.recipe import Frozen
from assay.expressions.expression_names import AGGREGATES, FUNCTIONS, OPERATORS, Signature

Tree: TypeAlias = Frozen
MOST_NODES = 200
MOST_DEPTH = 50
CONSTANTS = {"true": "True", "false": "False", "missing": "None"}
"""Heads of trees that are a constant, and how it is written."""
_EXACT = 2**53
"""Whole numbers from here on are not all floats."""


def checked_tree(body: object) -> Tree:
    """The tree of that JSON, lists or tuples, in canonical form; UsageError for anything else, however it is nested."""
    tree = _checked(body, depth=1, inside="")
    if size_of(tree) > MOST_NODES:
        raise too_large()
    return tree


def too_large() -> UsageError:
    """For an expression of too many parts."""
    return UsageError(
        f"An expression has {MOST_NODES} parts at most, and this one has more.", do=("write several expressions",)
    )


def too_deep() -> UsageError:
    """For an expression of too many levels."""
    return UsageError(
        f"An expression nests {MOST_DEPTH} levels at most, and this one nests deeper.",
        do=("write long sums in brackets: (a + b) + (c + d)", "write several expressions"),
    )


def canonical_number(value: float) -> int | float:
    """Whole numbers as int, as long as every one of them is a float; UsageError for what no float holds."""
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise UsageError(f"The number {str(value)[:20]} is too large for an expression.")
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def _checked(body: object, *, depth: int, inside: str) -> Tree:
    """inside: the aggregate around it, "" for none."""
    if depth > MOST_DEPTH:
        raise too_deep()
    if isinstance(body, str):
        return body
    if isinstance(body, int | float) and not isinstance(body, bool):
        return canonical_number(body)
    if not isinstance(body, list | tuple) or not body or not isinstance(body[0], str):
        raise UsageError(f"An expression has no part like {_shown(body)}.")
    if len(body) > MOST_NODES:
        raise too_large()
    head, parts = body[0], body[1:]
    if head == "column":
        return head, *_names(parts, exactly=1)
    if head in CONSTANTS and not parts:
        return (head,)
    if head == "in":
        return head, _checked(parts[0] if parts else None, depth=depth + 1, inside=inside), *_values(parts[1:])
    if is_aggregate(body):
        return _checked_aggregate(body, depth=depth, inside=inside)
    _check_count(head, {**OPERATORS, **FUNCTIONS}.get(head), len(parts))
    own = tuple(_checked(part, depth=depth + 1, inside=inside) for part in parts)
    return negated(own[0]) if head == "neg" else (head, *own)


def negated(tree: Tree) -> Tree:
    """Its negative; of a number that number."""
    return canonical_number(-tree) if isinstance(tree, int | float) else ("neg", tree)


def _checked_aggregate(body: Sequence[object], *, depth: int, inside: str) -> Tree:
    head, parts, by = str(body[0]), body[1:-1], body[-1]
    if inside:
        raise UsageError(f"The aggregate {head} stands inside of {inside}; one aggregate cannot read another.")
    _check_count(head, AGGREGATES.get(head), len(parts))
    own = tuple(_checked(part, depth=depth + 1, inside=head) for part in parts)
    assert isinstance(by, list | tuple)
    return head, *own, ("by", *_names(by[1:]))


def is_aggregate(body: object) -> bool:
    """Whether it has the form of an aggregate: its last part says by which columns."""
    if not isinstance(body, list | tuple) or len(body) < 2 or body[0] == "column":
        return False
    last = body[-1]
    return isinstance(last, list | tuple) and bool(last) and last[0] == "by"


def _check_count(head: str, signature: Signature | None, count: int) -> None:
    """UsageError unless that function, or operator, takes so many parts."""
    if signature is None:
        raise UsageError(f"An expression has no part {_shown(head)}.")
    if count < signature.least or (signature.most is not None and count > signature.most):
        raise UsageError(f"{head} is written {signature.usage}, not with {count} {'part' if count == 1 else 'parts'}.")


def _names(parts: Sequence[object], *, exactly: int | None = None) -> tuple[str, ...]:
    names = tuple(part for part in parts if isinstance(part, str) and part)
    if len(names) < len(parts) or len(set(names)) < len(names) or exactly not in (None, len(names)):
        raise UsageError(f"An expression names columns by different texts, not by {_shown(list(parts))}.")
    return names


def _values(parts: Sequence[object]) -> tuple[Tree, ...]:
    """What stands behind `in`: numbers alone, or texts and truth values."""
    values = tuple(_checked(part, depth=MOST_DEPTH, inside="") for part in parts)
    are_numbers = [isinstance(value, int | float) for value in values]
    are_labels = [isinstance(value, str) or value in (("true",), ("false",)) for value in values]
    if not values or not (all(are_numbers) or all(are_labels)):
        raise UsageError('Behind `in` stand numbers, or texts, in brackets: color in ("red", "green").')
    return values


def _shown(body: object) -> str:
    """The beginning of a part that is none; not by repr(), which fails on what nests too deep."""
    return repr(body)[:40] if isinstance(body, str | int | float | None) else f"a {type(body).__name__}"


def size_of(tree: Tree) -> int:
    """Parts of a tree: every column, constant, operator, function and column that something is grouped by."""
    if not isinstance(tree, tuple) or tree[0] == "column":
        return 1
    return (0 if tree[0] == "by" else 1) + sum(1 if tree[0] == "by" else size_of(part) for part in tree[1:])


def parts_of(tree: Tree) -> Iterator[tuple[Tree, ...]]:
    """Every part that is a tuple, from left to right, what is around others first."""
    if isinstance(tree, tuple):
        yield tree
        for part in () if tree[0] in ("column", "by") else tree[1:]:
            yield from parts_of(part)


def columns_of(*trees: Tree) -> tuple[str, ...]:
    """Names of the columns that these read or are grouped by, each once, in the order in which they occur."""
    found = (
        str(name) for tree in trees for part in parts_of(tree) if part[0] in ("column", "by") for name in part[1:]
    )  # fmt: skip
    return tuple(dict.fromkeys(found))


def aggregates_of(*trees: Tree) -> tuple[tuple[Tree, ...], ...]:
    """The different aggregates in these, in the order in which they occur."""
    return tuple(dict.fromkeys(part for tree in trees for part in parts_of(tree) if is_aggregate(part)))
