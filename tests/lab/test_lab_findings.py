"""Findings: the chain from the baseline to what was certified, tested on the vault, told by every face."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli.json_documents import fit_document, report_document, show_document
from assay.core.clock import Budget
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.evidence.evaluation_rows import Rows
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.metrics.choose_metric import find
from assay.report.brief_page import page
from assay.report.experiment_text import why
from assay.report.markdown import markdown
from assay.search.settings import FitSettings
from assay.vault.claimed_changes import ChainLink, affordable, chain, judged, links_of

FAMILIES = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A straight line under noise: linear models are better than standard LightGBM, and 500 vault rows see it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1600, 3))
    y = X @ np.array([2.0, -1.0, 0.5]) + rng.normal(size=1600)
    path = tmp_path_factory.mktemp("kept") / "line.lab"
    summary = fit(
        {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y}, TaskOptions(target="y"),
        FitSettings(budget=Budget(experiments=5), out=str(path), without=FAMILIES, vault=0.35),
        context=RunContext(inline=True),
    )  # fmt: skip
    lab = Lab.open(path)
    yield summary, lab
    lab.close()


def test_a_finding_names_the_change_that_made_it(made):
    summary, lab = made
    assert summary.vault.finding
    assert summary.vault.changes
    best = max(summary.vault.changes, key=lambda change: change.gain.z)
    assert best.found
    assert best.firm
    assert best.gain.over in lab.state.entries
    assert lab.findings == summary.vault.findings


def test_every_face_tells_it(made):
    summary, lab = made
    found = lab.findings[-1]
    for body in (fit_document(summary, ()), report_document(lab.brief(), "", "", {})):
        assert [one["number"] for one in body["findings"]] == [one.number for one in lab.findings]
        json.dumps(body)
    shown = show_document(lab.record(found.number))
    assert shown["verdict"]["finding"]
    assert any(fact.name == "A finding" for fact in why(lab.record(found.number)))
    text = markdown(page(lab.brief()))
    assert f"#{found.number} {found.what}, {found.word}" in text
    assert found.word in text.split("## What worked")[1].split("##")[0]


def test_an_audit_tests_each_change_again(made):
    _, lab = made
    found = lab.audit()
    assert found.ok, [one for check in found.checks for one in check.differ]


def test_the_chain_runs_from_the_baseline_to_what_ships(made):
    _, lab = made
    numbers = chain(lab.state)
    assert numbers[0] == lab.state.baseline
    assert numbers[-1] == lab.state.certified.changes[-1].number
    assert len(set(numbers)) == len(numbers)


def test_with_no_time_left_both_ends_stay(made):
    _, lab = made
    assert affordable(lab.state, (1, 2, 3), seconds=0.0, growth=1.25) == (1, 3)


def test_a_change_that_could_not_be_fitted_merges_with_the_next():
    one = np.zeros(3)
    links = links_of((4, 7, 9), baseline=one, certified=one + 1, predicted=lambda number: None)
    assert [link.number for link in links] == [4, 9]


def test_only_the_change_that_helps_is_found():
    """Three steps on 2,000 rows: nothing, much, harm."""
    rng = np.random.default_rng(3)
    y = rng.normal(size=2000)
    levels = (1.0, 1.0, 0.5, 0.52)
    links = [ChainLink(number=n, prediction=y + level * rng.normal(size=2000)) for n, level in enumerate(levels)]
    rows = Rows(y=y, problem=Regression(), seeds=Seeds(0))
    changes = judged(find("mse", Regression()), rows, links, level=0.05, put=lambda array: "key")
    assert [change.found for change in changes] == [False, True, False]
    assert [change.firm for change in changes] == [False, True, False]
    assert [change.gain.over for change in changes] == [0, 1, 2]


def test_columns_matter_as_much_however_far_from_zero_a_target_lies(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    frame = pd.DataFrame({"x": x, "other": rng.normal(size=200), "y": 1.7e9 + 10 * x + rng.normal(size=200)})
    settings = FitSettings(budget=Budget(experiments=3), out=str(tmp_path / "far.lab"))
    fit(frame, TaskOptions(target="y"), settings, context=RunContext(inline=True, write_brief=False))
    effects = {name: low for name, _, low, _ in Lab.open(tmp_path / "far.lab").state.end.columns}
    assert effects["x"] > 1.0
