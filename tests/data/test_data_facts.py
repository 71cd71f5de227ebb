"""Facts of a task: counts of rows, columns, gaps, names, and what the target is like."""

import numpy as np
import pandas as pd
import pytest

from assay.core.recipe import Recipe, Step
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.pipeline.left_out_columns import facts_left


def people(**columns):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "age": rng.integers(18, 80, 200), "city": rng.choice(["Lyon", "Oslo"], 200),
        "income": rng.normal(3e4, 1e4, 200), "since": pd.date_range("2020-01-01", periods=200),
    })  # fmt: skip
    return frame.assign(churn=np.where(rng.random(200) < 0.3, "yes", "no")).assign(**columns)


def prepared(frame):
    return prepare(read_table(frame, name="people.csv"), TaskOptions(target="churn"))


def test_facts_count_the_columns_of_names():
    rng = np.random.default_rng(0)
    pieces = (["Senior", "Junior", "Chief"], ["Data", "Fire", "Water", "Library"], ["Engineer", "Officer", "Clerk"])
    titles = ["_".join(rng.choice(words) for words in pieces) for _ in range(300)]
    frame = pd.DataFrame({"title": titles, "code": rng.integers(0, 60, 300).astype(str), "x": rng.normal(size=300),
                          "churn": rng.choice(["yes", "no"], 300)})  # fmt: skip
    frame["code"] = "C" + frame["code"]
    ready = prepared(frame)
    assert ready.task.facts.n_names == 1
    without = Recipe(steps=(Step.of("leave_out", columns=("title",)),), model=Step.of("linear"))
    assert facts_left(ready.task.facts, without, ready.table).n_names == 0
    others = Recipe(steps=(Step.of("leave_out", columns=("code",)),), model=Step.of("linear"))
    assert facts_left(ready.task.facts, others, ready.table).n_names == 1


def test_facts_of_a_regression_describe_its_target():
    y = np.random.default_rng(0).lognormal(size=200)
    facts = prepared(people(churn=y)).task.facts
    assert facts.target_min == y.min()
    assert facts.target_skew > 1
    assert (facts.n_classes, facts.minority) == (0, 200)


def test_missing_cells_are_a_share_of_all_feature_cells():
    frame = people()
    frame.loc[:99, "city"] = None
    assert prepared(frame).task.facts.missing_share == pytest.approx(100 / 800)
