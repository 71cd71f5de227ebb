"""Topics and groups of texts, learned and told of other texts."""

import numpy as np
import pytest

from assay.core.block.columns import TextBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import DataError, UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry

SUBJECTS = (("invoice", "refund", "payment", "charged", "card"), ("crash", "screen", "login", "error", "reboot"))


def planted(n_rows: int) -> tuple[Table, list[int]]:
    """Texts of one of two subjects, and which; a second column says nothing."""
    rng = np.random.default_rng(0)
    subject = [int(rng.integers(2)) for _ in range(n_rows)]
    texts = [" ".join(rng.choice(SUBJECTS[one], 4)) for one in subject]
    return of(texts, ["same words here"] * n_rows), subject


def of(*columns: list[str]) -> Table:
    cells = np.array(columns, dtype=object).T
    return Table.of(text=TextBlock(cells, ("note", "other")[: len(columns)]))


def fit(table: Table, **params: object) -> FittedEncoder:
    return registry.build(Step.of("text_topics", **params)).fit(table, None, seeds=Seeds(0))


def test_two_subjects_are_two_topics_with_shares_of_sum_one() -> None:
    table, subject = planted(200)
    out = fit(table, topics=2, groups=0, columns=["note"]).transform(table)
    assert out.numeric_names == ("note: topic 0", "note: topic 1")
    assert np.allclose(out.numeric.sum(axis=1), 1.0)
    told = out.numeric.argmax(axis=1)
    assert np.mean(told == subject) in (0.0, 1.0), "each text is of one subject's topic"
    assert out.text_names == ("note", "other"), "later steps read the texts"


def test_two_subjects_are_two_groups_and_a_text_is_nearer_to_its_own() -> None:
    table, subject = planted(200)
    fitted = fit(table, topics=0, groups=2, columns=["note"])
    own = fitted.transform(table).numeric.argmin(axis=1)
    assert np.mean(own == subject) in (0.0, 1.0)
    new = fitted.transform(of(["login error", "refund the card"], ["", ""])).numeric.argmin(axis=1)
    assert new.tolist() == [own[subject.index(1)], own[subject.index(0)]]


def test_a_text_of_unknown_words_is_of_no_topic_and_as_far_as_the_origin() -> None:
    table, _ = planted(100)
    fitted = fit(table, topics=2, groups=2, columns=["note"])
    out = fitted.transform(of(["nobody said this", ""], ["", ""])).numeric
    assert (out[:, :2] == 0).all()
    length = np.sqrt((fitted.state().arrays["centres"] ** 2).sum(axis=1))
    assert np.allclose(out[:, 2:], length)


def test_texts_without_any_word_leave_the_table_as_it_is() -> None:
    table = of([""] * 20)
    assert fit(table).transform(table).numeric_names == ()


def test_wrong_settings_are_refused() -> None:
    table, _ = planted(20)
    with pytest.raises(DataError, match="'comment'"):
        fit(table, columns=["comment"])
    with pytest.raises(UsageError, match="0 topics and 0 groups"):
        fit(table, topics=0, groups=0)


def test_main_components_of_named_columns_have_their_name_and_may_leave_the_texts() -> None:
    table, _ = planted(50)
    step = Step.of("text_svd", columns=["note"], components=2, keep=True)
    out = registry.build(step).fit(table, None, seeds=Seeds(0)).transform(table)
    assert out.numeric_names == ("note:length", "note:words", "note:digits", "note 0", "note 1")
    assert out.text_names == ("note", "other")
    step = Step.of("text_svd", columns=["note"])
    gone = registry.build(step).fit(table, None, seeds=Seeds(0)).transform(table)
    assert gone.text_names == ("other",)
