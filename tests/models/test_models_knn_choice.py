"""How many neighbours are asked is chosen on rows that are not their own neighbours."""

import numpy as np

from assay.core.target import Target
from assay.models.knn import NearestNeighbours
from assay.testing.memory_view import MemoryView
from assay.testing.models import fit, small_view


def test_of_noise_many_neighbours_are_asked():
    """A row among its own neighbours would vote for itself, so that few of them seem best."""
    chosen = []
    for seed in range(4):
        view = small_view("binary", n=400)
        noise = np.random.default_rng(seed).integers(0, 2, 400).astype(np.int32)
        chosen.append(fit(NearestNeighbours(), MemoryView.of(view.rows, Target(noise, 2))).k)
    assert np.mean(chosen) > 40
