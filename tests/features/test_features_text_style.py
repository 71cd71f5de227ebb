"""What text_style says of texts of any script, alone and among others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.block.columns import TextBlock
from assay.core.contract import FittedEncoder, State
from assay.core.errors import BundleError, DataError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.text_measures import FIGURES, plain_figures, text_measures
from assay.testing.tables import strange_texts, tiny_table
from each import at_most, each

any_text = st.one_of(
    st.text(max_size=30),
    st.lists(
        st.sampled_from(["a", "B", "a b", "no.", "Ça?", "\n", "日本", "是。", "don’t", "\ud800", " "]), max_size=14
    ).map("".join),
)  # fmt: skip


def figure(text: str, name: str) -> float:
    return float(text_measures([text], [name])[0, 0])


def texts_table(*texts: str) -> Table:
    block = np.empty((len(texts), 1), dtype=object)
    block[:, 0] = texts
    return Table.of(text=TextBlock(block, ("note",)))


def fit(table: Table, **params: object) -> FittedEncoder:
    return registry.build(Step.of("text_style", **params)).fit(table, None, seeds=Seeds(0))


@each(("text", "name", "value"), [
    ("ab c", "characters", 4), ("ab c", "word count", 2), ("one\n\ntwo\r\nthree", "lines", 3),
    ("abc a", "word length", 2),
    ("AbcD 12", "capitals", 0.5), ("a1 2", "digit share", 0.5), ("a,b!", "punctuation", 0.5), ("aé", "non-ASCII", 0.5),
    ("why? かな？ ¿no?", "questions", 3), ("no! いや！", "exclamations", 2), ("a b a c", "distinct words", 0.75),
    ("A b a c", "repeated words", 0.5), ("we go\nno\nWE go!", "repeated lines", 2 / 3),
    ("x a b c y a b c", "longest repeat", 3 / 8), ("ha ha ha ha", "longest repeat", 0.75),
    ("a b c", "longest repeat", 0),
    ("It is 3.14 here. Is it? yes", "words a sentence", 8 / 3), ("今日は。雨？", "words a sentence", 2),
    ("first line\nSecond", "words a sentence", 1.5), ("wrapped\nline", "words a sentence", 2),
    ("telephone it.", "readability", 2 + 50), ("aabb", "entropy", 1), ("aaaa", "entropy", 0),
    ("don't won’t", "word count", 2), ("क्या हिन्दी", "word count", 2), ("日本語", "word count", 3),
    ("\u2764\ufe0f ok", "word count", 1), ("ที่นี่", "word count", 2), ("ที่นี่", "word length", 1),
])  # fmt: skip
def test_a_figure_is_what_its_name_says(text: str, name: str, value: float) -> None:
    assert figure(text, name) == pytest.approx(value)


def test_an_empty_text_has_noughts_for_counts_and_no_shares() -> None:
    counts = {"characters", "word count", "lines", "questions", "exclamations"}
    for name in FIGURES:
        assert np.isnan(figure("", name)) == (name not in counts), name
        if name in counts:
            assert figure("", name) == 0


@settings(max_examples=at_most(80), deadline=None)
@given(st.lists(any_text, min_size=1, max_size=6))
def test_a_text_has_the_same_figures_alone_and_among_others(several: list[str]) -> None:
    together = text_measures(several)
    for row, text in enumerate(several):
        assert text_measures([text]).tobytes() == together[row : row + 1].tobytes()


@settings(max_examples=at_most(80), deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=24))
def test_the_longest_repeat_is_that_of_all_pairs_of_places(words: list[str]) -> None:
    n = len(words)
    runs = (k for k in range(n - 1, 0, -1)
            if len({tuple(words[i : i + k]) for i in range(n - k + 1)}) < n - k + 1)  # fmt: skip
    assert figure(" ".join(words), "longest repeat") == pytest.approx(next(runs, 0) / n)


@settings(max_examples=at_most(80), deadline=None)
@given(st.lists(any_text, min_size=1, max_size=4))
def test_the_figures_of_text_svd_are_those_python_counts(several: list[str]) -> None:
    expected = [(len(t), len(t.split()), sum(map(str.isdigit, t)) / max(1, len(t))) for t in several]
    assert plain_figures(texts_table(*several).text).tobytes() == np.array(expected, dtype=np.float32).tobytes()


def test_texts_stay_and_columns_of_figures_that_vary_are_added() -> None:
    table = texts_table("Red fox?", "red", "blue fox and hen")
    out = fit(table).transform(table)
    assert out.text_names == ("note",)
    assert "note:questions" in out.numeric_names
    assert "note:digit share" not in out.numeric_names


def test_only_the_columns_named_are_read_and_unknown_ones_refused() -> None:
    block = np.array([["a", "b"], ["a b", "b"], ["a", "b c"]], dtype=object)
    table = Table.of(text=TextBlock(block, ("one", "two")))
    names = fit(table, columns=["two"]).transform(table).numeric_names
    assert {name.split(":")[0] for name in names} == {"two"}
    with pytest.raises(DataError, match="'text_style' names the column 'three'"):
        fit(table, columns=["three"])


def test_a_cell_of_a_megabyte_is_counted_to_the_last_character() -> None:
    text = "word " * 200_000 + "!"
    values = dict(zip(FIGURES, text_measures([text])[0], strict=True))
    assert (values["characters"], values["word count"], values["exclamations"]) == (1_000_001, 200_000, 1)
    assert values["longest repeat"] == pytest.approx(1 - 1 / 200_000)


def test_strange_texts_have_finite_figures_or_none() -> None:
    values = text_measures(strange_texts()[:, 0].tolist())
    assert not np.isinf(values).any()


def test_a_stored_step_with_an_unknown_figure_is_refused() -> None:
    state = fit(tiny_table()).state()
    damaged = State(state.name, state.meta | {"figures": ["mood"] * len(state.meta["figures"])}, state.arrays)  # type: ignore[arg-type]
    with pytest.raises(BundleError, match="figures of the stored step 'text_style'"):
        registry.get("text_style").restore(damaged)
