"""Tokens of an expression, and its twin of the same length in plain ASCII, which Python's own parser can read.

In the twin every name, text and number is made of the same few characters, so that no name is a keyword, no text has an
escape, columns may be called anything, `if(…)` is a function, and a place in it is a place in the expression.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assay.core.errors import UsageError
from assay.expressions.expression_names import RESERVED
from assay.expressions.expression_source import ExpressionSource
from assay.expressions.expression_tree import MOST_DEPTH, too_deep

MOST_CHARACTERS = 2_000
TokenKind = Literal["space", "column", "text", "number", "name", "word", "sign"]
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<column>`(?:[^`]|``)+`(?!`))
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<sign>\*\*|//|<=|>=|==|!=|<>|&&|\|\||[-+*/%<>()\[\],=&|~^!.{}:;@?$#])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\([\\\"'])")
_CLOSED_BY = {"(": ")", "[": "]"}
_CONSTANT_WORDS = frozenset({"True", "False", "None"})
_INSTEAD = {
    "<>": "unequal is written !=.", "&&": "write `and`.", "||": "write `or`.", "^": "a power is written **.",
    "!": "write `not`, or != between two values.", ".": "a name with a dot stands in backticks: `Sepal.Length`.",
    "`": "this backtick has no second one.", '"': "this quote has no second one.", "'": "this quote has no second one.",
    "=": "two values are compared by ==.",
}  # fmt: skip
_NO_PART = "this is no part of an expression. A name with odd characters stands in backticks: `Net price (€)`."
_MISSING = {
    "is": "an operator is missing before it. Whether a value is missing says isnull(x).",
    "between": "an operator is missing before it. Write low <= x <= high.",
    **{word: f"an operator is missing before it. Write `{word.lower()}`." for word in ("AND", "OR", "NOT", "IN")},
}


@dataclass(frozen=True, slots=True)
class ExpressionToken:
    """value: what it means: a name or a text without its quotes, else as it is written. start, end: its characters."""

    kind: TokenKind
    value: str
    start: int
    end: int


@dataclass(slots=True)
class ExpressionScan:
    """tokens: names, texts and numbers by where they start. twin: the expression for ast.parse, as pieces."""

    source: ExpressionSource
    tokens: dict[int, ExpressionToken] = field(default_factory=dict)
    twin: list[str] = field(default_factory=list)
    _open: list[ExpressionToken] = field(default_factory=list)
    _before: tuple[ExpressionToken, ...] = ()

    def add(self, token: ExpressionToken) -> None:
        """The next token; UsageError where it cannot stand behind those before it."""
        if token.kind == "space":
            self.twin.append(" " * len(token.value))
            return
        if token.kind == "name" and token.value in RESERVED:
            token = self._word(token)
        self._check(token)
        if token.value in _CLOSED_BY and token.kind == "sign":
            self._open.append(token)
            if len(self._open) > MOST_DEPTH:
                raise too_deep()
        elif token.value in (")", "]") and token.kind == "sign":
            self._close(token)
        self.twin.append(_twin(token))
        if token.kind in ("column", "text", "number", "name"):
            self.tokens[token.start] = token
        self._before = (*self._before[-1:], token)

    def end(self) -> None:
        """UsageError where a bracket is still open."""
        if self._open:
            raise self._refusal(self._open[-1], "this bracket is never closed.")

    def _word(self, token: ExpressionToken) -> ExpressionToken:
        """`if` is a function where a value begins, and a word between two of them."""
        is_function = token.value == "if" and not self._has_value
        return ExpressionToken("name" if is_function else "word", token.value, token.start, token.end)

    @property
    def _has_value(self) -> bool:
        """Whether the last token ends a value, so that an operator has to follow."""
        last = self._before[-1] if self._before else None
        if last is None:
            return False
        if last.kind == "sign":
            return last.value in (")", "]")
        return last.kind != "word" or last.value in _CONSTANT_WORDS

    def _check(self, token: ExpressionToken) -> None:
        if token.kind == "sign" and token.value in _INSTEAD and not (token.value == "=" and self._is_by()):
            raise self._refusal(token, _INSTEAD[token.value])
        if token.kind == "sign" and token.value in "{}:;@?$#":
            raise self._refusal(token, _NO_PART)
        last = self._before[-1] if self._before else None
        if token.kind == "word" and last is not None and last.kind == "number" and last.end == token.start:
            raise self._refusal(token, "a space is missing before it.")  # Python would warn
        is_call = token.value == "(" and last is not None and last.kind == "name"
        begins = token.kind in ("column", "text", "number", "name") or token.value in ("(", "[", "~", *_CONSTANT_WORDS)
        if begins and not is_call and self._has_value:
            raise self._refusal(token, _MISSING.get(token.value, "an operator is missing before it."))

    def _is_by(self) -> bool:
        """Whether the tokens before are those before the = of a `by=`."""
        return len(self._before) == 2 and self._before[1].value == "by" and self._before[0].value in ("(", ",")

    def _close(self, token: ExpressionToken) -> None:
        if not self._open or _CLOSED_BY[self._open[-1].value] != token.value:
            raise self._refusal(token, "this bracket closes none.")
        self._open.pop()

    def _refusal(self, token: ExpressionToken, says: str) -> UsageError:
        return self.source.refusal_at(token.start, token.end, says)


def _twin(token: ExpressionToken) -> str:
    size = token.end - token.start
    if token.kind in ("column", "text"):
        return '"' + "x" * (size - 2) + '"'
    return {"number": "1", "name": "x"}[token.kind] * size if token.kind in ("number", "name") else token.value


def _meant(kind: str, text: str) -> str:
    if kind == "column":
        return text[1:-1].replace("``", "`")
    return _ESCAPED.sub(r"\1", text[1:-1]) if kind == "text" else text


def scanned(text: str) -> tuple[str, Mapping[int, ExpressionToken]]:
    """(the twin, names, texts and numbers by where they start); UsageError for what is no expression."""
    if len(text) > MOST_CHARACTERS:
        raise UsageError(
            f"An expression has {MOST_CHARACTERS:,} characters at most, and this one has {len(text):,}.",
            do=("write several expressions",),
        )
    scan, at = ExpressionScan(ExpressionSource(text=text)), 0
    if not text.strip():
        raise UsageError("The expression is empty.", do=("write one, as price / area",))
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise scan.source.refusal_at(at, at + 1, _INSTEAD.get(text[at], _NO_PART))
        kind: TokenKind = found.lastgroup  # type: ignore[assignment]  # the groups are named as the kinds
        scan.add(ExpressionToken(kind, _meant(kind, found[0]), at, found.end()))
        at = found.end()
    scan.end()
    return "".join(scan.twin), scan.tokens
