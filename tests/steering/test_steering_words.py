"""Plain words, read without a language model."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.hint import Understanding
from assay.steering.vocabulary import Vocabulary
from assay.steering.words.parser import MOST_CHARACTERS, parse
from each import at_most, each
from steering.plain_words import a_vocabulary, a_vocabulary_of, shown
from steering.sentences import PLAIN, TURNED, UNCLEAR

PEOPLE = json.loads((Path(__file__).parent / "people.json").read_text())
"""said: sentences in the manner of different people with what is meant; says_nothing: what denies, takes back, asks,
tells of others, or is of rows."""
PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "say.md").read_text()
ON_THE_PAGE = ("price", "area", "age", "balance", "day", "month", "duration", "city", "contact", "customer_id")
VOCABULARY = a_vocabulary()
ALONE = [
    (text, wishes) for text, wishes, unknown in PLAIN if len(wishes) == 1 and not unknown and text[-1] not in ".?!"
]
"""Sentences with one wish that could go on."""
WORDS = sorted({word for text, _, _ in (*PLAIN, *TURNED, *UNCLEAR) for word in re.findall(r"\w+|[^\w\s]", text)})


def rows(title: str) -> list[tuple[str, str]]:
    """The rows of the page's tables with that title on the right."""
    tables = re.findall(rf"^\| say \| {title} \|\n\| --- \| --- \|\n((?:\|.*\n)+)", PAGE, flags=re.MULTILINE)
    lines = [line for table in tables for line in table.splitlines()]
    return [(said.strip(), meant.strip()) for said, meant in (line.strip("| ").split(" | ") for line in lines)]


def sound(text: str, understood: Understanding, vocabulary: Vocabulary) -> bool:
    """Whether all names are the vocabulary's, and all words the text's."""
    for wish in understood.wishes:
        names, columns = set(vocabulary.names(wish.subject)), set(vocabulary.columns)
        if not wish.names or not set(wish.names) <= names or not set(wish.columns) <= columns:
            return False
        if not wish.words or wish.words not in text or wish.why not in text or wish.strength not in (1, 2, 3):
            return False
    return all(one.words in text and one.why for one in understood.unknown)


@pytest.mark.slow
@each(("text", "wishes", "unknown"), [*PLAIN, *TURNED, *UNCLEAR])
def test_a_sentence_is_understood_as_meant_or_not_at_all(text: str, wishes: tuple[str, ...], unknown: int) -> None:
    understood = parse(text, VOCABULARY)
    assert tuple(map(shown, understood.wishes)) == wishes
    assert len(understood.unknown) == unknown
    assert sound(text, understood, VOCABULARY)


@pytest.mark.slow
@each(("text", "wishes"), PEOPLE["said"])
def test_what_different_people_say_is_understood(text: str, wishes: list[str]) -> None:
    understood = parse(text, VOCABULARY)
    assert list(map(shown, understood.wishes)) == wishes
    assert sound(text, understood, VOCABULARY)


@pytest.mark.slow
def test_what_denies_or_takes_back_makes_no_wish() -> None:
    said = {text: parse(text, VOCABULARY) for text in PEOPLE["says_nothing"]}
    assert [text for text, understood in said.items() if understood.wishes] == []


@each(("text", "meant"), rows("understood"))
def test_what_the_page_says_is_understood_is(text: str, meant: str) -> None:
    understood = parse(text, a_vocabulary_of(*ON_THE_PAGE))
    assert "; ".join(map(shown, understood.wishes)) == meant
    assert not understood.unknown


@each(("text", "why"), rows("why not"))
def test_what_the_page_says_is_not_understood_is_not(text: str, why: str) -> None:
    understood = parse(text, a_vocabulary_of(*ON_THE_PAGE))
    assert why
    assert understood.unknown
    assert list(map(shown, understood.wishes)) == (["never family knn"] if text.startswith("don't use knn") else [])


@pytest.mark.parametrize(
    "around",
    ["{} unless it rains", "if it rains, {}", "should I {}?", "I do not think that {}", "{}, or rather not",
     "it is not true that {}", "{} when it is cold", "nobody said: do not {}, or drop age"],
)  # fmt: skip
def test_what_limits_or_denies_a_wish_takes_it_away(around: str) -> None:
    for text, wishes in ALONE[::3]:
        understood = parse(around.format(text), VOCABULARY)
        assert not set(map(shown, understood.wishes)) & set(wishes), text
        assert understood.unknown, text


@pytest.mark.slow
@each(
    "around",
    ["in winter, {}", "for customers under 18, {}", "my colleague says: {}", "my colleague says that {}",
     "as a joke, {}",
     "what if we {}", "do we {}", "I doubt that {}", "once the campaign is over, {}", "{} only for customers under 18",
     "{}, sometimes", "{}, for the old ones at least", "{}, I was told", "{}. On second thought, no.", "{}, no?",
     "{}. I did not mean it.", "{}. Just kidding.", "{}. Is that right?", "{}, but I am not sure"],
)  # fmt: skip
def test_limits_reports_and_retractions_take_it_away_too(around: str) -> None:
    for text, wishes in ALONE[1::11]:
        understood = parse(around.format(text), VOCABULARY)
        assert not set(map(shown, understood.wishes)) & set(wishes), text
        assert understood.unknown, text


