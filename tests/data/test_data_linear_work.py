"""What is looked up of columns grows as their number does, not faster."""

import cProfile
import pstats
import time

import numpy as np
import pandas as pd
import pytest

from assay.data.comparable_cells import ComparableCells
from assay.data.fingerprint import column_hashes, data_hash, frame_hashes
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.predictor.row_reader import RowReader

N = 60
RNG = np.random.default_rng(0)
CELLS = {
    "thousands or decimals": lambda: [f"{x:,}" for x in RNG.integers(1000, 9999, N)],
    "decimal commas": lambda: [f"{x:.2f}".replace(".", ",") for x in RNG.normal(size=N)],
    "numbers": lambda: RNG.normal(size=N),
    "units": lambda: [f"{x:.1f} kg" for x in RNG.normal(size=N)],
    "dates": lambda: [f"{d:02d}.{m:02d}.1{y}" for d, m, y in RNG.integers(1, 10, (N, 3))],
    "durations": lambda: [f"{m:02d}:{s:02d}" for m, s in RNG.integers(0, 60, (N, 2))],
    "levels": lambda: RNG.choice(["red", "green", "blue"], N),
    "words": lambda: [" ".join(RNG.choice(["a", "big", "dog", "ran", "home", "late"], 6)) for _ in range(N)],
    "lists": lambda: ["|".join(RNG.choice(["x", "y", "z"], 2)) for _ in range(N)],
}  # fmt: skip


def calls(cells, n_columns):
    frame = pd.DataFrame({f"c{j}": cells() for j in range(n_columns)} | {"y": np.arange(N) % 2})
    profile = cProfile.Profile()
    profile.runcall(lambda: prepare(read_table(frame), TaskOptions(target="y")))
    return pstats.Stats(profile).total_calls


@pytest.mark.slow
@pytest.mark.parametrize("kind", CELLS)
def test_thrice_the_columns_take_no_more_than_thrice_the_calls(kind):
    calls(CELLS[kind], 2)  # what is made once a process
    assert calls(CELLS[kind], 36) < 3.5 * calls(CELLS[kind], 12)


def seconds_a_column(n_columns):
    """Processor time of preparing a table of numbers, and of looking each of its columns up."""
    frame = pd.DataFrame(
        RNG.normal(size=(N, n_columns)).astype(np.float32), columns=[f"c{j}" for j in range(n_columns)]
    )
    raw, options = read_table(frame.assign(y=np.arange(N) % 2)), TaskOptions(target="y")
    start = time.process_time()
    prepared = prepare(raw, options)
    assert all(prepared.task.schema[name].kind == "numeric" for name in prepared.table.numeric_names)
    reader = RowReader(prepared.task.schema)
    assert reader.table(raw.frame.head(2)).numeric.shape == (2, n_columns)
    return (time.process_time() - start) / n_columns


@pytest.mark.slow
def test_a_column_costs_among_thousands_what_it_costs_among_hundreds():
    seconds_a_column(100)  # what is made once a process
    assert seconds_a_column(8_000) < 3 * seconds_a_column(800)


@pytest.mark.parametrize("dtype", ["float32", "float64", "Float64", "int64", "object"])
def test_many_columns_are_hashed_and_compared_as_one_is(dtype):
    values = RNG.integers(0, 50, (N, 1200)) / (1 if dtype == "int64" else 4)
    frame = pd.DataFrame(values, columns=[f"c{j}" for j in range(1200)]).astype(dtype)
    frame.loc[3, "c7"] = frame.loc[5, "c7"] if dtype == "int64" else None
    for name, hashes in zip(frame, frame_hashes(frame), strict=True):
        assert (hashes == column_hashes(frame[name])).all()
    made = ComparableCells.of_columns(frame, list(frame))
    for name in ("c0", "c7", "c1199"):
        one, alone = made[name], ComparableCells.of(frame[name])
        assert (one.said == alone.said).all()
        assert (one.measured, one.spread) == (alone.measured, alone.spread)


def test_sparse_columns_are_hashed_as_the_numbers_they_hold():
    numbers = pd.DataFrame({"a": RNG.integers(0, 3, N) / 2, "b": RNG.random(N)})
    assert data_hash(numbers.astype("Sparse[float]")) == data_hash(numbers)


def read_calls(path):
    profile = cProfile.Profile()
    profile.runcall(read_table, path)
    return pstats.Stats(profile).total_calls


def test_rows_that_hold_a_name_are_compared_with_the_header_without_a_series_each(tmp_path):
    def calls_of(n_rows):
        path = tmp_path / "letters.csv"
        path.write_text("a,b,c\n" + "a,x,y\n" * n_rows)
        return read_calls(path)

    calls_of(10)  # what is made once a process
    assert (calls_of(600) - calls_of(200)) / 400 < 30
