"""What `import assay` offers, and what it costs."""

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

import assay
from each import each

ERRORS = (
    "AssayError", "UsageError", "DataError", "TaskError", "SplitError", "LabError", "BudgetError", "MissingExtraError",
    "StorageError", "BundleError",
)  # fmt: skip
WARNINGS = ("AssayWarning", "DataWarning", "LeakWarning", "BudgetWarning", "DriftWarning")
NAMES = {
    "AutoClassifier", "AutoRegressor", "Lab", "load", "warm", "Predictor", "Figure", "__version__", *ERRORS, *WARNINGS,
}  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=env, check=True)


def test_the_public_names_are_these_and_each_can_be_had():
    assert set(assay.__all__) == NAMES
    assert set(dir(assay)) == NAMES
    assert all(getattr(assay, name) is not None for name in NAMES)


def test_the_version_is_that_of_the_installed_package():
    assert assay.__version__ == version("assay-ml")


def test_an_unknown_name_is_an_attribute_error_that_lists_the_known_ones():
    with pytest.raises(AttributeError, match=r"no attribute 'AutoClasifier'.*AutoClassifier"):
        _ = assay.AutoClasifier


@each("name", ERRORS)
def test_every_error_is_a_value_error(name):
    assert issubclass(getattr(assay, name), ValueError)


@pytest.mark.parametrize("name", WARNINGS)
def test_every_warning_can_be_filtered_by_its_root(name):
    assert issubclass(getattr(assay, name), assay.AssayWarning)


def test_importing_assay_takes_under_150_milliseconds():
    code = "import time; start = time.perf_counter(); import assay; print(time.perf_counter() - start)"
    assert min(float(run("-c", code).stdout) for _ in range(3)) < 0.15


def test_a_predictor_and_an_error_can_be_had_without_scikit_learn():
    code = "import sys, assay; assay.load, assay.DataError, assay.Predictor; print('sklearn' in sys.modules)"
    assert run("-c", code).stdout.strip() == "False"


def test_loading_what_is_no_predictor_is_an_error_for_people(tmp_path):
    with pytest.raises(assay.BundleError, match="no predictor"):
        assay.load(tmp_path / "nothing")


def test_the_module_is_the_command():
    assert run("-m", "assay", "--help").stdout.startswith("Assay")
