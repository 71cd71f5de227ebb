"""From a table and options to a task: the question, what was left out, leaks, facts, hashes."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from assay.core.codec import from_json, to_json
from assay.core.errors import AssayError, DataError, SplitError, TaskError, UsageError
from assay.core.split import NEVER
from assay.core.task import Task
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from each import each


def people(n=200, seed=0, **columns):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "age": rng.integers(18, 80, n), "income": rng.normal(3e4, 1e4, n).round(2),
        "city": rng.choice(["Lyon", "Oslo", "Bonn"], n), "since": pd.date_range("2020-01-01", periods=n, unit="us"),
    })  # fmt: skip
    frame["churn"] = np.where(rng.random(n) < 0.3, "yes", "no")
    return frame.assign(**columns)


def prepared(frame, target="churn", **options):
    return prepare(read_table(frame, name="people.csv"), TaskOptions(target=target, **options))


def codes(result):
    return [notice.code for notice in result.task.notices]


def test_a_task_tells_what_was_understood():
    result = prepared(people())
    task = result.task
    assert (task.source, task.target, task.classes) == ("people.csv", "churn", ("no", "yes"))
    assert str(task.problem) == "binary"
    assert (task.metric, task.n_rows, task.n_columns, task.n_folds) == ("roc_auc", 200, 5, 5)
    assert task.schema["churn"].kind == "target"
    assert task.schema.names == ("age", "income", "city", "since", "churn")
    assert all((task.problem_reason, task.metric_reason, task.split_reason, task.hash, task.data_hash))
    assert (task.facts.n_numeric, task.facts.n_category, task.facts.n_dates) == (2, 1, 1)
    assert task.facts.minority == int((people()["churn"] == "yes").sum())
    assert result.table.n_rows == len(result.target) == len(result.split.numbers) == 200
    assert from_json(Task, to_json(task)) == task


@each(
    ("cells", "problem", "classes"),
    [
        (["no", "yes"], "binary", ("no", "yes")),
        ([True, False], "binary", (False, True)),
        ([0, 1], "binary", (0, 1)),
        ([0.0, 1.0], "binary", (0, 1)),
        ([1, 2, 2], "binary", (2, 1)),
        (["good", "bad", "good"], "binary", ("good", "bad")),
        (["oui", "non", "non"], "binary", ("non", "oui")),
        (["Toxic", "Not Toxic"], "binary", ("Not Toxic", "Toxic")),
        (["a", "b", "c"], "multiclass", ("a", "b", "c")),
        ([3, 10, 5], "multiclass", (3, 5, 10)),
        (["10", "9", "8"], "multiclass", ("8", "9", "10")),
        (pd.Categorical(["x", "y", "x"], ["y", "x", "unused"]), "binary", ("x", "y")),
        (np.linspace(0, 1, 200), "regression", ()),
        (np.arange(200), "regression", ()),
        ([f"$ {i},5{i:02}.00" for i in range(1, 100)], "regression", ()),
    ],
)
def test_the_problem_follows_from_the_target(cells, problem, classes):
    n = -(-200 // len(cells)) * len(cells)
    tiled = pd.Series(cells).repeat(n // len(cells)).reset_index(drop=True)
    result = prepared(people(n, churn=tiled))
    assert (result.task.problem.name, result.task.classes) == (problem, classes)
    assert [type(label) for label in result.task.classes] == [type(label) for label in classes]
    if classes:
        assert result.target.values.dtype == np.int32
        assert result.target.n_classes == len(classes)
    else:
        assert result.target.values.dtype == np.float64


def test_counts_with_a_thin_tail_are_a_regression():
    sold = np.random.default_rng(0).geometric(0.3, 200).clip(max=15)
    assert prepared(people(sold=sold), target="sold").task.problem.name == "regression"


def test_the_positive_class_can_be_chosen():
    result = prepared(people(), positive="no")
    assert result.task.classes == ("yes", "no")
    assert '"no" is the positive class, as asked' in result.task.problem_reason
    with pytest.raises(TaskError, match='never is "maybe"'):
        prepared(people(), positive="maybe")


def test_the_problem_can_be_chosen():
    grades = np.arange(200) % 5
    assert prepared(people(churn=grades), problem="regression").task.problem.name == "regression"
    assert prepared(people(churn=grades / 2), problem="multiclass").task.classes == (0, 0.5, 1, 1.5, 2)
    with pytest.raises(TaskError, match="5 classes, which is not binary"):
        prepared(people(churn=grades), problem="binary")


def test_rows_without_a_target_are_left_out_and_said():
    frame = people()
    frame.loc[[3, 5, 8], "churn"] = None
    result = prepared(frame)
    assert result.task.n_rows == 197
    assert set(range(200)) - set(result.rows.tolist()) == {3, 5, 8}
    assert "data/missing-target" in codes(result)
    assert "3 rows left out: churn is missing" in [n.message for n in result.task.notices]


def test_infinite_targets_are_left_out_and_said():
    spend = np.linspace(1, 50, 200)
    spend[:4] = [np.inf, -np.inf, np.nan, np.inf]
    result = prepared(people(churn=spend))
    assert np.isfinite(result.target.values).all()
    assert {"data/missing-target", "data/infinite-target"} <= set(codes(result))


def test_labels_that_differ_in_case_space_or_length_of_yes_are_one():
    result = prepared(people(churn=["Yes", "yes ", "YES", "Y", "No", "NO", "no", "N"] * 25))
    assert [label.lower() for label in result.task.classes] == ["no", "yes"]
    assert np.bincount(result.target.values).tolist() == [100, 100]
    assert "data/label-spelling" in codes(result)


def test_a_rare_class_and_few_rows_are_said():
    assert "data/rare-class" in codes(prepared(people(churn=["alien"] + ["a", "b"] * 99 + ["a"])))
    few = prepared(people(12, churn=[0, 1] * 6))
    assert "data/few-rows" in codes(few)
    assert few.task.n_folds == 5
    rare = prepared(people(churn=["fraud"] * 6 + ["fine"] * 194))
    assert any("only 6 rows are of the rarer class" in notice.message for notice in rare.task.notices)
    assert "data/few-rows" not in codes(prepared(people(churn=["fraud"] * 20 + ["fine"] * 180)))


@pytest.mark.parametrize(
    ("copy", "code"),
    [
        (lambda y: np.where(y == "yes", 1, 0), "leak/equals-target"),
        (lambda y: np.where(y == "yes", "left", "stayed"), "leak/equals-target"),
        (lambda y: np.where(y == "yes", "2024-01-01", None), "leak/filled-with-target"),
        (lambda y: np.where(y == "no", np.arange(200.0), np.nan), "leak/filled-with-target"),
    ],
)
def test_a_column_that_knows_the_answer_is_dropped_loudly_unless_kept(copy, code):
    frame = people()
    frame["closed_on"] = copy(frame["churn"].to_numpy())
    result = prepared(frame)
    notice = next(n for n in result.task.notices if n.code.startswith("leak/"))
    assert (notice.code, notice.column, notice.do) == (code, "closed_on", "--keep closed_on")
    assert result.task.schema["closed_on"].kind == "dropped"
    assert "leak" in result.task.schema["closed_on"].reason
    kept = prepared(frame, keep=("closed_on",))
    assert kept.task.schema["closed_on"].is_feature
    assert code in codes(kept)


def test_an_equal_regression_target_is_a_leak_and_a_near_one_is_not():
    y = np.random.default_rng(1).normal(size=200)
    result = prepared(people(churn=y, same=y, near=y + 1e-6))
    assert result.task.schema["same"].kind == "dropped"
    assert result.task.schema["near"].kind == "numeric"


def test_a_strong_column_is_no_proved_leak():
    frame = people()
    frame["strong"] = np.where(frame["churn"] == "yes", "a", "b")
    frame.loc[0, "strong"] = "b" if frame.loc[0, "churn"] == "yes" else "a"
    assert not [code for code in codes(prepared(frame)) if code.startswith("leak/")]


@each(
    ("frame", "options", "error", "message"),
    [
        (people(), {"target": "chrun"}, UsageError, 'people.csv has no column "chrun". Near: churn. Columns: age'),
        (people(), {"target": None}, UsageError, "No target is named"),
        (people(), {"drop": ("churn",)}, UsageError, "is to be dropped"),
        (people(churn="no"), {}, TaskError, 'the target "churn" is "no" in all 200 rows; two classes are needed'),
        (people(churn=None), {}, TaskError, 'the target "churn" has no value in any of 200 rows'),
        (people(churn=[f"k{i}" for i in range(200)]), {}, TaskError, "200 different values in 200 rows, too many"),
        (
            people(churn=[f"k{i}" for i in range(200)]),
            {"problem": "regression"},
            TaskError,
            "does not vary as a number",
        ),
        (people()[["churn"]], {}, DataError, 'has one column, "churn"'),
        (people()[["churn"]].assign(one=1), {}, DataError, "has no column to predict from: one (constant"),
        (people(w=-1), {"weights": "w"}, DataError, 'The weight "w" is not a positive number in 200 rows, first row 1'),
        (people(), {"order_by": "city"}, DataError, 'cannot be ordered by "city": it is read as category'),
        (people(g="x"), {"group": "g"}, SplitError, "1 groups"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_in_words(frame, options, error, message):
    with pytest.raises(error) as caught:
        prepared(frame, **options)
    assert message in str(caught.value)


def test_a_target_that_stands_twice_is_ambiguous(tmp_path):
    path = tmp_path / "twice.csv"
    path.write_text("a,churn,churn\n" + "1,0,1\n2,1,1\n" * 20)
    with pytest.raises(AssayError, match='two columns are named "churn" and differ'):
        prepare(read_table(path), TaskOptions(target="churn"))


def test_commands_in_errors_can_be_pasted(tmp_path):
    path = tmp_path / "my table.csv"
    path.write_text("age,churn\n" + "1,0\n2,1\n" * 20)
    with pytest.raises(UsageError) as caught:
        prepare(read_table(path), TaskOptions(target="chrun"))
    assert caught.value.do == (f"assay fit '{path}' --target churn",)


def test_groups_weights_and_order_reach_the_task():
    frame = people(g=np.arange(200) // 4, w=np.linspace(1, 2, 200))
    result = prepared(frame, group="g", weights="w")
    assert result.task.split_kind == "grouped"
    assert result.groups is not None
    assert len(np.unique(result.groups)) == 50
    assert result.target.weight[0] == 1.0
    assert prepared(frame, kinds={"g": "group"}).task.split_kind == "grouped"
    in_time = prepared(frame, order_by="since")
    assert in_time.task.split_kind == "time"
    assert in_time.split.numbers.shape[1] == 1
    assert int((in_time.split.numbers == NEVER).sum()) > 0
    assert in_time.task.schema["since"].reason.startswith("orders the rows in time")


def test_a_holdout_is_made_when_the_facts_ask_for_it():
    options = TaskOptions(target="churn")
    result = prepare(read_table(people()), options, most_folds=lambda facts: 1 if facts.n_rows > 100 else 5)
    assert (result.task.split_kind, result.task.n_folds) == ("holdout", 1)


def test_repeated_rows_are_kept_in_one_fold():
    frame = pd.concat([people(), people()[:20]], ignore_index=True)
    result = prepared(frame)
    assert "data/repeated-rows" in codes(result)
    assert np.array_equal(result.split.numbers[:20], result.split.numbers[200:])


def test_tables_made_of_copies_keep_every_copy_in_the_fold_of_its_twins():
    frame = pd.concat([people(200)] * 3, ignore_index=True)
    result = prepared(frame)
    folds = result.split.numbers[:, 0].reshape(3, 200)
    assert (folds == folds[0]).all()
    (notice,) = [n for n in result.task.notices if n.code == "data/repeated-rows"]
    assert "600 rows have equal features; they are kept in one fold" in notice.message


def scattered(copied, seed=1):
    """people() with some rows again, anywhere."""
    frame = pd.concat([people(), people().iloc[copied]], ignore_index=True)
    return frame.sample(frac=1.0, random_state=seed).reset_index(drop=True)


def test_rows_that_repeat_as_new_ones_will_are_divided_among_folds_and_that_is_said():
    result = prepared(scattered(np.arange(0, 200, 5)))
    (notice,) = [n for n in result.task.notices if n.code == "data/repeated-rows"]
    assert "80 rows (33%) have equal features, as new rows will" in notice.message
    assert "repeated rows" not in result.task.split_reason


def test_rows_of_one_class_copied_to_make_it_larger_stay_with_their_twins():
    frame = people()
    result = prepared(scattered(np.flatnonzero(frame.churn == "yes")))
    assert "repeated rows stay in one fold" in result.task.split_reason


def test_rows_that_cannot_but_repeat_are_divided_among_folds():
    answers = np.random.default_rng(0).random((600, 6)) < 0.5
    frame = pd.DataFrame(answers, columns=list("abcdef")).assign(churn=answers[:, 0] ^ answers[:, 1])
    result = prepared(frame)
    assert "repeated rows" not in result.task.split_reason
    assert "as new rows will" in next(n.message for n in result.task.notices if n.code == "data/repeated-rows")


@pytest.mark.parametrize("spelled", [("true", "1", "True", "false", "0"), ("yes", "1", "Y", "no", "0")])
def test_spellings_of_two_truth_values_are_two_classes(spelled):
    frame = people()
    sides = [list(spelled[:3]), list(spelled[3:])]
    frame["churn"] = [sides[i % 2][i % len(sides[i % 2])] for i in range(len(frame))]
    result = prepared(frame)
    assert result.task.problem.name == "binary"
    assert len(result.task.classes) == 2
    assert result.target.values[:2].tolist() == [1, 0]
    assert "data/label-spelling" in codes(result)


def test_few_different_rows_are_not_kept_together_and_that_is_said():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.integers(0, 3, 300), "b": rng.choice(["x", "y"], 300)})
    frame["churn"] = np.where(rng.random(300) < 0.4, "yes", "no")
    result = prepared(frame)
    (notice,) = [n for n in result.task.notices if n.code == "data/repeated-rows"]
    assert "are not kept together: scores may be too good" in notice.message
    assert "repeated rows" not in result.task.split_reason


def test_rows_that_repeat_are_one_unit_where_more_than_one_in_a_hundred_does():
    many = prepared(pd.concat([people(), people()[:20]], ignore_index=True))
    assert np.array_equal(many.groups[:20], many.groups[200:])
    assert len(np.unique(many.groups)) == 200
    assert prepared(pd.concat([people(), people()[:2]], ignore_index=True)).groups is None
    assert prepared(people()).groups is None


def test_a_group_column_goes_before_repeated_rows_as_a_unit():
    frame = pd.concat([people(), people()[:20]], ignore_index=True).assign(who=np.arange(220) // 4)
    assert len(np.unique(prepared(frame, group="who").groups)) == 55


def test_hashes_change_with_data_and_question_and_with_nothing_else():
    base = prepared(people()).task
    assert prepared(people()).task.hash == base.hash
    assert prepared(people(seed=1)).task.data_hash != base.data_hash
    asked_otherwise = prepared(people(), metric="log_loss").task
    assert asked_otherwise.data_hash == base.data_hash
    assert asked_otherwise.hash != base.hash
    assert prepared(people(), seed=1).task.hash != base.hash


def far_notices(target, **options):
    return [n for n in prepared(people(churn=target), **options).task.notices if n.code == "data/far-target"]


def test_one_target_that_holds_all_variance_is_said_with_ways_out():
    target = np.random.default_rng(0).normal(20, 5, 200).round(2)
    target[17] = 9_999_999
    (notice,) = far_notices(target)
    assert "churn: 1 row holds 100% of the variance (9999999)" in notice.message
    assert "--missing 9999999" in notice.do
    assert "--metric mae" in notice.do
    assert far_notices(target, missing=("9999999",)) == []


@pytest.mark.parametrize("draw", ["normal", "lognormal", "exponential"])
def test_targets_with_an_ordinary_tail_are_not_called_far(draw):
    assert far_notices(getattr(np.random.default_rng(1), draw)(size=200)) == []


def test_a_few_ones_among_zeros_are_the_question_and_not_far():
    assert far_notices(np.where(np.arange(200) < 2, 1.5, np.arange(200) % 2), problem="regression") == []


def test_what_orders_the_rows_is_a_feature_unless_it_is_dropped():
    shown = prepared(people(), order_by="since")
    assert shown.task.schema["since"].kind == "datetime"
    assert shown.task.split_kind == "time"
    hidden = prepared(people(), order_by="since", drop=("since",))
    assert hidden.task.schema["since"].kind == "time"
    assert not hidden.task.schema["since"].is_feature
    np.testing.assert_array_equal(shown.split.numbers, hidden.split.numbers)


def test_row_numbers_that_order_the_rows_are_a_feature_too():
    numbered = prepared(people().assign(row=np.arange(len(people()))), order_by="row")
    assert numbered.task.schema["row"].kind == "numeric"


def test_repeated_rows_with_cells_that_cannot_be_compared_are_counted_all_the_same():
    frame = pd.DataFrame({"a": [Decimal("sNaN"), Decimal("1"), Decimal("2")] * 40, "churn": ["yes", "no", "no"] * 40})
    assert "data/repeated-rows" in codes(prepared(frame))


def test_a_target_with_a_decimal_that_signals_is_understood():
    frame = pd.DataFrame({"x": [7, 1, 3] * 20, "churn": pd.Series([Decimal("sNaN"), "a", "b"] * 20, dtype=object)})
    assert len(prepared(frame).task.classes) == 3


def test_a_bad_weight_is_named_by_its_row_in_the_table_though_rows_without_a_target_are_left_out():
    frame = people(w=1.0)
    frame.loc[:9, "churn"], frame.loc[30, "w"] = None, -1.0
    with pytest.raises(DataError, match="not a positive number in 1 row, first row 31"):
        prepared(frame, weights="w")
