"""Named random seeds: one root, with children by name."""

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Seeds:
    """A node in the tree of seeds; a child's value depends on the root and its path of names only.

    Adding a new child changes no other, so a new step never shifts the randomness of an old one.
    """

    root: int
    path: tuple[str, ...] = ()

    def child(self, *names: str | int) -> "Seeds":
        """The seeds below this one under the given names."""
        return Seeds(self.root, (*self.path, *(str(name) for name in names)))

    @property
    def number(self) -> int:
        """A non-negative integer below 2**31 for libraries that want one."""
        text = "\x1f".join((str(self.root), *self.path))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") % (2**31)

    def rng(self) -> np.random.Generator:
        """A fresh generator; two calls give equal streams."""
        return np.random.default_rng(self.number)
