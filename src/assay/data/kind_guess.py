"""The kind of one column, with the reason; every rule is a guess that options override."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from assay.core.schema import SECONDS, STRINGS_ABOVE, Column, NumberFormat
from assay.core.unspaced_scripts import CHARACTER
from assay.data import vectorized as vector
from assay.data.approximate_numbers import rough_said
from assay.data.cell import TRUTH_WORDS, plain_number, text_of, truth_sides
from assay.data.censored_numbers import limits_said
from assay.data.currency import NOT_CONVERTED, NOT_READ, currency
from assay.data.date_words import zones_said
from assay.data.dates import DateReader, date_formats
from assay.data.day_first import with_day_first
from assay.data.long_keys import EXACT, merge_as_numbers
from assay.data.named_files import files_named, path_reason
from assay.data.number_format import NumberReader, are_points_doubtful, currency_rows, format_of, number_share
from assay.data.number_hints import hint_of
from assay.data.number_suffixes import tails_said
from assay.data.numeric_kinds import is_called_id, judge_numbers
from assay.data.ordinal_levels import order_of
from assay.data.rare_values import rare_hashes
from assay.data.refusal import NOTHING, Refusal
from assay.data.row_counters import counts_rows
from assay.data.texts import Texts
from assay.data.times import as_time
from assay.data.two_digit_years import short_years
from assay.data.vectorized import Series
from assay.data.zones import zone_of, zone_of_texts

DURATION = NumberFormat(duration="hours")
"""How texts are read in a column that held native durations ("0 days 01:00:00")."""

RARE = 3
"""A level seen less often is left out: rows held out would have codes that new rows never have."""

MOST_RANKS, NAMED_RANKS = 60, 6
"""Words among which an order is looked for, and how many of them its reason names."""

OPAQUE = "bytes or lists, which no step reads yet"
_UNSPACED = re.compile(CHARACTER)
_BOOLEAN_PAIRS = frozenset(
    frozenset(pair) for pair in (("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f"), ("on", "off"))
)
_AMOUNTS = 0.75
"""Share of numbers among the texts, some of them money, from which a note says why they are not read."""
_MOSTLY_READ, _HALF_READ, _SOME_READ = 0.75, 0.5, 0.2
"""Shares of the cells that are numbers or dates where the others are words for why there is none; few; one."""
_MOST_WORDS, _FEW_WORDS, _VARIED = 12, 3, 20
"""How many such words there may be, how many where they are most of the cells, and how many different numbers."""
_MANY_FILES = 20
"""Different paths of pictures from which on they are no levels, however often each comes again."""
_KEY = re.compile(
    r"(https?://|www\.)\S+|[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4,12}){4}|[^@\s]+@[^@\s]+\.\w+", re.IGNORECASE
)
"""Web addresses, hashes, UUIDs, e-mail addresses: keys even where some come again."""


def describe(name: str, series: Series, *, marks: tuple[str, ...] = (), refused: Refusal = NOTHING) -> Column:
    """The column by its dtype, its cells and, in doubt, its name."""
    given, series = series, vector.plain(series)
    if _is_opaque(series):
        return Column(name=name, kind="dropped", reason=OPAQUE)
    if vector.is_number(series) and (keys := _long_keys(name, series, marks)) is not None:
        return keys
    if vector.is_number(series):
        found = _of_numbers(name, series, marks, refused)
        is_duration = found.kind == "numeric" and vector.is_duration(given)
        return replace(found, reason=SECONDS, number=DURATION) if is_duration else found
    if vector.is_date(series):
        missing = int(series.isna().sum())
        if missing == len(series):
            return Column(name=name, kind="constant", reason="no value at all", missing=missing)
        formats = vector.period_formats(given)
        zone = zone_of(series.dtype)
        column = Column(name=name, kind="datetime", reason="dates", missing=missing, date_formats=formats, zone=zone)
        return _unless_constant(column, series)
    if str(getattr(series.dtype, "categories", "")) and getattr(series.dtype, "ordered", False):
        return _ordered(name, series, marks)
    texts = Texts.of(name, series, frozenset(marks))
    if str(getattr(series.dtype, "categories", "")) and vector.is_number(series.cat.categories.to_series()):
        return _of_codes(texts, marks)
    return _of_texts(texts, marks, refused)


def _of_codes(texts: Texts, marks: tuple[str, ...]) -> Column:
    """Numbers that the frame says are a category: codes, whatever they look like."""
    column = Column(name=texts.name, kind="category", reason="a categorical of the frame", levels=levels_of(texts),
                    n_levels=len(texts.texts), missing=texts.missing, missing_marks=marks)  # fmt: skip
    if len(texts.texts) <= 1 and not (texts.missing and texts.filled):
        return _of_texts(texts, marks, NOTHING)
    return with_rare(column, texts)


def _is_opaque(series: Series) -> bool:
    if series.dtype != object:
        return False
    first = next((cell for cell in series.array if text_of(cell) is not None), None)
    return isinstance(first, bytes | bytearray | dict | list | np.ndarray)


def _unless_constant(column: Column, series: Series) -> Column:
    if column.missing == 0 and series.nunique() == 1:
        return replace(column, kind="constant", reason="the same value in every row", levels=(), n_levels=0)
    return column


def _long_keys(name: str, series: Series, marks: tuple[str, ...]) -> Column | None:
    """Native whole numbers that floats would not keep apart, as the keys that they are."""
    if series.dtype.kind not in "iu" or not (series.abs() >= EXACT).any():
        return None
    texts = Texts.of(name, series, frozenset(marks))
    if not merge_as_numbers(texts.texts, filled=texts.filled):
        return None
    return with_rare(_as_words(Column(name=name, kind="category", reason="", missing=texts.missing), texts), texts)


def _of_numbers(name: str, series: Series, marks: tuple[str, ...], refused: Refusal) -> Column:
    column = Column(name=name, kind="numeric", reason="numbers", missing_marks=marks)
    values = vector.raw_numbers(series, NumberReader(column))
    column = replace(column, missing=int(np.isnan(values).sum()), notes=_notes_of_infinite(series))
    return judge_numbers(column, values, refused)


def _notes_of_infinite(series: Series) -> tuple[str, ...]:
    if not str(series.dtype).lower().startswith("float"):
        return ()
    n = int(np.isinf(vector.as_floats(series)).sum())
    return (f"{n:,} infinite values read as missing",) if n else ()


def levels_of(texts: Texts, *, ordinal: bool = False) -> tuple[str, ...]:
    """Levels seen at least three times, by falling frequency and then by name; ordinal: in the order of their words
    where they have one (ordinal_levels.order_of), else in natural order.
    """
    known = [(text, count) for text, count in zip(texts.texts, texts.counts.tolist(), strict=True) if count >= RARE]
    if ordinal:
        names = [text for text, _ in known]
        return order_of(names) or tuple(sorted(names, key=natural))
    return tuple(text for text, _ in sorted(known, key=lambda item: (-item[1], item[0])))


def with_rare(column: Column, texts: Texts) -> Column:
    """The column with hashes that recognise values too rare for a level."""
    rare = [text for text, count in zip(texts.texts, texts.counts.tolist(), strict=True) if count < RARE]
    return replace(column, rare=rare_hashes(rare)) if column.kind in {"category", "ordinal"} else column


def natural(text: str) -> tuple[tuple[int, float, str], ...]:
    """A sort key under which "2" comes before "10" and "grade 2" before "grade 10"."""
    number = plain_number(text)
    if number is not None:
        return ((0, number, ""),)
    parts = re.split(r"(\d+)", text)  # \d is decimal digits of any script, which float reads; isdigit also takes "³"
    return tuple((1, float(part), "") if part.isdecimal() else (2, 0.0, part) for part in parts if part)


def _ordered(name: str, series: Series, marks: tuple[str, ...]) -> Column:
    texts = Texts.of(name, series, frozenset(marks))
    common = set(levels_of(texts))
    column = Column(
        name=name, kind="ordinal", reason="an ordered categorical of the frame", n_levels=len(texts.texts),
        levels=tuple(text for text in texts.texts if text in common), missing=texts.missing, missing_marks=marks,
    )  # fmt: skip
    return with_rare(column, texts)


def _of_texts(texts: Texts, marks: tuple[str, ...], refused: Refusal) -> Column:
    column = Column(name=texts.name, kind="category", reason="", missing=texts.missing, missing_marks=marks)
    if not texts.filled:
        return replace(column, kind="constant", reason="no value at all")
    if len(texts.texts) == 1 and not texts.missing:
        return replace(column, kind="constant", reason="the same value in every row")
    if are_truths(frozenset(text.casefold() for text in texts.texts)):
        return as_boolean(column, texts)
    readings: dict[str, Callable[[Column, Texts, Refusal], Column | None]] = {
        "times": as_time, "numbers": _as_number, "dates": _as_date,
    }  # fmt: skip
    for repair, reading in readings.items():
        found = None if refused.of_cells(texts.name, repair) else reading(column, texts, refused)
        if found is not None:
            return found
    words = with_rare(_as_words(column, texts), texts)
    if refused.of_cells(texts.name, "numbers"):
        return words
    is_wide = words.kind in {"identifier", "text"} or (words.kind == "category" and len(texts.texts) > STRINGS_ABOVE)
    return replace(words, notes=_notes_of_amounts(texts) or (hint_of(texts.sample()) if is_wide else ()))


def are_truths(folded: frozenset[str]) -> bool:
    """Whether these are two truth values; one of several spellings must be a word, as T, F and 1 may be codes."""
    return folded in _BOOLEAN_PAIRS or (bool(folded & TRUTH_WORDS) and bool(truth_sides(folded)))


def as_boolean(column: Column, texts: Texts) -> Column:
    """Two truth values; spellings of one (yes, YES, y) are named by the commonest."""
    best: dict[str, tuple[int, str]] = {}
    sides = truth_sides(text.casefold() for text in texts.texts)
    for text, count in zip(texts.texts, texts.counts.tolist(), strict=True):
        key = sides.get(text.casefold(), text.casefold())
        best[key] = max(best.get(key, (0, "")), (count, text))
    levels = tuple(best[key][1] for key in sorted(best))
    more = f", in {len(texts.texts)} spellings" if len(sides) and len(texts.texts) > len(levels) else ""
    return replace(column, kind="boolean", reason=f"two values, {' and '.join(levels)}{more}", levels=levels,
                   n_levels=len(levels))  # fmt: skip


def _as_number(column: Column, texts: Texts, refused: Refusal) -> Column | None:
    """A numeric column if 95 % of the cells are numbers, or enough are and the rest are a few words."""
    sample = texts.read_sample()
    if not sample or sum(any(char.isdigit() for char in text) for text in sample) < 0.5 * len(sample):
        return None
    if merge_as_numbers(texts.texts, filled=texts.filled):
        return None
    column = replace(column, kind="numeric", number=format_of(sample, texts.texts))
    reader = NumberReader(column)
    if sum(not np.isnan(reader(text)) for text in sample) < 0.7 * len(sample):
        return None
    values = np.array([reader(text) for text in texts.texts])
    unread, share = texts.unread(values)
    words = [texts.texts[i] for i in unread]
    if (share < 0.95 and not _are_few(texts, words, share)) or (words and refused.of_cells(texts.name, "missing")):
        return None
    lost = int(texts.counts[unread].sum())
    there = np.flatnonzero(~np.isnan(values))
    known, counts = [texts.texts[i] for i in there], texts.counts[there]
    limits = limits_said(known, counts) if column.number.limits else ""
    rough = rough_said(known, counts) if column.number.rough else ""
    behind = tails_said(texts.texts, signs=column.number.behind, factors=column.number.factors)
    notes = (
        *_notes_of_unread("number", words, lost),
        *filter(None, (limits, rough)),
        *((behind,) if behind else ()),
        *_notes_of_currencies(column, texts),
    )
    column = replace(column, missing=texts.missing + lost, missing_marks=(*column.missing_marks, *words[:20]),
                     notes=notes)  # fmt: skip
    judged = judge_numbers(column, np.append(values, np.nan)[texts.codes], refused)
    return replace(judged, reason="numbers written as text") if judged.kind == "numeric" else judged


def _are_few(texts: Texts, words: Sequence[str], share: float) -> bool:
    """Whether the unread texts are so few distinct ones that they are words for missing.

    share: of the cells that are read. One word may stand in most cells ("not measured"), and three in half of them: as
    levels beside them the numbers would lose their order. A missing cell then stands for the one word, but not for
    which of several.
    """
    if len(texts.texts) - len(words) < _VARIED or len(words) > _MOST_WORDS:
        return False
    are_words = len(words) <= _FEW_WORDS and not any(any(map(str.isdigit, word)) for word in words)
    least = _SOME_READ if len(words) == 1 else _HALF_READ
    return share >= (least if are_words else _MOSTLY_READ)


def _notes_of_unread(noun: str, words: Sequence[str], lost: int) -> tuple[str, ...]:
    listed = ", ".join(map(repr, words[:4]))
    return (f"{lost:,} {'cell is' if lost == 1 else 'cells are'} no {noun} ({listed}): read as missing",) * bool(words)


def _notes_of_currencies(column: Column, texts: Texts) -> tuple[str, ...]:
    """What the amounts of a numeric column are in, where it is more than one currency."""
    several = len({currency(affix) for affix in column.number.affixes}) > 1
    notes = (f"{_in_rows(texts)}: {NOT_CONVERTED}",) if several else ()
    if not are_points_doubtful(texts.sample()):
        return notes
    return (*notes, f"{texts.texts[0]!r} read with a decimal point: if thousands are meant, write them without it")


def _notes_of_amounts(texts: Texts) -> tuple[str, ...]:
    """The note on a column of words that are mostly amounts of money in several formats."""
    sample = texts.sample()
    n_money = sum(currency_rows(sample, [1] * len(sample)).values())
    if number_share(sample) < _AMOUNTS or n_money < 2:
        return ()
    return (f"amounts ({_in_rows(texts)}) {NOT_READ}",)


def _in_rows(texts: Texts) -> str:
    """ "$ in 201 rows, € in 199" """
    rows = currency_rows(texts.texts, texts.counts.tolist())
    return ", ".join(f"{sign} in {n:,}{' rows' * (j == 0)}" for j, (sign, n) in enumerate(rows.items()))


def _as_date(column: Column, texts: Texts, refused: Refusal) -> Column | None:
    """A date column if a small set of formats reads 95 % of the cells, or enough and the rest are a few words."""
    sample = [text for text in texts.read_sample() if any(map(str.isdigit, text))]
    formats, share = date_formats(sample)
    if not sample or share < 0.95:
        return None
    formats, notes = with_day_first(formats, sample)
    years = short_years(formats, sample)
    zone, zoned = zone_of_texts(texts.texts)
    column = replace(column, kind="datetime", date_formats=formats, short_year=years.first, zone=zone,
                     notes=(*notes, *years.notes, *zones_said(sample), *zoned))  # fmt: skip
    reader = DateReader(column)
    unread, share = texts.unread(np.array([reader.of_text(text) for text in texts.texts]))
    words = [texts.texts[i] for i in unread]
    if (share < 0.95 and not _are_few(texts, words, share)) or (words and refused.of_cells(texts.name, "missing")):
        return None
    n_formats = len(formats) + any(text[4:5] == text[7:8] == "-" for text in sample)
    lost = int(texts.counts[unread].sum())
    return replace(column, reason="dates" + (f" in {n_formats} formats" if n_formats > 1 else ""),
                   missing=column.missing + lost, missing_marks=(*column.missing_marks, *words[:20]),
                   notes=(*column.notes, *_notes_of_unread("date", words, lost)))  # fmt: skip


def _as_words(column: Column, texts: Texts) -> Column:
    n_distinct, sample = len(texts.texts), texts.sample()
    words = float(np.mean([words_of(text) for text in sample]))
    length = float(np.mean([len(text) for text in sample]))
    share = n_distinct / texts.filled
    column = replace(column, n_levels=n_distinct)
    files = files_named(sample) if n_distinct >= _MANY_FILES or share >= 0.5 else ""
    if files and (files != "files" or share >= 0.5):
        return replace(column, kind="identifier", reason=path_reason(files), n_levels=0)
    is_varied = n_distinct >= 10 and share >= 0.2 and (words >= 3 or (words >= 2 and (length >= 30 or share >= 0.9)))
    is_long = n_distinct >= 200 and words >= 8 and length >= 60
    if is_varied or (is_long and share >= 0.05):
        return replace(column, kind="text", reason=f"texts of about {words:.0f} words, {n_distinct:,} different")
    levels = levels_of(texts)
    covered = int(texts.counts[texts.counts >= RARE].sum())
    is_scattered = covered < 0.05 * texts.filled and share >= 0.5 and texts.filled >= 30
    if counts_rows(texts.codes, texts.texts):
        return replace(column, kind="identifier", reason="its number counts the rows", n_levels=0)
    if (share >= 0.95 and texts.filled >= 10) or is_scattered:
        return replace(column, kind="identifier", reason="a different value in nearly every row")
    if share >= 0.5 and texts.filled >= 30 and _are_keys(texts.name, sample):
        return replace(column, kind="identifier", reason="keys, most of them different")
    ranked = _ranked(column, texts)
    again = f"{n_distinct:,} different values that come again" if n_distinct > 1 else "one value or missing"
    return ranked or replace(column, levels=levels, reason=again)


def words_of(text: str) -> float:
    """Words with letters in them; of scripts without spaces a third of the characters, as no space tells."""
    characters = len(_UNSPACED.findall(text))
    spaced = _UNSPACED.sub(" ", text) if characters else text
    return sum(any(map(str.isalpha, word)) for word in spaced.split()) + characters / 3.0


def _ranked(column: Column, texts: Texts) -> Column | None:
    """The column as an ordinal where all of its words have a place in one order."""
    if len(texts.texts) > MOST_RANKS or order_of(texts.texts) is None:
        return None
    levels = order_of(levels_of(texts))
    if levels is None:
        return None
    named = levels if len(levels) <= NAMED_RANKS else (*levels[: NAMED_RANKS - 2], "…", levels[-1])
    return replace(column, kind="ordinal", levels=levels, reason=" < ".join(named))


def _are_keys(name: str, sample: Sequence[str]) -> bool:
    named = is_called_id(name) and all(" " not in text for text in sample)
    return named or sum(bool(_KEY.fullmatch(text)) for text in sample) >= 0.95 * len(sample)
