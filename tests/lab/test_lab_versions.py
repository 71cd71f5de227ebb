"""A lab and a bundle of each released version (tests/keep_version.py) open, audit and answer as they did."""

import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.lab.lab import Lab
from assay.predictor.predictor import Predictor

VERSIONS = sorted((Path(__file__).parents[1] / "versions").iterdir())

each_version = pytest.mark.parametrize("kept", VERSIONS, ids=lambda path: path.name)


@pytest.fixture
def lab(kept, tmp_path):
    with zipfile.ZipFile(kept / "shop.lab.zip") as archive:
        archive.extractall(tmp_path)
    with closing(Lab.open(tmp_path / "shop.lab")) as opened:
        yield opened


@each_version
def test_a_lab_of_a_released_version_opens_and_its_audit_finds_nothing(lab):
    assert len(lab.board().rows) >= 3
    assert lab.summary().expect.certified
    found = lab.audit()
    assert [one for check in found.checks for one in check.differ] == []
    assert found.ok
    assert {"scores", "verdicts", "figures", "vault", "model", "brief"} <= {check.name for check in found.checks}


@each_version
def test_a_model_of_a_released_version_answers_as_it_did(kept, lab):
    rows, known = pd.read_csv(kept / "shop.csv").head(50), pd.read_csv(kept / "answers.csv").yes.to_numpy()
    for place in (kept / "shop.zip", lab.path):
        np.testing.assert_allclose(Predictor.load(place).predict_proba(rows)[:, 1], known, rtol=1e-6)


@each_version
def test_a_kept_version_is_small(kept):
    assert sum(file.stat().st_size for file in kept.iterdir()) < 300_000
