"""Small damage as exports leave it: NUL bytes, delimiters too many, marks and codes for missing in a target."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table

N = 200
X = np.random.default_rng(0).normal(20, 3, N).round(2)


def read(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    return read_table(path)


def rows(cells, end=""):
    return "".join(f"{i * 7 % 31},{cell}{end}\n" for i, cell in enumerate(cells))


def codes(task):
    return [notice.code for notice in task.notices]


def test_a_delimiter_behind_every_row_but_the_header_costs_no_header(tmp_path):
    found = read(tmp_path, "a,y\n" + rows(X, end=","))
    pd.testing.assert_frame_equal(found.frame, read(tmp_path, "a,y\n" + rows(X)).frame)
    assert [notice.code for notice in found.notices] == ["data/empty-column"]


def test_a_title_above_a_header_with_an_empty_last_column_is_still_one(tmp_path):
    found = read(tmp_path, "Report 2024\n" + "a,y,\n" + rows(X, end=","))
    assert list(found.frame.columns) == ["a", "y"]


@pytest.mark.parametrize("at", [2, 150])
def test_a_nul_byte_is_left_out_wherever_it_stands(tmp_path, at):
    cells = [f"{x}\0" if i == at else str(x) for i, x in enumerate(X)]
    found = read(tmp_path, "a,y\n" + rows(cells))
    pd.testing.assert_frame_equal(found.frame, read(tmp_path, "a,y\n" + rows(X)).frame)
    assert "1 NUL byte" in found.notices[0].message


def test_bytes_of_a_program_are_still_no_text(tmp_path):
    with pytest.raises(DataError, match="no text"):
        read(tmp_path, "a,y\n" + "\0" * 9 + rows(X))


@pytest.mark.parametrize("mark", ["?", "k.A.", "unknown", "-"])
def test_marks_of_missing_among_targets_that_are_numbers_are_missing(tmp_path, mark):
    task = prepare(read(tmp_path, "a,y\n" + rows([mark if i % 10 == 0 else x for i, x in enumerate(X)])),
                   TaskOptions(target="y")).task  # fmt: skip
    assert (task.problem.name, task.n_rows) == ("regression", N - N // 10)
    assert {"data/target-marks", "data/missing-target"} <= set(codes(task))


def test_marks_among_zeros_and_ones_are_no_third_class(tmp_path):
    cells = ["?" if i % 10 == 0 else int(x > 20) for i, x in enumerate(X)]
    task = prepare(read(tmp_path, "a,y\n" + rows(cells)), TaskOptions(target="y")).task
    assert (task.problem.name, task.n_rows) == ("binary", N - N // 10)


@pytest.mark.parametrize("mark", ["none", "nil"])
def test_a_word_for_nothing_among_few_numbers_stays_a_class(tmp_path, mark):
    cells = [("1", "2", mark)[i % 3] for i in range(N)]
    task = prepare(read(tmp_path, "a,y\n" + rows(cells)), TaskOptions(target="y")).task
    assert (task.problem.name, task.n_rows) == ("multiclass", N)


def test_marks_among_targets_can_be_kept(tmp_path):
    cells = [("1", "2", "unknown")[i % 3] for i in range(N)]
    raw = read(tmp_path, "a,y\n" + rows(cells))
    (said,) = [n for n in prepare(raw, TaskOptions(target="y")).task.notices if n.code == "data/target-marks"]
    assert said.do == "--raw y=missing"
    kept = prepare(raw, TaskOptions(target="y", raw=("y=missing",))).task
    assert (kept.problem.name, kept.n_rows) == ("multiclass", N)


def test_an_answer_unknown_among_words_stays_a_class(tmp_path):
    cells = [("yes", "no", "unknown")[i % 3] for i in range(N)]
    assert prepare(read(tmp_path, "a,y\n" + rows(cells)), TaskOptions(target="y")).task.problem.name == "multiclass"


def test_a_code_for_missing_among_targets_is_asked_about(tmp_path):
    raw = read(tmp_path, "a,y\n" + rows([-999 if i % 10 == 0 else x for i, x in enumerate(X)]))
    (said,) = [n for n in prepare(raw, TaskOptions(target="y")).task.notices if n.code == "data/target-code"]
    assert "-999 in 20 rows" in said.message
    assert said.do == "--missing -999"
    left = prepare(read_table(tmp_path / "t.csv", missing=("-999",)), TaskOptions(target="y", missing=("-999",))).task
    assert left.n_rows == N - 20
    assert "data/target-code" not in codes(left)
