"""Nearest points are those that sorting all distances finds, ties and a row's own point included."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.models.nearest_points import Nearest


def by_sorting(points, row, k, own):
    """Positions of the k nearest and all that tie with the last, nearest first, equal ones by position."""
    distances = np.sqrt(((row - points) ** 2).sum(axis=1))
    if own is not None:
        distances[own] = np.inf
    order = np.lexsort((np.arange(len(points)), distances))
    return order[distances[order] <= distances[order[k - 1]] * (1 + 1e-9) + 1e-12]


@given(
    n=st.integers(2, 600), m=st.integers(1, 8), k=st.integers(1, 20), grid=st.sampled_from([3, 1000]),
    leave_out=st.booleans(), seed=st.integers(0, 2**16),
)  # fmt: skip
def test_they_are_those_that_sorting_finds_in_few_points_and_many(n, m, k, grid, leave_out, seed):
    rng = np.random.default_rng(seed)
    points = (rng.integers(0, grid, (n, 3)) / grid).astype(np.float32)
    own = rng.integers(0, n, m) if leave_out else None
    rows = rng.normal(size=(m, 3)) if own is None else points[own].astype(np.float64)
    found = Nearest(points).query(rows, k, without=own)
    for i, (begin, end) in enumerate(zip(found.starts[:-1], found.starts[1:], strict=True)):
        least = min(k, n - leave_out)
        want = by_sorting(points.astype(np.float64), rows[i], least, None if own is None else own[i])
        assert sorted(found.rows[begin:end]) == sorted(want)
        np.testing.assert_allclose(
            found.distances[begin:end], np.sqrt(((rows[i] - points[found.rows[begin:end]]) ** 2).sum(axis=1))
        )


def test_a_row_alone_has_the_neighbours_it_has_among_thousands():
    rng = np.random.default_rng(0)
    points, rows = rng.normal(size=(3000, 6)).astype(np.float32), rng.normal(size=(400, 6))
    all_found, alone = Nearest(points).query(rows, 15), Nearest(points).query(rows[17:18], 15)
    mine = slice(all_found.starts[17], all_found.starts[18])
    np.testing.assert_array_equal(all_found.rows[mine], alone.rows)
    np.testing.assert_array_equal(all_found.distances[mine], alone.distances)
