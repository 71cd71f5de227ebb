"""Predictions bear the names of their rows as the file has them, and are joined on them."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from assay.cli.main import main
from assay.compare.prediction_files import matched_rows
from assay.core.clock import Budget
from assay.core.errors import DataError
from assay.data.cell import same_number
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.data.refusal import Refusal
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

Answer = Callable[..., list[list[str]]]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ids")
    rng = np.random.default_rng(0)
    x = rng.normal(size=60).round(3)
    frame = pd.DataFrame({"order_id": 10**16 + rng.permutation(60), "x": x, "-late": np.where(x > 0, "+a", "b")})
    frame.to_csv(folder / "t.csv", index=False)
    settings = FitSettings(budget=Budget(experiments=1), out=str(folder / "t.lab"))
    fit(
        str(folder / "t.csv"), TaskOptions(target="-late"), settings, context=RunContext(inline=True, write_brief=False)
    )
    return folder


@pytest.fixture
def answer(lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Answer:
    monkeypatch.chdir(lab)

    def run(ids: list[str], *words: str) -> list[list[str]]:
        (lab / "new.csv").write_text("order_id,x\n" + "".join(f"{key},0.5\n" for key in ids))
        assert main(["predict", "t.lab", "new.csv", *words]) == 0
        return list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))

    return run


@pytest.mark.parametrize(
    "ids",
    [["9007199254740993", "", "9007199254740995"], ["1001", "", "1003"], ["00123", "00124"], ["00123", "1.10", "1e5"],
     ["@anna", "+49 30 1234", "=A1", " b"], ["NA", "null", "7"], ["12345678901234567890", "1"]],
)  # fmt: skip
@pytest.mark.parametrize("words", [(), ("--id", "order_id"), ("--proba",)])
def test_ids_come_back_as_the_file_has_them(ids: list[str], words: tuple[str, ...], answer: Answer) -> None:
    rows = answer(ids, *words)
    assert [row[0] for row in rows[1:]] == ids
    assert rows[0][:2] == ["order_id", "-late"]
    assert rows[1][1] == "'+a"


def test_another_name_in_place_of_the_identifier(answer: Answer) -> None:
    assert [row[0] for row in answer(["7", "8"], "--id", "x")] == ["x", "0.5", "0.5"]


def test_whole_numbers_are_written_to_parquet_as_such_and_codes_as_text(answer: Answer, lab: Path) -> None:
    for ids, written in ((["1001", "", "1003"], [1001, None, 1003]), (["007", "8"], ["007", "8"])):
        answer(ids, "--out", "out.parquet", "--force")
        assert pq.read_table(lab / "out.parquet")["order_id"].to_pylist() == written


def test_ids_of_floats_in_a_parquet_file_are_whole_numbers_again(
    lab: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(lab)
    pd.DataFrame({"order_id": [1001.0, None], "x": [0.5, 0.1]}).to_parquet("new.parquet")
    assert main(["predict", "t.lab", "new.parquet"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["1001,'+a", ",'+a"]


@pytest.mark.parametrize(
    ("asked", "given", "is_joined"),
    [
        (["00123", "123", "1E3"], ["123", "1E3", "00123"], True),
        (["9007199254740992", "9007199254740993"], ["9007199254740993", "9007199254740992"], True),
        (["00123", "8"], ["8", "123"], True),
        (["1E3", "8"], ["8", "1000"], False),
        (["7", "8"], ["07", "007"], False),
    ],
)
def test_ids_are_joined_exactly_or_where_only_one_can_be_meant(
    asked: list[str], given: list[str], is_joined: bool, tmp_path: Path
) -> None:
    for name, keys in (("a.csv", given), ("truth.csv", asked)):
        rows = "".join(f"{key},{i}\n" for i, key in enumerate(keys))
        (tmp_path / name).write_text(f"id,y\n{rows}")
    spelled = Refusal(spelled=("id",))
    tables = [read_table(tmp_path / name, raw=spelled) for name in ("a.csv", "truth.csv")]
    if not is_joined:
        with pytest.raises(DataError, match="has no prediction for id"):
            matched_rows(*tables, "id")
        return
    rows = matched_rows(*tables, "id")
    assert [given[row] for row in rows] == [key if key in given else same_number(key) for key in asked]
