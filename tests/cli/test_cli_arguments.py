"""Arguments that cannot be meant are refused before anything is read or printed; exit codes tell what came out."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.models import registry

pytestmark = pytest.mark.usefixtures("alone")


@pytest.mark.parametrize(("words", "says", "advice"), [
    (["--metric", "rocc_auc"], "No metric is called 'rocc_auc'", "--metric roc_auc"),
    (["--metric", "nonsense"], "No metric is called 'nonsense'", "leave out --metric"),
    (["--metric", "rmse", "--problem", "binary"], "'rmse' does not fit a binary task", "--metric roc_auc"),
    (["--without", "logistc"], "--without logistc: no model family is called so", "--without linear"),
    (["--families", "lihtgbm"], "--families lihtgbm: no model family is called so", "--families lightgbm"),
    (["--families", "rf,xgb"], "--families rf: no model family is called so", "--families random_forest"),
    (["--threshold", "0.3", "--problem", "regression"], "--threshold is for a target of two classes", "leave out"),
    (["--threshold", "3"], "A threshold of 3 is not possible", "--threshold 0.3"),
    (["--cost", "fp=1"], "does not say what a false alarm costs", "--cost fp=1,fn=5"),
])  # fmt: skip
@pytest.mark.parametrize("plan", [[], ["--dry-run"]])
def test_what_no_table_could_answer_is_refused_before_the_file_is_read(words, says, advice, plan, capsys):
    assert main(["fit", "not-there.csv", "-t", "y", "--experiments", "2", *words, *plan, "--width", "200"]) == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.startswith("error  ")
    assert says in told.err
    assert advice in told.err
    assert "not-there.csv" not in told.err.partition("try")[0]


def test_names_of_elsewhere_are_advised_and_not_taken():
    assert registry.nearest("logistic") == ("linear",)
    assert "logistic" not in registry.names()


@pytest.mark.slow
def test_a_search_that_could_fit_the_constant_alone_hands_it_back_and_exits_with_3(capsys):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=200).round(3), "y": rng.choice(["no", "yes"], 200)})
    frame.to_csv("coin.csv", index=False)
    words = ["fit", "coin.csv", "-t", "y", "--time-limit", "0.001s", "--jobs", "1", "--json", "-q"]
    for _ in ("begun", "asked again"):
        assert main(words) == 3
        body = json.loads(capsys.readouterr().out)
        assert [member["family"] for member in body["predictor"]["members"]] == ["constant"]
        assert "budget/only-constant" in [one["code"] for one in body["warnings"]]
    assert main(["fit", "coin.csv", "-t", "y", "--experiments", "3", "--jobs", "1", "-q"]) == 0


@pytest.mark.parametrize(
    "words",
    [["--target", "y", "--target", "z"], ["-t", "y", "--target=z"], ["-ty", "-tz"], ["--seed", "1", "--seed=2"]],
)
def test_an_option_of_one_value_is_not_given_twice(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "nothing.csv", *words]) == 2
    assert "is given more than once" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["-t", "y", "--target=y"], ["-t", "y", "--drop", "a", "--drop", "b"]])
def test_the_same_value_twice_and_lists_are_taken(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "nothing.csv", *words]) == 2
    assert "nothing.csv is not there" in capsys.readouterr().err
