"""Small tables that each hide one fault or structure, and clean tables of the same make."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

ROWS = 2000


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A table with its target `y`, and what is hidden in it.

    codes: a study that found any of these named it; columns: the finding must be about all of these, () for any;
    order_by: the column that orders the rows, "" for none.
    """

    name: str
    frame: pd.DataFrame
    codes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    order_by: str = ""


def _columns(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Six numbers and two categories, independent of each other."""
    frame = pd.DataFrame({f"x{i}": rng.normal(size=n).round(4) for i in range(1, 7)})
    frame["site"] = rng.choice(["north", "south", "east", "west", "centre"], size=n, p=[0.3, 0.25, 0.2, 0.15, 0.1])
    frame["plan"] = rng.choice(["a", "b", "c"], size=n)
    return frame


def _effect(values: pd.Series, levels: dict[str, float]) -> np.ndarray:
    return values.map(levels).to_numpy(dtype=np.float64)


SITES = {"north": 0.0, "south": 0.4, "east": -0.4, "west": 0.8, "centre": -0.8}


def _additive(frame: pd.DataFrame) -> np.ndarray:
    """A law without interactions: what every clean table has."""
    x = frame[[f"x{i}" for i in range(1, 7)]].to_numpy()
    return np.asarray(1.0 * x[:, 0] - 0.7 * x[:, 1] + 0.5 * x[:, 2] + _effect(frame["site"], SITES))


def slices(rng: np.random.Generator, *, hidden: bool) -> Planted:
    """In one site, of the rows with a high x4, the law is another."""
    frame = _columns(rng, ROWS)
    y = _additive(frame)
    inside = ((frame["site"] == "south") & (frame["x4"] > -0.3)).to_numpy()
    if hidden:
        y = np.where(inside, -1.5 * frame["x1"] + 1.2 * frame["x5"], y)
    frame["y"] = y + rng.normal(size=ROWS) * 0.7
    return Planted(name="slice", frame=frame, codes=("slice", "segment_slope"), columns=("site",))


def labels(rng: np.random.Generator, *, hidden: bool) -> Planted:
    """5 % of the labels are flipped."""
    frame = _columns(rng, ROWS)
    chance = 1.0 / (1.0 + np.exp(-3.0 * _additive(frame)))
    y = rng.random(ROWS) < chance
    if hidden:
        y = y ^ (rng.random(ROWS) < 0.05)
    frame["y"] = np.where(y, "yes", "no")
    return Planted(name="labels", frame=frame, codes=("label_noise",))


def drift(rng: np.random.Generator, *, hidden: bool) -> Planted:
    """From two thirds of the time on a sensor reads higher."""
    frame = _columns(rng, ROWS)
    frame["y"] = _additive(frame) + rng.normal(size=ROWS) * 0.7
    if hidden:
        late = np.arange(ROWS) > 2 * ROWS // 3
        frame["x2"] = (frame["x2"] + 1.5 * late).round(4)
    frame.insert(0, "day", pd.date_range("2021-01-01", periods=ROWS, freq="6h").astype(str))
    return Planted(name="drift", frame=frame, codes=("drift",), columns=("x2",), order_by="day")


def two_stage(rng: np.random.Generator, *, hidden: bool) -> Planted:
    """Whether anything is paid follows one law, how much another."""
    frame = _columns(rng, ROWS)
    amount = np.exp(0.5 * _additive(frame) + 0.4 * rng.normal(size=ROWS))
    if hidden:
        pays = rng.random(ROWS) < 1.0 / (1.0 + np.exp(-1.5 * frame["x4"] - 1.0 * frame["x5"]))
        amount = np.where(pays, amount, 0.0)
    frame["y"] = amount
    return Planted(name="two-stage", frame=frame, codes=("two_stage",))


def slopes(rng: np.random.Generator, *, hidden: bool) -> Planted:
    """The slope of x3 is another in each site."""
    frame = _columns(rng, ROWS)
    y = _additive(frame)
    if hidden:
        y = (
            y
            + _effect(frame["site"], {"north": 1.0, "south": -1.0, "east": 0.5, "west": -1.5, "centre": 2.0})
            * (frame["x3"])
        )
    frame["y"] = y + rng.normal(size=ROWS) * 0.7
    return Planted(name="slopes", frame=frame, codes=("segment_slope",), columns=("site", "x3"))


def unlabelled(rng: np.random.Generator, *, hidden: bool) -> Planted:
    """Four fifths of the rows have no target."""
    frame = _columns(rng, ROWS + 500)
    y = pd.Series(np.where(_additive(frame) + rng.normal(size=len(frame)) > 0, "yes", "no"))
    frame["y"] = y.where(rng.random(len(frame)) < 0.2) if hidden else y
    return Planted(name="unlabelled", frame=frame, codes=("unlabelled",))


def ceiling(rng: np.random.Generator, *, hidden: bool) -> Planted:
    """Sixty kinds of rows, many of each, and noise: hidden, a model can get all there is."""
    frame = pd.DataFrame({
        "grade": rng.choice(["a", "b", "c", "d"], size=ROWS), "size": rng.integers(1, 6, size=ROWS),
        "shift": rng.choice(["day", "late", "night"], size=ROWS),
    })  # fmt: skip
    y = _effect(frame["grade"], {"a": 0.0, "b": 1.0, "c": 2.0, "d": 3.0}) + 0.5 * frame["size"]
    if not hidden:  # the same law, and a column that tells all rows apart
        frame["load"] = rng.normal(size=ROWS).round(4)
        y = y + frame["load"]
    frame["y"] = y + rng.normal(size=ROWS)
    return Planted(name="ceiling", frame=frame, codes=("ceiling",))


def ratio(rng: np.random.Generator, *, hidden: bool) -> Planted:
    """The target is the ratio of two columns."""
    frame = _columns(rng, ROWS)
    frame["cost"], frame["area"] = np.exp(rng.normal(size=(2, ROWS)) * 0.8).round(4)
    y = frame["cost"] / frame["area"] if hidden else frame["cost"] - 0.5 * frame["area"] + _additive(frame)
    frame["y"] = y * np.exp(0.05 * rng.normal(size=ROWS)) if hidden else y + rng.normal(size=ROWS) * 0.7
    return Planted(name="ratio", frame=frame, codes=("formula",), columns=("cost", "area"))


MAKERS: tuple[Callable[..., Planted], ...] = (slices, labels, drift, two_stage, slopes, unlabelled, ceiling, ratio)
"""One a fault, each with `hidden` true or false."""


def tables(seed: int, *, hidden: bool) -> list[Planted]:
    """All eight tables; hidden: with what is hidden in them, else the clean ones of the same make."""
    return [make(np.random.default_rng([seed, i]), hidden=hidden) for i, make in enumerate(MAKERS)]
