"""A hash of the cells: equal tables give equal hashes, in every process."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Index
from assay.core.recipe import canonical, short_hash
from assay.data import vector

if TYPE_CHECKING:
    import pandas as pd


def column_hashes(series: "pd.Series") -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """(n,) a 64-bit hash of each cell; equal cells of one column have equal hashes."""
    import pandas as pd

    if vector.is_mixed(series):
        series = series.map(repr)
    return np.asarray(pd.util.hash_pandas_object(series, index=False, categorize=True), dtype=np.uint64)


def data_hash(frame: "pd.DataFrame") -> str:
    """64 hexadecimal digits of names, order and cells of the whole frame."""
    digest = hashlib.sha256()
    for j, name in enumerate(frame.columns):
        digest.update(f"{name}\x1f{len(frame)}\x1e".encode())
        digest.update(column_hashes(frame.iloc[:, j]).tobytes())
    return digest.hexdigest()


def question_hash(data: str, parts: dict[str, str | int | None]) -> str:
    """Twelve digits that identify data and question together."""
    return short_hash(canonical({"data": data, **parts}))


def twins(frame: "pd.DataFrame", names: tuple[str, ...]) -> Index:
    """(n,) codes: rows equal in all the named columns share one."""
    total = np.zeros(len(frame), dtype=np.uint64)
    for name in names:
        # an odd multiplier keeps (a, b) and (b, a) apart; sums wrap around on purpose
        total = total * np.uint64(0x9E3779B97F4A7C15) + column_hashes(frame[name])
    return np.asarray(np.unique(total, return_inverse=True)[1], dtype=np.int64)
