"""Tables of rows in order of time, made by a known law: six kinds of what may change, numbers and classes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

KINDS = ("trend", "season", "new levels", "jump", "slow drift", "nothing")
PROBLEMS = ("regression", "binary")
LATER = 0.5
"""Rows that follow, as a share of those that are learned from: enough for a stretch as long as the longest block."""
SPAN_DAYS = 720.0


@dataclass(frozen=True, kw_only=True)
class Series:
    """frame: rows to learn from, a date, features and the target y; later: the rows that follow. metric: what is asked.

    noise: of a number, the standard deviation that nobody can predict.
    """

    kind: str
    problem: str
    frame: pd.DataFrame
    later: pd.DataFrame
    metric: str
    noise: float


def series(kind: str, problem: str, seed: int) -> Series:
    """One table: prices of flats by area, rooms, age, district and a number that says nothing, sold on some day; of
    classes, whether a flat was sold above what was asked. 400 to 3,000 rows to learn from, by the seed.
    """
    rng = np.random.default_rng([KINDS.index(kind), PROBLEMS.index(problem), seed])
    n = round(float(np.exp(rng.uniform(np.log(400), np.log(3000)))))
    rows = n + round(LATER * n)
    time = np.sort(rng.uniform(0.0, 1.0 + LATER, rows))
    x = pd.DataFrame({
        "area": rng.lognormal(4.2, 0.4, rows).round(1), "rooms": rng.integers(1, 7, rows).astype(float),
        "age": rng.gamma(2.0, 20.0, rows).round(), "noise": rng.normal(size=rows).round(3),
        "district": _districts(rng, time, moving=kind == "new levels"),
    })  # fmt: skip
    signal = _standard(_law(rng, x, kind, time), time < 1.0)
    noise = float(rng.uniform(0.3, 1.0))
    x.insert(0, "day", pd.Timestamp("2022-01-01") + pd.to_timedelta(np.floor(SPAN_DAYS * time), unit="D"))
    if problem == "binary":
        y = np.where(rng.uniform(size=rows) < 1.0 / (1.0 + np.exp(-1.5 * signal)), "above", "below")
        metric = ("roc_auc", "log_loss")[seed % 2]
    else:
        y = (200.0 + 60.0 * (signal + noise * rng.normal(size=rows))).round(1)
        metric = ("rmse", "mae")[seed % 2]
    frame = x.assign(y=y)
    return Series(kind=kind, problem=problem, frame=frame.iloc[:n].copy(), metric=metric, noise=60.0 * noise,
                  later=frame.iloc[n:].reset_index(drop=True))  # fmt: skip


def _districts(rng: np.random.Generator, time: np.ndarray, *, moving: bool) -> np.ndarray:
    """Twelve districts; moving: forty, each of them built up within a stretch of the time."""
    if not moving:
        shares = rng.dirichlet(np.full(12, 2.0))
        return np.array([f"d{i:02d}" for i in rng.choice(12, len(time), p=shares)])
    centres, width = np.linspace(-0.2, 1.7, 40), 0.25
    weight = np.exp(-0.5 * ((time[:, None] - centres) / width) ** 2)
    cut = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    return np.array([f"d{i:02d}" for i in (rng.uniform(size=(len(time), 1)) > cut).sum(axis=1)])


def _law(rng: np.random.Generator, x: pd.DataFrame, kind: str, time: np.ndarray) -> np.ndarray:
    """What the columns say at every moment, of spread about 1 where nothing changes."""
    area, age = np.log(x["area"]) - 4.2, x["age"].to_numpy() / 40.0
    names = np.unique(x["district"])
    effect = dict(zip(names, rng.normal(size=len(names)), strict=True))
    district = x["district"].map(effect).to_numpy(dtype=np.float64)
    parts = np.stack([2.0 * area, -np.tanh(age - 1.0), 0.8 * district, 0.4 * np.sin(2.0 * x["rooms"]) * area])
    share, level = np.ones((4, len(time))), np.zeros(len(time))
    if kind == "trend":
        level = rng.choice([-1.0, 1.0]) * rng.uniform(1.0, 3.0) * time
    elif kind == "season":
        wave = np.sin(2.0 * np.pi * (rng.uniform(1.5, 4.0) * time + rng.uniform()))
        level, share[0] = rng.uniform(0.5, 1.2) * wave, 1.0 + 0.3 * wave
    elif kind == "jump":
        since = time >= rng.uniform(0.4, 0.95)
        level = rng.choice([-1.0, 1.0]) * rng.uniform(0.7, 2.0) * since
        share[rng.integers(0, 3)] = np.where(since, rng.uniform(-0.5, 0.5), 1.0)
    elif kind == "slow drift":
        share = share + rng.uniform(0.4, 1.0) * _walks(rng, time, 4)
        level = rng.uniform(0.4, 1.0) * _walks(rng, time, 1)[0]
    return np.asarray((share * parts).sum(axis=0) + level)


def _walks(rng: np.random.Generator, time: np.ndarray, count: int) -> np.ndarray:
    """(count, n) random walks, of standard deviation 1 after the time that is learned from."""
    steps = rng.normal(size=(count, 400)) / np.sqrt(400 / (1.0 + LATER))
    grid = np.linspace(0.0, 1.0 + LATER, 400)
    return np.stack([np.interp(time, grid, np.cumsum(walk)) for walk in steps])


def _standard(signal: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.asarray((signal - signal[known].mean()) / max(float(signal[known].std()), 0.1))


def bookings(rows: int, seed: int, *, drifts: bool = True) -> pd.DataFrame:
    """Bookings of a hotel in order of arrival: days of booking and arrival, year, nights, guests, room, channel, and
    the price of a night, which rises over three years where the table drifts; else rows lie in order and no more.
    """
    rng = np.random.default_rng([len(KINDS), int(drifts), seed])
    time = np.sort(rng.uniform(0.0, 1.0, rows))
    arrival = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.floor(1095.0 * time), unit="D")
    lead = rng.gamma(1.2, 40.0, rows).round()
    rooms, channels = np.array(["single", "double", "family", "suite"]), np.array(["direct", "agency", "web", "group"])
    room, guests = rng.choice(4, rows, p=[0.25, 0.45, 0.2, 0.1]), rng.integers(1, 5, rows)
    channel, nights = rng.choice(4, rows, p=[0.3, 0.2, 0.4, 0.1]), 1 + rng.poisson(2.0, rows)
    price = 60.0 + 28.0 * room + 7.0 * guests - 6.0 * channel - 0.04 * lead
    if drifts:
        price = price * (1.0 + 0.9 * time**1.5) + 9.0 * np.sin(6.0 * np.pi * time)
    return pd.DataFrame({
        "booked": arrival - pd.to_timedelta(lead, unit="D"), "arrival": arrival, "year": arrival.year, "nights": nights,
        "guests": guests, "room": rooms[room], "channel": channels[channel],
        "price": (price + rng.normal(0.0, 6.0, rows)).round(2),
    })  # fmt: skip
