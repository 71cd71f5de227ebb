"""The contract of text encoders, and what they share."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from assay.core.array import Floats, Singles


class TextEncoder(Protocol):
    """A text model that is loaded."""

    def encode(self, texts: Sequence[str]) -> Singles:
        """(n, width) vectors of length 1, each depending on its own text alone; noughts for an empty text."""
        ...


def readable(text: str) -> str:
    """The text without halves of characters, which cells may hold and tokenizers refuse."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def of_length_one(sums: Floats) -> Singles:
    """Each row divided by its length, noughts as they are."""
    length = np.sqrt((sums * sums).sum(axis=1, keepdims=True))
    return np.asarray(sums / np.where(length > 0, length, 1.0), dtype=np.float32)
