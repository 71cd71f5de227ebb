"""Ordinal levels: whether the values of a column of words have an evident order, and which."""

import re
from collections.abc import Sequence

from assay.core.schema import Column
from assay.data.number_format import NumberReader, number_format

FEWEST = 3
"""Fewest values, as either order of two is equivalent."""
NO_ANSWER = frozenset({
    "unknown", "not known", "dont know", "do not know", "dk", "not applicable", "not available", "unspecified",
    "not specified", "prefer not to say", "refused", "no answer", "missing", "undefined", "not sure", "no opinion",
    "prefer not to answer", "no response", "not answered", "keine angabe", "k a", "weiß nicht", "sans réponse",
    "ne sait pas", "nsp", "no sabe", "no contesta", "ns nc", "não sabe", "нет ответа", "затрудняюсь ответить",
    "不清楚", "不知道", "无回答", "わからない", "無回答", "未回答",
})  # fmt: skip
"""Non-answers, which are missing in an ordinal column."""

_SCALES = """
none, no, nothing, zero, nil < very low, vlow, v low, extremely low, lowest, minimal < low, lo, little < low medium,
  medium low, below average < medium, med, mid, middle, moderate, average, avg, normal, intermediate < medium high,
  high medium, above average < high, hi, much < very high, vhigh, v high, highest, extreme, extremely high, maximal
xxs, 2xs < xs, extra small, x small, tiny, mini, very small < s, small, sm, little < m, medium, med, mid, middle,
  mid size, midsize, regular, average < l, large, lg, big < xl, extra large, x large, very large, very big, huge,
  jumbo < xxl, 2xl, xx large, giant < xxxl, 3xl
unacceptable, unacc, terrible, awful, very bad, very poor < bad, poor, po < fair, fa, weak, mediocre, below average
  < average, typical, ta, ok, okay, acceptable, acc, satisfactory, adequate < good, gd, above average < very good,
  vgood, v good, great < premium < excellent, ex, outstanding, superb, perfect, ideal
never < almost never, hardly ever < rarely, rare, seldom < sometimes, occasionally, occasional < often, frequently,
  frequent, regularly < usually, very often, very frequently, mostly, most of the time, almost always < always
never < less than once a year, less often < yearly, annually, annual, once a year, every year, once per year < half
  yearly, semi annually, semi annual, twice a year < quarterly, every quarter, once a quarter < monthly, once a month,
  every month, once per month < fortnightly, biweekly, bi weekly, twice a month < weekly, once a week, every week,
  once per week < daily, once a day, every day, once per day < hourly, several times a day, many times a day
strongly disagree, totally disagree, completely disagree, disagree strongly < disagree < somewhat disagree, slightly
  disagree, disagree somewhat, disagree slightly, tend to disagree < neutral, undecided, neither, neither agree nor
  disagree, neither disagree nor agree < somewhat agree, slightly agree, agree somewhat, agree slightly, tend to
  agree < agree < strongly agree, totally agree, completely agree, agree strongly
very dissatisfied, very unsatisfied, extremely dissatisfied < dissatisfied, unsatisfied, not satisfied < somewhat
  dissatisfied, slightly dissatisfied < neutral, neither, neither satisfied nor dissatisfied < somewhat satisfied,
  slightly satisfied, fairly satisfied < satisfied < very satisfied, extremely satisfied, completely satisfied
very unlikely, highly unlikely < unlikely, improbable < neutral, possible, possibly, maybe, perhaps < likely,
  probable, probably < very likely, highly likely < certain, definitely, certainly
not important, unimportant, not at all important < slightly important, somewhat important < moderately important,
  neutral < important < very important < extremely important, essential
not at all < a little, slightly, little < somewhat, moderately < quite, rather, a lot, much < very, very much <
  extremely
none, no, absent < trace, minimal < mild, minor, slight, light < moderate, medium < severe, serious, major, heavy,
  strong < critical, extreme, very severe, life threatening
none, no education, no schooling, illiterate < preschool, kindergarten < primary, elementary, primary school,
  elementary school, primary education < middle school, lower secondary, junior high, junior high school <
  secondary, high school, secondary school, secondary education, upper secondary, hs, hs grad, high school graduate,
  below college < some college, associate, associates, associate degree, associates degree < college < tertiary,
  bachelor, bachelors, bachelor degree, bachelors degree, university, higher education < master, masters, master
  degree, masters degree, postgraduate < doctorate, phd, ph d, doctoral, doctor, doctoral degree
very slow < slow < medium, moderate, normal, average < fast, quick < very fast
freezing, very cold < cold < cool < mild, moderate, neutral < warm < hot < very hot
infant, baby < toddler < child, kid < teen, teenager, adolescent < young, young adult, youth < adult, middle aged,
  middle age, middle < old, senior, elderly, older
bronze < silver < gold < platinum < diamond
free < basic < standard < premium < deluxe
underweight < normal, normal weight, healthy weight < overweight < obese, obesity < severely obese, morbidly obese
zero, none < one, once < two, twice < three, three or more < four, four or more < five, five or more < six < seven <
  eight < nine < ten
intern, trainee < entry, entry level, junior, jr < mid, mid level, intermediate, middle < senior, senior level, sr <
  lead, principal, staff < director, executive, executive level
beginner, novice < elementary < intermediate < advanced < expert, proficient, native, fluent
first < second < third < fourth < fifth < sixth < seventh < eighth < ninth < tenth
strongly decreased, much worse < decreased, worse < unchanged, same, about the same, no change, stable < increased,
  better < strongly increased, much better
"""
RANKS: tuple[dict[str, int], ...] = tuple(
    {" ".join(word.split()): rank for rank, words in enumerate(scale.split("<")) for word in words.split(",")}
    for scale in re.split(r"\n(?=\S)", _SCALES.strip())
)
"""Scales of answers, each from its low end to its high end; a line of _SCALES that is indented goes on."""

