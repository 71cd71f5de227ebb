"""A source that a person brought, as a value: its text, its digest, and what it defines."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from assay.core.errors import CodeError, UsageError, Where
from assay.core.special_files import refuse_special
from assay.sandbox.source_check import MOST_CHARACTERS, check_source, parsed
from assay.user_code.function_contract import Shape, shape_of

DIGEST = 64
"""Hexadecimal digits of a SHA-256."""


def digest_of(text: str) -> str:
    """Its SHA-256, in hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def check_digest(what: str, digest: str) -> None:
    """UsageError where it is none; "" is a step that was not told yet."""
    if digest and (len(digest) != DIGEST or not set(digest) <= set("0123456789abcdef")):
        raise UsageError(
            f"The {what} names its source by its SHA-256, {DIGEST} hexadecimal digits, not {digest!r}.",
            do=("assay add LAB step.py  (adds a source)",),
        )  # fmt: skip


def called_in_words(what: str, name: str, digest: str, columns: tuple[str, ...] = ()) -> str:
    """A step or model that calls a source, as people read it: "code_step ratio.py 213782ca63f7 on area, price"."""
    return f"{what} {name}.py {digest[:12]}" + (f" on {', '.join(columns)}" if columns else "")


@dataclass(frozen=True)
class CodeSource:
    """name: of its file, without .py; text: as it was given."""

    name: str
    text: str

    @cached_property
    def digest(self) -> str:
        return digest_of(self.text)

    @property
    def file(self) -> str:
        """The name that errors give it."""
        return f"{self.name}.py"

    @cached_property
    def tree(self) -> ast.Module:
        """CodeError where it is no Python."""
        return parsed(self.text, self.file)

    @cached_property
    def shape(self) -> Shape:
        """CodeError where it does not fit the contract."""
        return shape_of(self.tree, self.file)

    def checked(self, *, trusted: bool = False) -> "CodeSource":
        """The same, if it may run and fits the contract; CodeError says what is wrong. trusted: it may use anything."""
        if not trusted:
            check_source(self.text, self.file)
        assert self.shape is not None  # reading it checks it
        return self

    @cached_property
    def columns(self) -> tuple[str, ...] | None:
        """The columns that it reads by name; None where it may read any, as its text does not tell.

        It tells where every use of X is `X["name"]` or `len(X)`, and nothing asks which columns there are: then the
        others need not be sent to it. CodeError where it does not fit the contract.
        """
        if "columns" in self.shape.asks.get("fit", ()):
            return None
        nodes = list(ast.walk(self.tree))
        bound = {name for node in nodes for name in _bound(node)}
        uses = [node.id for node in nodes if isinstance(node, ast.Name) and node.id in (*_LOOKS_ABOUT, "X")]
        lengths = [node for node in nodes if _is_length(node)]
        tells = "len" not in bound and "X" not in bound and len(uses) == len(self._cells) + len(lengths)
        return self.named if tells and self.named else None

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that it names as `X["name"]`, each once; it may read others."""
        return tuple(dict.fromkeys(self._cells))

    @cached_property
    def _cells(self) -> tuple[str, ...]:
        return tuple(name for node in ast.walk(self.tree) if (name := _cell_read(node)) is not None)


_LOOKS_ABOUT = ("eval", "exec", "globals", "locals", "vars", "dir")
"""Functions of Python by which trusted code may read X without a word of it."""


def _cell_read(node: ast.AST) -> str | None:
    """The column of `X["column"]`."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name) or node.value.id != "X":
        return None
    return node.slice.value if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str) else None


def _is_length(node: ast.AST) -> bool:
    """Whether it is `len(X)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "len":
        return False
    given = node.args[0] if len(node.args) == 1 and not node.keywords else None
    return isinstance(given, ast.Name) and given.id == "X"


def _bound(node: ast.AST) -> Iterator[str]:
    """Names that a part of the source gives another meaning; parameters are none of them."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).split(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name


def read_source(path: Path) -> CodeSource:
    """The source in a file. UsageError where it cannot be read, CodeError where it is longer than a source may be."""
    refuse_special(path)
    try:
        size = path.stat().st_size
        if size > 4 * MOST_CHARACTERS:
            raise CodeError(
                "code/too-long", f"{path.name} has {size:,} bytes; a source may have {MOST_CHARACTERS:,} characters.",
                where=Where(file=str(path)), do=("leave data out of it: what a function learns is its state",),
            )  # fmt: skip
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror or error}.", where=Where(file=str(path)),
            do=("assay new step NAME  (writes one to begin with)",),
        ) from error  # fmt: skip
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text, so no Python.", where=Where(file=str(path))) from error
    return CodeSource(_name_of(path), text)


def _name_of(path: Path) -> str:
    return "".join(_characters(path.stem)) or "code"


def _characters(stem: str) -> Iterator[str]:
    yield from (one if one.isalnum() or one in "_-" else "_" for one in stem[:60])
