"""How many rows are shuffled: as many as the time allows, whatever a call costs before its first row."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Deadline
from assay.core.seed import Seeds
from assay.data.encode import encode_frame
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.pipeline.shuffled_predictions import FEWEST_ROWS, MOST_ROWS, shuffled_predictions

N = 2 * MOST_ROWS


@dataclass
class Clock:
    time: float = 0.0

    def now(self):
        return self.time


@dataclass
class Member:
    """Answers 0 and takes its time."""

    clock: Clock
    call: float
    row: float

    def predict(self, table):
        self.clock.time += self.call + self.row * table.n_rows
        return np.zeros(table.n_rows)


def looked_at(*, call, row, seconds=2.0):
    """(rows looked at, columns done, seconds taken) of two folds and three columns."""
    frame = pd.DataFrame(
        {"a": np.arange(N) % 7, "b": np.arange(N) % 5 / 3, "c": np.arange(N) % 11, "y": np.arange(N) % 2}
    )
    table, clock = encode_frame(infer_schema(frame, TaskOptions(target="y")), frame), Clock()
    members = [Member(clock, call, row)] * 2
    found = shuffled_predictions(
        table, members, np.split(np.arange(N), 2), deadline=Deadline(seconds, clock), seeds=Seeds(0)
    )
    return len(found.rows), len(found.columns), clock.time


def test_calls_that_cost_more_than_their_rows_do_not_keep_rows_away():
    rows, columns, seconds = looked_at(call=0.05, row=1e-6)
    assert (rows, columns) == (MOST_ROWS, 3)
    assert seconds < 2.0


@pytest.mark.parametrize("row", [2e-4, 5e-4])
def test_rows_that_cost_much_are_fewer_and_every_column_has_its_turn(row):
    rows, columns, seconds = looked_at(call=0.001, row=row, seconds=4.0)
    assert 2 * FEWEST_ROWS < rows < MOST_ROWS
    assert columns == 3
    assert seconds < 4.0
