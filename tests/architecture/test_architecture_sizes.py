"""The caps of the style guide, checked on the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

from syntax_trees import FILES, SRC, nodes_of, tree_of

from each import each

MOST_FILE_LINES = 600
MOST_FUNCTION_LINES = 60
MOST_PARAMETERS = 6
MOST_NESTING = 4
NESTS = (ast.If, ast.For, ast.While, ast.With, ast.Try)


def relative(path: Path) -> str:
    return str(path.relative_to(SRC))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in nodes_of(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def is_surface(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """CLI commands and estimator constructors may have as many parameters as people have options."""
    is_command = path.parent.name == "cli" and not node.name.startswith("_") and "Arguments" in ast.unparse(node.args)
    return is_command or (path.name == "auto_model.py" and node.name == "__init__")


def nesting(node: ast.AST) -> int:
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child) + (isinstance(child, NESTS) and not is_elif))
    return deepest


@each("path", FILES)
def test_no_file_or_function_outgrows_its_subject(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MOST_FILE_LINES, f"{relative(path)} is more than one thing"
    for node in functions(path):
        where = f"{relative(path)}:{node.lineno} {node.name}"
        assert body_lines(node) <= MOST_FUNCTION_LINES, f"{where} does more than one thing"
        assert nesting(node) < MOST_NESTING, f"{where} nests too deep"
        count = len(node.args.args) + len(node.args.kwonlyargs) + len(node.args.posonlyargs)
        count -= bool(node.args.args) and node.args.args[0].arg in ("self", "cls")
        if not is_surface(path, node):
            assert count <= MOST_PARAMETERS, f"{where} has {count} parameters; what travels together is one value"


@each("path", FILES, ids=relative)
def test_every_public_thing_says_what_it_is_for(path: Path) -> None:
    tree = tree_of(path)
    if path.name != "__init__.py" or tree.body:
        assert ast.get_docstring(tree), f"{relative(path)} has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            trivial = isinstance(node, ast.ClassDef) and len(node.body) <= 3
            assert trivial or ast.get_docstring(node), f"{relative(path)}:{node.lineno} {node.name} has no docstring"


def is_abstract(node: ast.ClassDef) -> bool:
    """Says so: a base ABC or Protocol."""
    return any(ast.unparse(base).split("[")[0] in ("ABC", "Protocol") for base in node.bases)


def test_no_concrete_class_of_ours_is_subclassed() -> None:
    """Abstract or final; errors and warnings are a tree, and estimators follow scikit-learn's mixins."""
    trees = {path: tree_of(path) for path in FILES}
    classes = [(path, node) for path, tree in trees.items() for node in tree.body if isinstance(node, ast.ClassDef)]
    concrete = {node.name for _, node in classes if not is_abstract(node)}
    for path, node in classes:
        heirs_of = {base.id for base in node.bases if isinstance(base, ast.Name)} & concrete
        wrong = {base for base in heirs_of if not base.endswith(("Error", "Warning")) and base != "AutoModel"}
        assert not wrong, f"{relative(path)}: {node.name} inherits from {wrong}"


CLOCKS = {"monotonic", "perf_counter", "monotonic_ns", "perf_counter_ns"}
MAY_READ = {"core/clock.py", "cli/fit_commands.py"}
"""The clock itself, and where a command begins, before anything is imported."""


def test_time_is_read_from_the_clock_alone() -> None:
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in FILES
        if relative(path) not in MAY_READ
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr in CLOCKS) == ("time", True)
    ]  # fmt: skip
    assert found == []


HEAVY = {"pandas", "sklearn", "lightgbm", "xgboost", "catboost", "scipy", "pyarrow", "matplotlib", "torch", "optuna"}
AT_ONCE = {"estimator/estimator.py": {"sklearn"}, "estimator/auto_model.py": {"sklearn"}}
"""Estimators are classes of scikit-learn's, so that its base must be there."""


def imported_at_once(path: Path) -> Iterator[str]:
    """Packages that a module imports when it is loaded itself."""
    for node in tree_of(path).body:
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def test_heavy_libraries_are_imported_in_the_functions_that_need_them() -> None:
    found = {relative(path): HEAVY & set(imported_at_once(path)) for path in FILES}
    assert {name: heavy for name, heavy in found.items() if heavy} == AT_ONCE
