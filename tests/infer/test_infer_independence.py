"""Whether rows go together: what can be seen is looked at and named with --group, what cannot is not called good."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question

N = 240


def checks(frame, asked=None, **options):
    found = infer_table(read_table(frame), TaskOptions(target="y", **options), asked or Question())
    return {check.name: check for check in found.checks}, found


def noise(seed, **columns):
    """A target that a goes with and b does not, in rows that say nothing of each other."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N)}).assign(**columns)
    return frame.assign(y=frame.a + rng.normal(size=N))


def drifting(seed):
    return np.random.default_rng(seed).normal(size=N).cumsum()


def test_rows_that_say_nothing_of_each_other_are_assumed_not_called_good():
    seen, found = checks(noise(1))
    assert "independence" not in seen
    assert seen["order"].verdict == "good"
    assert found.selection.endswith("rows say nothing of each other but for what was looked at")
    assert checks(noise(1, shop=[f"s{j % 40}" for j in range(N)]), group="shop")[1].selection.endswith(
        "groups say nothing of each other but for what was looked at"
    )


def test_names_that_come_again_are_asked_about_with_the_option_that_counts_them():
    patient = [f"P{j // 6:03}" for j in range(N)]
    seen, _ = checks(noise(2, patient=patient))
    assert seen["independence"].verdict == "look"
    assert seen["independence"].do == "--group patient"
    assert "patient comes again in 100 % of the rows, 40 different ones" in seen["independence"].message


def test_residuals_that_agree_within_names_outside_the_model_make_errors_too_small():
    frame = noise(3, patient=[f"P {j % 40:03}" for j in range(N)]).rename(columns={"patient": "the patient"})
    frame["y"] += np.tile(2 * np.random.default_rng(4).normal(size=40), N // 40)
    seen, _ = checks(frame, Question(effect="a", adjust=("b",)))
    assert seen["independence"].verdict == "bad"
    assert seen["independence"].do == "--group 'the patient'"
    assert 0.7 < seen["independence"].statistic < 0.9  # 4 of 5 parts of the variance are the patients'


def test_a_column_of_few_sorts_left_out_of_the_model_is_no_group():
    frame = noise(5, sex=["m", "f"] * (N // 2))
    frame["y"] += 3 * (frame.sex == "m")
    assert "independence" not in checks(frame, Question(effect="a", adjust=("b",)))[0]


@pytest.mark.parametrize("shuffled", [False, True])
def test_residuals_that_follow_each_other_in_time_are_found_in_any_order_of_rows(shuffled):
    frame = noise(6, day=pd.date_range("2024-01-01", periods=N))
    frame["y"] += drifting(7)
    frame = frame.sample(frac=1.0, random_state=0) if shuffled else frame
    order = checks(frame)[0]["order"]
    assert (order.verdict, order.p < 1e-6) == ("bad", True)
    assert order.message.startswith("a residual tells the next one in the order of day (correlation 0.")
    assert order.do.startswith("--group ")
    assert checks(frame, order_by="day")[0]["order"].verdict == "bad"


def test_residuals_that_follow_each_other_in_the_file_are_looked_at_without_a_date():
    frame = noise(8)
    frame["y"] += drifting(9)
    order = checks(frame)[0]["order"]
    assert order.verdict == "look"
    assert "in the order of the file" in order.message
    assert order.do.startswith("--group ")


@pytest.mark.parametrize("target", ["number", "class"])
def test_a_file_sorted_by_its_target_shows_nothing_of_its_rows(target):
    frame = noise(10).sort_values("y", ignore_index=True)
    if target == "class":
        frame["y"] = np.where(frame.y > 0, "yes", "no")
    assert "order" not in checks(frame)[0]


def test_blocks_of_time_answer_what_the_order_of_time_showed():
    rng = np.random.default_rng(11)
    frame = noise(12, day=pd.date_range("2024-01-01", periods=N), week=[f"w{j // 6}" for j in range(N)])
    frame["y"] += np.repeat(2 * rng.normal(size=N // 6), 6)
    assert checks(frame.drop(columns="week"), order_by="day")[0]["order"].verdict == "bad"
    assert checks(frame, order_by="day", group="week")[0]["order"].verdict == "good"


@pytest.mark.slow
def test_of_tables_of_noise_about_one_in_a_hundred_is_said_to_go_together():
    said = 0
    for seed in range(60):
        frame = noise(100 + seed, tag=[f"t {j % 60}" for j in range(N)])
        seen, _ = checks(frame, Question(effect="a", adjust=()))
        said += "independence" in seen and seen["independence"].verdict == "bad"
        said += seen["order"].verdict != "good"
    assert said <= 4  # binomial(120, 0.01): 5 or more have probability 0.01


def test_most_targets_of_one_value_are_two_questions():
    rng = np.random.default_rng(13)
    frame = noise(14)
    frame["y"] = np.where(rng.uniform(size=N) < 0.9, 0.0, np.exp(rng.normal(6, 1.3, N)))
    seen, _ = checks(frame)
    assert seen["zeros"].verdict == "look"
    assert "% of the targets are 0" in seen["zeros"].message
    assert seen["normality"].verdict == "look"
    assert "zeros" not in checks(noise(14))[0]
    assert "zeros" not in checks(noise(14).assign(y=rng.integers(0, 4, N) * 25.0), Question(family="gaussian"))[0]
