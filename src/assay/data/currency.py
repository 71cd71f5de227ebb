"""Signs and codes of currencies, so that "$ 5" and "5 USD" have one unit."""

import unicodedata

CODES = (
    "usd", "eur", "gbp", "jpy", "chf", "cad", "aud", "inr", "cny", "sek", "nok", "dkk", "pln", "czk", "brl", "mxn",
    "zar", "rs", "kr", "us$", "c$", "a$", "r$",
)  # fmt: skip
_SAME = {
    "$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "₹": "inr", "rs": "inr", "c$": "cad", "a$": "aud", "r$": "brl",
}  # fmt: skip
"""Signs that stand for one code; "¥" and "kr" do for several."""


def currency(affix: str) -> str | None:
    """The currency that an affix names, the same for a sign and its code; None where it names another unit, or none."""
    folded = affix.casefold().removesuffix(".")
    if folded in _SAME:
        return _SAME[folded]
    is_sign = len(folded) == 1 and unicodedata.category(folded) == "Sc"
    return folded if is_sign or folded in CODES else None


NOT_CONVERTED = "read as they stand, not converted"
NOT_READ = "that no one number format reads: not read as numbers; write them alike"


def is_of_amounts(note: str) -> bool:
    """Whether a column's note says that its amounts are in several currencies or forms."""
    return note.endswith((NOT_CONVERTED, NOT_READ))
