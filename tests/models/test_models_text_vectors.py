"""Entries that read texts by a pretrained encoder: there only with one, early with a network, none for long rows."""

from dataclasses import replace

import pytest

from assay.core.contract import Facts
from assay.core.problem.binary import Binary
from assay.core.text_model import TextModel
from assay.research.portfolio import entries
from assay.search.fit_cost import recipe_cost

TABLE = TextModel(name="table", digest="a" * 64, kind="static", width=256)
NETWORK = TextModel(name="network", digest="b" * 64, kind="transformer", width=384, work=10.6)
NOTES = Facts(
    problem=Binary(), n_rows=4_000, n_numeric=2, n_category=1, n_dates=0, n_text=1, n_classes=2, minority=900,
    text_chars=80.0,
)  # fmt: skip


def names(facts: Facts) -> list[str]:
    return [entry.name for entry in entries(facts)]


def test_without_an_encoder_no_entry_reads_vectors_and_the_order_is_as_it_was() -> None:
    found = names(replace(NOTES, text_models=(TABLE,)))
    assert [name for name in found if name not in ("linear_vectors", "linear_row", "lgb_vectors")] == names(NOTES)
    assert {"linear_vectors", "linear_row", "lgb_vectors"} <= set(found) - set(names(NOTES))


def test_a_network_comes_right_behind_the_first_linear_model() -> None:
    found = names(replace(NOTES, text_models=(NETWORK,)))
    assert found[found.index("linear") + 1] == "linear_vectors"
    assert names(replace(NOTES, text_models=(TABLE,))).index("linear_vectors") > found.index("linear_vectors")


def test_rows_are_written_out_where_a_network_would_not_take_long_over_them() -> None:
    many = replace(NOTES, n_rows=100_000)
    assert "linear_row" not in names(replace(many, text_models=(NETWORK,)))
    assert "linear_row" in names(replace(many, text_models=(TABLE,)))
    assert "linear_row" not in names(replace(NOTES, n_numeric=0, n_category=0, text_models=(TABLE,)))


def test_several_encoders_have_entries_of_their_own_and_alone() -> None:
    found = names(replace(NOTES, text_models=(TABLE, NETWORK)))
    assert {"linear_vectors", "linear_vectors_2", "vectors_alone", "vectors_alone_2", "lgb_vectors_2"} <= set(found)


@pytest.mark.parametrize("model", [TABLE, NETWORK], ids=lambda model: model.kind)
def test_plans_count_the_reading_by_characters(model: TextModel) -> None:
    short, long = (replace(NOTES, text_chars=chars, text_models=(model,)) for chars in (80.0, 8_000.0))
    costs = [recipe_cost(next(e for e in entries(f) if e.name == "linear_vectors").recipe, f) for f in (short, long)]
    assert costs[1].seconds > 5 * costs[0].seconds
