"""Calendar parts of date columns."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.block.columns import DateBlock
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.date_parts import PARTS, calendar_parts

EPOCH = datetime(1970, 1, 1)


def days_of(*moments: datetime) -> np.ndarray:
    return np.array([(moment - EPOCH) / timedelta(days=1) for moment in moments])[:, None]


def dated(days: np.ndarray) -> Table:
    names = tuple(f"d{j}" for j in range(days.shape[1]))
    return Table.of(dates=DateBlock(days, names))


def encoded(days: np.ndarray, **params: object) -> dict[str, np.ndarray]:
    table = dated(days)
    out = registry.build(Step.of("dates", **params)).fit(table, None, seeds=Seeds(0)).transform(table)
    return dict(zip(out.numeric_names, out.numeric.T, strict=True))


@given(st.datetimes(datetime(1700, 1, 1), datetime(2400, 1, 1)).map(lambda t: t.replace(microsecond=0)))
def test_parts_are_those_of_the_calendar(moment: datetime) -> None:
    parts = calendar_parts(days_of(moment), np.zeros(1), frozenset(PARTS))
    found = {name: int(parts[name][0, 0]) for name in PARTS if name != "days"}
    assert found == {
        "year": moment.year, "month": moment.month, "day": moment.day, "weekday": moment.weekday(),
        "week": moment.isocalendar().week, "hour": moment.hour, "minute": 60 * moment.hour + moment.minute,
    }  # fmt: skip


def test_parts_that_never_vary_are_left_out() -> None:
    columns = encoded(days_of(*(datetime(2024, 5, day) for day in range(1, 20))))
    assert set(columns) == {"d0:days", "d0:day", "d0:weekday", "d0:week"}


def test_minutes_are_left_out_on_whole_hours() -> None:
    assert "d0:minute" not in encoded(days_of(datetime(2024, 5, 1, 3), datetime(2024, 5, 1, 7)))
    assert "d0:minute" in encoded(days_of(datetime(2024, 5, 1, 3), datetime(2024, 5, 1, 7, 30)))


def test_a_missing_date_is_missing_in_all_its_parts_and_no_others() -> None:
    days = np.column_stack([[19_000.0, np.nan, 19_400.5], [18_000.0, 18_100.25, np.nan]])
    for name, column in encoded(days, cyclic=True).items():
        assert np.isnan(column).tolist() == [False, name.startswith("d0"), name.startswith("d1")]


def test_new_rows_have_the_columns_of_training_even_where_parts_were_constant() -> None:
    fitted = registry.build(Step.of("dates")).fit(dated(days_of(EPOCH, datetime(1970, 1, 2))), None, seeds=Seeds(0))
    out = fitted.transform(dated(days_of(datetime(2030, 7, 9, 11, 45))))
    assert out.numeric_names == ("d0:days", "d0:day", "d0:weekday")
    assert out.date_names == ()


def test_days_keep_minutes_apart_in_single_precision() -> None:
    moments = [datetime(2024, 5, 1) + timedelta(minutes=k) for k in range(500)]
    assert len(np.unique(encoded(days_of(*moments))["d0:days"])) == 500


def test_waves_join_the_ends_of_a_period() -> None:
    columns = encoded(days_of(datetime(2024, 5, 1, 0), datetime(2024, 5, 1, 12), datetime(2024, 5, 1, 23)), cyclic=True)
    sine, cosine = columns["d0:hour sin"], columns["d0:hour cos"]
    distance = np.hypot(sine - sine[0], cosine - cosine[0])
    assert distance[2] < 0.3 < distance[1]


def test_an_unknown_part_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="no part 'weekdays'") as caught:
        registry.build(Step.of("dates", parts=["weekdays"]))
    assert "weekday" in caught.value.nearest


def test_for_lines_a_part_that_only_tells_the_period_is_the_days_and_no_wave_is_made_of_half_a_cycle() -> None:
    weeks = days_of(*(datetime(2019, 3, 1) + timedelta(hours=7 * k) for k in range(72)))
    names = set(encoded(weeks, cyclic=True))
    assert names == {"d0:days", "d0:weekday", "d0:hour"} | {
        f"d0:{part} {wave}" for part in ("weekday", "hour") for wave in ("sin", "cos")
    }
    assert {"d0:day", "d0:week"} <= set(encoded(weeks))
    assert "d0:day" in encoded(weeks, cyclic=True, parts=("day",))
    years = days_of(*(datetime(2017, 1, 1) + timedelta(days=k) for k in range(900)))
    assert {"d0:month", "d0:month sin", "d0:day", "d0:week cos"} <= set(encoded(years, cyclic=True))
