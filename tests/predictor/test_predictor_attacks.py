"""Bundles changed on purpose, with hashes that fit: refused, or finite answers; more in benchmarks/attacks_bundles."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import BundleError
from assay.predictor.predictor import Predictor

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
attacks = pytest.importorskip("attacks_bundles")
mutants = pytest.importorskip("attacks_mutants")
CASES = (("bought", ("lightgbm", "linear")), ("price", ("extra_trees", "xgboost")), ("grade", ("realmlp",)))


@pytest.fixture(scope="module")
def bundles():
    return attacks.saved_predictors(CASES)


@pytest.mark.slow
def test_thirty_changed_bundles_are_refused_or_answer_numbers():
    found = attacks.attacked(30, 7, 1, cases=CASES)
    assert attacks.wrong(found) == []
    assert sum(verdict == "refused" for *_, verdict in found) >= 5


def one(bundles, part):
    return dict(next(files for name, files in bundles.items() if part in name))


def with_json(files, name, edit):
    value = json.loads(files[name])
    edit(value)
    return {**files, name: json.dumps(value).encode()}


def dates(schema):
    return next(column for column in schema["columns"] if column["name"] == "since")


@pytest.mark.parametrize(
    ("name", "edit", "said"),
    [
        ("schema.json", lambda s: dates(s).update(date_formats=["%Y%Y"]), "unknown format '%Y%Y'"),
        ("schema.json", lambda s: dates(s).update(date_formats=["%d.%m"]), "unknown format '%d.%m'"),
        ("manifest.json", lambda m: m["passport"].update(threshold=float("nan")), "NaN is no number"),
        ("manifest.json", lambda m: m["passport"].update(threshold="nan"), "A threshold is a number"),
        ("manifest.json", lambda m: m["members"][0].update(weight="inf"), "weight of at least 0"),
        ("manifest.json", lambda m: m["members"][0]["pieces"][0].update(share=-1.0), "share of its experiment"),
        ("manifest.json", lambda m: m["members"][0]["pieces"][0].update(transform="cube"), "No target transform"),
    ],
)  # fmt: skip
def test_json_that_makes_no_sense_is_refused_at_load(bundles, name, edit, said):
    files = with_json(one(bundles, "lightgbm"), name, edit)
    with pytest.raises(BundleError, match=said):
        Predictor.from_bytes(mutants.packed(files))


def changed_arrays(files, array, edit):
    """The files with that array of every state that has one of its name changed."""
    out = dict(files)
    for name in (n for n in files if n.endswith(".npz")):
        with np.load(io.BytesIO(files[name])) as opened:
            arrays = {key: edit(opened[key]) if key == array else opened[key] for key in opened.files}
        body = io.BytesIO()
        np.savez(body, **arrays)
        out[name] = body.getvalue()
    return out


@pytest.mark.parametrize(
    ("part", "array", "edit", "said"),
    [
        ("lightgbm", "coef", lambda a: np.full_like(a, np.nan), "holds NaN"),
        ("lightgbm", "coef", lambda a: a.astype(complex), "no numbers"),
        ("lightgbm", "coef", lambda a: a.astype(str), "no numbers"),
        ("extra_trees", "values", lambda a: np.full_like(a, np.nan), "holds NaN"),
    ],
)  # fmt: skip
def test_arrays_that_hold_no_numbers_are_refused_at_load(bundles, part, array, edit, said):
    files = one(bundles, part)
    changed = changed_arrays(files, array, edit)
    assert changed != files
    with pytest.raises(BundleError, match=said):
        Predictor.from_bytes(mutants.packed(changed))


def test_infinite_coefficients_do_not_pass_for_an_answer(bundles):
    changed = changed_arrays(one(bundles, "extra_trees"), "values", lambda a: np.full_like(a, np.inf))
    with pytest.raises(BundleError):
        Predictor.from_bytes(mutants.packed(changed)).predict(attacks.people(5, seed=1))
