"""Double machine learning takes away what others cause and says what it assumes; importance says what a model uses."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("statsmodels")

from threadpoolctl import threadpool_info, threadpool_limits

from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.double_ml import affordable_partitions, robustness
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question
from assay.report.inference_text import answer_text, machine_text


def confounded(seed, *, n=400, truth=0.5, binary=False):
    """x bends into both the effect d and the target; z is noise."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, n)
    d = (rng.uniform(size=n) < 1 / (1 + np.exp(-1.5 * x))).astype(float) if binary else x**2 + 0.7 * rng.normal(size=n)
    y = truth * d + (2.0 * x if binary else 1.5 * x**2) + rng.normal(size=n)
    frame = pd.DataFrame({"d": d, "x": x, "z": rng.normal(size=n), "y": y})
    return frame.assign(d=np.where(d > 0, "treated", "plain")) if binary else frame


def asked(frame, **options):
    return infer_table(read_table(frame), TaskOptions(target="y"), Question(**options))


@pytest.mark.slow
def test_a_bent_confounder_fools_the_linear_model_and_not_double_learning():
    found = asked(confounded(0), effect="d", adjust=("x", "z"))
    linear = next(one for one in found.coefficients if one.role == "effect").shown
    (machine,) = found.machine
    assert linear.low > 0.9  # the truth is 0.5: x² is missed by a straight line
    assert machine.low <= 0.5 <= machine.high
    assert "boosted trees" in machine.adjusted_by
    assert machine.partitions == 11
    check = next(check for check in found.checks if check.name == "agreement")
    assert check.verdict == "bad"
    assert "they exclude one another" in check.message
    assert answer_text(found).endswith(" In doubt (below): agreement.")


def test_an_effect_of_two_values_has_an_average_effect_beside_it():
    found = asked(confounded(6, binary=True), effect="d", adjust=("x", "z"))
    partial, average = found.machine
    assert (partial.method, average.method) == ("partially linear", "average (AIPW)")
    for one in (partial, average):
        assert one.low <= 0.5 <= one.high
    assert "every common cause of d and the target is among: x, z" in partial.assumption
    assert not any(check.name == "agreement" for check in found.checks)
    assert next(check for check in found.checks if check.name == "overlap").statistic < 0.1


@pytest.mark.slow
def test_without_a_counterpart_there_is_no_average_effect():
    frame = confounded(2, binary=True)
    frame["d"] = np.where(frame.x + 0.02 * np.random.default_rng(0).normal(size=len(frame)) > 0, "treated", "plain")
    found = asked(frame, effect="d", adjust=("x",))
    assert [one.method for one in found.machine] == ["partially linear"]
    overlap = next(check for check in found.checks if check.name == "overlap")
    assert overlap.verdict == "bad"
    assert f"{found.machine[0].outside:,} of 400 rows" in overlap.message
    assert "no average effect is told" in overlap.message


def test_an_effect_that_the_others_make_up_is_not_asked_of_machines():
    found = asked(confounded(3), effect="d", adjust=())
    assert found.machine == ()


def test_an_effect_of_two_numbers_is_told_per_unit_and_a_class_as_a_share():
    rng = np.random.default_rng(8)
    dose, x = 10.0 * rng.integers(0, 2, 150), rng.normal(size=150)
    frame = pd.DataFrame({"d": dose, "x": x, "y": np.where(x + 0.1 * dose + rng.normal(size=150) > 0, "ill", "well")})
    found = asked(frame, effect="d", adjust=("x",))
    one = next(one for one in found.coefficients if one.role == "effect")
    for machine in found.machine:
        assert machine.value == pytest.approx(one.average, rel=0.6)  # 0.02 to 0.04 a unit, not ten times that
        assert "as a share of y = " in machine_text(found, machine)


@pytest.mark.parametrize(
    ("change", "why"),
    [(lambda f: f.head(90), "90 rows, fewer than 100"), (lambda f: f.assign(d=list("abc") * 133 + ["a"]), "3 levels"),
     (lambda f: f.assign(y=list("abc") * 133 + ["a"]), "the target has several classes")],
)  # fmt: skip
def test_where_there_is_no_double_learning_it_is_said_why(change, why):
    found = asked(change(confounded(1)), effect="d", adjust=("x",))
    assert found.machine == ()
    assert any("no double machine learning" in note and why in note for note in found.notes)


@pytest.mark.slow
def test_every_partition_is_told_and_one_thread_does_the_work():
    threads = []
    heard = []

    def told(what):
        heard.append(what)
        threads.extend(pool["num_threads"] for pool in threadpool_info())

    with threadpool_limits(2):
        infer_table(read_table(confounded(3)), TaskOptions(target="y"), Question(effect="d", adjust=("x",)), told)
    assert heard[-1] == "double machine learning: partition 11 of 11"
    assert set(threads) == {1}


@given(st.integers(100, 10**7), st.integers(0, 5000), st.integers(10, 300))
def test_partitions_are_odd_and_fall_with_rows_columns_and_fits(rows, columns, fits):
    found = affordable_partitions(rows=rows, columns=columns, fits=fits)
    assert found in range(3, 12, 2)
    assert found >= affordable_partitions(rows=2 * rows, columns=columns, fits=fits)
    assert found >= affordable_partitions(rows=rows, columns=2 * columns, fits=fits)
    assert affordable_partitions(rows=1200, columns=5, fits=120) == 11


def test_the_value_published_for_darfur_is_met():
    assert robustness(4.184 / 783**0.5) == pytest.approx(0.139, abs=5e-4)


def test_importance_names_what_is_used_takes_twins_together_and_leaves_noise():
    frame = confounded(4).assign(twin=lambda f: f.x + 0.05 * f.z**2)
    found = asked(frame, importance=True)
    lines = {one.columns: one for one in found.used}
    assert ("x", "twin") in lines
    assert lines["x", "twin"].low > 0
    assert lines["x", "twin"].holm < 0.01
    assert lines["z",].low < 0
