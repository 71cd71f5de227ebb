"""Tables whose true features are known: what a person would have to find in the columns they are given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

NOISE = 0.3
"""Standard deviation of what nobody can predict, by that of what the true feature says."""
NEW_ROWS = 2_000
LAG_FOLDS = 7


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A table with a planted law. frame: columns as given and the target y; plain: the same for who makes no features
    (a date as a day number); true: with the features the law is made of. train: (n,) which rows are learned from.
    n_folds: of their cross-validation.
    """

    frame: pd.DataFrame
    plain: pd.DataFrame
    true: pd.DataFrame
    train: np.ndarray
    order_by: str | None = None
    n_folds: int = 3


Maker = Callable[[np.random.Generator, int], Planted]


def _planted(
    rng: np.random.Generator, n: int, columns: Mapping[str, object], law: np.ndarray, true: Mapping[str, np.ndarray],
    *, plain: Mapping[str, object] | None = None,
) -> Planted:  # fmt: skip
    """The law with noise as y; the first n rows are learned from."""
    frame = pd.DataFrame(columns).assign(y=_noisy(rng, law))
    given = frame if plain is None else pd.DataFrame(plain).assign(y=frame["y"])
    return Planted(frame=frame, plain=given, true=given.assign(**true), train=np.arange(len(frame)) < n)


def _noisy(rng: np.random.Generator, law: np.ndarray) -> np.ndarray:
    return np.asarray(law / law.std() + rng.normal(0, NOISE, len(law)))


def _numbers(rng: np.random.Generator, rows: int, names: str) -> dict[str, np.ndarray]:
    return {name: rng.normal(size=rows) for name in names}


def ratio(rng: np.random.Generator, n: int) -> Planted:
    """A number by the ratio of two of six columns."""
    columns = {name: rng.lognormal(0.0, 0.7, n + NEW_ROWS) for name in "abcdef"}
    law = columns["a"] / columns["b"]
    return _planted(rng, n, columns, law, {"true": law})


def product(rng: np.random.Generator, n: int) -> Planted:
    """A number by the product of two of six columns."""
    columns = _numbers(rng, n + NEW_ROWS, "abcdef")
    law = columns["a"] * columns["b"]
    return _planted(rng, n, columns, law, {"true": law})


def group_mean(rng: np.random.Generator, n: int) -> Planted:
    """How far a number is from the mean of its shop, among 60 shops of other sizes."""
    rows = n + NEW_ROWS
    shop = rng.integers(0, 60, rows)
    level = rng.normal(0, 3.0, 60)
    sales = level[shop] + rng.normal(size=rows)
    columns = {"shop": [f"shop {k}" for k in shop], "sales": sales, **_numbers(rng, rows, "cdef")}
    law = sales - level[shop]
    return _planted(rng, n, columns, law, {"true": law})


def date_cycle(rng: np.random.Generator, n: int) -> Planted:
    """Waves of the year and of the week over six years of days; without features a date is the number of its day."""
    rows = n + NEW_ROWS
    day = rng.integers(0, 6 * 365, rows)
    date = pd.Timestamp("2018-01-01") + pd.to_timedelta(day, unit="D")
    year, week = 2 * np.pi * date.dayofyear.to_numpy() / 365.25, 2 * np.pi * date.dayofweek.to_numpy() / 7
    law = np.sin(year + 1.0) + 0.7 * np.cos(week + 0.5)
    rest = _numbers(rng, rows, "cdef")
    true = {"s": np.sin(year), "c": np.cos(year), "ws": np.sin(week), "wc": np.cos(week)}
    return _planted(rng, n, {"date": date, **rest}, law, true, plain={"date": day.astype(float), **rest})


def coordinates(rng: np.random.Generator, n: int) -> Planted:
    """The way between two places, as a crow flies."""
    rows = n + NEW_ROWS
    place = {name: rng.uniform(low, low + 0.2, rows) for name, low in
             (("pickup_lat", 48.1), ("pickup_lon", 11.5), ("dropoff_lat", 48.1), ("dropoff_lon", 11.5))}  # fmt: skip
    a, b, c, d = (np.radians(column) for column in place.values())
    half = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    law = 2 * 6371 * np.arcsin(np.sqrt(half))
    return _planted(rng, n, {**place, **_numbers(rng, rows, "ef")}, law, {"true": law})


def second_digit(rng: np.random.Generator, n: int) -> Planted:
    """The second digit of a code of five, whose other digits mean nothing."""
    rows = n + NEW_ROWS
    digits = rng.integers(0, 10, (rows, 5))
    effect = rng.permutation(np.linspace(-1.5, 1.5, 10))
    code = ["K" + "".join(map(str, row)) for row in digits]
    law = effect[digits[:, 1]]
    return _planted(rng, n, {"code": code, **_numbers(rng, rows, "cdef")}, law, {"true": law})


def lag(rng: np.random.Generator, n: int) -> Planted:
    """What a shop sold the day before; rows have an order of time, new ones are the next day of each shop.

    Every fold is a day too: a step may only use what was known when the rows it is judged on came.
    """
    known_days = LAG_FOLDS + 1
    shops, days = n // known_days, known_days + 1
    sold = rng.normal(size=(shops, days + 1))
    columns = {
        "shop": np.repeat([f"shop {k}" for k in range(shops)], days),
        "day": np.tile(pd.date_range("2024-01-01", periods=days), shops), "sold": sold[:, 1:].ravel(),
        **_numbers(rng, shops * days, "cdef"),
    }  # fmt: skip
    law = sold[:, :-1].ravel()
    frame = pd.DataFrame(columns).assign(y=_noisy(rng, law))
    return Planted(
        frame=frame, plain=frame, true=frame.assign(true=law), order_by="day", n_folds=LAG_FOLDS,
        train=(frame["day"] < frame["day"].max()).to_numpy(),
    )  # fmt: skip


PLANTED: Mapping[str, Maker] = {
    "ratio": ratio, "product": product, "group mean": group_mean, "date cycle": date_cycle,
    "coordinates": coordinates, "second digit of a code": second_digit, "lag": lag,
}  # fmt: skip
