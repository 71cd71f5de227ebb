"""Bytes become text a piece at a time, as if all were decoded at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.data import text_encoding as encoding
from assay.data.text_encoding import as_utf8

TEXTS = st.text(st.sampled_from("aé€𝄞\ufeff,\n"), min_size=1, max_size=30)
"""Characters of one to four bytes."""


@pytest.fixture(params=[1, 2, 3, 7], autouse=True)
def few_bytes_at_a_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "_STEP", request.param)


@given(text=TEXTS)
def test_a_character_is_never_cut(text: str) -> None:
    body = ("x," + text).encode()
    assert as_utf8(body, "t.csv") == (body, "utf-8", ())


@given(text=TEXTS, byte=st.sampled_from([b"\xff", b"\xe2\x82", b"\x80", b"\xf0\x9d"]), at=st.integers(0, 30))
def test_damage_is_counted_and_placed_as_in_the_whole_text(text: str, byte: bytes, at: int) -> None:
    body = ("é" * 40 + "\n" + text[:at]).encode() + byte + ("\n" + text[at:]).encode()
    whole = body.decode("utf-8", errors="replace")
    found, name, notices = as_utf8(body, "t.csv")
    assert (found.decode(), name) == (whole, "utf-8")
    (notice,) = notices
    line = 1 + whole[: whole.index("\ufffd")].count("\n")
    assert notice.message.startswith(f"{whole.count(chr(0xFFFD))} characters are damaged")
    assert notice.row == line


@given(text=TEXTS)
def test_a_file_of_windows_reads_as_it_was_written(text: str) -> None:
    body = "größe;straße\n" * 30
    assert as_utf8(body.encode("cp1252"), "t.csv")[0].decode() == body
    wide = "größe," + text.replace("\ufeff", "")
    assert as_utf8(wide.encode("utf-16"), "t.csv") == (wide.encode(), "utf-16", ())


def test_a_mark_is_no_part_of_the_first_name() -> None:
    assert as_utf8(b"\xef\xbb\xbfa,b\n", "t.csv") == (b"a,b\n", "utf-8-sig", ())


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(DataError, match="is empty"):
        as_utf8(b" \n ", "t.csv")
