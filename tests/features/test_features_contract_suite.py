"""The contract suite sees the errors it is there for, and serving needs none of the heavy libraries."""

import subprocess
import sys
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from assay.core.array import Index
from assay.core.contract import FittedEncoder, State
from assay.core.effort import Effort
from assay.core.errors import BundleError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.core.traits import StepTraits
from assay.features import registry
from assay.testing.encoders import (
    check_labels_stay_in_their_fold,
    check_noise_stays_noise,
    check_rows_are_independent,
    check_shape_is_kept,
    check_target_is_not_read,
)
from assay.testing.tables import tiny_table
from each import each


@dataclass(frozen=True)
class NaiveMean:
    """Target means that teach training rows their own labels."""

    traits: ClassVar[StepTraits] = StepTraits(needs_target=True)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedEncoder:
        return registry.build(Step.of("target_mean", above=0)).fit(table, target, seeds=seeds)

    def fit_transform(self, table: Table, target: Target, *, inner: Index, seeds: Seeds) -> tuple[FittedEncoder, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        return fitted, fitted.transform(table)

    @classmethod
    def restore(cls, state: State) -> FittedEncoder:
        return registry.get("target_mean").restore(state)


def test_a_leaking_target_mean_is_caught_by_its_bytes_and_by_noise() -> None:
    with pytest.raises(AssertionError, match="depends on their own labels"):
        check_labels_stay_in_their_fold(NaiveMean())
    with pytest.raises(AssertionError, match="'wide:mean' ranks a random target at AUC 0"):
        check_noise_stays_noise(NaiveMean())


@dataclass(frozen=True)
class Centred:
    """Centres numbers by the mean of whatever rows it is given."""

    seen: list[int] = field(default_factory=list)

    def transform(self, table: Table) -> Table:
        return table.with_cells(numeric=table.numeric - np.nanmean(table.numeric, axis=0, keepdims=True))

    def effort(self) -> Effort:
        return Effort(calls=1)

    def state(self) -> State:
        return State("scale", {})


def test_a_step_that_looks_at_its_neighbours_is_caught() -> None:
    with pytest.raises(AssertionError, match="row 0 alone has another numeric"):
        check_rows_are_independent(Centred(), tiny_table(0, 20), "centred")


@dataclass(frozen=True)
class Dropping:
    def transform(self, table: Table) -> Table:
        return table.take(np.flatnonzero(~np.isnan(table.numeric).any(axis=1)))

    def effort(self) -> Effort:
        return Effort(calls=1)

    def state(self) -> State:
        return State("impute", {})


def test_a_step_that_drops_rows_is_caught() -> None:
    with pytest.raises(AssertionError, match="rows became"):
        check_shape_is_kept(Dropping(), tiny_table(0, 40), "dropping")


@dataclass(frozen=True)
class Peeking:
    """Says it needs no target, and uses one if it is there."""

    traits: ClassVar[StepTraits] = StepTraits()

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedEncoder:
        name = "counts" if target is None else "target_mean"
        return registry.build(Step.of(name, above=0)).fit(table, target, seeds=seeds)

    @classmethod
    def restore(cls, state: State) -> FittedEncoder:
        raise NotImplementedError


def test_a_step_that_peeks_at_the_target_is_caught() -> None:
    with pytest.raises(AssertionError, match="read the target"):
        check_target_is_not_read(Peeking())


@each("name", registry.names())
def test_a_damaged_state_is_named(name: str) -> None:
    with pytest.raises(BundleError, match=f"stored step '{name}'"):
        registry.get(name).restore(State(name, {}))


@pytest.mark.slow
def test_restored_steps_predict_without_heavy_libraries() -> None:
    script = """
import sys
import numpy as np
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.features import registry
from assay.testing.tables import tiny_table
table, heavy = tiny_table(0, 30), {"sklearn", "scipy", "pandas", "lightgbm"}
steps = [registry.build(Step.of(name)) for name in registry.names()]
learned = [(type(s), s.fit(table, None, seeds=Seeds(0)).state()) for s in steps if not s.traits.needs_target]
for name in [name for name in sys.modules if name.split(".")[0] in heavy]:
    del sys.modules[name]  # learning may need them
for kind, state in learned:
    kind.restore(state).transform(table)
print(len(learned) > 20, sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"
