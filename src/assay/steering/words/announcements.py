"""What may stand before a list: "these columns please:", ":"."""

from collections.abc import Sequence

from assay.steering.words.english import COLUMN_NOUNS, FAMILY_NOUNS


def after_announcement(words: Sequence[str], at: int) -> int:
    """The token behind an announcement that begins at a token; the same token where none does."""
    said = [*words[at : at + 6], *[""] * 6]
    start = 1 if said[0] in ("these", "following", "those") else 0
    start = 2 if said[:2] == ["the", "following"] else start
    start += said[start] in COLUMN_NOUNS | FAMILY_NOUNS
    start += said[start : start + 2] == ["please", ":"]
    return at + start + 1 if said[start] == ":" else at
