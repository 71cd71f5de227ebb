"""Hashes of values too rare for a level, so that they are not reported as new.

No name can be read off a hash of 32 bits, which millions of others share; a guess can be held against it.
"""

import base64
from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal

import numpy as np

from assay.core.schema import Column
from assay.data.cell import same_value

MOST_RARE = 5_000
"""Of a column; they take 27 kB of its schema. Of more none is remembered."""

Seen = Literal["never", "rarely", "unknown"]


def rare_hashes(texts: Sequence[str]) -> str:
    """Hashes of 32 bits in base64; "" where there is none, or more than MOST_RARE.

    Of 5,000 remembered values a new one is taken for one of them in one case of 860,000.
    """
    if len(texts) > MOST_RARE:
        return ""
    hashes = np.unique(np.array([_hash(text) for text in texts], dtype="<u4"))
    return base64.b64encode(hashes.tobytes()).decode("ascii")


def _hash(text: str) -> int:
    body = same_value(text).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(body, digest_size=4).digest(), "little")


class RareReader:
    """How often a value without a level was seen in training.

    "unknown" where rare values were not remembered, as there were too many.
    """

    __slots__ = ("_is_known", "_rare")

    def __init__(self, column: Column) -> None:
        self._rare = frozenset(np.frombuffer(base64.b64decode(column.rare), dtype="<u4").tolist())
        self._is_known = bool(self._rare) or column.n_levels <= len(column.levels)

    def __call__(self, text: str) -> Seen:
        if not self._is_known:
            return "unknown"
        return "rarely" if _hash(text) in self._rare else "never"
