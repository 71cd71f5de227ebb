"""The same rows are known again whatever their columns are called; other rows, and cells, are not."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.core.codec import from_json, to_json
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.memory.content_sketch import BUCKETS, ContentSketch, _numbers, are_alike, sketch_of
from assay.memory.lab_facts import DataIdentity
from assay.memory.memory_store import memory_in


def shop(seed=0, n=1500):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "weight": rng.normal(size=n).round(4), "age": rng.integers(18, 90, n), "city": rng.choice(["Bern", "Oslo"], n),
        "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
        "big": 1e9 + rng.integers(0, 100_000, n), "late": rng.choice(["yes", "no"], n),
    })  # fmt: skip


def content(frame, target="late"):
    found = prepare(read_table(frame), TaskOptions(target=target))
    return ContentSketch.of(found.task, found.table, found.target)


HERE = content(shop())
RENAMED = shop().rename(columns={name: f"v{j}" for j, name in enumerate(shop().columns)})


@pytest.mark.parametrize("frame", [
    RENAMED,
    RENAMED.sample(frac=1.0, random_state=1),
    RENAMED.sample(frac=0.7, random_state=2),
    RENAMED[["v5", "v3", "v4", "v0"]],
    pd.concat([RENAMED, RENAMED.assign(v0=5.0).head(400)]),
])  # fmt: skip
def test_a_copy_with_renamed_columns_is_the_same_rows(frame):
    assert HERE.shares_rows(content(frame, "v5"))
    assert content(frame, "v5").shares_rows(HERE)


def test_two_draws_of_one_table_share_rows_as_two_vaults_leave_them():
    one, other = (content(RENAMED.sample(frac=0.8, random_state=seed), "v5") for seed in (1, 2))
    assert one.shares_rows(other)


def test_the_same_table_asked_for_another_column_is_the_same_rows():
    assert HERE.shares_rows(content(RENAMED, "v0"))


@pytest.mark.parametrize("frame", [
    shop(1), shop(2).assign(age=shop()["age"]), shop(3)[["age", "city", "late"]],
])  # fmt: skip
def test_other_rows_of_the_same_kind_are_not(frame):
    assert not HERE.shares_rows(content(frame))


def test_tables_with_few_cells_say_nothing():
    few = content(shop(n=150))
    assert few == ContentSketch()
    assert not few.shares_rows(few)
    assert not ContentSketch().shares_rows(HERE)


def test_a_sketch_agrees_as_far_as_sets_do():
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 2**63, 6_000).astype(np.uint64)
    base = sketch_of(np.sort(drawn[:3000]))
    assert len(base) == BUCKETS
    assert are_alike(base, sketch_of(np.sort(drawn[300:3300])), share=0.5)
    assert not are_alike(base, sketch_of(np.sort(drawn[3000:])), share=0.3)
    assert not are_alike("", "", share=0.3)


def test_no_cell_is_in_what_is_kept_and_a_cell_cannot_be_told_from_another():
    text = json.dumps(to_json(HERE))
    assert "Bern" not in text
    assert len(HERE.columns) == 1, "weight alone: of the others many rows have the same"
    assert all(len(one) == BUCKETS and set(one) <= set("0123456789abcdef-") for one in (HERE.rows, *HERE.columns))
    # whoever guesses a value finds its half byte hardly more often than that of a value that is not there
    weights = shop()["weight"].to_numpy()
    there, absent = (float(np.mean(hits(values))) for values in (weights, weights + 10.0))
    assert there < absent + 0.05


def hits(values):
    hashes = _numbers(np.asarray(values, dtype=np.float32).astype(np.float64))
    return [any(one[int(h) >> 59] == f"{int(h) % 16:x}" for one in HERE.columns) for h in hashes.tolist()]


def test_what_earlier_versions_remembered_is_read(tmp_path):
    old = {"data": "a", "columns": ["b", "c"], "keys": ["k"]}
    found = from_json(DataIdentity, old)
    assert found.content == ContentSketch()
    assert found.may_share_rows(from_json(DataIdentity, {**old, "data": "x"}))
    assert not found.may_share_rows(DataIdentity(data="z", columns=("y",), content=HERE))
    lab = {
        "lab": "l", "identity": old, "experiments": 3, "moves": [],
        "kind": {
            "problem": "binary", "metric": "roc_auc", "rows": 10, "numeric": 1, "category": 0, "dates": 0, "text": 0,
        },
    }  # fmt: skip
    (tmp_path / "memory.json").write_text(json.dumps({"version": 1, "labs": [lab]}))
    assert memory_in(tmp_path / "memory.json")[0].identity == found
