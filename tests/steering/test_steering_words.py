"""Plain words, read without a language model."""

import pytest

from assay.steering.vocabulary import Vocabulary
from assay.steering.words.parser import parse
from steering.plain_words import a_vocabulary, shown
from steering.sentences import PLAIN, TURNED, UNCLEAR


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return a_vocabulary()


@pytest.mark.parametrize(("text", "wishes", "unknown"), [*PLAIN, *TURNED, *UNCLEAR])
def test_a_sentence_is_understood_as_meant_or_not_at_all(
    text: str, wishes: tuple[str, ...], unknown: int, vocabulary: Vocabulary
) -> None:
    understood = parse(text, vocabulary)
    assert tuple(map(shown, understood.wishes)) == wishes
    assert len(understood.unknown) == unknown
