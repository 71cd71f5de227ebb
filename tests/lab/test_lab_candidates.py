"""Labels restricted by a column, from the folds of the search to the model that ships and the vault."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.cli import main as cli
from assay.core.clock import Budget
from assay.core.errors import AssayError, BundleError, DataError
from assay.data.options import TaskOptions
from assay.estimator.estimator import AutoClassifier
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.metrics.choose_metric import evaluate, find
from assay.predictor.predictor import Predictor
from assay.report.brief_text import methods
from assay.search.settings import FitSettings
from assay.views.summary import brief

FAMILIES = frozenset({"linear", "knn"})


def answers(n, seed, questions=6):
    """Answers to questions with three labels each, two for a question in all, which two measurements tell apart."""
    rng = np.random.default_rng(seed)
    question = rng.integers(0, questions, n)
    label = (question * 2 + rng.choice(3, n, p=[0.55, 0.3, 0.15])) % (2 * questions)
    return pd.DataFrame({
        "question": [f"q {q}" for q in question], "length": (label % 4 + rng.normal(0, 1, n)).round(3),
        "pause": (label // 4 + rng.normal(0, 1, n)).round(3), "mistake": [f"m{code:02d}" for code in label],
    })  # fmt: skip


def searched(path, frame, by="question", experiments=4, **settings):
    options = TaskOptions(target="mistake", metric="map@3", candidates_by=by)
    asked = FitSettings(budget=Budget(experiments=experiments), out=str(path), families=FAMILIES, **settings)
    return fit(frame, options, asked, context=RunContext(inline=True, write_brief=False))


@pytest.fixture(scope="module")
def table():
    return answers(300, 0)


@pytest.fixture(scope="module")
def lab(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("labs") / "answers.lab"
    searched(path, table)
    return path


def impossible(frame, known, classes):
    """(n, k) whether a label was never seen with a row's question; nothing is impossible for unknown questions."""
    seen = pd.crosstab(known["question"], known["mistake"]).reindex(columns=list(classes), fill_value=0)
    rows = seen.reindex(frame["question"]).to_numpy()
    return rows == 0


def test_out_of_fold_predictions_know_no_label_that_was_not_seen_with_the_question_in_the_other_folds(lab, table):
    opened = Lab.open(str(lab))
    folds, classes = opened.folder.split.numbers[:, 0], opened.task.classes
    numbers = [n for n, entry in opened.state.entries.items() if entry.result is not None]
    assert len(numbers) >= 4
    for number in numbers:
        stored = np.asarray(opened.oof(number))
        for fold in np.unique(folds):
            inside = folds == fold
            away = impossible(table[inside], table[~inside], classes)
            assert not stored[inside][away].any()
            assert (stored[inside][~away] > 0).all()
    opened.close()


