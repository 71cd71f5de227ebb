"""Each sort of thing that goes wrong in a table is named, in document, page and terminal; honest columns are not."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.cli.inspection_lines import inspection_lines
from assay.cli.line_layout import LineLayout, plain
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.inspect.column_distribution import outliers
from assay.inspect.inspect_table import inspect_table
from assay.inspect.relations import correlation_ratio, cramer
from assay.report.inspection_page import inspection_html

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
planted = pytest.importorskip("inspect_planted")


@pytest.fixture(scope="module", params=[0, 3])
def table(request, tmp_path_factory):
    frame, later = planted.planted(request.param)
    return frame, planted.document_of(frame, later, tmp_path_factory.mktemp("planted"))


def test_every_plant_is_named_and_no_honest_column_is_accused(table):
    _, document = table
    assert list(planted.missed(document)) == []
    assert list(planted.accused(document)) == []


def test_a_table_of_honest_columns_has_no_plant_named():
    rng = np.random.default_rng(5)
    frame = planted.honest(1000, rng).assign(y=rng.choice(["yes", "no"], 1000))
    found = inspect_table(read_table(frame), TaskOptions(target="y"))
    assert found.relations == ()
    assert [c.name for c in found.columns if c.gaps is not None] == []


def test_ends_middle_and_share_far_out_are_those_of_the_column(table):
    frame, document = table
    spread = planted.column(document, "x1")["spread"]
    cells = frame["x1"]
    assert (spread["low"], spread["high"]) == (cells.min(), cells.max())
    assert spread["median"] == pytest.approx(cells.median())
    assert planted.column(document, "when")["spread"]["low"] == frame["when"].min()


def test_outliers_are_counted_beyond_three_interquartile_ranges():
    values = np.concatenate([np.arange(97.0), [1000.0, 1001.0, -900.0]])
    assert outliers(values) == 0.03
    assert outliers(np.array([1.0] * 9 + [5.0])) is None


def test_correlations_of_levels_are_those_of_the_textbook_and_none_by_chance():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 9, 3000), rng.integers(0, 7, 3000)
    assert cramer(a, a) == pytest.approx(1.0)
    assert cramer(a, b) < 0.05
    assert correlation_ratio(a, a.astype(float)) == pytest.approx(1.0)
    assert correlation_ratio(a, rng.normal(size=3000)) < 0.05


def test_relations_are_of_the_rows_where_both_are_filled():
    rng = np.random.default_rng(2)
    a = rng.normal(size=500)
    frame = pd.DataFrame({"a": np.where(np.arange(500) < 100, np.nan, a), "b": a + rng.normal(0, 0.1, 500)})
    (one,) = inspect_table(read_table(frame.assign(c="x")), TaskOptions()).relations
    expected = frame.corr().loc["a", "b"]
    assert (one.measure, one.rows) == ("Pearson", 400)
    assert one.value == pytest.approx(expected)


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_figures_fit_the_terminal_and_notes_are_never_cut(table, width):
    frame, _ = table
    found = inspect_table(read_table(frame), TaskOptions(target="y"))
    lines = [
        plain(spans).rstrip() for spans in inspection_lines(LineLayout(width), found, "assay fit", everything=True)
    ]
    assert [line for line in lines if len(line) > width] == []
    text = " ".join(" ".join(lines).split())
    for part in ("min", "median", "max", "its gaps tell the target", "x1_copy repeats x1", "-999"):
        assert part in text or (part == "x1_copy repeats x1" and "x1 repeats x1_copy" in text), part


def test_the_page_holds_the_same_figures(table):
    frame, _ = table
    found = inspect_table(read_table(frame), TaskOptions(target="y"))
    page = inspection_html(found)
    for part in ("AUC", "Columns that go together", "outliers", "phi"):
        assert part in page, part


def test_our_own_steps_are_tried_only_when_asked():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=200), "y": rng.integers(0, 2, 200)})
    assert inspect_table(read_table(frame), TaskOptions(target="y")).replay == ()
    assert inspect_table(read_table(frame), TaskOptions(target="y"), deep=True).replay
