"""Fingerprint of a machine's floating-point arithmetic: processor and libraries determine the last bits."""

import hashlib
from collections.abc import Iterator

import numpy as np

from assay.core.array import AnyArray, Floats

_SIZES = (7, 33, 200)
_FUNCTIONS = (np.exp, np.log1p, np.tanh, np.sqrt, np.sin, np.log, np.cbrt)


def arithmetic() -> str:
    """SHA-256 in hexadecimal digits of functions, sums and products of matrices of fixed numbers, single and double.

    Where it is equal, models of every family predicted the same bits in other processes with other numbers of threads
    (tests/lab/test_lab_answers_exact.py); where it is not, many differ in their last bits.
    """
    from threadpoolctl import threadpool_limits

    digest = hashlib.sha256()
    with threadpool_limits(1):
        for piece in _computed():
            digest.update(np.ascontiguousarray(piece).tobytes())
    return digest.hexdigest()


def _computed() -> Iterator[AnyArray]:
    for kind in ("f4", "f8"):
        x: Floats = np.linspace(0.001, 9.0, 1003).astype(kind)
        yield from (function(x) for function in _FUNCTIONS)
        yield np.asarray([x.sum(), x @ x, (1.0 / x).sum()])
        for n in _SIZES:
            a: Floats = np.sqrt(np.arange(1.0, n * 61 + 1)).astype(kind).reshape(n, 61)
            yield from (a @ a.T, a @ a[0], a.T @ a[:, 0], np.einsum("ij,kj->ik", a[:5], a[:5]))
