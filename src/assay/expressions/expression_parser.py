"""From the text of an expression to its tree: by Python's own parser, of which a few kinds of nodes are allowed."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from assay.core.errors import UsageError, nearest_names
from assay.expressions.expression_names import AGGREGATES, FUNCTIONS
from assay.expressions.expression_source import ExpressionSource
from assay.expressions.expression_tokens import ExpressionToken, scanned
from assay.expressions.expression_tree import (
    MOST_DEPTH,
    Tree,
    canonical_number,
    checked_tree,
    negated,
    too_deep,
)

_SIGNS: Mapping[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.And: "and", ast.Or: "or", ast.BitAnd: "and", ast.BitOr: "or",
}  # fmt: skip
_CONSTANTS: Mapping[object, Tree] = {True: ("true",), False: ("false",), None: ("missing",)}
_PANDAS = (ast.BitAnd, ast.BitOr, ast.Invert)


@dataclass(frozen=True, slots=True)
class ParsedExpression:
    """tree: of the expression; source: where its parts stand in the text, for errors that are found later."""

    tree: Tree
    source: ExpressionSource


def parse(text: str) -> Tree:
    """The tree of an expression; UsageError, with the position, for what is none."""
    return parsed(text).tree


def parsed(text: str) -> ParsedExpression:
    """The tree, and where its parts stand."""
    twin, tokens = scanned(text)
    reader = _ExpressionReader(text, tokens)
    try:
        body = ast.parse(twin.lstrip(" "), mode="eval").body
    except SyntaxError as error:
        raise reader.syntax_refusal(error, len(twin) - len(twin.lstrip(" "))) from error
    except (RecursionError, MemoryError, ValueError) as error:
        raise too_deep() from error
    reader.ahead = len(twin) - len(twin.lstrip(" "))
    tree = checked_tree(reader.read(body, 1))
    return ParsedExpression(tree, ExpressionSource(text=text, places=reader.places))


@dataclass(slots=True)
class _ExpressionReader:
    """ahead: spaces before the expression, which Python takes for an indent."""

    text: str
    tokens: Mapping[int, ExpressionToken]
    places: dict[Tree, tuple[int, int]] = field(default_factory=dict)
    ahead: int = 0

    def read(self, node: ast.expr, depth: int) -> Tree:
        """The tree of a node, which is checked so far that it cannot grow beyond all limits."""
        if depth > MOST_DEPTH:
            raise too_deep()
        rule = _RULES.get(type(node))
        if rule is None:
            raise self.refusal(node, "this is no part of an expression.")
        tree = rule(self, node, depth)
        self.places.setdefault(tree, self._span(node))
        return tree

    def refusal(self, node: ast.AST, says: str, *, nearest: Sequence[str] = ()) -> UsageError:
        """The error of a node."""
        return ExpressionSource(text=self.text).refusal_at(*self._span(node), says, nearest=nearest)

    def syntax_refusal(self, error: SyntaxError, ahead: int) -> UsageError:
        """What Python's parser does not take although each two tokens fit."""
        at = min(max((error.offset or 1) - 1 + ahead, 0), len(self.text.rstrip()) - 1)
        return ExpressionSource(text=self.text).refusal_at(
            at, len(self.text), "a value is missing here or before, or there is an operator too many."
        )

    def _span(self, node: ast.AST) -> tuple[int, int]:
        start, end = (getattr(node, name, None) or 0 for name in ("col_offset", "end_col_offset"))
        return start + self.ahead, end + self.ahead

    def token(self, node: ast.AST) -> ExpressionToken | None:
        """The name, text or number that a node is."""
        return self.tokens.get(self._span(node)[0])

    def checked(self, node: ast.AST, tree: Tree) -> Tree:
        """The tree in canonical form; an error in it is one of this node."""
        try:
            return checked_tree(tree)
        except UsageError as error:
            says = error.message[0].lower() + error.message[1:]
            raise self.refusal(node, says) from error


def _name(reader: _ExpressionReader, node: ast.expr, depth: int) -> Tree:
    token = reader.token(node)
    assert token is not None
    return "column", token.value


def _constant(reader: _ExpressionReader, node: ast.expr, depth: int) -> Tree:
    assert isinstance(node, ast.Constant)
    if node.value is None or isinstance(node.value, bool):
        return _CONSTANTS[node.value]
    token = reader.token(node)
    assert token is not None
    if token.kind == "column":
        return "column", token.value
    if token.kind == "text":
        return token.value
    try:
        return canonical_number(float(token.value.replace("_", "")))
    except UsageError as error:
        raise reader.refusal(node, "the number is too large.") from error


