"""A rare class among several does not take rows to learn from away from the others."""

import numpy as np
import pytest


def shades(n: int = 120, rare: int = 3):
    import pandas as pd

    rng = np.random.default_rng(3)
    x = rng.normal(size=n)
    y = np.where(x < -0.3, "dark", np.where(x < 0.4, "grey", "light")).astype(object)
    y[:rare] = "gold"
    return pd.DataFrame({"x": x, "z": rng.normal(size=n), "y": y}).sample(frac=1, random_state=0, ignore_index=True)


@pytest.mark.parametrize("rare", [2, 3])
def test_every_row_is_scored_by_models_that_know_all_classes(run, rare) -> None:
    summary = run(shades(rare=rare), target="y", experiments=4)
    assert (summary.failed, summary.task.n_folds, len(summary.task.classes)) == (0, 5, 4)
    assert summary.expect is not None
    assert np.isfinite(summary.expect.value)


def test_a_lab_with_other_folds_goes_on_with_them(run) -> None:
    assert run(shades(), target="y", experiments=2, n_folds=3).task.n_folds == 3
    again = run(shades(), target="y", experiments=3)
    assert (again.task.n_folds, again.experiments >= 3) == (3, True)
