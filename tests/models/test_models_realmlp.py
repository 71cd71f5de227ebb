"""RealMLP: its forward pass in numpy everywhere, its training where torch is installed."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.clock import Deadline, Limits
from assay.core.errors import MissingExtraError
from assay.core.seed import Seeds
from assay.models.realmlp import Net, RealMlp, has_torch
from assay.models.realmlp_train import LAYERS, WIDTH, wave
from assay.testing.tables import tiny_table, tiny_target
from assay.testing.views import MemoryView, facts_of

SEEDS = Seeds(4)


def net(d: int = 3, k: int = 2, *, is_class: bool = True) -> Net:
    rng = np.random.default_rng(0)
    sizes = [d, *[WIDTH] * LAYERS, k]
    arrays = {"scale": rng.normal(size=d).astype(np.float32)}
    for i in range(LAYERS + 1):
        arrays[f"w{i}"] = rng.normal(size=sizes[i : i + 2]).astype(np.float32)
        arrays[f"b{i}"] = rng.normal(size=sizes[i + 1]).astype(np.float32)
        arrays[f"a{i}"] = rng.normal(size=sizes[i + 1]).astype(np.float32)
    return Net.of(arrays, is_class=is_class)


def view_of(problem: str, n: int = 300) -> MemoryView:
    table = tiny_table(plain=True, n=n)
    return MemoryView.of(table, tiny_target(problem, table))


def test_a_net_comes_back_from_its_arrays_in_every_bit():
    X = np.random.default_rng(1).normal(size=(5, 3))
    one = net()
    assert np.array_equal(Net.of(one.arrays(), is_class=True).outputs(X), one.outputs(X))


@pytest.mark.parametrize("is_class", [True, False])
def test_large_cells_do_not_overflow(is_class):
    assert np.isfinite(net(is_class=is_class).outputs(np.array([[1e4, -1e4, 0.0]]))).all()


def test_the_learning_rate_ends_four_waves_at_zero():
    assert [round(wave(p), 6) for p in (0.0, 1 / 15, 3 / 15, 7 / 15, 1.0)] == [0.0] * 5
    assert max(wave(p) for p in np.linspace(0, 1, 500)) > 0.999


@pytest.mark.skipif(has_torch(), reason="torch is installed")
def test_without_torch_the_error_says_what_to_install():
    view = view_of("binary")
    with pytest.raises(MissingExtraError, match="needs torch") as caught:
        RealMlp().fit(view, limits=Limits(), seeds=SEEDS)
    assert caught.value.do[0] == "pip install 'assay-ml[nn]'"
    assert not RealMlp.portfolio(facts_of(view.rows, view.values))


@pytest.mark.parametrize("is_class", [True, False])
def test_numpy_gives_what_torch_gives(is_class):
    torch = pytest.importorskip("torch")
    from assay.models.realmlp_train import forward

    one, X = net(is_class=is_class), np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    params = {name: torch.from_numpy(array) for name, array in one.arrays().items()}
    theirs = forward(params, torch.from_numpy(X), is_class=is_class).numpy()
    np.testing.assert_allclose(one.outputs(X.astype(np.float64)), theirs, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_a_trained_net_beats_the_constant(problem):
    pytest.importorskip("torch")
    view = view_of(problem, n=500)
    fitted = RealMlp(n_epochs=20).fit(view, limits=Limits(), seeds=SEEDS)
    prediction, truth = fitted.predict(view.table("test")), view.target("test").values
    if problem == "regression":
        assert ((prediction - truth) ** 2).mean() < 0.9 * truth.var()
    else:
        assert (prediction.argmax(axis=1) == truth).mean() > 1.2 / view.values.n_classes


def test_a_schedule_is_shortened_to_the_time_there_is():
    pytest.importorskip("torch")
    view = view_of("binary")
    fitted = RealMlp(n_epochs=100_000).fit(view, limits=Limits(deadline=Deadline.after(0.6)), seeds=SEEDS)
    assert 1 <= fitted.rounds_done < 100_000


def test_told_its_epochs_a_shortened_net_is_trained_again_in_every_bit():
    pytest.importorskip("torch")
    view = view_of("regression")
    short = RealMlp(n_epochs=9).fit(view, limits=Limits(), seeds=SEEDS)
    told = RealMlp(n_epochs=64).fit(view, limits=Limits(), seeds=SEEDS, rounds=9)
    assert np.array_equal(told.predict(view.table("test")), short.predict(view.table("test")))


def test_under_quantile_loss_about_that_share_of_rows_lies_below():
    pytest.importorskip("torch")
    view = replace(view_of("regression", n=1_500), loss="quantile", quantile=0.9)
    fitted = RealMlp(n_epochs=20).fit(view, limits=Limits(), seeds=SEEDS)
    assert abs((view.target("test").values <= fitted.predict(view.table("test"))).mean() - 0.9) < 0.1
