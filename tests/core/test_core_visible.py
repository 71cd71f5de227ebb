"""What strangers named is shown without steering a terminal, and addresses without their passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import AssayError, AssayWarning
from assay.core.safe_text import visible, without_secrets


@given(st.text())
def test_nothing_that_is_shown_steers(text):
    shown = visible(text)
    assert not any((ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160 for c in shown)
    assert visible(shown) == shown


def test_what_steers_nothing_stays_as_it_is():
    text = "Größe\t= 3 €\n“ünï” ✓ שלום"
    assert visible(text) == text


@pytest.mark.parametrize(("text", "shown"), [
    ("a\x1b[31mb", r"a\u001b[31mb"), ("a\u202eb", r"a\u202eb"), ("a\rb", r"a\u000db"), ("a\x9bb", r"a\u009bb"),
])  # fmt: skip
def test_what_steers_is_spelled(text, shown):
    assert visible(text) == shown


def test_half_of_a_character_is_spelled_as_no_encoding_writes_it():
    """Names of files that are no text, and cells of scraped tables, hold such."""
    assert visible("caf\udce9") == r"caf\udce9"
    visible("\ud83d").encode()


@pytest.mark.parametrize("secret", ["s3cret", "s3cret/x", "s3cret@x", "s3cret:x", ""])
def test_an_address_is_told_without_who_signs_in(secret):
    shown = without_secrets(f"cannot reach postgresql+psycopg://ann:{secret}@db.example:5432/shop now")
    assert shown == "cannot reach postgresql+psycopg://…@db.example:5432/shop now"


def test_passwords_among_the_options_of_an_address_are_left_out():
    assert without_secrets("sqlite:///a.db?Password=s3cret&mode=ro") == "sqlite:///a.db?Password=…&mode=ro"


def test_errors_and_warnings_steer_no_terminal_either():
    for said in (AssayError("column 'a\x1b[31m' is gone"), AssayWarning("column 'a\x1b[31m' is gone")):
        assert str(said) == said.message == r"column 'a\u001b[31m' is gone"
