"""Tables of one column, of very many, and without any error left; what is hidden is named kind by kind."""

import numpy as np
import pandas as pd
import pytest

from assay.lab.lab import Lab
from samples.studied_labs import columns, searched


def found(path, kind):
    (note,) = Lab.open(path).study(kind=kind, time_limit="60s")
    assert not note.failed
    return note


def test_a_table_of_one_column_has_nothing_to_ablate_and_is_studied_otherwise(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    path = searched(pd.DataFrame({"x": x, "y": x + rng.normal(size=400)}), tmp_path)
    notes = Lab.open(path).study()
    assert "slices" in {note.kind for note in notes}
    assert "ablation" not in {note.kind for note in notes}
    assert not [note.failed for note in notes if note.failed]
    assert not [fact for note in notes for fact in note.found]


@pytest.mark.slow
def test_two_thousand_columns_are_studied_in_seconds(tmp_path):
    rng = np.random.default_rng(0)
    wide = rng.normal(size=(300, 2000))
    frame = pd.DataFrame(wide, columns=[f"c{i}" for i in range(2000)]).assign(y=wide[:, 0] + rng.normal(size=300))
    path = searched(frame, tmp_path, experiments=2)
    notes = Lab.open(path).study(time_limit="120s")
    assert {"slices", "residuals", "law"} <= {note.kind for note in notes}
    assert not [note.failed for note in notes if note.failed]
    assert not [fact for note in notes if note.kind in ("residuals", "law") for fact in note.found]


@pytest.mark.slow
def test_without_errors_left_nothing_is_found(tmp_path):
    rng = np.random.default_rng(0)
    kind = rng.choice(["a", "b"], size=400)
    path = searched(pd.DataFrame({"kind": kind, "other": rng.normal(size=400), "y": kind}), tmp_path, keep=("kind",))
    lab = Lab.open(path)
    notes = lab.study()
    assert not [note.failed for note in notes if note.failed]
    assert not [fact for note in notes if note.kind != "leaks" for fact in note.found]
    assert [fact.columns for note in notes if note.kind == "leaks" for fact in note.found] == [("kind",)]


def test_a_mass_at_zero_is_a_law_in_two_stages(tmp_path):
    rng = np.random.default_rng(0)
    frame = columns(rng)
    frame["y"] = np.where(frame["x3"] > 0, np.exp(frame["x1"] + 0.3 * rng.normal(size=len(frame))), 0.0)
    note = found(searched(frame, tmp_path, experiments=3), "law")
    assert [fact.code for fact in note.found] == ["two_stage"]
    assert "zero_then_amount" in {leaning.move for leaning in note.leanings}


@pytest.mark.slow
def test_a_ratio_is_named_with_its_columns(tmp_path):
    rng = np.random.default_rng(0)
    cost, area = np.exp(0.5 * rng.normal(size=(2, 600)))
    y = cost / area * np.exp(0.05 * rng.normal(size=600))
    note = found(searched(pd.DataFrame({"cost": cost, "area": area, "y": y}), tmp_path), "law")
    assert [(fact.code, fact.columns) for fact in note.found] == [("formula", ("cost", "area"))]
    assert all("ratio of cost and area" in one.what for one in note.proposals if one.move == "combine")


@pytest.mark.parametrize("is_reached", [True, False])
def test_the_ceiling_is_reached_where_equal_rows_differ_as_much_as_the_best_errs(tmp_path, is_reached):
    rng = np.random.default_rng(0)
    grade, size = rng.choice(list("abcde"), 800), rng.integers(0, 10, 800)
    crossed = 0.0 if is_reached else 3.0 * ((np.char.equal(grade, "a")) ^ (size % 2 == 0))
    y = size + 2.0 * np.char.equal(grade, "b") + crossed + rng.normal(size=800)
    note = found(searched(pd.DataFrame({"grade": grade, "size": size, "y": y}), tmp_path, experiments=3), "ceiling")
    (fact,) = note.facts
    assert bool(note.found) == is_reached
    assert ("the ceiling is reached" in fact.says) == is_reached
    assert fact.low < 1.0 < fact.high  # the noise has a deviation of 1


def test_a_column_that_drifts_is_named_and_one_that_does_not_is_not(tmp_path):
    rng = np.random.default_rng(0)
    frame = columns(rng)
    frame["y"] = frame["x1"] + rng.normal(size=len(frame))
    frame["x2"] += 1.5 * (np.arange(len(frame)) > 500)
    frame.insert(0, "day", pd.date_range("2021-01-01", periods=len(frame)).astype(str))
    note = found(searched(frame, tmp_path, experiments=2, order_by="day"), "drift")
    assert [fact.columns for fact in note.found] == [("x2",)]
    assert {"drop_drifting", "drift_weights"} <= {leaning.move for leaning in note.leanings}


def test_many_rows_without_a_target_are_named(tmp_path):
    rng = np.random.default_rng(0)
    frame = columns(rng)
    frame["y"] = pd.Series(frame["x1"] + rng.normal(size=len(frame))).where(np.arange(len(frame)) < 250)
    note = found(searched(frame, tmp_path, experiments=2), "unlabelled")
    assert [fact.code for fact in note.found] == ["unlabelled"]
    assert note.found[0].value == pytest.approx(550 / 250)
