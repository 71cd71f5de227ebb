"""Which words are asked about."""

from assay.search.candidate_words import words_in


def test_a_name_in_one_text_that_is_repeated_is_not_asked_about():
    others = [f"customer {k} from town" for k in range(20)]
    repeated = ["Jane Quux", "jane quux ", "Jane Quux", "Jane Quux", "JANE QUUX"]
    found = {one.word for one in words_in("customer", [*repeated, *others])}
    assert "town" in found
    assert not {"jane", "quux"} & found


def test_a_word_of_five_different_texts_is_asked_about():
    texts = [f"{k} refund" for k in range(5)] + ["nothing here"] * 5
    assert "refund" in {one.word for one in words_in("note", texts)}
