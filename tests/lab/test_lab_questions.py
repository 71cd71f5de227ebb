"""What cannot be asked is refused in one sentence, before any lab is made; what is odd but possible is answered."""

import os
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import (
    AssayError,
    BudgetError,
    DataError,
    LabError,
    SplitError,
    StorageError,
    TaskError,
    UsageError,
)
from assay.lab.lab import Lab


def with_column(frame, **columns):
    return frame.assign(**columns)


WRONG = {
    "a missing file": (lambda f: "gone.csv", {}, DataError, "is not there"),
    "no such column": (lambda f: f, {"target": "bouhgt"}, UsageError, "bouhgt"),
    "no target": (lambda f: f, {"target": None}, UsageError, "No target is named"),
    "an empty file": (lambda f: "empty.csv", {}, DataError, "is empty"),
    "a header and no row": (lambda f: f.iloc[:0], {}, AssayError, "no (row|value)"),
    "one column": (lambda f: f[["bought"]], {}, DataError, "has one column"),
    "one row": (lambda f: f.iloc[:1], {}, TaskError, "two classes are needed"),
    "a target of one class": (lambda f: with_column(f, bought="yes"), {}, TaskError, "two classes are needed"),
    "a target without a value": (lambda f: with_column(f, bought=np.nan), {}, TaskError, "has no value"),
    "nothing to learn from": (lambda f: f[["bought"]].assign(a=1, b="x"), {}, DataError, "no column to predict from"),
    "an unknown metric": (lambda f: f, {"metric": "rocauk"}, UsageError, "rocauk.*roc_auc"),
    "a metric of another problem": (lambda f: f, {"metric": "rmse"}, UsageError, "does not fit a binary task"),
    "an unknown family": (lambda f: f, {"without": frozenset({"lightgmb"})}, UsageError, "lightgmb"),
    "one group": (lambda f: with_column(f, g=1), {"group": "g"}, SplitError, "group"),
    "no order": (lambda f: with_column(f, t=1), {"order_by": "t"}, SplitError, "same moment"),
    "weights below zero": (lambda f: with_column(f, w=-1.0), {"weights": "w"}, DataError, "not a positive number"),
    "words as numbers": (lambda f: f, {"problem": "regression"}, TaskError, "number"),
    "an unknown class": (lambda f: f, {"positive": "maybe"}, TaskError, "maybe"),
    "bytes that are no table": (lambda f: "junk.csv", {}, DataError, "no text"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_question_that_cannot_be_answered_leaves_one_sentence_and_no_lab(run, here, frame, case):
    make, options, kind, words = WRONG[case]
    Path("empty.csv").touch()
    Path("junk.csv").write_bytes(bytes(range(256)) * 20)
    before = sorted(os.listdir())
    with pytest.raises(kind, match=words) as caught:
        run(make(frame), **options)
    assert caught.value.exit_code == 2
    assert "Traceback" not in caught.value.message
    assert sorted(os.listdir()) == before


def test_a_metric_of_numbers_asked_of_words_is_answered_with_metrics_and_of_codes_with_the_problem_too(run, frame):
    with pytest.raises(UsageError) as caught:
        run(frame, metric="rmse")
    assert caught.value.do[0] == "--metric roc_auc"
    with pytest.raises(UsageError) as caught:
        run(with_column(frame, bought=(frame["bought"] == "yes").astype(int)), metric="rmse")
    assert caught.value.do[0] == "--problem regression"


def coin(y, p):
    raise ZeroDivisionError("mine")


def never(y, p):
    return float("nan")


def test_a_metric_that_cannot_score_the_rows_is_refused_before_a_lab_is_made(run, here):
    for metric, kind, words in ((coin, DataError, "'coin' failed.*mine"), (never, TaskError, "never is undefined")):
        metric.greater_is_better = True
        with pytest.raises(kind, match=words):
            run(metric=metric)
    assert sorted(os.listdir()) == ["shop.csv"]


def correlation(y, p):
    return float(np.corrcoef(y, p)[0, 1]) if np.ptp(p) > 1e-9 else float("nan")


def relative(y, p):
    if (p <= 0).any():
        raise ValueError("predictions must be positive")
    return float(np.mean(np.abs(y - p) / p))


@pytest.mark.slow
def test_a_metric_undefined_for_some_answers_is_still_a_metric(run, frame):
    for name, metric, is_score in (("a", correlation, True), ("b", relative, False)):
        metric.greater_is_better = is_score
        frame["price"] = np.exp(frame.age / 20)
        summary = run(frame, target="price", metric=metric, out=name, drop=("bought",))
        assert summary.task.metric == metric.__name__
        assert summary.model is not None


@pytest.mark.parametrize("out", ["", ".", "..", "/"])
def test_a_lab_needs_a_folder_with_a_name(run, here, out):
    with pytest.raises(UsageError, match="--out") as caught:
        run(out=out)
    assert caught.value.do == ("--out my-lab",)
    assert sorted(os.listdir()) == ["shop.csv"]


@pytest.mark.parametrize("out", ["/proc/shop", "shop.csv/sub", "/dev/null/shop"])
def test_a_place_that_cannot_be_written_is_named(run, here, out):
    with pytest.raises(StorageError, match=r"cannot be written|is no lab") as caught:
        run(out=out)
    assert any("--out" in hint for hint in caught.value.do)
    assert sorted(os.listdir()) == ["shop.csv"]


@pytest.mark.parametrize(
    "make", [lambda p: p.write_text("mine"), lambda p: (p.mkdir(), (p / "notes.txt").write_text("mine"))]
)
def test_what_is_no_lab_is_never_written_into_even_with_force(run, here, make):
    make(Path("shop.lab"))
    for force in (False, True):
        with pytest.raises(StorageError, match=r"shop\.lab exists and is no lab"):
            run(force=force)
    kept = Path("shop.lab") if Path("shop.lab").is_file() else Path("shop.lab/notes.txt")
    assert kept.read_text() == "mine"


def test_a_name_too_long_for_a_folder_is_no_lab(run, here):
    with pytest.raises(StorageError, match="File name too long") as caught:
        run(out="n" * 256)
    assert any("--out" in hint for hint in caught.value.do)
    with pytest.raises(LabError, match="is not a lab"):
        Lab.open("n" * 300)


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text cannot be made there")
def test_a_file_whose_name_is_no_text_gets_its_brief(run, here):
    os.rename("shop.csv", b"caf\xe9.csv")
    run(os.fsdecode(b"caf\xe9.csv"), experiments=2, write_brief=True)
    assert r"caf\udce9.csv" in Path("shop.lab/brief.md").read_text("utf-8")


def test_an_empty_folder_may_become_a_lab(run, here):
    Path("shop.lab").mkdir()
    assert run(experiments=3).model is not None


def test_more_workers_than_none_are_needed(run):
    with pytest.raises(UsageError, match="-1 workers"):
        run(jobs=-1)


ODD = {
    "columns of one name": lambda f: pd.concat([f, f[["noise"]] * 2], axis=1),
    "a class with one member": lambda f: with_column(f, bought=["maybe", *f.bought[1:]]),
    "gaps everywhere": lambda f: f.mask(np.random.default_rng(0).random(f.shape) < 0.4),
    "a target with gaps": lambda f: with_column(f, bought=f.bought.where(f.index % 3 > 0)),
    "infinite numbers": lambda f: with_column(f, noise=np.where(f.index % 5 == 0, np.inf, f.noise)),
    "names that are numbers": lambda f: f.rename(columns={"noise": 0, "age": 1.5}),
    "odd names": lambda f: f.rename(columns={"noise": 'a "b", c\n', "age": " ", "city": "ö" * 300}),
    "a target of flags": lambda f: with_column(f, bought=f.bought == "yes"),
}


@pytest.mark.parametrize("case", sorted(ODD))
def test_an_odd_table_is_answered(run, frame, case):
    odd = ODD[case](frame)
    summary = run(odd)
    assert summary.model is not None
    assert summary.failed == 0, case


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig"])
def test_a_file_in_another_encoding_is_read_as_what_it_says(run, frame, encoding):
    frame.to_csv("shop.csv", index=False, encoding=encoding)
    assert {"Köln", "Bonn", "Ulm"} == set(run(experiments=1).task.schema["city"].levels)


def known_values_error(y, p):
    if not np.isin(p, y).all():
        raise ValueError("an answer nobody ever gave")
    return float(np.mean(y != p))


def test_where_every_model_fails_the_error_says_so_and_not_that_time_was_short(run, frame):
    with pytest.raises(BudgetError, match=r"No model could be fitted: .*an answer nobody ever gave"):
        run(frame, target="age", metric=known_values_error)


def test_interrupted_before_the_first_model_the_error_does_not_blame_the_budget(run):
    asked = threading.Event()
    asked.set()
    with pytest.raises(BudgetError, match=r"(?i)interrupted|stopped"):
        run(interrupt=asked)
    assert run(experiments=3).model is not None, "the lab can be continued"


def test_the_folder_that_was_asked_for_is_made_and_goes_by_its_name(run, here):
    run(experiments=1, out="answers")
    assert (here / "answers" / "ledger.sqlite").is_file()
    assert Lab.open("answers").name == "answers"
