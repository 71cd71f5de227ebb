"""What a stored step points to is looked at before anything is answered by it."""

from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

import numpy as np
import pytest

from assay.core.array import AnyArray, Floats
from assay.core.block.columns import CodeBlock, DateBlock
from assay.core.block.moment import MomentBlock
from assay.core.contract import Effort, FittedEncoder, State
from assay.core.errors import BundleError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.features.standardizer import Standardizer
from assay.features.stored_state import StoredFields, stored_index
from assay.testing.encoders import through_disk
from assay.testing.tables import tiny_table, tiny_target
from each import each

ONLY_WITH_ROWS = {
    "columns", "kept", "at.kept", "flagged", "left", "right", "later", "earlier", "numbers", "places", "patterns",
    "keys", "combinations.sizes", "pairs.sizes", "pairs.starts", "group_statistics.codes",
    "select_univariate.numeric", "select_univariate.codes",
}  # fmt: skip
"""What these point into, or whether a key is one of the table's, is known only with the rows."""


def rich_table(n: int = 600) -> tuple[Table, Target]:
    """Something to do for every step: places, gaps, tails, two dates, levels that matter together, units in time."""
    rng, table = np.random.default_rng(0), tiny_table(n=n)
    pair = rng.integers(0, 4, (n, 2))
    place = np.column_stack([rng.uniform(52.3, 52.7, n), rng.uniform(13.1, 13.7, n)])
    table = table.with_numeric(np.hstack([place, place[::-1]]), ("lat", "lon", "end_lat", "end_lon"))
    table = table.with_blocks(
        codes=CodeBlock(
            np.concatenate([table.codes, pair], axis=1, dtype=np.int32),
            (*table.code_names, "one", "two"),
            (*table.levels, 4, 4),
        ),
        dates=DateBlock(np.concatenate([table.dates, table.dates + rng.integers(1, 90, (n, 1))], axis=1), ("a", "b")),
        moment=MomentBlock(np.arange(n, dtype=np.float64)),
    ).without("strings")
    return table, Target(tiny_target("regression", table).values + 60.0 * ((pair[:, 0] == pair[:, 1]) - 0.25))


TABLE, TARGET = rich_table()
STEPS = (
    "arithmetic", "bins", "calendar", "clusters", "combinations", "coordinates", "counts", "date_differences", "dates",
    "group_statistics", "hashing", "impute", "impute_chain", "impute_neighbours", "isolation", "lags", "missingness",
    "neighbour_means", "one_hot", "outliers", "pairs", "projection", "quantile", "row_statistics", "scale",
    "select_univariate", "splines", "target_mean", "unskew", "ways",
)  # fmt: skip


@cache
def positions(name: str) -> tuple[FittedEncoder, State, list[str]]:
    """The fitted step, its state as a bundle stores it, and which of its arrays are whole numbers."""
    encoder = registry.build(Step.of(name))
    fitted = encoder.fit(TABLE, TARGET if encoder.traits.needs_target else None, seeds=Seeds(0))
    state = through_disk(fitted.state())
    found = [key for key, array in state.arrays.items() if np.asarray(array).dtype.kind == "i" and array.size]
    return fitted, state, found


def with_value(state: State, key: str, value: int, at: int) -> State:
    array: AnyArray = state.arrays[key].astype(np.int64)
    array.flat[at] = value
    return replace(state, arrays={**state.arrays, key: array})


@each("step", STEPS)
def test_a_position_outside_of_what_it_points_into_is_refused_when_the_step_is_restored(step: str) -> None:
    _, state, keys = positions(step)
    assert keys, "nothing to point with: the table above should give the step something to do"
    for key in keys:
        for at in (0, -1):
            with pytest.raises(BundleError, match=step):
                registry.get(step).restore(with_value(state, key, -3, at))
            if not {key, f"{step}.{key}"} & ONLY_WITH_ROWS:
                with pytest.raises(BundleError, match=step):
                    registry.get(step).restore(with_value(state, key, 10**6, at))


@each("step", STEPS)
def test_a_step_that_was_stored_is_restored_as_it_was(step: str) -> None:
    fitted, state, _ = positions(step)
    restored, few = registry.get(step).restore(state), TABLE.take(np.arange(5))
    assert np.array_equal(fitted.transform(few).numeric, restored.transform(few).numeric, equal_nan=True)


@pytest.mark.parametrize(
    "array", [np.array([0.0, 1.0]), np.array(["0"]), np.array([True]), np.array([-1]), np.array([3])]
)
def test_positions_are_whole_numbers_within_bounds(array: AnyArray) -> None:
    with pytest.raises(BundleError, match="'at' of the stored step 'x'"):
        stored_index(State("x", {}, {"at": array}), "at", below=3)


def test_no_positions_are_positions() -> None:
    found = stored_index(State("x", {}, {"at": np.empty((0, 2))}), "at", below=0)
    assert found.shape == (0, 2)
    assert np.arange(3)[found].shape == (0, 2)


@dataclass(frozen=True)
class Fitted(StoredFields):
    """A step of a plug-in with every form that a field may have."""

    stored_as: ClassVar[str] = "made"
    means: Floats
    part: Standardizer
    count: int
    clip: float
    is_on: bool
    names: tuple[str, ...]

    def transform(self, table):
        return table

    def effort(self):
        return Effort()


def part(n):
    return Standardizer(np.arange(n), np.zeros(n), np.ones(n))


def test_a_step_of_fields_comes_back_as_it_was():
    made = Fitted(np.arange(3.0), part(2), 4, 0.5, True, ("a", "b"))
    again = Fitted.restore(made.state())
    assert (again.count, again.clip, again.is_on, again.names) == (4, 0.5, True, ("a", "b"))
    assert np.array_equal(again.means, made.means)
    assert again.part.kept.tolist() == [0, 1]


@pytest.mark.parametrize(
    "changed", [{"count": 1.9}, {"count": float("inf")}, {"count": True}, {"clip": float("inf")}, {"clip": "0.5"},
                {"is_on": None}, {"is_on": 1}, {"names": "ab"}, {"names": [1]}],
)  # fmt: skip
def test_a_changed_field_is_refused_and_named(changed):
    state = Fitted(np.arange(3.0), part(2), 4, 0.5, True, ("a", "b")).state()
    with pytest.raises(BundleError, match=next(iter(changed))):
        Fitted.restore(replace(state, meta={**state.meta, **changed}))


def test_an_array_of_texts_where_numbers_belong_is_refused():
    state = Fitted(np.arange(3.0), part(2), 4, 0.5, True, ()).state()
    with pytest.raises(BundleError, match="means"):
        Fitted.restore(replace(state, arrays={**state.arrays, "means": np.array("x")}))


def test_two_parts_that_would_overwrite_each_other_are_refused():
    @dataclass(frozen=True)
    class Two(Fitted):
        other: Standardizer

    with pytest.raises(TypeError, match="other"):
        Two(np.arange(3.0), part(2), 4, 0.5, True, (), part(3)).state()
