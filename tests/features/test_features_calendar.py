"""What people do on dates, and how long from one to another."""

import datetime as dt

import numpy as np
import pytest

from assay.core.block.columns import DateBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.calendar import easter

EPOCH = dt.datetime(1970, 1, 1)


def dated(*columns: list[dt.datetime | None]) -> Table:
    days = [[np.nan if c is None else (c - EPOCH) / dt.timedelta(days=1) for c in column] for column in columns]
    return Table.of(dates=DateBlock(np.array(days).T, tuple("abcd"[: len(columns)])))


def fit(table: Table, name: str, **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0))


def year_of(year: int) -> list[dt.datetime | None]:
    return [dt.datetime(year, 1, 1, 6 * (k % 4)) + dt.timedelta(days=k) for k in range(366)]


def marks(day: dt.datetime) -> dict[str, float]:
    out = fit(dated(year_of(2024)), "calendar").transform(dated([day]))
    return dict(zip(out.numeric_names, out.numeric[0].tolist(), strict=True))


@pytest.mark.parametrize(
    "day",
    [(1818, 3, 22), (1943, 4, 25), (1961, 4, 2), (2000, 4, 23), (2024, 3, 31), (2025, 4, 20), (2038, 4, 25)],
)  # fmt: skip
def test_easter_is_known(day: tuple[int, int, int]) -> None:
    expected = (dt.datetime(*day) - EPOCH).days
    assert easter(np.array([day[0]])).tolist() == [expected]


def test_feasts_are_named_by_weekday_of_month_or_by_easter() -> None:
    thanksgiving, memorial = marks(dt.datetime(2024, 11, 28)), marks(dt.datetime(2024, 5, 27))
    assert (thanksgiving["a:weekday of month"], memorial["a:weekday to month end"]) == (4, 1)
    assert marks(dt.datetime(2024, 3, 29))["a:easter"] == marks(dt.datetime(2025, 4, 18))["a:easter"] == -2
    assert marks(dt.datetime(2024, 12, 25))["a:easter"] == 62


def test_weekends_and_ends_of_months_are_marked() -> None:
    leap, sunday = marks(dt.datetime(2024, 2, 29, 12)), marks(dt.datetime(2024, 6, 30, 23, 59))
    assert (leap["a:month end"], leap["a:weekend"], leap["a:day of year"]) == (0, 0, 60)
    assert (sunday["a:month end"], sunday["a:weekend"]) == (0, 1)


def test_the_end_of_a_cycle_is_beside_its_start() -> None:
    end, start = marks(dt.datetime(2023, 12, 31, 23, 59)), marks(dt.datetime(2024, 1, 1))
    for cycle in ("day", "month", "year"):
        for wave in ("sin", "cos"):
            assert end[f"a:{wave} {cycle}"] == pytest.approx(start[f"a:{wave} {cycle}"], abs=1e-2)
    noon = marks(dt.datetime(2024, 5, 5, 12))
    assert (noon["a:sin day"], noon["a:cos day"]) == pytest.approx((0.0, -1.0), abs=1e-6)


def test_whole_days_have_no_cycle_of_the_day_and_missing_dates_are_missing() -> None:
    days = [dt.datetime(2024, 1, 1) + dt.timedelta(days=k) for k in range(40)]
    fitted = fit(dated([*days, None]), "calendar")
    out = fitted.transform(dated([None]))
    assert not any(name.endswith(" day") for name in out.numeric_names)
    assert np.isnan(out.numeric).all()
    assert out.date_names == ("a",)


def test_a_linear_model_sees_a_planted_cycle_of_the_year() -> None:
    rng = np.random.default_rng(0)
    days = rng.uniform(0, 3_000, 500)
    y = np.cos(2 * np.pi * (days - 30) / 365.25)
    table = dated([EPOCH + dt.timedelta(days=float(day)) for day in days])
    X = np.column_stack([np.ones(500), fit(table, "calendar").transform(table).numeric])
    residual = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    assert 1 - residual.var() / y.var() > 0.999


def test_days_between_dates_are_counted_from_the_earlier_one() -> None:
    born = [dt.datetime(1990, 1, 1), dt.datetime(2000, 6, 1), None]
    died = [dt.datetime(2000, 1, 1), dt.datetime(2020, 6, 1), dt.datetime(2001, 1, 1)]
    table = dated(born, died, died)
    out = fit(table, "date_differences").transform(table)
    assert out.numeric_names == ("b - a", "c - a")
    assert out.numeric[:2, 0].tolist() == [3652, 7305]
    assert np.isnan(out.numeric[2, 0])


def test_an_unknown_mark_is_refused() -> None:
    with pytest.raises(UsageError, match="no mark 'weekends'"):
        fit(dated([EPOCH]), "calendar", marks=["weekends"])


def test_what_did_not_come_round_is_neither_a_mark_nor_a_wave() -> None:
    weeks = [dt.datetime(2019, 3, 1) + dt.timedelta(hours=7 * k) for k in range(72)]
    names = fit(dated(weeks), "calendar").transform(dated(weeks)).numeric_names
    assert names == ("a:weekend", "a:sin day", "a:cos day", "a:sin week", "a:cos week")
