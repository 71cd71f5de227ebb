"""Tables whose rows lie in the order of a date, asked as a person asks: without an option that says so.

The first 70 % of the rows are learned from; on the last 30 % the model stands beside LightGBM with its default
settings, with dates as numbers and without dates, and beside the same fit without its date columns.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from later_tables import bookings
from outcome import Check, Outcome

NAME = "later_ordered"
BLOCKS, SHARE = 10, 0.7
PUBLIC = {
    "beijing_pm25": ("pm2.5", "year month day hour"), "bike_sharing": ("count", "datetime"),
    "cta_ridership": ("rail_boardings", "service_date"), "melbourne_min_temp": ("Temp", "Date"),
    "nyc_taxi_fare": ("fare", "pickup"), "pizza_sales": ("sold", "date"), "walmart_weekly": ("Weekly_Sales", "Date"),
}  # fmt: skip
"""Targets and dates, or their parts, of public tables, whose rows are put in order of the date as such files come."""
GENERATED: dict[str, Callable[[int], pd.DataFrame]] = {
    "bookings, rising prices": lambda seed: bookings(1200, seed),
    "bookings, steady prices": lambda seed: bookings(1200, seed, drifts=False),
}
RIVALS = ("default LightGBM", "default LightGBM without dates", "the same fit without its dates")


@dataclass(frozen=True, kw_only=True)
class Beside:
    """One table and seed. ours: MAE on the last 30 %; rivals: that of each; blocks: (3, BLOCKS) ours less each rival's,
    block by block. promise, came: intervals of what was promised and of the score on later rows."""

    table: str
    seed: int
    split: str
    ours: float
    rivals: tuple[float, ...]
    blocks: tuple[tuple[float, ...], ...]
    promise: tuple[float, float] | None
    came: tuple[float, float]

    @property
    def keeps_promise(self) -> bool:
        """Whether nothing was promised, or both intervals meet."""
        return self.promise is None or (self.promise[0] <= self.came[1] and self.came[0] <= self.promise[1])


def ordered(name: str, data: Path | None, seed: int, rows: int) -> tuple[pd.DataFrame, str, list[str]]:
    """(rows in order of time, the target, columns of dates)"""
    if name in GENERATED:
        return GENERATED[name](seed), "price", ["booked", "arrival", "year"]
    if data is None:
        raise SystemExit(f"{name} is a public table: give its folder with --data.")
    target, named = PUBLIC[name]
    frame = pd.read_parquet(data / f"{name}.parquet").dropna(subset=target)
    date, *more = named.split()
    if more:  # one date of them, and none of the running number beside
        moment = pd.to_datetime(frame[[date, *more]])
        frame = frame.drop(columns=[date, *more, "No"]).assign(moment=moment)
        date = "moment"
    frame[date] = pd.to_datetime(frame[date], dayfirst=name == "walmart_weekly")
    frame = frame.sort_values(date, kind="stable").tail(rows).reset_index(drop=True)
    return frame, target, [date]


def look(name: str, data: Path | None, *, seed: int, seconds: float, rows: int) -> Beside:
    """Learn from the first rows of a table, and see what comes."""
    frame, target, dates = ordered(name, data, seed, rows)
    n = round(SHARE * len(frame))
    known, later = frame.iloc[:n].copy(), frame.iloc[n:].reset_index(drop=True)
    y = later[target].to_numpy(dtype=np.float64)
    ours, split, promise = fitted(known, later, target, (), seed=seed, seconds=seconds)
    others = [by_default(known, later, target, ()), by_default(known, later, target, dates)]
    dateless = others[1]  # the mean, where dates are all there is
    if frame.shape[1] - len(dates) > 1:
        dateless = fitted(known, later, target, tuple(dates), seed=seed, seconds=seconds)[0]
    others.append(dateless)
    own = np.abs(y - ours)
    part = np.arange(len(y)) * BLOCKS // len(y)
    blocks = [tuple(float((own - np.abs(y - other))[part == b].mean()) for b in range(BLOCKS)) for other in others]
    of_blocks = np.array([own[part == b].mean() for b in range(BLOCKS)])
    return Beside(
        table=name, seed=seed, split=split, ours=float(own.mean()), blocks=tuple(blocks), promise=promise,
        rivals=tuple(float(np.abs(y - other).mean()) for other in others), came=interval(of_blocks),
    )  # fmt: skip


def fitted(
    known: pd.DataFrame, later: pd.DataFrame, target: str, drop: tuple[str, ...], *, seed: int, seconds: float
) -> tuple[np.ndarray, str, tuple[float, float] | None]:
    """(what our model says of later rows, its split, its promise)"""
    from assay.core.clock import Budget
    from assay.data.options import TaskOptions
    from assay.lab.fit import fit
    from assay.lab.run_context import RunContext
    from assay.predictor.predictor import Predictor
    from assay.search.settings import FitSettings

    with tempfile.TemporaryDirectory(prefix="assay-ordered-") as folder:
        options = TaskOptions(target=target, metric="mae", drop=drop, seed=seed)
        settings = FitSettings(budget=Budget(seconds=seconds), out=f"{folder}/table", jobs=1, seed=seed)
        told = fit(known, options, settings, context=RunContext(write_brief=False))
        answers = np.asarray(Predictor.load(told.lab_path).stored(later))
    figure = told.expect
    promise = None
    if figure is not None and figure.low is not None and figure.high is not None:
        promise = (figure.low, figure.high)
    return answers, told.task.split_kind, promise


def by_default(known: pd.DataFrame, later: pd.DataFrame, target: str, drop: Sequence[str]) -> np.ndarray:
    """What LightGBM with its default settings says of later rows; dates as days, texts as categories it has seen."""
    import lightgbm

    both = pd.concat([known, later], ignore_index=True).drop(columns=[target, *drop])
    for name in both.columns:
        if pd.api.types.is_datetime64_any_dtype(both[name]):
            both[name] = (both[name] - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
        elif not pd.api.types.is_numeric_dtype(both[name]):
            both[name] = pd.Categorical(both[name], categories=sorted(known[name].dropna().unique()))
    if both.shape[1] == 0:
        return np.full(len(later), float(known[target].mean()))
    model = lightgbm.LGBMRegressor(verbosity=-1, n_jobs=1).fit(both[: len(known)], known[target])
    return np.asarray(model.predict(both[len(known) :]), dtype=np.float64)


def interval(values: np.ndarray) -> tuple[float, float]:
    """The mean's 95 % interval by t over blocks."""
    from scipy.stats import t

    middle, spread = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    reach = float(t.ppf(0.975, len(values) - 1)) * spread
    return middle - reach, middle + reach


