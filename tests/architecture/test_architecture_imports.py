"""What is imported when: the command line and the package stay light, the predictor knows no lab."""

import importlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

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


IMPORT = re.compile(r"^from (assay[\w.]*) import ([\w, ]+)$", re.MULTILINE)


TEXT = re.compile(r'"""(.*?)"""', re.DOTALL)


def programs() -> Iterator[tuple[str, str]]:
    """(where, text) of the programs that stand in pages, and as texts in tests: nothing else reads their imports."""
    for page in (ROOT / "docs").rglob("*.md"):
        yield str(page.relative_to(ROOT)), page.read_text()
    for file in (ROOT / "tests").rglob("*.py"):
        for text in TEXT.findall(file.read_text()):
            yield str(file.relative_to(ROOT)), text


def test_programs_in_pages_and_texts_import_what_exists() -> None:
    gone = [
        f"{where}: {module}.{name.strip()}"
        for where, text in programs()
        for module, names in IMPORT.findall(text)
        for name in names.split(",")
        if not exists(module, name.strip().split(" as ")[0])
    ]
    assert gone == []


def exists(module: str, name: str) -> bool:
    try:
        return (
            hasattr(importlib.import_module(module), name) or importlib.util.find_spec(f"{module}.{name}") is not None
        )
    except ModuleNotFoundError:
        return False
