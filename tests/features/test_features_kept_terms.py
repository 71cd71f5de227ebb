"""Terms of texts that were counted before give the very columns that counting them again does."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.block.columns import TextBlock
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.term_reading import reading
from assay.features.tfidf_vocabulary import learn_vocabulary
from assay.terms.kept_terms import CountedTexts, KeptTerms
from assay.terms.text_terms import TermRule
from assay.testing.encoders import assert_equal_tables

WORDS = ("late", "early", "Refund", "thanks", "broken", "fast", "ÉTÉ", "a", "日本", "x-1")
RULES = (TermRule(), TermRule(skips=2, edges=True, sublinear=True), TermRule(analyzer="char_wb", ngrams=(3, 5)))
STEPS = (
    Step.of("tfidf"), Step.of("tfidf", analyzer="char_wb", ngrams=(2, 4), max_features=40, keep=True),
    Step.of("tfidf", max_rows=30, min_df=1), Step.of("text_svd", components=4), Step.of("text_topics", topics=3),
)  # fmt: skip


def table_of(texts):
    cells = np.array([[text] for text in texts], dtype=object)
    return Table.of(text=TextBlock(cells, ("note",)))


def some_texts(n=80, seed=0):
    rng = np.random.default_rng(seed)
    return ["\n".join(" ".join(rng.choice(WORDS, 4)) for _ in range(rng.integers(0, 4))) for _ in range(n)]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.name} {len(step.params)}")
def test_a_step_that_looks_terms_up_is_fitted_and_answers_as_one_that_counts_them(step):
    kept, table = KeptTerms(), table_of(some_texts())
    for fold in range(3):
        train = np.flatnonzero(np.arange(80) % 3 != fold)
        plain = registry.build(step).fit(table.take(train), None, seeds=Seeds(0))
        looked_up = reading(registry.build(step), kept).fit(table.take(train), None, seeds=Seeds(0))
        assert_equal_tables(looked_up.transform(table), plain.transform(table), "by kept terms")
        restored = reading(registry.get(step.name).restore(plain.state()), kept)
        assert_equal_tables(restored.transform(table), plain.transform(table), "restored")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="ab é\n日-", max_size=12), min_size=32, max_size=60), st.sampled_from(RULES))
def test_whatever_texts_were_read_before_a_vocabulary_is_that_of_its_own_texts(texts, rule):
    kept = KeptTerms()
    kept.counted(some_texts(40), rule)
    cells = np.array(texts, dtype=object)
    ours = learn_vocabulary(cells, rule, min_df=2, at_most=20, terms=kept)
    plain = learn_vocabulary(cells, rule, min_df=2, at_most=20)
    np.testing.assert_array_equal(ours.numbers, plain.numbers)
    np.testing.assert_array_equal(ours.idf, plain.idf)
    assert ours.weigh(cells, kept).data.tobytes() == plain.weigh(cells).data.tobytes()


def test_texts_that_were_read_are_not_counted_again():
    kept, rule, texts = KeptTerms(), TermRule(), some_texts()
    kept.counted(texts, rule)
    held = kept._kept[rule].counts
    parts = [kept.counted(part, rule) for part in (texts, texts[20:])]
    assert kept._kept[rule].counts is held
    for part, own in zip(parts, (texts, texts[20:]), strict=True):
        now = CountedTexts.of(own, rule)
        np.testing.assert_array_equal(part.numbers[part.place], now.numbers[now.place])
        np.testing.assert_array_equal(part.count, now.count)
        np.testing.assert_array_equal(part.ends, now.ends)


def test_rules_that_were_asked_for_last_are_kept_where_there_is_no_room_for_all():
    texts, kept = some_texts(), KeptTerms()
    sizes = [len(kept.counted(texts, rule).place) for rule in RULES]
    small = KeptTerms(most_cells=sizes[1] + sizes[2])
    for rule in RULES:
        small.counted(texts, rule)
    assert list(small._kept) == [RULES[1], RULES[2]]
    assert KeptTerms(most_cells=10).counted(texts, RULES[0]) is None