def test_the_model_gives_no_impossible_label_alone_or_in_a_batch_and_any_where_nothing_is_known(lab, table):
    model, new = Predictor.load(lab), answers(200, 1)
    away = impossible(new, table, model.classes)
    p = model.predict_proba(new)
    assert not p[away].any()
    assert (p[~away] > 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    alone = np.vstack([model.predict_proba(row) for row in new.head(20).to_dict("records")])
    np.testing.assert_allclose(alone, p[:20], atol=1e-9)
    assert not (model.predict_set(new) & away).any()
    named, shares = model.predict_top(new, 5)
    assert ((named == None) == (shares == 0)).all()  # noqa: E711  # cell by cell
    with pytest.warns(match="never seen"):
        other = model.predict_proba(new.assign(question=np.where(np.arange(200) < 100, "q 99", None)))
    assert (other > 0).all()
    with pytest.raises(DataError, match='lack the column "question"'):
        model.predict(new.drop(columns="question"))


def test_the_lab_audits_says_it_in_a_line_and_its_single_experiments_are_restricted_too(lab, table, capsys):
    opened = Lab.open(str(lab))
    assert opened.audit().ok
    assert "Labels: restricted to those seen for the same question: 12 → 3.0" in methods(brief(opened))
    alone, new = opened.predictor(2), answers(80, 2)
    assert not alone.predict_proba(new)[impossible(new, table, alone.classes)].any()
    opened.close()
    assert cli.main(["status", str(lab)]) == 0
    assert "restricted to those seen for the same question: 12 → 3.0 on average" in " ".join(
        capsys.readouterr().out.split()
    )
    assert cli.main(["status", str(lab), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["restricted"].startswith("restricted to those seen")


@pytest.mark.slow
def test_restricted_labels_score_no_worse_and_are_another_question(lab, table, tmp_path):
    free = tmp_path / "free.lab"
    searched(free, table, by=None)
    new, metric = answers(2000, 3), None
    scores = []
    for path in (lab, free):
        model = Predictor.load(path)
        metric = metric or find("map@3", model.passport.problem)
        truth = np.array([model.classes.index(label) for label in new["mistake"]])
        scores.append(evaluate(metric, truth, model.predict_proba(new), model.passport.problem))
    assert scores[0] >= scores[1]
    with pytest.raises(AssayError, match=r"another question|--force"):
        searched(lab, table, by=None)


def test_a_bundle_whose_candidates_do_not_fit_its_columns_is_refused(lab, tmp_path):
    place = tmp_path / "model"
    Predictor.load(lab).save(place)
    manifest = json.loads((place / "manifest.json").read_text())
    candidates = manifest["passport"]["candidates"]
    for wrong in (
        None, {**candidates, "labels": candidates["labels"][1:], "rows": candidates["rows"][1:]},
        {**candidates, "column": "pause"}, {**candidates, "labels": [[99], *candidates["labels"][1:]]},
        {**candidates, "rows": [[0] * len(candidates["rows"][0]), *candidates["rows"][1:]]},
    ):  # fmt: skip
        manifest["passport"]["candidates"] = wrong
        (place / "manifest.json").write_text(json.dumps(manifest))
        with pytest.raises(BundleError):
            Predictor.load(place)


@pytest.mark.slow
def test_the_certified_model_and_the_one_on_all_rows_are_restricted(tmp_path):
    frame = answers(1500, 4, questions=3)
    summary = searched(tmp_path / "sealed.lab", frame, vault=0.4, experiments=2)
    assert summary.expect.certified
    new, model = answers(200, 5, questions=3), Predictor.load(tmp_path / "sealed.lab")
    assert not model.predict_proba(new)[impossible(new, frame, model.classes)].any()
    opened = Lab.open(str(tmp_path / "sealed.lab"))
    assert opened.audit().ok
    opened.close()


@pytest.mark.parametrize(
    ("target", "by", "said"),
    [
        ("pause", "question", "the target holds numbers"),
        ("late", "question", "the target holds two classes"),
        ("mistake", "mistake", "the target itself"),
        ("mistake", "questoin", "no column"),
        ("mistake", "same", "has one value, so it restricts no labels"),
    ],
)
def test_a_question_that_cannot_be_restricted_is_refused(table, target, by, said, alone, capsys):
    wrong = table.assign(same="x", late=np.where(table["pause"] > 1, "yes", "no"))
    wrong.to_csv("wrong.csv", index=False)
    assert cli.main(["fit", "wrong.csv", "--target", target, "--candidates-by", by, "--experiments", "2"]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not Path("wrong.lab").exists()


@pytest.mark.slow
def test_an_estimator_restricts_by_a_column_of_x(table):
    X, y = table.drop(columns="mistake"), table["mistake"]
    model = AutoClassifier(candidates_by="question", experiments=2, families="linear").fit(X, y)
    new = answers(50, 6)
    assert not model.predict_proba(new[X.columns])[impossible(new, table, model.classes_)].any()


@pytest.mark.slow
def test_floors_that_found_nothing_are_told_apart_by_the_restriction_alone(tmp_path):
    rng = np.random.default_rng(0)
    question = rng.integers(0, 4, 240)
    notes = [f"we spoke of {a} and {b} and {c}" for a, b, c in rng.integers(0, 900, (240, 3))]
    frame = pd.DataFrame({
        "question": [f"q {q}" for q in question], "note": notes,
        "mistake": [f"m{code}" for code in question + rng.integers(0, 3, 240)],
    })  # fmt: skip
    options = TaskOptions(target="mistake", metric="map@3", candidates_by="question", drop=("question",))
    asked = FitSettings(budget=Budget(experiments=3), out=str(tmp_path / "floors.lab"))
    fit(frame[["question", "note", "mistake"]], options, asked, context=RunContext(inline=True, write_brief=False))
    lab = Lab.open(tmp_path / "floors.lab")
    first, second = (lab.state.entries[number] for number in (1, 2))
    assert first.result.oof == second.result.oof
    assert lab.audit().ok