def test_wishes_that_follow_each_other_do_not_change_each_other() -> None:
    for text, wishes in ALONE[::2]:
        understood = parse(f"keep zip\n{text}\nforget 188", VOCABULARY)
        assert list(map(shown, understood.wishes)) == list(
            dict.fromkeys(["keep column zip", *wishes, "void experiment 188"])
        )


@pytest.mark.slow
@settings(max_examples=at_most(100), deadline=None)
@given(text=st.text(max_size=200) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_no_text_is_refused_and_every_name_is_the_labs(text: str) -> None:
    assert sound(text, parse(text, VOCABULARY), VOCABULARY)


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\n'), min_size=1, max_size=12)


@settings(max_examples=at_most(50), deadline=None)
@given(names=st.lists(NAMES.filter(lambda name: name == name.strip()), min_size=1, max_size=6, unique_by=str.casefold))
def test_a_quoted_column_of_any_name_is_found(names: list[str]) -> None:
    vocabulary = Vocabulary(columns=tuple(names))
    wishes = parse(f'ignore "{names[0]}"', vocabulary).wishes
    assert [wish.names for wish in wishes] == [(names[0],)]


def test_a_reason_is_kept_and_a_fact_is_its_own() -> None:
    reason = parse("ignore customer_id because it is random", VOCABULARY).wishes[0]
    fact = parse("month is known only after the call", VOCABULARY).wishes[0]
    later = parse("contact is random, so drop it", VOCABULARY).wishes[0]
    assert (reason.why, reason.words) == ("it is random", "ignore customer_id because it is random")
    assert fact.why == "month is known only after the call"
    assert later.why == "contact is random"


def test_near_names_and_reasons_are_offered_for_what_is_not_understood() -> None:
    unknown = parse("ignore customer", VOCABULARY).unknown[0]
    assert unknown.near[0] == "customer_id"
    assert parse("paint the town", VOCABULARY).unknown[0].why == "the lab knows nothing called 'paint'"
    assert parse("drop trees", VOCABULARY).unknown[0].do[1] == "never use trees"
    assert parse("ignore text columns", VOCABULARY).unknown[0].why == "no column is of kind text"
    assert parse("forget 9999", VOCABULARY).unknown[0].why == "the lab has 212 experiments"
    assert parse("ignore y", VOCABULARY).unknown[0].why == "y is the target"


@pytest.mark.parametrize("typed", ["dy", "mnoth city", "contract", "prize", "durations leaks it", "agee"])
def test_no_short_doubtful_or_english_word_is_taken_for_a_misspelling(typed: str) -> None:
    assert parse(f"ignore {typed}", VOCABULARY).wishes == ()


def test_a_misspelling_of_two_names_is_of_none() -> None:
    vocabulary = Vocabulary(columns=("reading_a1", "readings_a1", "tenant", "tenent"))
    assert parse("ignore tenznt", vocabulary).wishes == ()
    assert parse("ignore reeding_a2", vocabulary).wishes == ()
    assert parse("ignore reeding_a1", Vocabulary(columns=("reading_a1",))).wishes[0].names == ("reading_a1",)


def test_columns_called_like_models_are_told_apart_by_a_noun() -> None:
    vocabulary = a_vocabulary_of("trees", "day")
    assert parse("no trees", vocabulary).wishes == ()
    assert shown(parse("ignore the column trees", vocabulary).wishes[0]) == "never column trees"
    assert parse("no tree models", vocabulary).wishes[0].subject == "family"


def test_a_word_that_could_be_short_for_a_column_is_asked_for() -> None:
    vocabulary = a_vocabulary_of("product_id", "tree_height", "net_income")
    for text in ("ignore product", "no products", "no trees", "ignore net", "drop trees"):
        assert parse(text, vocabulary).wishes == (), text
    assert parse("no products", vocabulary).unknown[0].why == "it could be the column product_id; say which"


def test_a_word_like_not_is_a_column_in_a_list_only_in_quotes() -> None:
    assert parse("keep day or not", VOCABULARY).wishes == ()
    assert shown(parse("keep day and 'not'", VOCABULARY).wishes[0]) == "keep column day,not"
    assert shown(parse("ignore not", VOCABULARY).wishes[0]) == "never column not"


def test_a_move_is_known_by_its_title() -> None:
    assert shown(parse("try patterns of missing cells, statistics of rows", VOCABULARY).wishes[0]) == "try move gaps"


def test_a_text_that_is_too_long_is_not_read() -> None:
    understood = parse("ignore day. " * MOST_CHARACTERS, VOCABULARY)
    assert understood.wishes == ()
    assert "several hints" in understood.unknown[0].why
