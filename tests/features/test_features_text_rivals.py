"""Whom Assay is measured against on texts: rivals learn from training rows alone, and what was played is summed up."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import text_rivals
from outcome import Outcome, save
from run import page
from text import checks, summed_up
from text_rivals import STRENGTHS, concatenated, table_alone, tuned

WORDS = np.array(["red", "green", "blue", "soft", "hard", "old", "new", "big", "small", "cold", "warm", "dry"])
ROWS, TRAIN, TEST = 240, np.arange(160), np.arange(160, 240)


def drawn(*, is_class: bool) -> tuple[pd.DataFrame, np.ndarray]:
    """Texts beside a number and a category; the answer goes by three words and the number."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, 5)) for _ in range(ROWS)]
    number = rng.normal(size=ROWS)
    worth = np.array([("red" in text) + ("cold" in text) - 2 * ("dry" in text) for text in texts]) + number
    frame = pd.DataFrame({"text": texts, "number": number, "level": rng.choice(["a", "b"], ROWS)})
    return frame, (worth > 0).astype(float) if is_class else np.exp(worth)


def options(metric: str, **more: object) -> dict[str, object]:
    return {"is_class": metric == "roc_auc", "seed": 0, "text": ("text",), "metric": metric, "cores": 1, **more}


def test_the_tuned_model_is_the_pipeline_of_scikit_learn_with_what_it_chose() -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    frame, y = drawn(is_class=True)
    frame = frame[["text"]]
    found = tuned(frame, y, TRAIN, TEST, **options("roc_auc", higher=True, seconds=0.0))  # type: ignore[arg-type]
    assert (found.tried, found.grid, found.strength in STRENGTHS) == (1, 20 * len(STRENGTHS), True)
    terms = TfidfVectorizer(ngram_range=(1, 1), sublinear_tf=True, min_df=1)
    model = make_pipeline(make_column_transformer((terms, "text")), LogisticRegression(C=found.strength, max_iter=200))
    expected = model.fit(frame.iloc[TRAIN], y[TRAIN]).predict_proba(frame.iloc[TEST])
    assert found.view["runs"] == "words"
    np.testing.assert_allclose(found.answer, expected, atol=1e-4)


def test_no_rival_is_moved_by_the_answers_of_the_test_rows() -> None:
    for metric in ("roc_auc", "rmsle"):
        frame, y = drawn(is_class=metric == "roc_auc")
        other = y.copy()
        other[TEST] = other[TEST[::-1]] if metric == "roc_auc" else 5.0
        for rival, more in ((tuned, {"higher": metric == "roc_auc", "seconds": 0.0}), (concatenated, {}),
                            (table_alone, {})):  # fmt: skip
            both = [rival(frame, one, TRAIN, TEST, **options(metric, **more)) for one in (y, other)]  # type: ignore[operator]
            first, second = (getattr(one, "answer", one) for one in both)
            np.testing.assert_array_equal(first, second)


def test_with_time_all_of_the_grid_is_tried_and_the_table_found_beside_the_texts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text_rivals, "RUNS", {"words": text_rivals.RUNS["words"]})
    monkeypatch.setattr(text_rivals, "STRENGTHS", (1.0, 10.0, 30.0))
    frame, y = drawn(is_class=False)
    found = tuned(frame, y, TRAIN, TEST, **options("rmsle", higher=False, seconds=math.inf))  # type: ignore[arg-type]
    assert found.tried == found.grid == 2 * 2 * 2 * 3
    assert found.view["table"]
    error = np.sqrt(np.mean((np.log1p(found.answer) - np.log1p(y[TEST])) ** 2))
    assert abs(error - found.cv) < 0.3 * found.cv < 0.3 * np.log1p(y).std()


def test_lines_are_summed_up_as_the_better_the_worse_and_what_was_not_measured(tmp_path: Path) -> None:
    rng, truth = np.random.default_rng(0), np.arange(200) % 2.0
    (tmp_path / "text_answers").mkdir()
    lines = []
    for table, method, noise in (("a", "ours", 0.1), ("a", "tuned", 1.5), ("b", "ours", 1.5), ("b", "tuned", 0.1)):
        p = truth + rng.normal(0, noise, 200)
        name = f"{table}_{method}.npz"
        np.savez(tmp_path / "text_answers" / name, y=truth, p=np.stack([1 - p, p], axis=1))
        lines.append({"table": table, "seed": 0, "seconds": 9.0, "method": method, "metric": "roc_auc",
                      "higher_is_better": True, "score": 0.5, "took": 1.0, "load": 1.0, "answer": name})  # fmt: skip
    found = {check.what: check for check in checks(summed_up(lines, tmp_path))}
    worse = found["not worse than the tuned linear model beyond the 95 % interval"]
    assert (worse.holds, worse.measured) == (False, "1 of 2: b/0")
    assert found["better than the tuned linear model, share of 2 sets"].measured == "50 %"
    assert [check.measured for what, check in found.items() if "AutoGluon" in what] == ["not measured"]
    assert json.dumps(summed_up(lines, tmp_path))


def test_the_page_shows_each_set_with_means_and_how_often_one_is_surely_better(tmp_path: Path) -> None:
    over = {0: {"value": 0.02, "low": 0.01, "high": 0.03}, 1: {"value": -0.01, "low": -0.03, "high": 0.01}}
    one = {"table": "a", "metric": "roc_auc", "scores": {"ours": {0: 0.9, 1: 0.7}, "tuned": {0: 0.88, 1: 0.71}},
           "over": {"tuned": over}}  # fmt: skip
    save(Outcome(name="text", title="Text columns", checks=(), details=[one], method="Made up."), tmp_path)
    assert "| a, roc_auc | 0.8 | 0.795 | – | – | – | +0.0050 (1, 0 of 2) |" in page(tmp_path)


def test_answers_to_other_rows_are_not_compared(tmp_path: Path) -> None:
    (tmp_path / "text_answers").mkdir()
    common = {"table": "a", "seed": 0, "seconds": 9.0, "metric": "roc_auc", "higher_is_better": True, "score": 0.5,
              "took": 1.0, "load": 1.0}  # fmt: skip
    for method, truth in (("ours", [0.0, 1.0]), ("tuned", [1.0, 0.0])):
        np.savez(tmp_path / "text_answers" / f"{method}.npz", y=truth, p=np.eye(2))
    lines = [{**common, "method": method, "answer": f"{method}.npz"} for method in ("ours", "tuned")]
    with pytest.raises(RuntimeError, match="other rows"):
        summed_up(lines, tmp_path)
