"""--threshold and --cost: what is refused, what the summary says, what predict does with them."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.cli import main as cli
from assay.cli.line_layout import LineLayout
from assay.cli.summary_lines import summary_lines
from assay.core.clock import Budget
from assay.core.labels import LabelCost, LabelThreshold
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from samples.sample_views import summary


@pytest.fixture(autouse=True)
def here(alone):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"weight": rng.normal(size=300), "price": rng.normal(size=300)})
    table["late"] = np.where(table["weight"] + rng.normal(size=300) > 0.8, "yes", "no")
    table.to_csv("orders.csv", index=False)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--target", "late", "--threshold", "1.4"), "above 0 and below 1"),
        (("--target", "late", "--cost", "fp=-1,fn=5"), "above 0"),
        (("--target", "late", "--cost", "cheap"), "what a false alarm costs"),
        (("--target", "late", "--cost", "fp=1,fn=5", "--threshold", "0.3"), "one of them"),
        (("--target", "price", "--cost", "fp=1,fn=5"), "two classes"),
    ],
)
def test_labels_that_cannot_be_given_are_refused_before_any_search(words, why, capsys, tmp_path):
    assert cli.main(["fit", "orders.csv", *words]) == 2
    assert why in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.glob("*.lab"))


def test_predict_labels_by_another_threshold_without_a_fit(capsys):
    settings = FitSettings(budget=Budget(experiments=2), out="late.lab")
    fit(
        "orders.csv",
        TaskOptions(target="late", drop=("price",)),
        settings,
        context=RunContext(inline=True, write_brief=False),
    )

    def told(*words):
        assert cli.main(["predict", "late", "orders.csv", "--json", "--proba", *words]) == 0
        return json.loads(capsys.readouterr().out)["values"]

    for words, cut in (((), 0.5), (("--threshold", "0.1"), 0.1)):
        assert all((row[1] == "yes") == (row[3] > cut) for row in told(*words))
    assert cli.main(["predict", "late", "orders.csv", "--threshold", "7"]) == 2


def lines(labels):
    value = summary()
    assert value.model is not None
    value = replace(value, model=replace(value.model, labels=labels))
    return ["".join(span.text for span in line) for line in summary_lines(LineLayout(columns=100), value)]


def test_the_summary_says_what_rows_are_labelled_by():
    paid = LabelThreshold(threshold=1 / 6, by="cost", cost=LabelCost(fp=1, fn=5), before=0.52, after=0.31)
    (line,) = [line for line in lines(paid) if "labels" in line]
    assert "above 0.167: a row costs 0.3100 out of fold, 0.5200 above 0.5" in line
    assert "as asked" in "".join(lines(LabelThreshold(threshold=0.3, by="threshold")))
    gained = "".join(lines(LabelThreshold(threshold=0.2, by="metric", before=-0.92, after=-0.54)))
    assert "−0.5400 out of fold, −0.9200 above 0.5" in gained
    assert not any("labels" in line for line in lines(None))