def checks(seen: Sequence[Beside]) -> tuple[Check, ...]:
    """Table by table: whether the error is not above a rival's, by paired later blocks over all seeds."""
    found = []
    for table in dict.fromkeys(one.table for one in seen):
        own = [one for one in seen if one.table == table]
        for place, rival in enumerate(RIVALS):
            low, high = interval(np.mean([one.blocks[place] for one in own], axis=0))
            ours, theirs = (float(np.mean(values)) for values in (
                [one.ours for one in own], [one.rivals[place] for one in own]
            ))  # fmt: skip
            found.append(Check(
                what=f"{table}: not worse than {rival}", asked="interval of the difference reaches 0",
                measured=f"{ours:.3g} against {theirs:.3g} ({low:.2g} to {high:.2g})", holds=low <= 0.0,
            ))  # fmt: skip
        kept = sum(one.keeps_promise for one in own)
        none = sum(one.promise is None for one in own)
        found.append(Check(
            what=f"{table}: promise and later rows meet, or nothing is promised", asked=f"{len(own)} of {len(own)}",
            measured=f"{kept} of {len(own)}, {none} without a promise", holds=kept == len(own),
        ))  # fmt: skip
    return tuple(found)


def outcome(seen: Sequence[Beside]) -> Outcome:
    """Everything, as the page of benchmarks shows it."""
    from dataclasses import asdict

    return Outcome(
        name=NAME, title="Tables in order of a date", checks=checks(seen), details=[asdict(one) for one in seen],
        method="The first 70 % of the rows are learned from without an option on time; MAE on the last 30 %, "
        "differences in ten paired blocks.",
    )  # fmt: skip
