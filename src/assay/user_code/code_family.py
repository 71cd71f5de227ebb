"""What families of models that call a person's source have in common: the source's name, and no search space."""

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import Facts
from assay.core.recipe import Entry
from assay.core.space import Space
from assay.user_code.source import called_in_words, check_digest


@dataclass(frozen=True)
class CodeFamily(ABC):
    """code: the SHA-256 of its source, which the lab holds; name: of its file. A portfolio never has one."""

    family: ClassVar[str]
    code: str = ""
    name: str = "code"

    def __post_init__(self) -> None:
        check_digest(f"model {self.family!r}", self.code)

    @property
    def in_words(self) -> str:
        """The file, and the beginning of its digest."""
        return called_in_words(self.family, self.name, self.code)

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of()

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        return ()
