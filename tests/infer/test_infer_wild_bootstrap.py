"""The wild cluster bootstrap, held against one that draws whole targets and fits each anew."""

import numpy as np
import pytest

from assay.core.seed import Seeds
from assay.infer.wild_bootstrap import wild_bootstrap_p


def by_refitting(z, y, groups, column, *, draws=1999, weight=None):
    """t of the coefficient on targets drawn under the null, row by row, with clustered errors."""
    root = np.sqrt(np.ones(len(y)) if weight is None else weight)
    x, y = z * root[:, None], y * root
    kept = np.delete(x, column, axis=1)
    mean = kept @ np.linalg.lstsq(kept, y, rcond=None)[0]
    bread, hot = np.linalg.inv(x.T @ x), np.eye(groups.max() + 1)[groups]

    def t(target):
        values = bread @ x.T @ target
        scores = hot.T @ (x * (target - x @ values)[:, None])
        return abs(values[column]) / np.sqrt((bread @ scores.T @ scores @ bread)[column, column])

    rng = np.random.default_rng(7)
    seen = t(y)
    drawn = [t(mean + (y - mean) * rng.choice([-1.0, 1.0], groups.max() + 1)[groups]) for _ in range(draws)]
    return (1 + sum(value >= seen for value in drawn)) / (draws + 1)


@pytest.mark.parametrize("weighted", [False, True])
def test_every_coefficient_gets_the_p_of_targets_drawn_and_fitted_anew(weighted):
    rng = np.random.default_rng(3)
    groups = np.arange(150) % 15
    z = np.column_stack([np.ones(150), rng.normal(size=(150, 2)), rng.normal(size=15)[groups]])
    y = 0.1 * z[:, 1] + rng.normal(size=15)[groups] + rng.normal(size=150)
    weight = rng.uniform(0.5, 1.5, 150) if weighted else None
    p = wild_bootstrap_p(z, y, groups, seeds=Seeds(0), weight=weight)
    assert len(p) == 4
    for column in range(1, 4):
        assert p[column] == pytest.approx(by_refitting(z, y, groups, column, weight=weight), abs=0.035)
