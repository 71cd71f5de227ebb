"""TF-IDF as scikit-learn has it, and its main components."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfVectorizer

from assay.core.block.columns import TextBlock
from assay.core.block.sparse import Sparse
from assay.core.contract import FittedEncoder, State
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.tfidf_vocabulary import beside, learn_vocabulary
from assay.terms.text_terms import TermRule, numbers_of, occurrences, term_counts
from each import at_most

words = st.sampled_from(
    ["Red", "a", "x1", "große", "été", "co-op", "don't", "日本語", "_x", "42", "İstanbul", " ", "\n\t"]
)
texts = st.lists(st.one_of(st.text(max_size=12), st.lists(words, max_size=6).map(" ".join)), min_size=2, max_size=8)


def objects(*columns: list[str]) -> np.ndarray:
    out = np.empty((len(columns[0]), len(columns)), dtype=object)
    for j, column in enumerate(columns):
        out[:, j] = column
    return out


def texts_table(*columns: list[str]) -> Table:
    block = objects(*columns)
    names = tuple("abcd"[: len(columns)])
    return Table.of(text=TextBlock(block, names))


def fit(table: Table, name: str, **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0))


def dense(block: Sparse) -> np.ndarray:
    return csr_array((block.data, block.indices, block.indptr), shape=(block.n_rows, block.n_columns)).toarray()


@settings(max_examples=at_most(60), deadline=None)
@given(texts, texts, st.sampled_from([("word", (1, 1)), ("word", (1, 2)), ("word", (2, 3)), ("char_wb", (2, 4))]),
       st.booleans(), st.integers(1, 2))  # fmt: skip
def test_terms_and_weights_are_those_of_scikit_learn(
    train: list[str], new: list[str], analysis: tuple[str, tuple[int, int]], sublinear: bool, min_df: int
) -> None:
    analyzer, ngrams = analysis
    rule = TermRule(analyzer=analyzer, ngrams=ngrams, sublinear=sublinear, folding="lower")  # type: ignore[arg-type]
    ours = learn_vocabulary(objects(train)[:, 0], rule, min_df=min_df, at_most=10**6)
    theirs = TfidfVectorizer(analyzer=analyzer, ngram_range=ngrams, sublinear_tf=sublinear, min_df=min_df)
    try:
        theirs.fit(train)
    except ValueError:  # scikit-learn refuses an empty vocabulary
        assert not len(ours)
        return
    columns, is_known = ours.column_of(numbers_of(list(theirs.vocabulary_), rule))
    assert is_known.all()
    assert len(ours) == len(theirs.vocabulary_)
    expected = np.zeros((len(new), len(ours)))
    expected[:, columns] = theirs.transform(new).toarray()[:, list(theirs.vocabulary_.values())]
    np.testing.assert_allclose(dense(ours.weigh(objects(new)[:, 0])), expected, rtol=1e-6, atol=1e-7)


def test_of_too_many_terms_the_most_frequent_are_kept() -> None:
    texts, rule = objects(["bb cc aa", "bb aa", "bb dd dd", "dd ee aa"])[:, 0], TermRule(ngrams=(1, 1))
    kept = learn_vocabulary(texts, rule, min_df=1, at_most=3)
    assert kept.column_of(numbers_of(["aa", "bb", "dd", "cc", "ee"], rule))[1].tolist() == [True] * 3 + [False] * 2


def test_text_columns_become_one_sparse_block_each_with_its_own_terms() -> None:
    table = texts_table(["red fox", "red hen"], ["hen pen", "red pen"])
    out = fit(table, "tfidf", min_df=1, ngrams=[1, 1]).transform(table)
    assert out.text_names == ()
    assert out.sparse is not None
    block = dense(out.sparse)
    assert block.shape == (2, 6)  # fox hen red, hen pen red
    np.testing.assert_allclose((block[:, :3] ** 2).sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose((block[:, 3:] ** 2).sum(axis=1), 1.0, rtol=1e-6)


def test_a_sparse_block_that_is_there_stays_on_the_left() -> None:
    first = fit(texts_table(["aa", "bb"]), "tfidf", min_df=1).transform(texts_table(["aa", "bb"])).sparse
    assert first is not None
    both = beside([first, first])
    np.testing.assert_array_equal(dense(both), np.hstack([dense(first), dense(first)]))


def test_texts_without_a_known_term_are_rows_of_noughts() -> None:
    out = fit(texts_table(["red fox", "red hen"]), "tfidf", min_df=1).transform(texts_table(["", "blue"]))
    assert out.sparse is not None
    assert dense(out.sparse).sum() == 0


def test_components_tell_topics_apart() -> None:
    rng = np.random.default_rng(0)
    topics = [["stock", "bond", "market", "price", "bank"], ["goal", "team", "match", "player", "coach"]]
    labels = rng.integers(0, 2, 200)
    table = texts_table([" ".join(rng.choice(topics[k], 6)) for k in labels])
    out = fit(table, "text_svd", components=2, ngrams=[1, 1]).transform(table)
    assert out.numeric_names == ("a:length", "a:words", "a:digits", "text 0", "text 1")
    means = [out.numeric[labels == k, 3:].mean(axis=0) for k in (0, 1)]
    spread = np.mean([out.numeric[labels == k, 3:].std(axis=0).max() for k in (0, 1)])
    assert np.linalg.norm(means[0] - means[1]) > 4 * spread


def test_length_words_and_digit_share_are_counted() -> None:
    table = texts_table(["ab 12", "", "x"])
    out = fit(table, "text_svd").transform(table)
    np.testing.assert_allclose(out.numeric[:, :3], [[5, 2, 0.4], [0, 0, 0], [1, 1, 0]], rtol=1e-6)


def test_components_are_learned_from_a_sample_of_many_rows() -> None:
    rng = np.random.default_rng(1)
    table = texts_table([" ".join(rng.choice(["aa", "bb", "cc", "dd"], 3)) for _ in range(300)])
    small = fit(table, "text_svd", max_rows=100).transform(table)
    assert small.n_rows == 300
    assert len(small.numeric_names) > 3


@pytest.mark.parametrize(("params", "message"), [
    ({"analyzer": "letters"}, "cannot be analysed by 'letters'"), ({"ngrams": [3, 1]}, "shortest and the longest run"),
])  # fmt: skip
def test_impossible_term_rules_are_refused(params: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        fit(texts_table(["aa"]), "tfidf", **params)


def test_runs_longer_than_a_text_end_with_it() -> None:
    long, short = (occurrences(["red green blue"], TermRule(ngrams=(1, n))) for n in (2**40, 3))
    np.testing.assert_array_equal(long.number, short.number)


@settings(max_examples=at_most(60), deadline=None)
@given(texts, st.sampled_from([("word", (1, 3), 2), ("char_wb", (1, 4), 0)]))
def test_a_text_has_the_same_terms_alone_and_among_others(
    several: list[str], analysis: tuple[str, tuple[int, int], int]
) -> None:
    analyzer, ngrams, skips = analysis
    rule = TermRule(analyzer=analyzer, ngrams=ngrams, skips=skips)  # type: ignore[arg-type]
    ((_, together),) = term_counts(several, rule)
    for row, text in enumerate(several):
        ((_, alone),) = term_counts([text], rule)
        here = together.row == row
        np.testing.assert_array_equal(together.number[here], alone.number)
        np.testing.assert_array_equal(together.count[here], alone.count)


@pytest.mark.slow
def test_more_texts_than_are_counted_at_once_are_weighed_in_order() -> None:
    many = objects([f"word{n % 7} word{n % 5000}" for n in range(9_000)])[:, 0]
    vocabulary = learn_vocabulary(many, TermRule(), min_df=1, at_most=10**6)
    whole, last = dense(vocabulary.weigh(many)), dense(vocabulary.weigh(many[-3:]))
    np.testing.assert_array_equal(whole[-3:], last)


def spelled(text: str, rule: TermRule) -> list[str]:
    found, folded = occurrences([text], rule), rule.folded(text)
    return [folded[a:b] for a, b in zip(found.start.tolist(), found.end.tolist(), strict=True)]


@pytest.mark.parametrize(("text", "words"), [
    ("Der Straßen-Name ist ﬁnal", ["der", "strassen", "name", "ist", "final"]), ("日本語 is", ["日", "本", "語", "is"]),
    ("שלום עולם", ["שלום", "עולם"]), ("สวัสดี x", list("สวสด")), ("ＡＢＣ", ["abc"]), ("", []), ("a b", []),
    ("ab\x00cd\ud800ef", ["ab", "cd", "ef"]),
])  # fmt: skip
def test_words_of_any_script_are_found(text: str, words: list[str]) -> None:
    assert spelled(text, TermRule(ngrams=(1, 1))) == words


def test_skips_pair_words_over_others() -> None:
    assert spelled("red green blue", TermRule(ngrams=(1, 1), skips=1)) == ["red", "green", "blue", "red green blue"]


@settings(max_examples=at_most(40), deadline=None)
@given(texts, texts, st.sampled_from(["word", "char_wb"]))
def test_terms_that_a_bundle_before_wrote_out_weigh_as_they_did(train: list[str], new: list[str], kind: str) -> None:
    theirs = TfidfVectorizer(analyzer=kind, ngram_range=(1, 3), min_df=1)
    try:
        theirs.fit(train)
    except ValueError:
        return
    names = sorted(theirs.vocabulary_, key=theirs.vocabulary_.get)
    meta = {"analyzer": kind, "ngrams": [1, 3], "sublinear": False, "terms": [names]}
    old = registry.get("tfidf").restore(State("tfidf", meta, {"idf": theirs.idf_}))
    block = old.transform(texts_table(new)).sparse
    np.testing.assert_allclose(dense(block), theirs.transform(new).toarray(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("text", "n"), [("हिन्दी भाषा में", 3), ("சேவை தாமதம்", 2), ("ที่นี่", 2), ("e\u0301te\u0301 q\u0301x", 2)]
)
def test_signs_of_vowels_and_accents_do_not_divide_words(text: str, n: int) -> None:
    found = occurrences([text], TermRule(ngrams=(1, 1)))
    assert len(found.number) == n
