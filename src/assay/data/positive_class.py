"""The class of two that a question is about, by its name and its size."""

from collections.abc import Sequence

_YES = frozenset({
    "yes", "true", "1", "y", "t", "on", "positive", "pos", "+", "oui", "si", "sí", "sì", "sim", "ja", "tak", "ano",
    "da", "kyllä", "igen", "evet", "да", "так", "ναι", "是", "はい", "예", "نعم",
})  # fmt: skip

_NO = frozenset({
    "no", "false", "0", "-1", "n", "f", "off", "negative", "neg", "-", "none", "non", "nein", "não", "nao", "nee",
    "nej", "nei", "nie", "ne", "ei", "nem", "hayır", "нет", "ні", "όχι", "否", "いいえ", "아니요", "لا",
})  # fmt: skip

_NEGATED = ("not ", "not_", "not-", "no ", "no_", "non ", "non_", "non-")

_SAME_TRUTH = {"y": "yes", "n": "no", "t": "true", "f": "false"}


def likely_positive(order: Sequence[str], sizes: dict[str, int]) -> tuple[str, str]:
    """(label, why): the one named like a yes, or not named like a no; else the rarer."""
    yes = [text for text in order if text.casefold() in _YES]
    if len(yes) == 1:
        return yes[0], "its name says so"
    other = [text for text in order if text.casefold() not in _NO and not text.casefold().startswith(_NEGATED)]
    if len(other) == 1:
        return other[0], "the other one is a no"
    return min(order, key=lambda text: (sizes[text], text)), "the rarer one"
