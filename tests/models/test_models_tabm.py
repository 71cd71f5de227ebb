"""TabM: its forward pass in numpy everywhere, its training where torch is installed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import Limits
from assay.core.contract import State
from assay.core.errors import MissingExtraError
from assay.core.seed import Seeds
from assay.models.realmlp import network_data
from assay.models.tabm import FittedTabM, Members, Pieces, TabM, _TabMArchitecture
from assay.models.torch_train import has_torch
from assay.testing.models import small_view


def members(m: int = 3, d: int = 4, width: int = 5, k: int = 2) -> Members:
    rng = np.random.default_rng(0)
    shapes = {"w0": (d, width), "r0": (m, d), "s0": (m, width), "b0": (m, width),
              "w1": (width, width), "r1": (m, width), "s1": (m, width), "b1": (m, width),
              "h0": (m, width, k), "c0": (m, k)}  # fmt: skip
    return Members.of({name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()})


@given(st.integers(0, 1000), st.integers(1, 20))
def test_the_share_of_a_cell_never_falls_as_the_cell_grows(seed, n_bins):
    x = np.random.default_rng(seed).normal(size=(50, 1)).round(1).astype(np.float32)
    pieces = Pieces.of(x, n_bins)
    encoded = pieces.encode(np.sort(x, axis=0))
    assert (np.diff(encoded, axis=0) >= 0).all()
    assert encoded.min(initial=0.0) >= 0.0
    assert encoded.max(initial=1.0) <= 1.0


def test_a_column_of_zeros_and_ones_stays_one_and_a_constant_is_gone():
    X = np.column_stack([np.tile([0.0, 1.0], 10), np.full(20, 7.0)]).astype(np.float32)
    assert np.array_equal(Pieces.of(X, 16).encode(X), X[:, :1])


def test_networks_come_back_from_their_arrays_in_every_bit():
    X = np.random.default_rng(1).normal(size=(6, 4))
    one = members()
    assert one.outputs(X).shape == (6, 3, 2)
    assert np.array_equal(Members.of(one.arrays()).outputs(X), one.outputs(X))


def test_layers_that_do_not_fit_are_not_restored():
    arrays = members().arrays()
    with pytest.raises(ValueError, match="do not fit"):
        Members.of({**arrays, "b1": arrays["b1"][:, :-1]})


def test_bins_that_do_not_fit_the_network_are_not_restored():
    pieces = Pieces.of(np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32), 3)
    fitted = FittedTabM(pieces, members(), np.arange(2), 2, np.array([0.0, 1.0, 0.0, 0.0]), 5, "rounds")
    with pytest.raises(ValueError, match="bins"):
        TabM.restore(fitted.state())
    assert isinstance(fitted.state(), State)


@pytest.mark.skipif(has_torch(), reason="torch is installed")
def test_without_torch_it_is_not_offered_and_says_what_to_install():
    view = small_view("binary")
    assert TabM.portfolio(view.facts) == ()
    with pytest.raises(MissingExtraError, match="torch"):
        TabM().fit(view, limits=Limits(), seeds=Seeds(0))


def test_numpy_gives_what_torch_gives():
    torch = pytest.importorskip("torch")
    view, design = small_view("multiclass"), _TabMArchitecture(members=4, layers=2, width=8)
    X = np.random.default_rng(2).uniform(size=(20, 6)).astype(np.float32)
    data, _, _ = network_data(X, view.target("train").take(np.arange(20)), view, Seeds(1))
    params = design.initial(data)
    with torch.no_grad():
        theirs = design.forward(params, torch.from_numpy(X)).numpy()
    ours = Members.of({name: value.detach().numpy() for name, value in params.items()}).outputs(X.astype(np.float64))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
