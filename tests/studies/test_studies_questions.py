"""A question in plain words is mapped to one kind of study, or refused."""

import pytest

from assay.core.errors import UsageError
from assay.studies import registry
from assay.studies.study_questions import kind_of
from each import each


@each(
    ("question", "kind"),
    [
        ("where does it fail?", "slices"), ("which of the labels are wrong?", "labels"), ("is there drift?", "drift"),
        ("would more rows help?", "curve"), ("is there a leak?", "leaks"), ("which columns carry it?", "ablation"),
        ("is the noise ceiling reached?", "ceiling"), ("which families are good?", "families"),
        ("what do the residuals follow?", "residuals"), ("does the target follow a formula?", "law"),
    ],
)  # fmt: skip
def test_words_name_a_kind(question, kind):
    assert kind_of(question) == kind


def test_every_kind_is_named_by_its_own_question():
    assert {kind_of(cls.traits.question) for _, cls in registry} == set(registry.names())


@pytest.mark.parametrize("question", ["", "why is the sky blue?", "drop table"])
def test_other_words_are_refused(question):
    if question == "drop table":
        assert kind_of(question) == "ablation"
        return
    with pytest.raises(UsageError, match="Kinds of study"):
        kind_of(question)
