"""Values far outside of what was learned from are said, by the command line and in Python; predictions in files."""

import csv
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from assay.cli.main import main
from assay.cli.prediction_table import PredictionTable
from assay.core.clock import Budget
from assay.core.errors import DataWarning
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.predictor.out_of_range import TrainingRanges
from assay.predictor.predictor import Predictor
from assay.predictor.row_reader import RowReader
from assay.search.settings import FitSettings


def flats(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({
        "size": rng.uniform(20, 140, n).round(1), "rooms": rng.integers(1, 6, n),
        "built": pd.Timestamp("2000-01-01") + pd.to_timedelta(rng.integers(0, 3650, n), "D"),
        "serial": 10**9 + rng.integers(0, 10**4, n) / 64,  # stored as its distance to the middle
    })  # fmt: skip
    return table.assign(rent=(7.5 * table["size"] + 40 * table["rooms"] + rng.normal(0, 30, n)).round(2))


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("flats")
    settings = FitSettings(budget=Budget(experiments=3), out=str(folder / "rent.lab"))
    fit(flats(300, 0), TaskOptions(target="rent"), settings, context=RunContext(inline=True, write_brief=False))
    return folder / "rent.lab"


@pytest.fixture(autouse=True)
def here(alone, lab, tmp_path):
    shutil.copytree(lab, tmp_path / "rent.lab")
    flats(100, 1).to_csv("new.csv", index=False)
    odd = flats(100, 1).astype({"size": float})
    odd.loc[:2, "size"] = [4000.0, 250.0, -9000.0]  # 250: less than its width beyond the range
    odd.loc[5, "built"] = pd.Timestamp("2199-12-31")
    odd.loc[6, "serial"] = 0
    odd.to_csv("odd.csv", index=False)


@pytest.mark.parametrize("command", ["predict", "score"])
def test_rows_far_outside_the_training_range_are_counted_by_column(command, capsys):
    assert main([command, "rent", "odd.csv", "--width", "400"]) == 0
    told = capsys.readouterr().err
    assert told.count("size: 2 of 100 rows lie far outside the 20") == 1
    assert "it learned from, e.g. -9000" in told
    assert "built: 1 of 100 rows lies far outside the 2000-01-" in told
    assert "e.g. 2199-12-31" in told
    assert "serial: 1 of 100 rows lies far outside the 1000000000.4 to 1000000156 it" in told
    assert "rooms: " not in told
    assert main([command, "rent", "new.csv"]) == 0
    assert "far outside" not in capsys.readouterr().err


def test_the_document_has_them_as_values(capsys):
    assert main(["predict", "rent", "odd.csv", "--json"]) == 0
    found = {one["column"]: one for one in json.loads(capsys.readouterr().out)["far"]}
    assert {name: one["rows"] for name, one in found.items()} == {"size": 2, "built": 1, "serial": 1}


def test_in_python_a_predictor_warns_once_of_a_column_of_one_row_too():
    model = Predictor.load("rent.lab")
    row = {"size": 100000.0, "rooms": 2, "built": "2004-05-06", "serial": 1e9}
    with pytest.warns(DataWarning, match="size: 1 of 1 row lies far outside the .* e.g. 100000"):
        model.predict(row)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(row)
        Predictor.load("rent.lab").predict({**row, "size": 60.0})
        Predictor.load("rent.lab").predict({**row, "size": None})


def test_a_csv_has_the_digits_of_32_bits_and_parquet_and_json_all(capsys):
    model = Predictor.load("rent.lab")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exact = model.predict(pd.read_csv("new.csv", parse_dates=["built"]))
    assert main(["predict", "rent", "new.csv", "--out", "out.csv", "--coverage", "0.8", "--id", "serial"]) == 0
    assert main(["predict", "rent", "new.csv", "--out", "out.parquet"]) == 0
    capsys.readouterr()
    assert main(["predict", "rent", "new.csv", "--json"]) == 0
    with Path("out.csv").open() as file:
        rows = list(csv.DictReader(file))
    texts = [row[name] for row in rows for name in ("rent", "low", "high")]
    assert max(len(text.replace(".", "").strip("-")) for text in texts) <= 9
    assert np.allclose([float(row["rent"]) for row in rows], exact, rtol=1e-6)
    assert [float(row["serial"]) for row in rows] == pd.read_csv("new.csv")["serial"].tolist()
    assert pq.read_table("out.parquet")["rent"].to_pylist() == exact.tolist()
    assert [value for _, value in json.loads(capsys.readouterr().out)["values"]] == exact.tolist()


@pytest.mark.parametrize(
    "values", [[1.7e9 + 0.31, 1.7e9 - 20.0, 1.7e9 + 19.25], [16777217.0, 16777218.0], [0.99999999, 0.5], [1e-50, 1.0]]
)
def test_short_digits_never_hide_how_values_differ(values):
    answers = PredictionTable(header=("row", "y"), columns=([*range(len(values))], list(values)))
    assert [number for _, number in answers.written()] == values


def test_digits_that_say_nothing_are_left_out():
    answers = PredictionTable(header=("row", "y"), columns=([1, 2, 3], [0.4088032853063833, None, 0.9031815471348289]))
    assert [number for _, number in answers.written()] == [0.40880328, None, 0.90318155]


def test_columns_that_were_warned_of_cost_nothing_more():
    model = Predictor.load("rent.lab")
    row = {"size": 100000.0, "rooms": 2, "built": "2004-05-06", "serial": 1e9}
    table, spans = RowReader(model.schema).table(row), TrainingRanges(model.schema)
    assert not spans.far(table, said=lambda name: name == "size")
    assert [one.column for one in spans.far(table)] == ["size"]


def test_a_model_that_looks_at_no_column_says_so(tmp_path, capsys):
    settings = FitSettings(budget=Budget(experiments=1), out=str(tmp_path / "same.lab"))
    fit(flats(60, 0), TaskOptions(target="rent"), settings, context=RunContext(inline=True, write_brief=False))
    assert Predictor.load(tmp_path / "same.lab").is_constant
    assert not Predictor.load("rent.lab").is_constant
    capsys.readouterr()
    assert main(["predict", str(tmp_path / "same.lab"), "new.csv"]) == 0
    assert "every row gets the same answer" in capsys.readouterr().err
