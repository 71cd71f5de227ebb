"""Lines that recur are found in spite of fillers and dropped words, whoever else says what."""

import numpy as np
import pytest

from assay.core.block.columns import TextBlock
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry

SAID = ("my wife deals with that", "the grant came through", "send it and i sign it tonight", "not any time soon")
FILLERS = ("you know", "well", "um")


def calls(n=120, seed=0):
    """(texts, which of SAID each has): lines with fillers in between, and now and then a word dropped."""
    rng = np.random.default_rng(seed)
    texts, has = np.empty(n, dtype=object), rng.random((n, len(SAID))) < 0.5
    for row in range(n):
        lines = []
        for line in [line for line, there in zip(SAID, has[row], strict=True) if there]:
            words = line.split()
            if rng.random() < 0.3:
                words.insert(int(rng.integers(1, len(words))), str(rng.choice(FILLERS)))
            lines.append("LEAD: " + " ".join(words))
        texts[row] = "\n".join([*rng.permutation(lines), "REP: does that help"])
    return texts, has


def table_of(texts):
    return Table.of(text=TextBlock(np.asarray(texts, dtype=object)[:, None], ("call",)))


def test_each_line_is_one_column_whatever_stands_in_between():
    texts, has = calls()
    fitted = registry.build(Step.of("recurring_lines", min_rows=10)).fit(table_of(texts), None, seeds=Seeds(0))
    made = fitted.transform(table_of(texts))
    for j in range(len(SAID)):
        alike = [(made.numeric[:, k] == has[:, j]).mean() for k in range(made.numeric.shape[1])]
        assert max(alike) > 0.95, SAID[j]
    new, there = calls(40, seed=7)
    again = fitted.transform(table_of(new)).numeric
    assert max((again[:, k] == there[:, 0]).mean() for k in range(again.shape[1])) > 0.95


def test_the_bundle_holds_no_word_of_the_texts():
    fitted = registry.build(Step.of("recurring_lines")).fit(table_of(calls()[0]), None, seeds=Seeds(0))
    state = fitted.state()
    assert "wife" not in str(state.meta)
    assert all(array.dtype.kind in "if" for array in state.arrays.values())


def test_texts_without_a_line_twice_add_nothing_and_kinds_are_at_least_of_two_texts():
    rng = np.random.default_rng(1)
    texts = ["".join(rng.choice(list("abcdefgh "), 40)) for _ in range(50)]
    fitted = registry.build(Step.of("recurring_lines")).fit(table_of(texts), None, seeds=Seeds(0))
    assert fitted.transform(table_of(texts)).numeric.shape[1] == 0
    with pytest.raises(UsageError, match="of 2 texts or more"):
        registry.build(Step.of("recurring_lines", min_rows=1))
