"""Durations and sizes on the command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.durations_and_sizes import duration_argument, parse_bytes, parse_seconds
from assay.core.errors import UsageError
from each import each


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1.5h", 5400), ("2h30m", 9000), ("1d", 86400), ("10m", 600), ("1d2h3m4s", 93784),
     (" 5 M ", 300), ("5min", 300)],
)  # fmt: skip
def test_durations_are_read_in_every_form(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@each("text", ["", "soon", "5x", "-5", "0", "0s", "1h1d", "s", "1e3", "nan", "inf"])
def test_what_is_no_duration_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError, match="2h30m"):
        parse_seconds(text)


@given(st.integers(1, 10**7))
def test_a_written_duration_reads_back_as_itself(seconds: int) -> None:
    assert parse_seconds(duration_argument(seconds)) == seconds


@pytest.mark.parametrize(
    ("text", "size"), [("800MB", 800_000_000), ("2GiB", 2 * 2**30), ("500 kb", 500_000), ("1.5G", 1_500_000_000)]
)
def test_sizes_know_decimal_and_binary_units(text: str, size: int) -> None:
    assert parse_bytes(text, option="--max-size") == size


@pytest.mark.parametrize("text", ["800", "MB", "-1MB", "0MB", "5 parsecs", ""])
def test_what_is_no_size_is_refused_with_option_and_forms(text: str) -> None:
    with pytest.raises(UsageError, match=r"--max-size.*2GiB"):
        parse_bytes(text, option="--max-size")


@given(st.text(max_size=12))
def test_any_text_gives_a_duration_or_a_usage_error(text: str) -> None:
    try:
        seconds = parse_seconds(text)
    except UsageError:
        return
    assert seconds > 0
