"""Reading a source before it runs: a list of what it may use, by its syntax tree.

It tells a person at once what will not work, and it is one layer of several: Python cannot be made safe by reading
(see docs/explanation/sandbox.md), so that all others hold what passes here.
"""

import ast
import builtins
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

from assay.core.errors import CodeError
from assay.sandbox.allowed_names import (
    BUILTINS,
    METHODS,
    MODULES,
    OUT_OF_BOUNDS,
    PATTERNS,
    SHUT,
    SLOW_MODULES,
    SLOW_PARTS,
)
from assay.sandbox.facades import may_import

MOST_CHARACTERS = 200_000
MOST_PARTS = 50_000
_NO_PLACE: dict[type[ast.AST], str] = {
    ast.AsyncFunctionDef: "async", ast.AsyncFor: "async", ast.AsyncWith: "async", ast.Await: "await",
}  # fmt: skip
_PYTHON = frozenset(dir(builtins))
_Fault = tuple[str, str]


def parsed(source: str, name: str = "the source") -> ast.Module:
    """Its syntax tree; CodeError where it is too long, or no Python. name: of its file, for messages."""
    if len(source) > MOST_CHARACTERS:
        raise CodeError(
            "code/too-long", f"{name} has {len(source):,} characters; a source may have {MOST_CHARACTERS:,}.",
            do=("leave data out of it: what a function learns is its state",),
        )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the source: its author sees them where it runs
            tree = ast.parse(source)
    except SyntaxError as error:
        where = f"{name}, line {error.lineno}" if error.lineno else name
        raise CodeError("code/syntax", f"{where}: {error.msg}.", line=error.lineno) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise CodeError("code/syntax", f"{name} cannot be read: {error or 'it is nested too deep'}.") from error
    if sum(1 for _ in ast.walk(tree)) > MOST_PARTS:
        raise CodeError("code/too-long", f"{name} has more than {MOST_PARTS:,} parts.")
    return tree


def check_source(source: str, name: str = "the source") -> ast.Module:
    """The syntax tree of a source that may run; CodeError names the first line that may not, and why."""
    tree = parsed(source, name)
    own = set(_defined(tree))
    faults = [(getattr(node, "lineno", 0), fault) for node in ast.walk(tree) for fault in _faults(node, own)]
    if faults:
        line, (reason, what) = min(faults, key=lambda fault: fault[0])
        raise CodeError(reason, f"{name}, line {line}: {what}.", line=line, do=_advice(reason))
    twice = [one for one, count in Counter(_functions(tree)).items() if count > 1]
    if twice:
        raise CodeError("code/defined-twice", f"{name} defines {twice[0]} twice; only the last would count.")
    return tree


def slow_modules_of(tree: ast.Module) -> tuple[str, ...]:
    """The modules of large packages that it imports, each once."""
    found = {name for node in ast.walk(tree) for name in _imported(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in SLOW_MODULES:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return tuple(sorted({name for name in found if name.partition(".")[0] in SLOW_MODULES} | set(_slow_parts(tree))))


def _slow_parts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        named = [node.attr] if isinstance(node, ast.Attribute) else []
        if isinstance(node, ast.ImportFrom) and node.module == "numpy":
            named = [alias.name for alias in node.names]
        named += [name.removeprefix("numpy.") for name in _imported(node) if name.startswith("numpy.")]
        yield from (f"numpy.{name}" for name in named if name in SLOW_PARTS)


def _advice(reason: str) -> Sequence[str]:
    if reason == "code/import":
        return (f"it may import {', '.join(sorted(MODULES - {'__future__'}))}", "--trust runs your own code unchecked")
    return ("docs/howto/your-code.md says what a function may use", "--trust runs your own code unchecked")


def _functions(tree: ast.Module) -> Iterator[str]:
    yield from (node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))


def _defined(tree: ast.Module) -> Iterator[str]:
    """Every name that it gives to something itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).split(".")[0]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name


def _faults(node: ast.AST, own: set[str]) -> Iterator[_Fault]:
    """(reason, words) of what this part of the tree may not do."""
    if type(node) in _NO_PLACE:
        yield "code/statement", f"{_NO_PLACE[type(node)]} has no place in a function on arrays"
    for module in _imported(node):
        if not may_import(module):
            yield "code/import", f"it imports {module}, which is not on the list"
    if isinstance(node, ast.ImportFrom):
        yield from _from_faults(node)
    elif isinstance(node, ast.Attribute):
        yield from _attribute_faults(node.attr)
    elif isinstance(node, ast.MatchClass):
        yield from _pattern_faults(node, own)
    else:
        yield from _name_faults(node, own)


def _name_faults(node: ast.AST, own: set[str]) -> Iterator[_Fault]:
    for name in _names(node):
        if name.startswith("__") and name not in METHODS:
            yield "code/dunder", f"it uses {name}"
    if isinstance(node, ast.Name) and node.id in _PYTHON and node.id not in BUILTINS | own | METHODS:
        yield "code/builtin", f"it uses {node.id}"


def _attribute_faults(name: str) -> Iterator[_Fault]:
    if name.startswith("_") and name not in METHODS:
        yield "code/dunder", f"it uses the attribute {name}"
    if name in OUT_OF_BOUNDS:
        yield "code/attribute", f"it uses the attribute {name}"


def _pattern_faults(node: ast.MatchClass, own: set[str]) -> Iterator[_Fault]:
    for attribute in node.kwd_attrs:
        yield from _attribute_faults(attribute)
    is_known = isinstance(node.cls, ast.Name) and node.cls.id in PATTERNS - own
    if node.patterns and not is_known:
        yield "code/attribute", "it takes an object apart by position in a pattern; name the attributes"


def _from_faults(node: ast.ImportFrom) -> Iterator[_Fault]:
    for alias in node.names:
        if alias.name == "*":
            yield "code/import", "it imports everything of a module; name what it needs"
        elif node.module and f"{node.module}.{alias.name}" in SHUT:
            yield "code/import", f"it imports {node.module}.{alias.name}, which is not on the list"
        elif node.module != "__future__":
            yield from _attribute_faults(alias.name)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield "." * node.level + (node.module or "")


def _names(node: ast.AST) -> Iterator[str]:
    """Names in this part of the tree, whatever they stand for: every text in it that is no constant."""
    if isinstance(node, ast.Constant):
        return
    for _, content in ast.iter_fields(node):
        for one in content if isinstance(content, list) else (content,):
            if isinstance(one, str) and one != "__future__":
                yield one
