"""One small lab through every command, as a person would type them."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a table, rows to predict, and a lab of three experiments."""
    place = tmp_path_factory.mktemp("scenario")
    rng = np.random.default_rng(0)
    city, age = rng.choice(["Köln", "Bonn", "Ulm"], 400), rng.normal(40, 9, 400).round(1)
    bought = np.where(rng.random(400) < 1 / (1 + np.exp(-(age - 40) / 6 - (city == "Ulm"))), "yes", "no")
    frame = pd.DataFrame({"id": [f"=r{i}" for i in range(400)], "city": city, "age": age, "bought": bought})
    frame.to_csv(place / "shop.csv", index=False)
    frame.tail(25).drop(columns="bought").to_csv(place / "new rows.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HOME", str(place / "home"))
        patch.delenv("ASSAY_HISTORY")
        patch.chdir(place)
        assert main(["fit", "shop.csv", "-t", "bought", "--experiments", "3", "--jobs", "1", "-q"]) == 0
        yield place


def answer(arguments: list[str], capsys: pytest.CaptureFixture[str], *, code: int = 0) -> str:
    capsys.readouterr()
    assert main(arguments) == code
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["leaderboard", "shop"], ["show", "shop", "best"], ["show", "1"], ["why", "-", "best"], ["diff", "2", "1"],
     ["status", "shop"], ["report", "shop"], ["labs"], []],
)  # fmt: skip
def test_every_look_at_the_lab_is_answered(
    folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = answer(arguments, capsys)
    assert shown.strip()
    assert "nan" not in shown.lower().split()
    assert "\x1b" not in shown


@pytest.mark.parametrize("command", ["leaderboard", "status", "report"])
def test_every_document_names_its_schema(folder: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(answer([command, "shop", "--json"], capsys))["schema"] == f"{command}/1"


def test_the_same_fit_again_hands_back_the_same_summary(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["fit", "shop.csv", "-t", "bought", "--experiments", "3", "--jobs", "1", "--json", "-q"]
    first, again = (json.loads(answer(arguments, capsys)) for _ in range(2))
    assert first["expect"] == again["expect"]
    assert first["experiments"] == again["experiments"]


def test_predictions_keep_rows_and_order_and_their_names_letter_for_letter(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = answer(["predict", "shop", "new rows.csv", "--proba", "--id", "id"], capsys).splitlines()
    assert shown[0] == "id,bought,p_no,p_yes"
    assert [text.split(",")[0] for text in shown[1:]] == [f"=r{i}" for i in range(375, 400)]


def test_a_file_of_predictions_is_whole_and_never_overwritten_unasked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["predict", "shop.lab/model", "new rows.csv", "--out", "out.csv"]
    answer(arguments, capsys)
    written = (folder / "out.csv").read_text()
    assert len(written.splitlines()) == 26
    answer(arguments, capsys, code=2)
    assert (folder / "out.csv").read_text() == written
    answer([*arguments, "--force"], capsys)
    assert not list(folder.glob(".*.part"))


def test_predictions_as_a_document_hold_every_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = json.loads(answer(["predict", "shop", "new rows.csv", "--json"], capsys))
    assert body["schema"] == "predict/1"
    assert body["rows"] == len(body["values"]) == 25
    assert body["expect"]["origin"] in ("corrected", "oof")


def test_best_is_what_ships(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = json.loads(answer(["status", "shop", "--json"], capsys))["best_number"]
    record = json.loads(answer(["show", "shop", "best", "--json"], capsys))
    assert record["number"] == shipped
    assert record["recipe"]["model"]["name"] == "blend" or record["weight"] == 1.0
    why = json.loads(answer(["why", "shop", "best", "--json"], capsys))
    assert (why["schema"], why["number"]) == ("why/1", shipped)


def test_predict_without_a_file_says_what_is_missing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "shop"]) == 2
    shown = capsys.readouterr().err
    assert "the file with the rows is missing" in shown
    assert "assay predict shop FILE" in shown


def test_decimal_commas_are_predicted_like_decimal_points(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = pd.read_csv("new rows.csv")
    rows.to_csv("semi.csv", sep=";", decimal=",", index=False)
    assert answer(["predict", "shop", "semi.csv"], capsys) == answer(["predict", "shop", "new rows.csv"], capsys)
    rows.assign(age="old").to_csv("words.csv", index=False)
    assert main(["predict", "shop", "words.csv"]) == 2
    assert "age: 25 of 25 cells are no numbers as the model reads them, e.g. 'old'" in capsys.readouterr().err


def test_a_finished_lab_says_that_nothing_was_left_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = answer(["fit", "shop.csv", "-t", "bought", "--experiments", "3", "--jobs", "1", "-q"], capsys)
    assert again.startswith("Nothing was left to do within this limit: it counts all that the lab has had, ")
