"""What a row's weight means is the same in every family: as many rows as it says."""

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.clock import Limits
from assay.core.errors import MissingExtraError
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import registry
from assay.testing.memory_view import MemoryView
from each import USUAL_FAMILIES, with_usual

N = 1_200
HEAVY = 9.0
LEAST = {"constant": 0.0}
"""How much of the slope a family must find at least where that is not half: boosters stop early on such noise."""


def view_of(x, target):
    rows = Table.of(numeric=NumericBlock(x[:, None].astype(np.float32), ("x",)))
    return MemoryView.of(rows, target)


def contradictory(*, is_class):
    """Pairs of rows that agree in x and not in the answer; one of a pair, drawn by lot, weighs nine times the other."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, N)
    heavy = rng.random(N) < 0.5
    y = np.where(heavy, x, -x)
    values = (y > 0).astype(np.int32) if is_class else y
    return x, Target(values, 2 if is_class else 0, np.where(heavy, HEAVY, 1.0))


def answers(name, x, target):
    """What a family says of even steps of x after it has learned these rows."""
    try:
        model = registry.build(next(iter(registry.get(name).portfolio(view_of(x, target).facts))).recipe.model)
        fitted = model.fit(view_of(x, target), limits=Limits(), seeds=Seeds(0))
    except (MissingExtraError, StopIteration) as error:
        pytest.skip(f"{name}: {error}")
    grid = np.linspace(-0.9, 0.9, 41)
    answer = fitted.predict(view_of(grid, Target(np.zeros(41))).rows)
    return grid, answer[:, 1] if target.is_class else answer


@pytest.mark.parametrize("name", with_usual(registry.names(), USUAL_FAMILIES))
def test_of_rows_that_disagree_the_heavy_ones_are_believed_in_proportion(name):
    x, target = contradictory(is_class=False)
    grid, answer = answers(name, x, target)
    slope = float(np.polyfit(grid, answer, 1)[0])
    ideal = (HEAVY - 1) / (HEAVY + 1)
    assert LEAST.get(name, 0.5) * ideal <= slope + 1e-9
    assert slope <= 1.25 * ideal


@pytest.mark.parametrize("name", with_usual(registry.names(), USUAL_FAMILIES))
def test_probabilities_follow_the_weights_of_the_rows(name):
    x, target = contradictory(is_class=True)
    grid, answer = answers(name, x, target)
    share = HEAVY / (HEAVY + 1)
    right = np.where(grid > 0, answer, 1 - answer)[np.abs(grid) > 0.3].mean()
    assert right == pytest.approx(0.5 if name == "constant" else share, abs=0.1)
