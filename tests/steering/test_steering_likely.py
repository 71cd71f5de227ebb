"""What may be meant by words that are not understood: a sentence that is, said only if a person says it."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.steering.words.parser import parse
from each import at_most, each
from steering.plain_words import a_vocabulary_of, shown

VOCABULARY = a_vocabulary_of("price", "area", "age", "bedrooms", "duration", "city", "zip", "customer_id", "month")
KEPT = json.loads((Path(__file__).parent / "kept_hints.json").read_text())["hints"]
WORDS = sorted({word for hint in KEPT for word in hint["text"].split()})


def suggested(text):
    return [one.perhaps for one in parse(text, VOCABULARY).unknown if one.perhaps]


@pytest.mark.parametrize(("text", "meant"), [
    ("Bedrooms column is not required, you may remove the same.", "never column bedrooms"),
    ("lets go wth lightgbm mostly", "prefer family lightgbm"),
    ("price is quite fundamental in all that we do around here", "keep column price"),
    ("duration is a number that the desk types in long after we score", "never column duration"),
    ("gradient boosting I would rather exclusively have here, thx", "never family"),
])  # fmt: skip
def test_a_sentence_is_suggested_and_nothing_is_done(text, meant):
    understood = parse(text, VOCABULARY)
    assert understood.wishes == ()
    (said,) = suggested(text)
    wishes = parse(said, VOCABULARY).wishes
    assert wishes
    assert shown(wishes[0]).startswith(meant)


@pytest.mark.parametrize(("text", "never_said"), [
    ("the splines should of course not be dropped by anyone there", "never use"),
    ("whatever comes dont drop knn from this whole thing pls", "never use"),
    ("whatever comes dont try knn on this whole thing pls", "try"),
    ("whatever comes dont prefer knn on this whole thing pls", "prefer"),
    ("whatever comes dont avoid knn on this whole thing pls", "rather not"),
])  # fmt: skip
def test_the_opposite_of_what_is_said_is_never_suggested(text, never_said):
    assert parse(text, VOCABULARY).wishes == ()
    assert not any(said.startswith(never_said) for said in suggested(text))


@pytest.mark.parametrize("text", [
    "does duration leak into the thing or what?", "if price goes nuts remove it", "customers with age below 18 go out",
    "my colleague claims zip is junk", "frobnicate the zebra", "why is city so useless",
])  # fmt: skip
def test_nothing_is_suggested_of_questions_conditions_rows_and_hearsay(text):
    assert suggested(text) == []


@each("text", [
    "city is only known at check-in", "duration is only filled in once the call is over",
    "we only learn the duration afterwards", "price is available only when the deal is closed",
    "at prediction time duration is unknown", "the area gets entered at the end of the process, only then",
    "city: only set at arrival", "duration stays empty until the call ended", "area remains unknown until then",
    "price is essential only after the sale", "only at check-in do we know the city",
    "city stays blank before arrival", "keep in mind that duration is known after the call",
])  # fmt: skip
def test_a_column_that_is_known_only_later_is_barred_or_nothing_is_suggested(text):
    """A yes to "only use city" would bar every column but the one that was meant to go."""
    asked = [shown(wish) for wish in parse(text, VOCABULARY).wishes]
    asked += [shown(wish) for said in suggested(text) for wish in parse(said, VOCABULARY).wishes]
    assert {said.partition(" column ")[0] for said in asked} <= {"never"}
    assert not {said for said in asked if "," in said}


@pytest.mark.slow
@settings(max_examples=at_most(200), deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join))
def test_what_is_suggested_is_understood_as_a_whole(text):
    for said in suggested(text):
        read = parse(said, VOCABULARY)
        assert read.wishes
        assert not read.unknown
