"""Suffixes of numbers: a trailing sign, debit or credit, a power of ten."""

import re
from collections import Counter
from collections.abc import Sequence

from assay.data.cell import DASHES
from assay.data.currency import currency

_POWERS = {
    1e3: "k tsd thousand thousands tausend тыс", 1e4: "万 萬 만", 1e5: "lakh lakhs lac lacs",
    1e6: "m mn mio million millions millionen млн", 1e7: "cr crore crores", 1e8: "亿 億 억",
    1e9: "b bn mrd billion billions milliarde milliarden milliard milliards млрд",
}  # fmt: skip
"""In English (of India, too), German, French, Russian, Chinese, Japanese and Korean; a letter may be a unit."""
_FACTORS = {word: power for power, words in _POWERS.items() for word in words.split()}
_SURE = frozenset(word for word in _FACTORS if len(word) > 2 or not word.isascii())
"""Words that are no units, so that they are powers of ten beside plain numbers, too."""
_MONEY = frozenset("元円圆圓원") | {"руб"}
_TAIL = re.compile(
    r"(?P<rest>.*\d[.,]?)(?P<gap>\s*)(?:(?P<power>[万萬만亿億억])(?P<unit>[元円圆圓원])|"
    rf"(?P<word>тыс|млн|млрд)\.?(?P<money>\s*(?:₽|руб\.?))|(?P<tail>[{re.escape(DASHES)}]|[^\W\d_]{{1,10}}\.?))"
)
"""A number and its tail, behind which money may be named where the tail is a power of ten for sure."""
_MINUS = frozenset(DASHES)
_ACCOUNTS = (("DR", "CR"), ("S", "H"))
"""Debit, which is negative, and credit; Soll and Haben."""
_BEFORE = re.compile(rf"[\s(+{re.escape(DASHES)}]*([^\s\d()+{re.escape(DASHES)}.,]+)")
"""What stands before a number, after its sign."""
_NEARLY, _SOME = 0.95, 0.01
_FEWEST = 2
_VARIED = 10
"""Different numbers below which these are names: marks ("2-", "2"), distances of runs ("5k", "1M"), sizes ("34B")."""
_CODE, _CENTS = re.compile(r"0\d+(?![\d.,])"), re.compile(r"[.,]\d{2}(?!\d)")
_MOST_CODES, _MOSTLY = 0.01, 0.5
_LONGEST = 64


def _split(text: str) -> tuple[str, str]:
    """(what stands before, the tail); a letter apart from its number is a unit, as in "300 K", and no tail."""
    match = _TAIL.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return text, ""
    tail = (match["tail"] or match["power"] or match["word"]).rstrip(".")
    is_unit = bool(match["gap"]) and len(tail) == 1 and tail.isascii() and tail.lower() in _FACTORS
    return (text, "") if is_unit or tail in _MONEY else (match["rest"] + (match["unit"] or match["money"] or ""), tail)


def _tails(texts: Sequence[str]) -> Counter[str]:
    return Counter(_split(text)[1] for text in texts)


def _side(tail: str) -> str:
    """The tail, "DR" and "CR" where it is one of these in other letters; "s" and "h" are seconds and hours."""
    return tail.upper() if tail.upper() in _ACCOUNTS[0] else tail


def _are_codes(texts: Sequence[str]) -> bool:
    """Whether the numbers are too few for amounts, or whole and begin with zeros, as those of parts do."""
    n_codes = sum(bool(_CODE.match(text)) for text in texts)
    return n_codes > _MOST_CODES * len(texts) or len({_split(text)[0] for text in texts}) < _VARIED


def _are_money(texts: Sequence[str]) -> bool:
    """Whether most numbers show two digits behind a mark."""
    return sum(bool(_CENTS.search(text)) for text in texts) >= _MOSTLY * len(texts)


def has_signs(texts: Sequence[str]) -> bool:
    """Whether some texts say behind the number that it is negative: "12-", "12 DR" beside "12 CR" or "12".

    texts: different ones. S and H are sides of an account behind money alone: "12 S" may be a size, "5 H" hours.
    """
    tails = Counter(map(_side, _tails(texts).elements()))
    if _are_codes(texts):
        return False
    if sum(tails[mark] for mark in _MINUS) >= max(_FEWEST, _SOME * len(texts)):
        return True
    for debit, credit in _ACCOUNTS:
        is_letter = len(debit) == 1
        plain = 0 if is_letter else tails[""]  # S alone is a unit
        is_marked = tails[debit] and (tails[credit] and _are_money(texts) if is_letter else True)
        if is_marked and tails[debit] + tails[credit] + plain >= _NEARLY * len(texts):
            return True
    return False


def has_factors(texts: Sequence[str]) -> bool:
    """Whether letters stand for powers of ten: two of them ("3k", "1.2M"), thousands or words ("5 lakh", "71万") beside
    plain numbers, or one behind amounts of money ("€475k").

    texts: different ones. One and the same letter behind all other numbers is a unit like others.
    """
    if _are_codes(texts):
        return False
    tails = _tails(texts)
    found = Counter(_FACTORS[tail.lower()] for tail in tails.elements() if tail.lower() in _FACTORS)
    if found.total() < _FEWEST or found.total() + tails[""] < _NEARLY * len(texts):
        return False
    if set(found) == {1e3, 1e9}:
        return False  # amounts that reach from thousands to billions hold millions
    can_stand_alone = 1e3 in found or any(tail.lower() in _SURE for tail in tails)
    is_beside_plain = can_stand_alone and tails[""] >= _SOME * len(texts)
    return len(found) > 1 or is_beside_plain or sum(map(_has_currency, texts)) >= _NEARLY * len(texts)


def _has_currency(text: str) -> bool:
    match = _BEFORE.match(text)
    return match is not None and currency(match[1]) is not None


def tails_said(texts: Sequence[str], *, signs: bool, factors: bool) -> str:
    """The note on these suffixes, with an example; "" without any."""
    sort = "a sign behind them" if signs else "letters for powers of ten" if factors else ""
    example = next((text for text in texts if without_tail(text, signs=signs, factors=factors)[1] != 1.0), "")
    return f"numbers with {sort} ({example!r})" if sort else ""


def without_tail(text: str, *, signs: bool, factors: bool) -> tuple[str, float]:
    """The text without its tail, and what its number is to be multiplied with."""
    rest, tail = _split(text) if signs or factors else (text, "")
    tail = _side(tail) if signs else tail
    if signs and (tail in _MINUS or any(tail == debit for debit, _ in _ACCOUNTS)):
        return rest, -1.0
    if signs and any(tail == credit for _, credit in _ACCOUNTS):
        return rest, 1.0
    factor = _FACTORS.get(tail.lower()) if factors else None
    return (text, 1.0) if factor is None else (rest, factor)
