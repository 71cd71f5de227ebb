"""Durations, sizes and shares as people read them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.report import phrases as words


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.3, "0.3 s"), (58.7, "58.7 s"), (250, "4 min 10 s"), (7800, "2 h 10 min"), (3600, "1 h"), (273600, "3 d 4 h")],
)
def test_durations_read_like_people_say_them(seconds: float, text: str) -> None:
    assert words.seconds_text(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (34.9, "0:34"), (725, "12:05"), (3723, "1:02:03")])
def test_a_running_clock_shows_minutes_and_seconds(seconds: float, text: str) -> None:
    assert words.clock_text(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (830_000, "830 kB"), (9_800_000, "9.8 MB"), (412_000_000, "412 MB"), (1_200_000_000, "1.2 GB")],
)
def test_sizes_have_decimal_units(size: float, text: str) -> None:
    assert words.size_text(size) == text


@given(st.floats(0, 1e9))
def test_a_duration_never_shows_sixty_of_a_unit(seconds: float) -> None:
    text = words.seconds_text(seconds)
    assert not re.search(r"\b60 (?:s|min)\b", text)
    assert not re.search(r"\b24 h\b", text)


@given(st.floats(0, 1e14))
def test_a_size_has_at_most_three_digits_before_the_point(size: float) -> None:
    assert re.fullmatch(r"\d{1,3}(?:\.\d)? (?:B|kB|MB|GB|TB)", words.size_text(size))


def test_unknown_is_a_dash_and_never_zero() -> None:
    assert words.seconds_text(None) == words.size_text(None) == words.sigma_text(None) == words.p_text(None) == "–"
    assert words.row_time_text(float("nan")) == ""


def test_one_is_singular_and_thousands_are_separated() -> None:
    assert words.plural(1, "experiment") == "1 experiment"
    assert words.plural(45211, "row") == "45,211 rows"
    assert words.plural(3, "class", "classes") == "3 classes"


def test_long_lists_end_in_a_count() -> None:
    assert words.name_list(("a", "b", "c", "d", "e")) == "a, b, c and 2 more"
    assert words.name_list(("a", "b")) == "a, b"
