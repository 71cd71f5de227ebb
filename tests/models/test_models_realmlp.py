"""RealMLP: its gradients, its training, its answers."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.clock import Deadline, Limits
from assay.core.seed import Seeds
from assay.models.network import NetworkData, wave
from assay.models.realmlp import CHUNK_ROWS, Net, RealMlp
from assay.models.realmlp_train import LAYERS, WIDTH, RealMlpLearner, backward, forward, losses
from assay.testing.memory_view import MemoryView
from assay.testing.tables import tiny_table, tiny_target

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
def test_a_row_alone_gives_what_it_gives_among_many(is_class):
    one, X = net(is_class=is_class), np.random.default_rng(4).normal(size=(2 * CHUNK_ROWS + 7, 3))
    alone = np.concatenate([one.outputs(row[None]) for row in X])
    np.testing.assert_allclose(one.outputs(X), alone, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("is_class", [True, False])
def test_large_cells_do_not_overflow(is_class):
    assert np.isfinite(net(is_class=is_class).outputs(np.array([[1e4, -1e4, 0.0]]))).all()


def test_the_learning_rate_ends_four_waves_at_zero():
    assert [round(wave(p), 6) for p in (0.0, 1 / 15, 3 / 15, 7 / 15, 1.0)] == [0.0] * 5
    assert max(wave(p) for p in np.linspace(0, 1, 500)) > 0.999


def network_data(n_classes: int, loss: str = "squared", n: int = 40) -> NetworkData:
    rng = np.random.default_rng(2)
    y = rng.integers(0, n_classes, n) if n_classes else rng.normal(size=n).astype(np.float32)
    weight = rng.uniform(0.5, 1.5, n).astype(np.float32)
    return NetworkData(rng.normal(size=(n, 3)).astype(np.float32), y, weight, n_classes, loss, 0.8, SEEDS)


@pytest.mark.parametrize(
    ("n_classes", "loss"), [(2, "log_loss"), (4, "log_loss"), (0, "squared"), (0, "absolute"), (0, "quantile")]
)
def test_gradients_are_those_of_the_loss(n_classes, loss):
    data, rng = network_data(n_classes, loss), np.random.default_rng(3)
    learner = RealMlpLearner(data, smoothing=0.1)
    learner.vector += rng.normal(0.0, 0.3, len(learner.vector)).astype(np.float32)  # the last layer begins at 0
    exact = {name: value.astype(np.float64) for name, value in learner.params.items()}

    def loss_at(params):
        outputs, _ = forward(params, data.X.astype(np.float64), is_class=n_classes > 0)
        return float((losses(data, outputs, learner.y, 0.1)[0] * data.weight).mean())

    outputs, kept = forward(learner.params, data.X, is_class=n_classes > 0)
    d = losses(data, outputs, learner.y, 0.1)[1] * data.weight[:, None] / len(data.X)
    backward(learner.params, data.X, kept, d.astype(np.float32), learner.into)
    for name, value in exact.items():
        way = rng.normal(size=value.shape) * 1e-5
        higher, lower = ({**exact, name: value + sign * way} for sign in (1, -1))
        expected = float((learner.into[name] * way).sum())
        assert loss_at(higher) - loss_at(lower) == pytest.approx(2 * expected, rel=2e-3, abs=1e-9)


@pytest.mark.parametrize("is_class", [True, False])
def test_the_net_that_answers_is_the_net_that_learned(is_class):
    one, X = net(is_class=is_class), np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)
    learned, _ = forward(one.arrays(), X, is_class=is_class)
    np.testing.assert_allclose(one.outputs(X.astype(np.float64)), learned, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("is_class", [True, False])
def test_the_net_is_that_of_torch(is_class):
    torch = pytest.importorskip("torch")
    one, X = net(is_class=is_class), torch.randn(50, 3, dtype=torch.float64)
    arrays = {name: torch.from_numpy(array.astype(np.float64)) for name, array in one.arrays().items()}
    act = torch.nn.functional.selu if is_class else torch.nn.functional.mish
    x = X * arrays["scale"]
    for i in range(LAYERS):
        x = x @ arrays[f"w{i}"] / x.shape[1] ** 0.5 + arrays[f"b{i}"]
        x = x + arrays[f"a{i}"] * (act(x) - x)
    theirs = x @ arrays[f"w{LAYERS}"] / WIDTH**0.5 + arrays[f"b{LAYERS}"]
    np.testing.assert_allclose(one.outputs(X.numpy()), theirs.numpy(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_a_trained_net_beats_the_constant(problem):
    view = view_of(problem, n=500)
    fitted = RealMlp(n_epochs=20).fit(view, limits=Limits(), seeds=SEEDS)
    prediction, truth = fitted.predict(view.table("test")), view.target("test").values
    if problem == "regression":
        assert ((prediction - truth) ** 2).mean() < 0.9 * truth.var()
    else:
        assert (prediction.argmax(axis=1) == truth).mean() > 1.2 / view.values.n_classes


def test_a_schedule_is_shortened_to_the_time_there_is():
    view = view_of("binary")
    fitted = RealMlp(n_epochs=100_000).fit(view, limits=Limits(deadline=Deadline.after(0.6)), seeds=SEEDS)
    assert 1 <= fitted.rounds_done < 100_000


def test_told_its_epochs_a_shortened_net_is_trained_again_in_every_bit():
    view = view_of("regression")
    short = RealMlp(n_epochs=9).fit(view, limits=Limits(), seeds=SEEDS)
    fixed_rounds = RealMlp(n_epochs=64).fit(view, limits=Limits(), seeds=SEEDS, rounds=9)
    assert np.array_equal(fixed_rounds.predict(view.table("test")), short.predict(view.table("test")))


def test_under_quantile_loss_about_that_share_of_rows_lies_below():
    view = replace(view_of("regression", n=1_500), loss="quantile", quantile=0.9)
    fitted = RealMlp(n_epochs=20).fit(view, limits=Limits(), seeds=SEEDS)
    assert abs((view.target("test").values <= fitted.predict(view.table("test"))).mean() - 0.9) < 0.1


@pytest.mark.parametrize("n", [120, 400])
@pytest.mark.parametrize("loss", ["squared", "absolute"])
def test_a_target_with_a_monstrous_tail_leaves_the_answers_finite(loss, n):
    view = view_of("regression", n=n)
    values = np.exp(np.random.default_rng(0).normal(size=len(view.values), scale=6.0))
    values[7] = 1e12
    view = replace(view, values=replace(view.values, values=values), loss=loss)
    fitted = RealMlp(n_epochs=10, learning_rate=1e4).fit(view, limits=Limits(), seeds=SEEDS)
    assert np.isfinite(fitted.predict(view.table("test"))).all()
