"""Rows without a target: of the table or a file, read as the others are, and said what is done with them."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError, UsageError
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.data.unlabelled_rows import with_unlabelled
from assay.search.task_setup import read_source


def frame_of(n=300, without=0, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=n), "kind": rng.choice(["a", "b"], n), "y": rng.normal(size=n)})
    return frame.assign(y=frame["y"].where(np.arange(n) >= without))


def prepared_of(frame, other=None, **options):
    raw = RawTable(frame=frame, name="rows.csv")
    if other is not None:
        raw = RawTable(frame=frame, name="rows.csv", unlabelled=RawTable(frame=other, name="new.csv"))
        options = {"unlabelled": "new.csv", **options}
    return prepare(raw, TaskOptions(target="y", **options))


def codes_of(prepared):
    return {notice.code: notice for notice in prepared.task.notices}


def test_rows_whose_target_is_missing_are_kept_where_that_is_asked_and_change_the_question():
    frame = frame_of(without=120)
    plain, kept = prepared_of(frame), prepared_of(frame, unlabelled="missing")
    assert plain.unlabelled is None
    assert plain.task.facts.n_unlabelled == 0
    assert codes_of(plain)["data/missing-target"].do == "--unlabelled missing"
    assert kept.task.facts.n_unlabelled == kept.unlabelled.table.n_rows == 120
    assert kept.unlabelled.table.numeric_names == kept.table.numeric_names
    assert np.allclose(kept.unlabelled.table.numeric[:, 0], frame["x"][:120])
    assert "120 rows" in codes_of(kept)["data/unlabelled"].message
    assert kept.task.hash != plain.task.hash
    assert len(kept.target) == len(plain.target) == 180


def test_few_rows_without_a_target_are_not_worth_a_word():
    assert not codes_of(prepared_of(frame_of(without=20)))["data/missing-target"].do


def test_the_question_is_another_with_other_rows_and_the_same_without_any():
    frame = frame_of()
    one, two = (prepared_of(frame, frame_of(100, seed=s).drop(columns="y")) for s in (1, 2))
    assert one.task.hash != two.task.hash
    assert prepared_of(frame).task.hash == prepared_of(frame).task.hash


def test_targets_in_the_file_are_not_read_and_that_is_said():
    prepared = prepared_of(frame_of(), frame_of(90, seed=1))
    assert "90 rows have a target, which is not read" in codes_of(prepared)["data/unlabelled-target"].message
    assert prepared.unlabelled.table.n_rows == 90
    assert "y" not in prepared.unlabelled.table.names


def test_rows_equal_to_those_that_are_learned_from_are_taken_as_they_are():
    frame = frame_of()
    assert prepared_of(frame, frame.drop(columns="y")).unlabelled.table.n_rows == 300


def test_a_huge_file_is_cut_by_lot_and_the_same_rows_come_again():
    other = frame_of(9_000, seed=1).drop(columns="y")
    one, two = (prepared_of(frame_of(), other) for _ in range(2))
    assert one.unlabelled.table.n_rows == 5_000
    assert "5,000 of 9,000" in codes_of(one)["data/unlabelled-cap"].message
    assert one.task.hash == two.task.hash


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (lambda frame: frame.drop(columns="x"), r'new\.csv: .*lack the column "x"'),
        (lambda frame: frame.assign(x="many"), r'new\.csv: "x" is numeric in the table, and 50 of its 50 cells'),
    ],
)
def test_a_file_with_other_columns_or_kinds_is_refused(other, says):
    with pytest.raises(DataError, match=says):
        prepared_of(frame_of(), other(frame_of(50, seed=1).drop(columns="y")))


def test_missing_is_refused_where_every_row_has_a_target():
    with pytest.raises(DataError, match="every row has a target"):
        prepared_of(frame_of(), unlabelled="missing")


def test_an_order_of_time_refuses_rows_that_may_be_of_the_future():
    with pytest.raises(UsageError, match="profit from the future"):
        prepared_of(frame_of(without=99).assign(t=range(300)), unlabelled="missing", order_by="t")


def test_a_file_is_read_beside_the_table(tmp_path):
    frame_of(80).to_csv(tmp_path / "rows.csv", index=False)
    frame_of(30, seed=1).drop(columns="y").to_csv(tmp_path / "new.csv", index=False)
    frame_of(0).to_csv(tmp_path / "none.csv", index=False)
    options = TaskOptions(target="y", unlabelled=str(tmp_path / "new.csv"))
    raw = read_source(str(tmp_path / "rows.csv"), options)
    assert len(raw.unlabelled.frame) == 30
    assert prepare(raw, options).task.facts.n_unlabelled == 30
    with pytest.raises(UsageError, match="no such file"):
        with_unlabelled(RawTable(frame=frame_of(), name="a"), TaskOptions(target="y", unlabelled="gone.csv"), str)
    with pytest.raises(DataError, match="no row"):
        read_source(str(tmp_path / "rows.csv"), TaskOptions(target="y", unlabelled=str(tmp_path / "none.csv")))
