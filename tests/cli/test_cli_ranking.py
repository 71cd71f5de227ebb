"""`assay compare` with more than two files: a table by score, letters, one document, one clear refusal."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli import main as cli


@pytest.fixture(autouse=True)
def files(alone):
    rng = np.random.default_rng(0)
    price = rng.normal(size=500)
    pd.DataFrame({"price": price}).to_csv("truth.csv", index=False)
    for name, error in (("a", 1.0), ("b", 0.5), ("c", 0.5)):
        pd.DataFrame({"price": price + error * rng.normal(size=500)}).to_csv(f"{name}.csv", index=False)


def test_three_files_are_ranked_with_letters_for_those_not_told_apart(capsys):
    assert cli.main(["compare", "a.csv", "b.csv", "c.csv", "truth.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "price   RMSE, lower is better, 500 rows of truth.csv"
    rows = [line.split() for line in lines[2:5]]
    assert {rows[0][0], rows[1][0]} == {"b.csv", "c.csv"}
    assert rows[2][0] == "a.csv"
    assert [row[-1] for row in rows] == ["a", "a", "b"]
    said = " ".join(" ".join(lines).split())
    assert "better than a.csv" in said
    assert "corrected for 3 pairs by Holm" in said


def test_a_ranking_fits_eighty_columns_and_keeps_scores_and_letters(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert cli.main(["compare", "a.csv", "b.csv", "c.csv", "truth.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[2].split()[-1] == "a"


def test_a_ranking_as_a_document(capsys):
    assert cli.main(["compare", "a.csv", "b.csv", "c.csv", "truth.csv", "--metric", "mae", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["schema"], body["metric"], body["rows"]) == ("ranking/1", "mae", 500)
    assert [one["letters"] for one in body["files"]] == ["a", "a", "b"]
    assert len(body["pairs"]) == 3
    assert all(pair["holm"] >= pair["two_sided_p"] for pair in body["pairs"])


def test_the_same_name_in_two_folders_is_told_by_its_path(capsys, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "b.csv").write_text((tmp_path / "b.csv").read_text())
    assert cli.main(["compare", "a.csv", "b.csv", "old/b.csv", "truth.csv"]) == 0
    assert "old/b.csv" in capsys.readouterr().out


def test_one_file_alone_is_refused_with_the_command_that_would_do(capsys):
    assert cli.main(["compare", "a.csv", "truth.csv"]) == 2
    said = capsys.readouterr().err
    assert "a.csv alone cannot be compared" in said
    assert "assay compare a.csv OTHER truth.csv" in said
