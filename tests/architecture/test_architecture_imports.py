"""What is imported when: the command line and the package stay light, the predictor knows no lab."""

import ast
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from syntax_trees import nodes_of

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"

HEAVY = (
    "numpy",
    "pandas",
    "scipy",
    "sklearn",
    "lightgbm",
    "xgboost",
    "catboost",
    "matplotlib",
    "pyarrow",
    "optuna",
    "torch",
    "pydantic",
)


def modules_after(code: str) -> set[str]:
    """Names of all modules a fresh interpreter has loaded after some code."""
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, check=False)
    return {line for line in done.stderr.split("\n") if line and " " not in line}


def test_import_assay_loads_no_heavy_library() -> None:
    assert not modules_after("import assay") & set(HEAVY)


def test_help_loads_no_heavy_library() -> None:
    code = "from assay.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    assert not modules_after(code) & set(HEAVY)


@pytest.mark.parametrize("layer", ["assay.lab", "assay.research", "assay.execute", "assay.ledger"])
def test_loading_a_predictor_knows_nothing_of_the_search(layer: str) -> None:
    loaded = modules_after("from assay.predictor.predictor import Predictor")
    assert not any(name == layer or name.startswith(layer + ".") for name in loaded)


def test_loading_a_predictor_needs_no_pandas_and_no_scikit_learn() -> None:
    assert not modules_after("from assay.predictor.predictor import Predictor") & {
        "pandas",
        "sklearn",
        "lightgbm",
        "catboost",
        "xgboost",
    }


IMPORT = re.compile(r"^ *from (assay[\w.]*) import (?:\(([^)]*)\)|(.+))$", re.MULTILINE)


def texts() -> Iterator[Path]:
    """Pages, tests and benchmarks: programs stand in them, as texts too, that no checker of types reads."""
    yield from (ROOT / "docs").rglob("*.md")
    yield from (ROOT / "tests").rglob("*.py")
    yield from (ROOT / "benchmarks").rglob("*.py")


@cache
def names_in(module: str) -> frozenset[str]:
    """What can be imported from a module of ours, by its text alone; none where there is no such module."""
    if module == "assay":
        return frozenset(importlib.import_module("assay").__all__)
    file = SRC.joinpath(*module.split("."))
    inside = {path.stem for path in file.glob("*")} if file.is_dir() else set()
    code = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    nodes = nodes_of(code) if code.exists() else ()
    named = {name for node in nodes for name in _bound(node)}
    return frozenset(inside | named)


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (name.asname or name.name for name in node.names)


@pytest.mark.slow
def test_programs_in_pages_tests_and_benchmarks_import_what_exists() -> None:
    gone = [
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in texts()
        for module, several, one in IMPORT.findall(path.read_text())
        for name in re.findall(r"(\w+)(?: as \w+)?", re.sub(r"#.*", "", several or one))
        if name not in names_in(module)
    ]
    assert gone == []


def imported(path: Path) -> set[Path]:
    """Files of ours that a file imports anywhere: at its top, in a function, for types alone."""
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("assay."):
            place = SRC.joinpath(*str(node.module).split("."))
            for name in node.names:
                files = (place / f"{name.name}.py", place / name.name / "__init__.py", place.with_suffix(".py"))
                found.add(next((file for file in files if file.exists()), place / "__init__.py"))
    return found


@pytest.mark.slow
def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {path: imported(path) - {path} for path in (SRC / "assay").glob("*/**/*.py")}
    assert len(graph) > 500
    list(TopologicalSorter(graph).static_order())  # CycleError names the circle
