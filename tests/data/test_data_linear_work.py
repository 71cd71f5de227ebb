"""What is looked up of columns grows as their number does, not faster."""

import cProfile
import pstats

import numpy as np
import pandas as pd
import pytest

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table

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
