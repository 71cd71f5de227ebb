"""Parts of times are those of the column's own zone, from a frame as from its text."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError
from assay.core.schema import Schema
from assay.data.dates import check_formats
from assay.data.infer_schema import as_kind
from assay.data.kind_guess import describe
from assay.data.vectorized import date_days
from assay.predictor.doubtful_cells import doubts
from each import each

BERLIN = pd.Series(pd.date_range("2026-01-01", "2026-12-31", freq="19h", tz="Europe/Berlin"))
TEXTS = pd.Series([moment.isoformat() for moment in BERLIN])
WALL = np.array([moment.hour for moment in BERLIN])


def hours(series, column):
    return np.round(date_days(series, column) % 1.0 * 24).astype(int)


SPELLINGS = {
    "native": BERLIN, "objects": BERLIN.astype(object), "iso": TEXTS,
    "day first": pd.Series([f"{one:%d.%m.%Y %H:%M:%S} {one.isoformat()[-6:]}" for one in BERLIN]),
}  # fmt: skip


@each("learned", SPELLINGS)
@each("given", ("native", "objects", "iso"))
def test_hours_are_those_of_the_columns_clocks(learned, given):
    column = describe("at", SPELLINGS[learned])
    assert column.kind == "datetime"
    assert (hours(SPELLINGS[learned], column) == WALL).all()
    assert (hours(SPELLINGS[given], column) == WALL).all()
    assert (hours(SPELLINGS[given], as_kind("at", SPELLINGS[learned], "datetime")) == WALL).all()


def test_other_zones_are_turned_to_the_columns():
    utc = BERLIN.dt.tz_convert("UTC")
    assert (hours(utc, describe("at", BERLIN)) == WALL).all()
    fixed = describe("at", pd.Series([one.isoformat() for one in BERLIN[:100]]))  # of winter alone
    assert fixed.zone == "+01:00"
    assert (hours(utc[:100], fixed) == WALL[:100]).all()


def test_times_of_several_places_are_utc_and_said():
    column = describe("at", pd.Series([f"2026-05-{day:02d}T08:00:00+0{day % 7}:00" for day in range(1, 29)]))
    assert column.zone == ""
    assert column.notes == ("times of 7 time zones are taken as UTC",)


def test_times_without_a_zone_beside_others_are_said_when_learned_and_when_predicted():
    bare = BERLIN.dt.tz_localize(None)
    mixed = pd.concat([TEXTS[:200], bare[200:250].astype(str)], ignore_index=True)
    assert any("name no zone" in note for note in describe("at", mixed).notes)
    schema = Schema(columns=(describe("at", BERLIN),))
    (doubt,) = doubts(schema, pd.DataFrame({"at": bare}), unread=())
    assert "name no zone are taken by the clock of the others (Europe/Berlin)" in doubt.text
    assert not doubts(schema, pd.DataFrame({"at": BERLIN}), unread=())
    assert (hours(bare, schema["at"]) == WALL).all()


@each("zone", ("../../etc/passwd", "no such zone", "+1:00"))
def test_a_stored_column_of_no_zone_is_refused(zone):
    with pytest.raises((ValueError, DataError)):
        check_formats(Schema(columns=(replace(describe("at", BERLIN), zone=zone),)))
