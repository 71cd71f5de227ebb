"""What ships answers to the last bit what it answered when it was recorded, by the same code on the same machine."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from assay.audit.audit import audit_at
from assay.audit.file_check import bundle_pairs
from assay.core.clock import Budget
from assay.core.machine_arithmetic import arithmetic
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.ledger.artifacts import ArtifactFolder
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings
from attacks_bundles import people, saved_predictors
from attacks_hand import nudged, relisted, rewrap
from attacks_labs import SLOW
from attacks_mutants import packed

FAMILIES = (
    "lightgbm", "xgboost", "catboost", "random_forest", "linear", "gp", "realmlp", "knn", "svm", "fm", "gam", "rules",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A lab whose numbers lie far from zero: its trees are small beside them."""
    path = tmp_path_factory.mktemp("whole") / "far.lab"
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3)).round(3)
    table = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": 5e6 + 3 * np.sin(2 * x[:, 0]) + rng.normal(size=400)}
    settings = FitSettings(budget=Budget(experiments=3), out=str(path), without=SLOW | {"linear"})
    fit(table, TaskOptions(target="y"), settings, context=RunContext(inline=True, write_brief=False))
    return path


def test_one_small_leaf_turned_is_found_though_all_hashes_fit(whole, tmp_path):
    path = Path(shutil.copytree(whole, tmp_path / "far.lab"))
    before = np.asarray(Predictor.load(path / "model").predict(rows()))
    rewrap(path / "model", nudged)
    relisted(path)
    after = np.asarray(Predictor.load(path / "model").predict(rows()))
    assert 0 < np.abs(after - before).max() < 1e-6 * before.max()
    (check,) = (check for check in audit_at(path).checks if check.name == "model")
    assert [one.what for one in check.differ if one.what.startswith("answers of model for 200 rows that differ")]


def rows():
    x = np.random.default_rng(0).normal(size=(400, 3)).round(3)
    return {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2]}


def test_answers_that_another_machine_recorded_are_compared_but_for_rounding(whole):
    lab = Lab.open(whole)
    (known,) = lab.state.shipped.bundles
    assert known.arithmetic == arithmetic()
    pairs = list(bundle_pairs(lab, replace(known, arithmetic="of another one")))
    assert [what for what, stored, found in pairs if stored != found] == []
    assert any("computed by another machine" in what for what, *_ in pairs)
    lab.close()


@pytest.mark.parametrize("forged", [True, False])
def test_answers_compared_loosely_are_never_passed_over_in_silence(whole, tmp_path, forged):
    """A small leaf turned is within a millionth: nothing can tell it where the mark of the arithmetic is a lie."""
    path = Path(shutil.copytree(whole, tmp_path / "far.lab"))
    if forged:
        rewrap(path / "model", nudged)
        relisted(path, arithmetic="0" * 64)
    (check,) = (check for check in audit_at(path).checks if check.name == "model")
    loose = "answers of model compared only to a millionth of the largest: recorded by another processor"
    assert check.ok
    assert list(check.remarks) == ([loose] if forged else [])


def test_a_millionth_of_the_largest_is_all_that_answers_may_differ_by(whole):
    with closing(Lab.open(whole)) as lab:
        (known,) = lab.state.shipped.bundles
        told = np.array(lab.ledger.array(known.answers))
        for share, expected in ((0.9, 0), (1.5, len(told))):
            moved = ArtifactFolder(whole / "artifacts").put_array(told + share * 1e-6 * np.abs(told).max())
            elsewhere = replace(known, arithmetic="of another one", answers=moved)
            *_, (_, _, differ) = bundle_pairs(lab, elsewhere)
            assert differ == expected


@pytest.mark.slow
def test_every_family_answers_the_same_bits_in_another_process_with_other_threads(tmp_path):
    """One predictor of many families; the mark of the arithmetic is the same, too."""
    ((_, files),) = saved_predictors([("bought", FAMILIES)]).items()
    (tmp_path / "model.zip").write_bytes(packed(files))
    here = np.asarray(Predictor.from_bytes(packed(files)).stored(people(200, seed=3)))
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from attacks_bundles import people
from assay.core.machine_arithmetic import arithmetic
from assay.predictor.predictor import Predictor
answers = Predictor.from_bytes(open("model.zip", "rb").read()).stored(people(200, seed=3))
print(arithmetic(), answers.tobytes().hex())
"""
    threads = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "7"}
    folder = str(Path(__file__).parents[2] / "benchmarks")
    done = subprocess.run([sys.executable, "-c", code, folder], env={**os.environ, **threads}, cwd=tmp_path, text=True,
                          capture_output=True, check=True)  # fmt: skip
    assert done.stdout.split() == [arithmetic(), here.tobytes().hex()]


@pytest.mark.slow
@pytest.mark.parametrize("target", ["bought", "price"])
def test_texts_are_answered_alike_with_other_instructions_of_the_processor(tmp_path, target):
    """Bins of fm and cuts of xgboost may lie at the very number of a row, so that its last bit turned whole answers."""
    ((_, files),) = saved_predictors([(target, ("fm", "xgboost"))]).items()
    (tmp_path / "model.zip").write_bytes(packed(files))
    here = np.asarray(Predictor.from_bytes(packed(files)).stored(people()))
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from attacks_bundles import people
from assay.predictor.predictor import Predictor
print(Predictor.from_bytes(open("model.zip", "rb").read()).stored(people()).tobytes().hex())
"""
    older = {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": dispatched()}
    folder = str(Path(__file__).parents[2] / "benchmarks")
    done = subprocess.run([sys.executable, "-c", code, folder], env={**os.environ, **older}, cwd=tmp_path, text=True,
                          capture_output=True, check=True)  # fmt: skip
    there = np.frombuffer(bytes.fromhex(done.stdout.strip()), dtype=here.dtype).reshape(here.shape)
    assert np.abs(there - here).max() <= 1e-12 * np.abs(here).max()


def dispatched():
    """The instructions that numpy chose for this processor beyond those it was built for."""
    shown = subprocess.run([sys.executable, "-c", "import numpy; numpy.show_runtime()"], text=True,
                           capture_output=True, check=True).stdout  # fmt: skip
    found = re.search(r"'found': \[([^]]*)\]", shown)
    return " ".join(re.findall(r"'(\w+)'", found[1])) if found else ""
