"""Text models: pretrained encoders of texts, as plans, recipes and records know them."""

from dataclasses import dataclass
from typing import Literal

TextModelKind = Literal["static", "transformer"]
"""static: a vector for each token, and their mean; transformer: a network that reads the tokens of a text together."""
CHARS_A_TOKEN = 4.0
"""Of a language that the tokens were made for; others have fewer."""
ROW_AS_TEXT = "row as text"
"""The column of texts in which rows are written out for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModel:
    """One model. digest: of its weights, tokens and settings, so that it is known wherever it lies; width: numbers it
    makes of a text; work: millions of multiplications for a token, 0 for a table of vectors.
    """

    name: str
    digest: str
    kind: TextModelKind
    width: int
    work: float = 0.0

    def __str__(self) -> str:
        return f"{self.name} ({self.digest[:8]})"
