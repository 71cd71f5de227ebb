"""The contract of functions that people bring: their names, and what each may ask for."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from assay.core.errors import CodeError, nearest_names

SAID: Mapping[str, tuple[object, ...]] = {
    "HIGHER_IS_BETTER": (True, False), "NEEDS": ("probability", "label", "value"),
}  # fmt: skip
"""What a source may say of itself in constants beside CONTRACT, the usual first."""
_UNKNOWN = object()
VERSION = 1
"""Of this contract. A source says which it was written for with `CONTRACT = 1`; without that it is this one."""
CodeKind = Literal["step", "model", "metric"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a function must ask for, and what else it may."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return ", ".join((*self.needs, *(f"[{name}]" for name in self.may)))


FUNCTIONS: Mapping[CodeKind, Mapping[str, Parameters]] = {
    "step": {
        "fit": Parameters(needs=("X",), may=("y", "columns", "seed")),
        "transform": Parameters(needs=("X",), may=("state",)),
    },
    "model": {
        "fit": Parameters(needs=("X", "y"), may=("columns", "seed", "weight", "n_classes")),
        "predict": Parameters(needs=("state", "X")),
    },
    "metric": {"score": Parameters(needs=("y", "prediction"), may=("weight",))},
}
"""By kind of source; `fit` of a step may be absent, where nothing is learned."""
_MAIN: Mapping[CodeKind, str] = {"step": "transform", "model": "predict", "metric": "score"}
_TARGETS = frozenset({"y", "target", "targets", "labels", "y_true", "y_test"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a source defines. asks: by function the names of its parameters."""

    kind: CodeKind
    asks: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, object]

    @property
    def learns(self) -> bool:
        return "fit" in self.asks

    @property
    def reads_target(self) -> bool:
        """Whether its `fit` is given the targets of its rows."""
        return "y" in self.asks.get("fit", ())


def shape_of(tree: ast.Module, name: str) -> Shape:
    """What a source defines, checked; CodeError says what is wrong, and on which line. name: of its file."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    kinds = [kind for kind, main in _MAIN.items() if main in functions]
    if len(kinds) != 1:
        raise CodeError("code/no-function", _no_kind(name, kinds, functions), do=("assay new step NAME",))
    kind = kinds[0]
    if kind == "model" and "fit" not in functions:
        line = functions["predict"].lineno
        said = f"{name}, line {line}: there is predict(state, X) and no fit(X, y), which makes the state."
        raise CodeError("code/no-function", said, line=line, do=("def fit(X, y):",))
    asks = {one: _asked(functions[one], FUNCTIONS[kind][one], name) for one in FUNCTIONS[kind] if one in functions}
    if kind == "step":
        _check_state(asks, functions, name)
    constants = _constants(tree)
    _check_contract(constants, tree, name)
    _check_said(constants, name)
    return Shape(kind=kind, asks=asks, constants=constants)


def _no_kind(name: str, kinds: list[CodeKind], functions: Mapping[str, ast.FunctionDef]) -> str:
    if kinds:
        return f"{name} has {' and '.join(_MAIN[kind] for kind in kinds)}; a file is one thing."
    there = ", ".join(functions) or "none"
    near = [close for one in functions for close in nearest_names(one, _MAIN.values(), at_most=1)]
    hint = f" Is {near[0]} meant?" if near else ""
    return f"{name} needs a function transform (a step), predict (a model) or score (a metric); it has {there}.{hint}"


def _asked(function: ast.FunctionDef, asked: Parameters, name: str) -> tuple[str, ...]:
    arguments, line = function.args, function.lineno
    where = f"{name}, line {line}: {function.name}"
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        raise CodeError("code/signature", f"{where} is called by names of arguments; leave out *, ** and /.", line=line)
    optional = {one.arg for one in arguments.args[len(arguments.args) - len(arguments.defaults) :]}
    optional |= {
        one.arg for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value is not None
    }
    given = [one.arg for one in (*arguments.args, *arguments.kwonlyargs)]
    known = (*asked.needs, *asked.may)
    for one in given:
        if one in known or one in optional:
            continue
        if one in _TARGETS and function.name in ("transform", "predict"):
            raise CodeError(
                "code/asks-for-target", f"{where} asks for {one}: what answers for rows never gets their targets.",
                line=line, do=("learn from y in fit(X, y), and keep what was learned in its state",),
            )  # fmt: skip
        raise CodeError("code/signature", f"{where} asks for {one}; it may ask for {asked.text}.", line=line)
    lacking = [one for one in asked.needs if one not in given]
    if lacking:
        raise CodeError("code/signature", f"{where} does not take {lacking[0]}; it is given {asked.text}.", line=line)
    return tuple(one for one in given if one in known)


def _check_state(asks: Mapping[str, tuple[str, ...]], functions: Mapping[str, ast.FunctionDef], name: str) -> None:
    line = functions["transform"].lineno
    if "fit" in asks and "state" not in asks["transform"]:
        raise CodeError(
            "code/signature", f"{name}, line {line}: fit makes a state, and transform does not take it.", line=line,
            do=("def transform(state, X):", "or leave fit out"),
        )  # fmt: skip
    if "fit" not in asks and "state" in asks["transform"]:
        raise CodeError(
            "code/signature", f"{name}, line {line}: transform takes a state, and there is no fit to make it.",
            line=line, do=("def fit(X, columns, seed):", "def transform(X):"),
        )  # fmt: skip


def _constants(tree: ast.Module) -> dict[str, object]:
    """Names in capitals that the source sets to a plain value."""
    found: dict[str, object] = {}
    for node in tree.body:
        name = _constant_set(node)
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        said = _UNKNOWN if value is None else _plain(value)
        if name and value is not None and (said is not _UNKNOWN or name in SAID):
            found[name] = said
    return found


def _plain(value: ast.expr) -> object:
    """What an expression is, where it is written out; else _UNKNOWN."""
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return _UNKNOWN


def _check_said(constants: Mapping[str, object], name: str) -> None:
    """CodeError where a source says something of itself that is none of what can be said."""
    for constant, known in SAID.items():
        said = constants.get(constant, known[0])
        if said not in known or isinstance(said, bool) != isinstance(known[0], bool):
            choice = " or ".join(map(repr, known))
            raise CodeError("code/signature", f"{name}: {constant} is {choice}, written as it is.")


def _constant_set(node: ast.stmt) -> str:
    """The name in capitals that a statement sets, "" where it sets none."""
    target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    if isinstance(node, ast.AnnAssign):
        target = node.target
    return target.id if isinstance(target, ast.Name) and target.id.isupper() else ""


def _check_contract(constants: Mapping[str, object], tree: ast.Module, name: str) -> None:
    meant = constants.get("CONTRACT", VERSION)
    if meant == VERSION:
        return
    line = [node.lineno for node in tree.body if _constant_set(node) == "CONTRACT"][-1]
    is_newer = isinstance(meant, int | float) and meant > VERSION
    change = f"change it as CHANGELOG.md says: CONTRACT = {VERSION}"
    raise CodeError(
        "code/contract",
        f"{name}, line {line}: it was written for contract {meant!r}; this Assay has contract {VERSION}.", line=line,
        do=("update Assay: pip install -U assay-ml" if is_newer else change,),
    )  # fmt: skip
