"""The commands of trust, as typed."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli import main as cli

pytestmark = pytest.mark.usefixtures("alone")


@pytest.fixture
def files(tmp_path):
    """a.csv, b.csv and truth.csv of 500 rows, b being better."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=500)
    pd.DataFrame({"price": y}).to_csv("truth.csv", index=False)
    for name, noise in (("a.csv", 1.0), ("b.csv", 0.5)):
        pd.DataFrame({"price": y + noise * rng.normal(size=500)}).to_csv(name, index=False)
    return tmp_path


def test_compare_says_in_words_which_is_better(files, capsys):
    assert cli.main(["compare", "a.csv", "b.csv", "truth.csv"]) == 0
    shown = capsys.readouterr().out
    assert "b.csv against a.csv: price, RMSE, lower is better, 500 rows" in shown
    assert "b.csv is better than a.csv on rows like these" in shown


def test_compare_says_what_could_not_be_seen(files, capsys):
    assert cli.main(["compare", "a.csv", "a.csv", "truth.csv"]) == 0
    assert "no row is predicted differently" in capsys.readouterr().out


def test_compare_as_a_document(files, capsys):
    assert cli.main(["compare", "a.csv", "b.csv", "truth.csv", "--metric", "mae", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["schema"] == "compare/1"
    assert body["difference"]["value"] > 0
    assert body["two_sided_p"] < 0.001
    assert body["method"].startswith("paired t interval over 500 rows")


def test_compare_refuses_rows_of_another_file(files, capsys):
    pd.DataFrame({"price": [1.0]}).to_csv("c.csv", index=False)
    assert cli.main(["compare", "a.csv", "c.csv", "truth.csv"]) == 2
    assert "c.csv has 1 rows and truth.csv 500" in capsys.readouterr().err


@pytest.fixture
def lab(files):
    """A lab of three experiments."""
    from assay.core.clock import Budget
    from assay.data.options import TaskOptions
    from assay.lab.fit import fit
    from assay.lab.run_context import RunContext
    from assay.search.settings import FitSettings

    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    fit(
        {"x": x, "price": x + rng.normal(size=200)}, TaskOptions(target="price"),
        FitSettings(budget=Budget(experiments=3), out="price.lab"), context=RunContext(inline=True, write_brief=False),
    )  # fmt: skip
    return files / "price.lab"


def test_audit_of_an_honest_lab_says_so_and_one_of_another_exits_1(lab, capsys):
    assert cli.main(["audit", "price"]) == 0
    assert capsys.readouterr().out.endswith("Nothing differs.\n")
    stored = next((lab / "artifacts").rglob("*.npy"))
    np.save(stored, np.load(stored) + 1.0)
    assert cli.main(["audit", "price", "--json"]) == 1
    body = json.loads(capsys.readouterr().out)
    assert body["schema"] == "audit/1"
    assert body["ok"] is False
    assert {check["name"] for check in body["checks"] if not check["ok"]} <= {"scores", "verdicts", "figures", "model"}


@pytest.mark.slow
def test_replay_tells_how_many_are_the_same(lab, capsys):
    assert cli.main(["replay", "price", "3", "--jobs", "1"]) == 0
    assert "1 experiment done again" in capsys.readouterr().out
    assert cli.main(["replay", "price", "other", "3"]) == 2