_UNIT = r"(?:years?|yrs?|yo|months?|weeks?|days?|hours?|hrs?|mins?|minutes?|kg|km|cm|mm|usd|eur)?"
_NUMBER = rf"[$€£]?\s*(\d[\d,.]*)\s*(k|m|%)?\s*{_UNIT}"
_BELOW, _ABOVE = r"<=?|≤|under|below|less than|up to|at most|fewer than", r">=?|≥|over|above|more than|at least"
_SPAN = re.compile(
    rf"(?P<below>{_BELOW})?(?P<above>{_ABOVE})?\s*{_NUMBER}"
    rf"(?:\s*(?:-|–|to|and|<=?\s*[a-z]\s*<=?)\s*{_NUMBER})?"
    r"\s*(?P<more>\+|plus|(?:(?:or|and)\s+)?(?:more|over|above|up|older|higher|greater))?"
    rf"\s*(?P<less>(?:or|and)\s+(?:less|fewer|under|below|younger|lower))?\s*{_UNIT}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"\(?(\d{1,2})(?:\s*[).:=-]+\s*[^\W\d_].*)?|(\d{1,2})(?:st|nd|rd|th)|"
    r"(?:q|quarter|grade|level|stage|class|year|rank|tier|band|phase|degree|step)[\s_-]*(\d{1,2})",
    re.IGNORECASE,
)
_ROMAN = re.compile(
    r"((?:stage|grade|class|level|phase|category|tier|stadium|nyha|asa)\s+)?([ivx]+)\s?([abc])?", re.IGNORECASE
)
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_ROMANS = {numeral: number for number, numeral in enumerate(_NUMERALS, start=1)}
_STARS = re.compile(r"(\d(?:[.,]\d)?)[\s-]?(?:stars?|sterne?|étoiles?|estrellas?)", re.IGNORECASE)
_TOP = frozenset({"more", "over", "above"})
_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "%": 1.0}
_AN_END = 0.5
"""An open end lies beside the number it is named by: "under 18" below "18 to 24"."""


def order_of(texts: Sequence[str]) -> tuple[str, ...] | None:
    """The texts from low to high without non-answers; None where not all others have a rank.

    Known are the usual scales of surveys and shops (RANKS), ranges of numbers ("<18", "18-24", "65+") and numbered
    answers ("1 - never", "grade 2", "3rd"). At least three places must be taken.
    """
    said = [text for text in texts if not says_nothing(text)]
    if len(set(said)) < FEWEST:
        return None
    for places in (_on_a_scale(said), _numbered(said), _spans(said), _roman(said), _starred(said)):
        if places is not None and len(set(places)) >= FEWEST:
            return tuple(text for _, text in sorted(zip(places, said, strict=True)))
    return None


