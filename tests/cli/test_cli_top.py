"""A search by `map@3`, and `assay predict --top`: the likeliest classes of a row with their probabilities."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli import main as cli
from assay.core.clock import Budget
from assay.core.errors import UsageError
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings


def trees(n, seed):
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 5, n)
    table = pd.DataFrame({"height": rng.normal(kind, 1.0).round(3), "width": rng.normal(kind % 3, 1.0).round(3)})
    return table.assign(kind=np.array(["1", "2", "cedar", "elm", "oak"])[kind])


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    path = tmp_path_factory.mktemp("trees") / "trees.lab"
    settings = FitSettings(budget=Budget(experiments=3), out=str(path), families=frozenset({"linear"}))
    context = RunContext(inline=True, write_brief=False)
    summary = fit(trees(200, 0), TaskOptions(target="kind", metric="MAP at 3"), settings, context=context)
    assert (summary.expect.metric, summary.expect.title) == ("map@3", "MAP@3")
    assert summary.expect.low < summary.expect.value < summary.expect.high
    return path


@pytest.fixture(autouse=True)
def here(alone):
    trees(60, 1).to_csv("new.csv", index=False)


def test_a_lab_searched_by_map_at_3_audits_and_its_figure_is_that_of_the_metric(lab):
    opened = Lab.open(str(lab))
    assert opened.audit().ok
    assert opened.metric.name == "map@3"
    opened.close()


def test_the_likeliest_classes_are_written_as_columns_beside_the_label(lab):
    assert cli.main(["predict", str(lab / "model"), "new.csv", "--top", "3", "--proba", "--out", "new.top.csv"]) == 0
    found = pd.read_csv("new.top.csv", dtype={"kind": str, "top_1": str, "top_2": str, "top_3": str})
    places = [f"top_{place}{end}" for place in (1, 2, 3) for end in ("", "_p")]
    assert list(found) == ["row", "kind", *places, "p_1", "p_2", "p_cedar", "p_elm", "p_oak"]
    assert (found["top_1"] == found["kind"]).all()
    shares = found.filter(regex="^p_").to_numpy()
    assert np.allclose(found[["top_1_p", "top_2_p", "top_3_p"]], -np.sort(-shares, axis=1)[:, :3])
    third = [found.loc[i, f"p_{name}"] for i, name in enumerate(found["top_3"])]
    assert np.allclose(third, found["top_3_p"])


def test_the_document_holds_them_too_and_python_gives_the_same(lab, capsys):
    assert cli.main(["predict", str(lab / "model"), "new.csv", "--top", "2", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["columns"] == ["row", "kind", "top_1", "top_1_p", "top_2", "top_2_p"]
    named, shares = Predictor.load(lab).predict_top(pd.read_csv("new.csv"), 2)
    assert [row[2::2] for row in body["values"]] == named.tolist()
    assert np.allclose([row[3::2] for row in body["values"]], shares)


def test_a_file_of_the_likeliest_classes_scores_by_map_at_3(lab, capsys):
    cli.main(["predict", str(lab / "model"), "new.csv", "--top", "3", "--proba", "--out", "a.csv"])
    cli.main(["predict", str(lab / "model"), "new.csv", "--proba", "--out", "b.csv"])
    capsys.readouterr()
    assert cli.main(["compare", "a.csv", "b.csv", "new.csv", "--target", "kind", "--metric", "map@3", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    truth = pd.read_csv("new.csv")["kind"].astype(str)
    named, _ = Predictor.load(lab).predict_top(pd.read_csv("new.csv"))
    hits = (named == truth.to_numpy()[:, None]) / np.array([1.0, 2.0, 3.0])
    assert body["a_score"]["value"] == pytest.approx(hits.sum(axis=1).mean())


@pytest.mark.parametrize(("k", "said"), [("6", "the likeliest 1 to 5 can be given, not 6"), ("0", "not 0")])
def test_more_classes_than_there_are_and_none_are_refused(lab, k, said, capsys):
    assert cli.main(["predict", str(lab / "model"), "new.csv", "--top", k]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert said in told
    assert "--top 3" in told


def test_a_class_of_probability_0_is_no_answer(lab):
    model = Predictor.load(lab)
    named, shares = model.top(np.array([[0.25, 0.0, 0.5, 0.0, 0.25]]), 4)
    assert named.tolist() == [["cedar", "1", "oak", None]]
    assert shares.tolist() == [[0.5, 0.25, 0.25, 0.0]]
    with pytest.raises(UsageError, match="has 5 classes"):
        model.predict_top(trees(3, 2), 9)
