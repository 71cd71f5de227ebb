"""Encoders of texts on the command line: named, refused, needed by a model, kept in this user's folder."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.embeddings.installed import lacking
from samples.text_models import WORDS, static_folder

pytestmark = pytest.mark.usefixtures("alone")


def notes(path: Path, n: int = 80) -> str:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    said = [f"{rng.choice(WORDS[5:9] if one else WORDS[1:5])} order number{k} of{k} day{k}" for k, one in enumerate(y)]
    pd.DataFrame({"note": said, "y": y}).to_csv(path, index=False)
    return path.name


def test_a_folder_that_is_no_encoder_is_refused_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = notes(tmp_path / "notes.csv")
    (tmp_path / "half").mkdir()
    assert main(["fit", file, "--target", "y", "--text-model", "half"]) == 2
    assert "half cannot be used as a text model: it is incomplete" in capsys.readouterr().err
    assert not (tmp_path / "notes.lab").exists()


def test_none_beside_a_folder_says_two_things(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = notes(tmp_path / "notes.csv")
    assert main(["fit", file, "--target", "y", "--text-model", "none", "--text-model", "x"]) == 2
    assert "leaves all text models out" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(bool(lacking("static")), reason="assay-ml[embeddings] is not installed")
def test_a_model_is_told_where_its_encoder_lies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, folder = notes(tmp_path / "notes.csv"), static_folder(tmp_path / "tiny")
    asked = ["fit", file, "--target", "y", "--kind", "note=text", "--families", "linear", "--experiments", "5"]
    assert main([*asked, "--jobs", "1", "--text-model", "tiny"]) == 0
    assert list((tmp_path / "home" / "text-vectors").iterdir())
    folder.rename(tmp_path / "moved")
    capsys.readouterr()
    new = notes(tmp_path / "new.csv", 20)
    answer = ["predict", "notes", new, "--model", "5", "--out", "answers.csv", "--force"]
    found = [main(answer), main([*answer, "--text-model", "moved"])]
    said = capsys.readouterr().err
    assert found == [2, 0], said
    assert "'tiny'" in said