def _between(reader: _ExpressionReader, node: ast.expr, depth: int) -> Tree:
    assert isinstance(node, ast.BinOp)
    sign = _SIGNS.get(type(node.op))
    if sign is None:
        raise reader.refusal(node, "this is no part of an expression.")
    return sign, reader.read(node.left, depth + 1), reader.read(node.right, depth + 1)


def _before(reader: _ExpressionReader, node: ast.expr, depth: int) -> Tree:
    assert isinstance(node, ast.UnaryOp)
    part = reader.read(node.operand, depth + 1)
    if isinstance(node.op, ast.USub):
        return negated(part)
    return part if isinstance(node.op, ast.UAdd) else ("not", part)


def _joined(reader: _ExpressionReader, node: ast.expr, depth: int) -> Tree:
    """a and b and c: from the left, as a + b + c."""
    assert isinstance(node, ast.BoolOp)
    tree, *others = (reader.read(part, depth + 1) for part in node.values)
    for other in others:
        tree = (_SIGNS[type(node.op)], tree, other)
    return tree


def _compared(reader: _ExpressionReader, node: ast.expr, depth: int) -> Tree:
    """low <= x <= high is low <= x and x <= high."""
    assert isinstance(node, ast.Compare)
    for part in (node.left, *node.comparators):
        if isinstance(part, ast.BinOp | ast.UnaryOp) and isinstance(part.op, _PANDAS):
            raise reader.refusal(
                node, "&, | and ~ bind before comparisons. Write (a > 1) & (b < 2), or a > 1 and b < 2."
            )
    tree: Tree = None
    left = reader.read(node.left, depth + 1)
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, ast.In | ast.NotIn):
            found = reader.checked(node, ("in", left, *_members(reader, right, depth)))
            one: Tree = found if isinstance(op, ast.In) else ("not", found)
            following: Tree = None
        else:
            following = reader.read(right, depth + 1)
            one = (_SIGNS[type(op)], left, following)
        tree = one if tree is None else reader.checked(node, ("and", tree, one))
        left = following
    return tree


def _members(reader: _ExpressionReader, node: ast.expr, depth: int) -> tuple[Tree, ...]:
    """The values behind `in`; one alone needs no comma."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else [node]
    return tuple(reader.read(part, depth + 1) for part in parts)


def _chosen(reader: _ExpressionReader, node: ast.expr, depth: int) -> Tree:
    assert isinstance(node, ast.IfExp)
    return "if", *(reader.read(part, depth + 1) for part in (node.test, node.body, node.orelse))


def _called(reader: _ExpressionReader, node: ast.expr, depth: int) -> Tree:
    assert isinstance(node, ast.Call)
    token = reader.token(node.func)
    name = token.value.lower() if token is not None else ""
    if name not in FUNCTIONS and name not in AGGREGATES:
        shown = token.value if token is not None else ""
        near = nearest_names(shown, {*FUNCTIONS, *AGGREGATES})
        raise reader.refusal(node, f"no function is called {shown!r}.", nearest=near)
    parts = tuple(reader.read(part, depth + 1) for part in node.args)
    by = _by(reader, node, name)
    is_whole = by is None and name in AGGREGATES and (name not in FUNCTIONS or len(parts) == 1)
    groups: tuple[Tree, ...] = (("by",),) if is_whole else () if by is None else (("by", *by),)
    return reader.checked(node, (name, *parts, *groups))


def _by(reader: _ExpressionReader, node: ast.Call, name: str) -> tuple[str, ...] | None:
    """The columns of by=; None where there is none."""
    if not node.keywords:
        return None
    keyword = node.keywords[0]
    if name not in AGGREGATES:
        known = ", ".join(sorted(AGGREGATES))
        raise reader.refusal(keyword, f"{name} is not of groups, and takes no by=. Of groups are: {known}.")
    parts = keyword.value.elts if isinstance(keyword.value, ast.Tuple | ast.List) else [keyword.value]
    tokens = [reader.token(part) if isinstance(part, ast.Name | ast.Constant) else None for part in parts]
    found = dict.fromkeys(token.value for token in tokens if token is not None and token.kind != "number")
    if len(node.keywords) > 1 or None in tokens or any(token and token.kind == "number" for token in tokens):
        raise reader.refusal(keyword, "behind by= stands the name of a column, or several: by=[city, kind].")
    for token in filter(None, tokens):
        reader.places.setdefault(("column", token.value), (token.start, token.end))
    return tuple(found)


_RULES: Mapping[type[ast.AST], Callable[[_ExpressionReader, ast.expr, int], Tree]] = {
    ast.Name: _name, ast.Constant: _constant, ast.BinOp: _between, ast.UnaryOp: _before, ast.BoolOp: _joined,
    ast.Compare: _compared, ast.IfExp: _chosen, ast.Call: _called,
}  # fmt: skip
