"""What a predictor says of itself and of new rows."""

import re
from dataclasses import replace

import pytest

from assay.core.errors import DataError
from assay.core.schema import Column, Schema
from assay.predictor.predictor import Predictor
from assay.predictor.predictor_text import bytes_text


def test_the_repr_says_what_it_answers_from_how_much_and_what_to_expect(binary):
    text = repr(binary.predictor)
    pattern = (
        r"<Predictor bought \(no, yes\) from 7 columns, \d+ kB, ROC AUC 0\.808 \(95 % 0\.801 to 0\.815, corrected\)>"
    )
    assert re.fullmatch(pattern, text)


def test_without_a_figure_nothing_is_promised(binary):
    bundle = binary.predictor._bundle
    text = repr(Predictor(replace(bundle, passport=replace(bundle.passport, expected=None))))
    assert re.fullmatch(r"<Predictor bought \(no, yes\) from 7 columns, \d+ kB>", text)


def test_the_size_is_what_lies_on_disk(binary, tmp_path):
    binary.predictor.save(tmp_path / "model.zip")
    assert Predictor.load(tmp_path / "model.zip").size_bytes == (tmp_path / "model.zip").stat().st_size
    binary.predictor.save(tmp_path / "model")
    on_disk = sum(p.stat().st_size for p in (tmp_path / "model").rglob("*") if p.is_file())
    assert Predictor.load(tmp_path / "model").size_bytes == on_disk == binary.predictor.size_bytes


def test_html_is_small_escaped_and_without_script(binary):
    columns = tuple(Column(name=f"<b>{i}</b>" * 40, kind="numeric", reason="") for i in range(300))
    bundle = binary.predictor._bundle
    wide = Predictor(replace(bundle, passport=replace(bundle.passport, schema=Schema(columns=columns))))
    html = wide._repr_html_()
    assert len(html.encode()) <= 20_000
    assert "<script" not in html
    assert "<b>1</b>" not in html
    assert "240 more columns" in html
    assert "predict_proba" in binary.predictor._repr_html_()


def test_sizes_are_written_as_people_say_them():
    assert [bytes_text(n) for n in (812, 34_100, 999_600, 9_800_000)] == ["812 bytes", "34 kB", "1.0 MB", "9.8 MB"]


def odd_rows(binary, n):
    rows = binary.frame[:n].drop(columns=["grade", "price"]).assign(notes="x", job="nurse", age=30.0)
    rows.loc[rows.index[:2], "job"] = "influencer"
    rows.loc[rows.index[3], "age"] = float("nan")
    return rows


def test_a_check_names_what_is_ignored_never_seen_and_empty(binary):
    for n in (10, 100):
        found = binary.predictor.check(odd_rows(binary, n))
        assert found.rows == n
        assert found.ignored == ("notes",)
        assert [(u.column, u.level, u.rows) for u in found.unseen] == [("job", "influencer", 2)]
        assert [(e.column, e.rows) for e in found.empty] == [("age", 1)]
        assert found.text == f'{n} rows · ignored: notes · job "influencer" never seen (2 rows) · age empty (1)'


def test_a_check_reads_dicts_like_frames(binary):
    rows = odd_rows(binary, 10)
    assert binary.predictor.check(rows.to_dict("records")) == binary.predictor.check(rows)
    assert binary.predictor.check(rows.to_dict("records")[0]).text == (
        '1 row · ignored: notes · job "influencer" never seen (1 row)'
    )


def test_rows_like_the_old_ones_have_nothing_odd(binary):
    rows = binary.frame.dropna()[["age", "fare", "job", "city", "member", "since", "rooms"]]
    assert binary.predictor.check(rows).text == f"{len(rows)} rows"


def test_cells_that_are_no_numbers_are_not_called_empty(binary):
    for n in (10, 100):
        rows = odd_rows(binary, n)
        rows["fare"] = rows["fare"].astype(object)
        rows.loc[rows.index[4], "fare"] = "on request"
        found = binary.predictor.check(rows)
        assert [(u.column, u.rows, u.there, u.example) for u in found.unread] == [("fare", 1, n, "on request")]
        assert f"fare: 1 of {n} cells is no number as the model reads them, e.g. 'on request'" in found.text
        assert [e.column for e in found.empty] == ["age"]


def test_a_column_in_another_form_is_refused_with_an_example(binary):
    for n in (10, 100):
        rows = odd_rows(binary, n)
        rows["fare"] = [f"1.204,{i:02d}" for i in range(n)]
        with pytest.raises(
            DataError, match=f"fare: {n} of {n} cells are no numbers as the model reads them, e.g. '1"
        ) as e:
            binary.predictor.check(rows)
        assert e.value.where.column == "fare"
        assert "decimal points" in e.value.do[0]
        rows = odd_rows(binary, n).assign(since="some day")
        with pytest.raises(DataError, match=r"since: .* are no dates"):
            binary.predictor.check(rows)
