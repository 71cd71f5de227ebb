"""Losses of counts, amounts and outliers: their link, their limits, and what they learn."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.clock import Limits
from assay.core.contract import Seeds, Step, Table, Target
from assay.core.errors import UsageError
from assay.core.row_ties import RowTies
from assay.models import registry
from assay.models.flat_boosted import FlatBoosted
from assay.models.objectives import OWN_LOSSES, huber_width
from assay.models.stable_trends import stable_signs
from assay.pipeline.fitted_recipe import FittedRecipe
from assay.predictor.joint_boosters import JointBoosters, TreePiece
from assay.testing.memory_view import MemoryView


def numbers(X, y, **known):
    table = Table.of(numeric=NumericBlock(np.float32(X), tuple(f"x{j}" for j in range(X.shape[1]))))
    return MemoryView.of(table, Target(np.float64(y)), **known)


def counts(n=400, seed=0):
    """Counts whose mean doubles with each unit of x0."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2, 2, (n, 3))
    return numbers(X, rng.poisson(np.exp(0.7 * X[:, 0])))


def fitted(view, family="lightgbm", **params):
    return registry.build(Step.of(family, **params)).fit(view, limits=Limits(), seeds=Seeds(1))


@pytest.mark.parametrize("family", ["lightgbm", "xgboost", "catboost"])
@pytest.mark.parametrize("objective", [name for name, loss in OWN_LOSSES.items() if loss.has_log_link])
def test_a_loss_of_a_logarithm_predicts_positive_means(family, objective):
    view = counts()
    if objective == "gamma":
        if family == "catboost":
            with pytest.raises(UsageError, match="CatBoost has no loss 'gamma'"):
                fitted(view if view.values.values.min() > 0 else lifted(view), family, objective=objective)
            return
        view = lifted(view)
    model = fitted(view, family, objective=objective, max_rounds=60)
    p, y = model.predict(view.table("test")), view.target("test").values
    assert model.trees.output == "exp"
    assert p.min() > 0
    assert abs(p.mean() / y.mean() - 1) < 0.25
    assert np.corrcoef(p, np.exp(0.7 * view.table("test").numeric[:, 0]))[0, 1] > 0.8


def lifted(view):
    return replace(view, values=Target(view.values.values + 1.0), design="lifted")


@pytest.mark.parametrize("family", ["lightgbm", "xgboost", "catboost"])
def test_targets_that_a_loss_is_not_for_are_refused_with_the_value(family):
    view = counts()
    with pytest.raises(UsageError, match="'poisson' needs targets not below 0, not all 0, and the lowest is -1"):
        fitted(replace(view, values=Target(view.values.values - 1.0)), family, objective="poisson")
    classes = Target((view.values.values > 1).astype(np.int32), 2)
    with pytest.raises(UsageError, match="for numbers, and the target is a class"):
        fitted(MemoryView.of(view.rows, classes), family, objective="poisson")
    with pytest.raises(UsageError, match="No loss is called 'poison'"):
        fitted(view, family, objective="poison")


def test_wild_values_move_a_huber_loss_less_than_squares():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (400, 2))
    clean = 3 * X[:, 0]
    y = clean + rng.normal(0, 0.1, 400)
    y[rng.permutation(400)[:40]] += 60.0
    errors = {}
    for objective in ("", "huber", "absolute"):
        p = fitted(numbers(X, y), objective=objective, max_rounds=150).predict(numbers(X, y).rows)
        errors[objective] = np.abs(np.median(p - clean))
    assert errors["huber"] < 0.7 * errors[""]
    assert errors["absolute"] < 0.7 * errors[""]
    assert huber_width(Target(np.zeros(5))) > 0


def test_old_recipes_keep_their_keys():
    for name in ("lightgbm", "catboost"):
        step = registry.get(name)().step()
        assert not {"objective", "ordered", "smoothing", "goss", "trends", "max_depth"} & dict(step.params).keys()


def test_boosters_of_logarithms_walk_together_as_alone():
    view = counts()
    models = [fitted(view, objective="poisson", max_rounds=15), fitted(view, objective="tweedie", max_rounds=10)]
    plain = FittedRecipe((), models[0]).link
    pieces = [TreePiece(node=0, model=model, link=plain, share=0.5, member=0) for model in models]
    joint = JointBoosters.of(pieces, 1)
    table = view.table("test")
    want = np.mean([model.predict(table) for model in models], axis=0)
    np.testing.assert_allclose(joint.means([table])[0], want, rtol=1e-9)


def test_a_stable_trend_is_found_and_a_curve_with_a_turn_is_not():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 4))
    view = numbers(X, 2 * X[:, 0] - X[:, 1] + 3 * X[:, 2] ** 2 + rng.normal(size=600))
    assert stable_signs(view.rows, view.values, Seeds(0)).tolist() == [1, -1, 0, 0]
    model = fitted(view, trends=True)
    grid = np.zeros((50, 4), dtype=np.float32)
    grid[:, 0] = np.linspace(-2, 2, 50)
    assert (np.diff(model.predict(numbers(grid, np.zeros(50)).rows)) >= -1e-9).all()
    assert isinstance(model, FlatBoosted)


def test_guessed_targets_are_no_evidence_of_a_trend_nor_against_one():
    rng, n, n_guessed = np.random.default_rng(0), 600, 3
    X = rng.normal(size=(n + n_guessed, 2))
    view = numbers(X, np.r_[X[:n, 0] + 0.3 * rng.normal(size=n), -X[n:, 0]])
    target = replace(view.values, ties=RowTies().with_guesses(n, n_guessed))
    assert stable_signs(view.rows, target, Seeds(0)).tolist() == [1, 0]
