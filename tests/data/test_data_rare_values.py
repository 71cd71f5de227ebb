"""Values too rare for a level are known: what is new is told from what was met."""

import pandas as pd
import pytest

from assay.core.codec import from_json, to_json
from assay.core.schema import Column, Schema
from assay.data.encode import encode_rows, unseen_values
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.rare_values import MOST_RARE
from assay.data.read import read_table

COMMON = ["Köln", "Bonn", "Ulm"] * 20


def schema_of(cells, **options):
    frame = pd.DataFrame({"city": cells, "y": [i % 2 for i in range(len(cells))]})
    return infer_schema(frame, TaskOptions(target="y", **options))


def told(schema, *cities):
    rows = [{"city": city} for city in cities]
    return {(one.level, one.seen) for one in unseen_values(schema, rows)}


@pytest.mark.parametrize("options", [{}, {"kinds": {"city": "ordinal"}}, {"kinds": {"city": "category"}}])
def test_a_value_met_once_is_not_new(options):
    schema = from_json(Schema, to_json(schema_of([*COMMON, "Rom", "Wien", "Wien"], **options)))
    assert told(schema, "Köln", "Rom", "Wien", "Oslo", None) == {
        ("Rom", "rarely"), ("Wien", "rarely"), ("Oslo", "never"),
    }  # fmt: skip


def test_it_is_known_in_frames_too_and_as_the_number_it_is():
    schema = schema_of([*COMMON, "7", "Rom"])
    found = unseen_values(schema, pd.DataFrame({"city": ["07", "Rom", "Rom", "8"]}))
    assert {(one.level, one.seen, one.rows) for one in found} == {
        ("07", "rarely", 1), ("Rom", "rarely", 2), ("8", "never", 1),
    }  # fmt: skip


def test_it_is_read_as_before_and_no_name_of_it_is_kept():
    schema = schema_of([*COMMON, "Rom"])
    assert encode_rows(schema, [{"city": "Rom"}]).codes.tolist() == [[3]]
    assert "Rom" not in str(to_json(schema))


def test_of_too_many_none_is_kept_and_nobody_claims_to_know():
    cells = [*COMMON * 200, *(f"town {i}" for i in range(MOST_RARE + 1))]
    schema = schema_of(cells, kinds={"city": "category"})
    assert len(str(to_json(schema))) < 5_000
    assert told(schema, "town 7", "Oslo") == {("town 7", "unknown"), ("Oslo", "unknown")}


def test_models_made_before_claim_nothing_where_they_pooled_anything():
    old = Schema(columns=(Column(name="city", kind="category", reason="", levels=("Köln",), n_levels=3),))
    assert told(old, "Rom") == {("Rom", "unknown")}
    whole = Schema(columns=(Column(name="city", kind="category", reason="", levels=("Köln",), n_levels=1),))
    assert told(whole, "Rom") == {("Rom", "never")}


def test_the_hash_of_a_task_is_what_it_was():
    frame = pd.DataFrame({"city": [*COMMON, "Rom"], "x": range(61), "y": [i % 2 for i in range(61)]})
    assert prepare(read_table(frame), TaskOptions(target="y")).task.hash == HASH


HASH = "269109ab4058"
