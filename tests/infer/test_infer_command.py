"""`assay infer` as typed: the answer first, a document, a page, and what a lab has seen is not tested on."""

import json

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.cli.main import main
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

N = 1200


pytestmark = pytest.mark.usefixtures("alone")


def orders(seed, n=N):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(40, 10, n).round(2), "city": rng.choice(["Bern", "Oslo"], n)})
    frame["spent"] = (0.2 * frame.age + rng.normal(size=n)).round(3)
    return frame


@pytest.fixture
def table():
    orders(0).to_csv("orders.csv", index=False)


def said(capsys, *arguments):
    code = main(["infer", *arguments])
    return code, capsys.readouterr()


def test_the_answer_comes_first_with_interval_and_p(table, capsys):
    code, shown = said(
        capsys, "orders.csv", "-t", "spent", "--effect", "age", "--adjust", "city", "--family", "gaussian"
    )
    assert code == 0
    lines = shown.out.splitlines()
    assert "linear model, 1,200 rows, 3 coefficients" in lines[0]
    assert lines[1].strip().startswith("answer     spent is 0.20")
    assert "double ML" in shown.out
    assert "every common cause of age" in " ".join(shown.out.split())


def test_the_document_holds_all_errors_and_corrections(table, capsys):
    _, shown = said(capsys, "orders.csv", "-t", "spent", "--json")
    body = json.loads(shown.out)
    assert body["schema"] == "infer/1"
    age = next(one for one in body["coefficients"] if one["name"] == "age")
    assert [spread["kind"] for spread in age["spreads"]] == ["hc3", "classical"]
    assert age["holm"] >= age["bh"] >= age["spreads"][0]["p"]
    assert {check["name"] for check in body["checks"]} >= {"rows", "order", "linearity", "influence"}


def test_the_page_has_the_plots_and_neither_script_nor_network(table, capsys, tmp_path):
    code, _ = said(capsys, "orders.csv", "-t", "spent", "--html", "spent.html")
    page = (tmp_path / "spent.html").read_text()
    assert code == 0
    assert page.count("<svg") == 4
    assert "<script" not in page
    assert "http:" not in page
    assert "https:" not in page
    code, shown = said(capsys, "orders.csv", "-t", "spent", "--html", "spent.html")
    assert code == 2
    assert "spent.html exists already" in shown.err


def test_a_wrong_name_is_one_message_with_near_names(table, capsys):
    code, shown = said(capsys, "orders.csv", "-t", "spent", "--effect", "agee")
    assert code == 2
    assert 'There is no column "agee"' in shown.err
    assert "Traceback" not in shown.err


def searched(vault=None):
    """orders.lab after two experiments on orders.csv."""
    settings = FitSettings(budget=Budget(experiments=2), out="orders.lab", vault=vault, jobs=1)
    fit("orders.csv", TaskOptions(target="spent"), settings, context=RunContext(inline=True))


def test_what_a_search_without_a_vault_suggested_gets_no_p_on_its_own_rows(table, capsys):
    searched()
    code, shown = said(capsys, "orders.csv", "-t", "spent", "--effect", "age", "--lab", "orders")
    assert code == 0
    assert "no p and no interval to claim" in shown.out
    assert "which cannot confirm what they suggested" in " ".join(shown.out.split())
    _, shown = said(capsys, "orders.csv", "-t", "spent")
    assert "ask with --lab orders" in shown.err


def test_new_rows_test_it_and_those_the_lab_knows_are_left_out(table, capsys):
    searched()
    pd.concat([orders(0).head(100), orders(1, 300)]).to_csv("later.csv", index=False)
    _, shown = said(capsys, "later.csv", "-t", "spent", "--effect", "age", "--lab", "orders", "--json")
    body = json.loads(shown.out)
    assert body["tested"]
    assert body["model"]["rows"] == 300
    assert body["level"] == 0.05
    assert "100 that it knows left out" in body["selection"]


@pytest.mark.slow
def test_a_vault_tests_it_at_the_price_of_an_opening_that_the_ledger_counts(table, capsys):
    from assay.lab.lab import Lab

    searched(vault=0.3)
    before = Lab.open("orders.lab").state
    told = sum(one.numbers for one in before.openings)
    _, shown = said(capsys, "orders.csv", "-t", "spent", "--effect", "age", "--adjust", "", "--lab", "orders", "--json")
    body, after = json.loads(shown.out), Lab.open("orders.lab").state
    assert body["model"]["rows"] == before.vault.rows
    assert body["level"] == pytest.approx(0.05 / 4 * 2.0 ** (-8 * told))
    assert len(after.openings) == len(before.openings) + 1
    assert main(["audit", "orders"]) == 0


def test_whether_an_effect_differs_is_answered_with_slopes_on_screen_page_and_in_the_document(table, capsys):
    asked = ("orders.csv", "-t", "spent", "--effect", "age*city", "--family", "gaussian")
    code, shown = said(capsys, *asked, "--html", "spent.html")
    assert code == 0
    text = " ".join(shown.out.split())
    assert "answer not told apart from no effect: a further unit of age adds" in text
    assert text.count(" slope spent is 0.2") == 2
    with open("spent.html", encoding="utf-8") as page:
        assert ">Slopes</h2>" in page.read()
    code, shown = said(capsys, *asked, "--json")
    product = json.loads(shown.out)["product"]
    assert product["columns"] == ["age", "city"]
    assert {one["held"] for one in product["slopes"]} == {"city = Bern", "city = Oslo"}
