"""The hash of a task: it changes with everything that changes a result, and with nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.block.columns import CodeBlock, DateBlock, NumericBlock, TextBlock
from assay.core.seed import Seeds
from assay.core.split import Split
from assay.core.table import Table
from assay.core.target import Target
from assay.data.fingerprint import column_hashes, content_hash
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from each import each


def table(n=6):
    return Table.of(
        numeric=NumericBlock(np.arange(n, dtype=np.float32)[:, None], ("x",)),
        codes=CodeBlock(np.arange(n, dtype=np.int32)[:, None] % 2, ("c",), (2,)),
        dates=DateBlock(np.arange(n, dtype=np.float64)[:, None], ("d",)),
        text=TextBlock(np.array([["a"], ["b"], ["cd"]] * (n // 3), dtype=object), ("t",)),
    )


def content(**changes):
    n = 6
    parts = {
        "table": table(), "target": Target(np.arange(n, dtype=np.int32) % 2, 2),
        "split": Split("stratified", 2, np.arange(n, dtype=np.uint8)[:, None] % 2, ""), "units": None,
    }  # fmt: skip
    return content_hash(**{**parts, **changes})


def changed(block, value):
    new = getattr(table(), block).copy()
    new[1, 0] = value
    return table().with_cells(**{block: new})


CHANGES = {
    "a number": {"table": changed("numeric", 7.0)},
    "a missing number": {"table": changed("numeric", np.nan)},
    "a code": {"table": changed("codes", 0)},
    "a date": {"table": changed("dates", 0.5)},
    "a text": {"table": changed("text", "bc")},
    "where a text ends": {"table": table().with_cells(text=np.array([["ab"], [""], ["cd"]] * 2, dtype=object))},
    "a name": {"table": table().with_blocks(numeric=NumericBlock(table().numeric, ("z",)))},
    "levels": {"table": table().with_blocks(codes=CodeBlock(table().codes, table().code_names, (3,)))},
    "the target": {"target": Target(np.zeros(6, dtype=np.int32), 2)},
    "weights": {"target": Target(np.arange(6, dtype=np.int32) % 2, 2, np.ones(6))},
    "a fold": {"split": Split("stratified", 2, np.array([[0], [1], [1], [0], [0], [1]], dtype=np.uint8), "")},
    "units": {"units": np.arange(6) // 2},
}


@each("changes", CHANGES.values(), ids=CHANGES)
def test_whatever_is_learnt_from_is_in_the_hash(changes):
    assert content(**changes) != content()


def test_a_missing_number_is_the_same_whatever_its_bits():
    one, other = changed("numeric", np.nan), changed("numeric", np.nan)
    other.numeric.view(np.uint32)[1, 0] |= 0x80000000  # as 0 / 0 gives it on x86
    assert content(table=one) == content(table=other)


def frame(n=120):
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "x": rng.normal(size=n), "k": rng.integers(0, 9, n), "who": rng.integers(0, 30, n).astype(str),
        "since": np.arange(n), "until": rng.permutation(n), "y": rng.choice(["no", "yes"], n),
    })  # fmt: skip


def hash_of(**options):
    return prepare(RawTable(frame=frame(), name="t.csv"), TaskOptions(target="y", **options)).task.hash


QUESTIONS = {
    "positive": {"positive": "no"}, "kind": {"kinds": {"k": "category"}}, "groups": {"group": "who"},
    "order": {"order_by": "since"}, "another order": {"order_by": "until"}, "folds": {"n_folds": 3},
    "both": {"order_by": "since", "group": "who"},
}  # fmt: skip


def test_every_way_to_ask_has_its_own_hash():
    assert len({hash_of(**options) for options in ({}, *QUESTIONS.values())}) == 1 + len(QUESTIONS)


def test_the_hash_stays_when_loss_or_the_sample_of_a_search_is_settled_later():
    prepared = prepare(RawTable(frame=frame(), name="t.csv"), TaskOptions(target="y"), most_folds=lambda facts: 1)
    subsample = prepared.split.subsample_training(40, Seeds(0).rng())
    later = replace(
        prepared, split=subsample, task=replace(prepared.task, loss="log_loss", split_reason=subsample.reason)
    )

    class Same:
        name = prepared.task.metric

    assert later.with_metric(Same(), reason="as asked").task.hash == prepared.task.hash


@pytest.mark.parametrize("dtype", ["Int64", "int64[pyarrow]", "Float64"])
def test_a_column_of_a_nullable_type_without_a_value_has_a_hash(dtype):
    empty = pd.Series([None, None, None], dtype=dtype)
    assert len(set(column_hashes(empty))) == 1