def says_nothing(text: str) -> bool:
    """Whether a text is a non-answer, which an ordinal column reads as missing."""
    return _plain(text) in NO_ANSWER


def _plain(text: str) -> str:
    return re.sub(r"[\s_\-/.]+", " ", text.casefold().replace("'", "").replace("’", "")).strip()


def _on_a_scale(texts: Sequence[str]) -> list[float] | None:
    """Places on the first scale that has all texts, as they are or, where there is none, without what all say."""
    plain = [_plain(text) for text in texts]
    for words in (plain, _without_what_all_say([text.split() for text in plain])):
        ranks = next((ranks for ranks in RANKS if all(word in ranks for word in words)), None)
        if ranks is not None:
            return [float(ranks[word]) for word in words]
    return None


def _without_what_all_say(words: list[list[str]]) -> list[str]:
    """The texts without words that all of them begin or end with: "low risk", "high risk"."""
    for at in (0, -1):
        while all(len(one) > 1 for one in words) and len({one[at] for one in words}) == 1:
            words = [one[1:] if at == 0 else one[:-1] for one in words]
    return [" ".join(one) for one in words]


def _numbered(texts: Sequence[str]) -> list[float] | None:
    found = [_NUMBERED.fullmatch(text) for text in texts]
    places = [float(match[1] or match[2] or match[3]) for match in found if match is not None]
    return places if len(places) == len(texts) == len(set(places)) else None


def _roman(texts: Sequence[str]) -> list[float] | None:
    """Places of I, II, III, IV …, also behind one word and with letters behind ("stage IIA"), without a gap.

    Single letters alone (C, D, I, M) are codes: one of the numbers has to have two.
    """
    found = [_ROMAN.fullmatch(text) for text in texts]
    numbers = [_ROMANS.get((match[2] or "").upper(), 0) if match else 0 for match in found]
    heads = {(match[1] or "").strip().casefold() for match in found if match}
    whole = set(numbers)
    if 0 in whole or len(heads) > 1 or whole != set(range(min(whole), max(whole) + 1)) or min(whole) > 2:
        return None
    letters = ["" if match is None else (match[3] or "").lower() for match in found]
    return [number + "abc".find(letter or "-") / 4.0 for number, letter in zip(numbers, letters, strict=True)]


def _starred(texts: Sequence[str]) -> list[float] | None:
    """Places of "★★☆", "***" and "4 stars"."""
    drawn = [float(sum(map(text.count, "★⭐*"))) for text in texts]
    if all(set(text) <= set("★☆⭐* \ufe0f") for text in texts):
        return drawn if len(set(drawn)) == len(drawn) else None
    found = [_STARS.fullmatch(text) for text in texts]
    places = [float(match[1].replace(",", ".")) for match in found if match is not None]
    return places if len(places) == len(texts) == len(set(places)) else None


def _spans(texts: Sequence[str]) -> list[float] | None:
    """Ranks of ranges by their lower ends; None where two are equal."""
    read = NumberReader(Column(name="", kind="numeric", reason="", number=number_format(_digits(texts))))
    places = [_place(text, read) for text in texts if text.casefold() not in _TOP]
    known = [place for place in places if place is not None]
    if not known or len(known) < len(places) or len(set(known)) < len(known):
        return None
    top = iter([max(known) + 1.0])
    every = iter(known)
    return [next(top, -1.0) if text.casefold() in _TOP else next(every) for text in texts]


def _digits(texts: Sequence[str]) -> list[str]:
    return [match[0] for text in texts for match in re.finditer(r"\d[\d,.]*", text)]


def _place(text: str, read: NumberReader) -> float | None:
    found = _SPAN.fullmatch(" ".join(text.split()))  # a run of blanks can be shared out in too many ways
    if found is None:
        return None
    low, low_unit, high, high_unit = found[3], found[4], found[5], found[6]
    begin = read(low.rstrip(".,")) * _UNITS[(low_unit or high_unit or "").casefold()]
    end = begin if high is None else read(high.rstrip(".,")) * _UNITS[(high_unit or "").casefold()]
    if not begin <= end:  # also where one of them is no number
        return None
    is_below, is_above = found["below"] or found["less"], found["above"] or found["more"]
    return begin - _AN_END * bool(is_below) + _AN_END * bool(is_above)
