"""Prediction files of any origin against the truth: what is understood, what is refused, what is said."""

import numpy as np
import pandas as pd
import pytest

from assay.cli.comparison_lines import verdict_text
from assay.compare.comparison import Terms, compare_files
from assay.core.errors import AssayError
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.metrics import registry
from assay.metrics.choose_metric import fitting_names
from each import each


def shop(n=400, seed=0):
    """(truth, a worse file, a better file) of a binary target."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    y = rng.random(n) < 1 / (1 + np.exp(-2 * signal))
    shares = [1 / (1 + np.exp(-2 * (signal + noise * rng.normal(size=n)))) for noise in (2.0, 0.3)]
    truth = pd.DataFrame({"id": np.arange(n), "bought": np.where(y, "yes", "no")})
    return truth, *(pd.DataFrame({"id": np.arange(n), "p_no": 1 - p, "p_yes": p}) for p in shares)


TARGET = Terms(target="bought")


@each("metric", fitting_names(Binary()))
def test_the_better_file_wins_by_every_metric(metric):
    truth, worse, better = shop()
    found = compare_files(worse, better, truth, Terms(target="bought", metric=metric))
    assert found.difference.value > 0
    assert found.difference.low > 0
    assert found.two_sided_p < 0.05
    assert found.difference.method


def test_swapping_the_files_turns_the_sign():
    truth, worse, better = shop()
    one, other = (compare_files(*pair, truth, TARGET) for pair in ((worse, better), (better, worse)))
    assert one.difference.value == pytest.approx(-other.difference.value)
    assert one.two_sided_p == other.two_sided_p


def test_rows_are_matched_by_an_id_whatever_their_order_and_type():
    truth, worse, better = shop()
    mixed = better.sample(frac=1, random_state=1).assign(id=lambda t: t.id.astype(float))
    by_id = Terms(target="bought", id_column="id")
    assert (
        compare_files(worse, mixed, truth, by_id).difference == compare_files(worse, better, truth, TARGET).difference
    )


def test_what_assay_predict_writes_is_understood(tmp_path):
    truth, worse, better = shop()
    for name, table in (("a.csv", worse), ("b.csv", better)):
        labels = np.where(table.p_yes > 0.5, "yes", "no")
        pd.DataFrame({"row": np.arange(1, 401), "bought": labels, "p_no": table.p_no, "p_yes": table.p_yes}).to_csv(
            tmp_path / name, index=False
        )
    truth.to_parquet(tmp_path / "truth.parquet")
    found = compare_files(tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "truth.parquet", TARGET)
    assert found.difference.value == pytest.approx(compare_files(worse, better, truth, TARGET).difference.value)


def test_labels_alone_do_for_a_metric_of_labels():
    truth, worse, better = shop()
    a, b = (pd.DataFrame({"prediction": np.where(t.p_yes > 0.5, "yes", "no")}) for t in (worse, better))
    by_label = compare_files(a, b, truth, Terms(target="bought", metric="accuracy"))
    by_share = compare_files(worse, better, truth, Terms(target="bought", metric="accuracy"))
    assert by_label.difference.value == pytest.approx(by_share.difference.value)
    with pytest.raises(AssayError, match="holds labels, and log loss needs probabilities") as error:
        compare_files(a, b, truth, Terms(target="bought", metric="log_loss"))
    assert "--metric accuracy" in error.value.do


def test_any_score_does_where_only_ranks_count():
    truth, worse, better = shop()
    scores = [pd.DataFrame({"score": 10 * t.p_yes - 3}) for t in (worse, better)]
    assert compare_files(*scores, truth, TARGET).difference.value == pytest.approx(
        compare_files(worse, better, truth, TARGET).difference.value
    )
    with pytest.raises(AssayError, match=r"row 1: .* is no probability between 0 and 1, which Brier"):
        compare_files(*scores, truth, Terms(target="bought", metric="brier"))


def test_several_classes_and_numbers_have_their_forms():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 300)
    shares = np.eye(3)[y] * 0.4 + 0.2
    flat = np.full((300, 3), 1 / 3)
    names = ["ant", "bee", "cow"]
    truth = pd.DataFrame({"kind": np.array(names)[y]})
    a, b = (pd.DataFrame(table, columns=names) for table in (flat, shares))
    assert compare_files(a, b, truth, Terms()).difference.value > 0
    price = pd.DataFrame({"price": rng.normal(size=300)})
    found = compare_files(price + 1.0, price + 0.5, price, Terms())
    assert (found.metric, round(found.difference.value, 9)) == ("rmse", 0.5)


def test_a_row_without_a_group_stands_for_itself_as_in_fit():
    """All of them were one group, which nothing said."""
    truth, worse, better = shop()
    truth["shop"] = (truth.id // 4).astype(float).where(truth.id < 200)
    found = compare_files(worse, better, truth, Terms(target="bought", group="shop"))
    assert found.difference.n_units == 50 + 200


def test_a_group_is_one_unit_and_weights_count():
    truth, worse, better = shop()
    truth["shop"], truth["w"] = truth.id // 4, 1.0 + truth.id % 3
    grouped = compare_files(worse, better, truth, Terms(target="bought", group="shop"))
    assert grouped.difference.n_units == 100
    weighted = compare_files(worse, better, truth, Terms(target="bought", weights="w"))
    assert any("weighted" in note for note in weighted.notes)
    truth.loc[7, "w"] = -1.0
    with pytest.raises(AssayError, match='column "w", row 8: a weight must be a number above 0'):
        compare_files(worse, better, truth, Terms(target="bought", weights="w"))


def test_the_same_predictions_twice_are_a_tie():
    truth, worse, _ = shop()
    found = compare_files(worse, worse, truth, TARGET)
    assert (found.difference.value, found.two_sided_p) == (0.0, 1.0)


def test_a_constant_file_is_compared_and_said():
    truth, worse, _ = shop()
    flat = pd.DataFrame({"p_yes": np.full(400, 0.5)})
    found = compare_files(flat, worse, truth, TARGET)
    assert found.a_score.value == 0.5
    assert found.difference.low > 0
    assert "the table gives every row the same prediction" in found.notes


def test_few_rows_have_a_p_and_no_interval():
    truth, worse, better = (table.head(24) for table in shop())
    found = compare_files(worse, better, truth, Terms(target="bought", metric="brier"))
    assert found.difference.low is None
    assert 0 < found.two_sided_p <= 1
    assert "too few" in found.difference.method


def _nan(table):
    out = table.copy()
    out.loc[16, "p_yes"] = np.nan
    return out


TRUTH, WORSE, BETTER = shop()
REFUSED = [
    ("row 17: is missing", (_nan(WORSE), BETTER, TRUTH, TARGET)),
    ("300 rows and the table 400", (WORSE.head(300), BETTER, TRUTH, TARGET)),
    ("in another order, first in row 1", (WORSE, BETTER[::-1].reset_index(drop=True), TRUTH, TARGET)),
    ("no prediction for id 399, row 400", (WORSE.head(399), BETTER, TRUTH, Terms(target="bought", id_column="id"))),
    ("stands twice", (pd.concat([WORSE, WORSE]), BETTER, TRUTH, Terms(target="bought", id_column="id"))),
    ('has no column "name"', (WORSE, BETTER, TRUTH, Terms(target="bought", id_column="name"))),
    ("which column is the truth", (WORSE, BETTER, TRUTH, Terms())),
    ("two classes are needed", (WORSE, BETTER, TRUTH.assign(bought="no"), TARGET)),
    ("no probability between 0 and 1", (WORSE.assign(p_yes=2.0), BETTER, TRUTH, TARGET)),
    ("does not sum to 1", (WORSE.assign(p_no=0.9), BETTER, TRUTH, TARGET)),
    ("which column holds the predictions", (WORSE[["id", "p_no"]].assign(x=1), BETTER, TRUTH, TARGET)),
    ("does not fit a binary task", (WORSE, BETTER, TRUTH, Terms(target="bought", metric="rmse"))),
    ('has no column "shop"', (WORSE, BETTER, TRUTH, Terms(target="bought", group="shop"))),
]


@each(("message", "call"), REFUSED, ids=[message for message, _ in REFUSED])
def test_what_cannot_be_compared_is_refused_in_one_sentence(message, call):
    with pytest.raises(AssayError, match=message):
        compare_files(*call)


def test_a_row_without_truth_is_left_out_and_said():
    truth, worse, better = shop()
    truth.loc[3, "bought"] = None
    found = compare_files(worse, better, truth, TARGET)
    assert found.rows == 399
    assert "1 row left out: bought is missing" in found.notes


def test_every_metric_belongs_to_some_problem():
    fitting = {name for problem in (Binary(), Multiclass(), Regression()) for name in fitting_names(problem)}
    assert fitting == set(registry.names())


@pytest.mark.parametrize("written", [{"p_yes": "p_Yes", "p_no": "p_NO"}, {"p_yes": "Yes", "p_no": "No"}])
def test_classes_whose_columns_differ_in_letter_case_are_understood_and_said(written):
    truth, worse, better = shop()
    found = compare_files(worse, better.rename(columns=written), truth, TARGET)
    assert found.difference == compare_files(worse, better, truth, TARGET).difference
    assert any('read as "yes"' in note for note in found.notes)


def test_labels_that_differ_in_letter_case_and_spaces_are_understood_and_said():
    truth, worse, better = shop()
    terms = Terms(target="bought", metric="accuracy")
    one, other = (pd.DataFrame({"bought": np.where(t.p_yes > 0.5, "yes", "no")}) for t in (worse, better))
    loud = pd.DataFrame({"bought": np.where(better.p_yes > 0.5, "YES", "No ")})
    found = compare_files(one, loud, truth, terms)
    assert found.difference == compare_files(one, other, truth, terms).difference
    assert any('"YES" read as "yes"' in note for note in found.notes)


def test_the_probability_of_the_other_class_alone_says_both():
    truth, worse, better = shop()
    whole = compare_files(worse, better, truth, TARGET).difference
    assert compare_files(worse, better[["p_no"]], truth, TARGET).difference.value == pytest.approx(whole.value)
    by_name = Terms(target="bought", column="p_no")
    assert compare_files(worse, better, truth, by_name).difference.value == pytest.approx(whole.value)


def test_a_file_without_a_class_is_told_which_and_what_to_write():
    k = np.arange(90) % 3
    shares = pd.DataFrame(np.eye(3)[k] * 0.7 + 0.1, columns=["p_a", "p_b", "p_c"])
    truth = pd.DataFrame({"y": np.array(list("abc"))[k]})
    with pytest.raises(AssayError, match='no column "p_c"') as told:
        compare_files(shares[["p_a", "p_b"]], shares, truth, Terms(target="y"))
    assert any("p_c with 0" in what for what in told.value.do)
    with pytest.raises(AssayError, match='"p_d" is of no class of the truth'):
        compare_files((shares * 0.9).assign(p_d=0.1), shares, truth, Terms(target="y"))


def test_errors_that_differ_by_the_same_amount_in_every_row_are_no_millions_of_sigmas():
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    one, other = pd.DataFrame({"prediction": y + 1.0}), pd.DataFrame({"prediction": y + 2.0})
    found = compare_files(one, other, pd.DataFrame({"y": y}), Terms(target="y"))
    assert found.difference.sigma == 0
    assert found.difference.value == pytest.approx(-1.0)
    assert "by the same amount in every row" in verdict_text(found)
