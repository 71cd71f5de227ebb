"""Directions in the space of terms, and what rows of terms are along them."""

from itertools import pairwise

import numpy as np

from assay.core.array import Floats, Singles
from assay.core.block.sparse import Sparse
from assay.core.seed import Seeds


def singular_axes(terms: Sparse, components: int, seeds: Seeds) -> Singles:
    """(n_terms, k) right singular vectors of most weight, k at most `components`; those of weight nil are left out.

    Randomised, four power iterations (Halko et al., 2011).
    """
    k = min(components, terms.n_rows, terms.n_columns)
    if k < 1 or not len(terms.data):
        return np.empty((terms.n_columns, 0), dtype=np.float32)
    from scipy.sparse import csr_array
    from sklearn.utils.extmath import randomized_svd

    matrix = csr_array((terms.data, terms.indices, terms.indptr), shape=(terms.n_rows, terms.n_columns))
    _, weight, axes = randomized_svd(matrix, k, n_iter=4, random_state=seeds.child("svd").number)
    return np.ascontiguousarray(axes[weight > 1e-5 * weight[0]].T, dtype=np.float32)


def along_axes(terms: Sparse, axes: Singles) -> Floats:
    """(n, k) of rows of terms (n, n_terms) along axes (n_terms, k), each row on its own and in double precision.

    Sums in single precision depend on a machine's instructions, and a tree or a bin may be cut at the very number of a
    row.
    """
    out = np.zeros((terms.n_rows, axes.shape[1]))
    data, indices, ends = terms.data.astype(np.float64)[:, None], terms.indices, terms.indptr.tolist()
    for row, (start, end) in enumerate(pairwise(ends)):
        out[row] = (data[start:end] * axes[indices[start:end]]).sum(axis=0)
    return out
