"""Generated tables of wages and prices by dirty titles: what stands in a name is worth the sum of its pieces.

`wages` by job title, `goods` by a shop's product name, `cars` by a listing's name. A title is written down from pieces
(how senior, of which field, which role; brand, material, kind, size; make, model, engine, trim), each of which adds
its part to the answer, beside a few plain columns and noise. A table has some hundreds of titles, a few of them
frequent. Some people write them as they are, others their own way: short forms, words in another order, typing errors,
letters in capitals, remarks worth nothing. So hundreds to thousands of levels share few pieces: as levels most are too
rare to be learned, as pieces they are not.

    frame = drawn("wages", seed=0)                 # the title, plain columns, the target
    table = known("wages", seed=0, folder=folder)  # the same as a file, as benchmarks of the manifest's tables take it

A seed draws what each piece is worth and all rows; the words are always the same. Seeds 0 to 2 are reported by
benchmarks/text.py: choose and try things on others (100 and more).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tables import Known
from title_words import (
    BRAND,
    CAR_REMARKS,
    COLOUR,
    DEPARTMENT,
    ENGINE,
    FIELD,
    GEARS,
    GOODS_REMARKS,
    JOB_REMARKS,
    KIND,
    LEVEL,
    MAKE,
    MATERIAL,
    MODEL,
    PACK,
    ROLE,
    SENIORITY,
    SHORT,
    SIZE,
    TRIM,
)

Array = NDArray[np.float64]
Worth = Mapping[str, float]
TITLE = "title"
NOISE = {"wages": 6.0, "goods": 0.25, "cars": 1.4}
"""Standard deviation of what nothing says: of a wage, of a price's logarithm, of a price."""
JOBS, GOODS, CARS = 600, 1_200, 400
"""Titles of a table before anybody writes them down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How people write. careful: chance of a title as it is; short: of a short form of each word of one that is not;
    turned, capitals, remark, typo: what else happens to it.
    """

    careful: float = 0.6
    short: float = 0.35
    turned: float = 0.2
    capitals: float = 0.25
    remark: float = 0.25
    typo: float = 0.2


def drawn(name: str, seed: int) -> pd.DataFrame:
    """A table of TABLES: `title`, plain columns, and the target, `wage` or `price`. KeyError for another name."""
    return TABLES[name].draw(np.random.default_rng([seed, *name.encode()]), TABLES[name].rows)


def known(name: str, *, seed: int, folder: Path) -> Known:
    """The table as a parquet file in a folder."""
    path, table = folder / f"{name}_{seed}.parquet", TABLES[name]
    drawn(name, seed).to_parquet(path)
    return Known(
        name=name, path=path, task="regression", problem="regression", target=table.target, metric=table.metric,
        higher_is_better=False, drop=(), text=(TITLE,), baseline_model="", baseline_score=float("nan"),
    )  # fmt: skip


def wages(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """A yearly wage in thousands, the sum of seniority, field, role, department and level, years served and hours."""
    parts = {
        "seniority": _often(rng, JOBS, SENIORITY), "field": _often(rng, JOBS, FIELD), "role": _often(rng, JOBS, ROLE),
        "department": _often(rng, JOBS, DEPARTMENT), "level": _often(rng, JOBS, LEVEL),
    }  # fmt: skip
    parts = _taken(parts, _frequent(rng, rows, JOBS))
    spread = {"seniority": 9.0, "field": 7.0, "role": 10.0, "department": 3.0, "level": 4.0}
    years, hours = np.round(rng.gamma(2.0, 4.0, rows), 1), rng.choice([20, 30, 35, 38, 40], rows)
    region = rng.choice(["north", "south", "east", "west", "centre"], rows)
    wage = 58 + _sum(rng, parts, spread) + 0.6 * years + 0.25 * (hours - 35) + 5 * (region == "centre")
    titles = [
        _joined([seniority, field, role], last=[f"- {department}" if department else "", level])
        for seniority, field, role, department, level in zip(*parts.values(), strict=True)
    ]
    return pd.DataFrame({
        TITLE: _dirty(rng, titles, JOB_REMARKS), "years": years, "hours": hours, "region": region,
        "begun": 2024 - np.floor(years).astype(int), "wage": np.round(wage + rng.normal(0, NOISE["wages"], rows), 1),
    })  # fmt: skip


def goods(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """A price, the product of what brand, material, kind, size, colour and pack multiply it by, weight and rating."""
    parts = {
        "brand": _often(rng, GOODS, BRAND), "material": _often(rng, GOODS, MATERIAL), "kind": _often(rng, GOODS, KIND),
        "size": _often(rng, GOODS, SIZE), "colour": _often(rng, GOODS, COLOUR), "pack": _often(rng, GOODS, PACK),
    }  # fmt: skip
    parts = _taken(parts, _frequent(rng, rows, GOODS))
    spread = {"brand": 0.35, "material": 0.25, "kind": 0.55, "size": 0.25, "colour": 0.05, "pack": 0.3}
    grams, stars = np.round(rng.lognormal(6.0, 0.8, rows)), np.round(np.clip(rng.normal(4.0, 0.5, rows), 1, 5), 1)
    seller = rng.choice(["shop", "market", "outlet"], rows, p=[0.5, 0.3, 0.2])
    log = 3.2 + _sum(rng, parts, spread) + 0.15 * (np.log(grams) - 6) + 0.1 * (stars - 4) - 0.2 * (seller == "outlet")
    titles = [
        _joined([brand, material, kind], last=[size, colour, pack])
        for brand, material, kind, size, colour, pack in zip(*parts.values(), strict=True)
    ]
    return pd.DataFrame({
        TITLE: _dirty(rng, titles, GOODS_REMARKS), "grams": grams, "stars": stars, "seller": seller,
        "price": np.round(np.exp(log + rng.normal(0, NOISE["goods"], rows)), 2),
    })  # fmt: skip


def cars(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """A price in thousands, the sum of make, model, engine, trim and gears, less with age and with kilometres."""
    make = _often(rng, CARS, MAKE)
    model = [MODEL[one][int(rng.integers(len(MODEL[one])))] for one in make]
    parts = {
        "make": make, "model": model, "engine": _often(rng, CARS, ENGINE), "trim": _often(rng, CARS, TRIM),
        "gears": _often(rng, CARS, GEARS),
    }  # fmt: skip
    parts = _taken(parts, _frequent(rng, rows, CARS))
    spread = {"make": 3.0, "model": 2.5, "engine": 1.5, "trim": 1.5, "gears": 0.8}
    age, driven = rng.integers(0, 16, rows), np.round(rng.gamma(3.0, 25.0, rows))
    fuel = rng.choice(["petrol", "diesel", "gas"], rows, p=[0.5, 0.42, 0.08])
    price = 19 + _sum(rng, parts, spread) - 0.7 * age - 0.015 * driven + 0.8 * (fuel == "diesel")
    titles = [
        _joined([one, name], last=[engine, trim, gears])
        for one, name, engine, trim, gears in zip(*parts.values(), strict=True)
    ]
    return pd.DataFrame({
        TITLE: _dirty(rng, titles, CAR_REMARKS), "age": age, "driven": driven, "fuel": fuel,
        "price": np.round(np.maximum(price + rng.normal(0, NOISE["cars"], rows), 0.3), 2),
    })  # fmt: skip


def _often(rng: np.random.Generator, rows: int, pieces: Sequence[str]) -> list[str]:
    """Pieces by a law of Zipf, which of them is frequent by lot."""
    return [str(one) for one in rng.permutation(np.array(pieces))[_frequent(rng, rows, len(pieces))]]


def _frequent(rng: np.random.Generator, rows: int, among: int) -> NDArray[np.int64]:
    """Places below `among`, the k-th by a chance that falls as 1 / (3 + k)."""
    chance = 1 / (3 + np.arange(among))
    return rng.choice(among, rows, p=chance / chance.sum())


def _taken(parts: Mapping[str, Sequence[str]], rows: NDArray[np.int64]) -> dict[str, list[str]]:
    """Of each part the pieces of those titles."""
    return {part: [pieces[row] for row in rows] for part, pieces in parts.items()}


def _sum(rng: np.random.Generator, parts: Mapping[str, Sequence[str]], spread: Worth) -> Array:
    """What the pieces of each row are worth together; a piece that is not there is worth nothing."""
    total = np.zeros(len(next(iter(parts.values()))))
    for part, pieces in parts.items():
        worth = {piece: float(rng.normal(0, spread[part])) if piece else 0.0 for piece in sorted(set(pieces))}
        total += np.array([worth[piece] for piece in pieces])
    return total


def _joined(first: Sequence[str], *, last: Sequence[str]) -> list[str]:
    return [piece for piece in (*first, "|", *last) if piece]


def _dirty(rng: np.random.Generator, titles: Sequence[list[str]], remarks: Sequence[str]) -> list[str]:
    habits = Habits()
    return [_written(rng, pieces, remarks, habits) for pieces in titles]


def _written(rng: np.random.Generator, pieces: list[str], remarks: Sequence[str], habits: Habits) -> str:
    """A title as somebody wrote it. pieces: those before "|" may be turned round."""
    place = pieces.index("|")
    if rng.random() < habits.careful:
        return " ".join(pieces[:place] + pieces[place + 1 :])
    words = [_short(rng, piece, habits.short) for piece in pieces]
    head, tail = words[:place], words[place + 1 :]
    if len(head) > 1 and rng.random() < habits.turned:
        head = [f"{head[-1]},", *head[:-1]]
    text = " ".join([*head, *tail])
    if rng.random() < habits.remark:
        text += f" {remarks[int(rng.integers(len(remarks)))]}"
    if rng.random() < habits.capitals:
        text = text.upper() if rng.random() < 0.5 else text.lower()
    return _mistyped(rng, text) if rng.random() < habits.typo else text


def _short(rng: np.random.Generator, piece: str, chance: float) -> str:
    """The piece with some of its words in a short form."""
    words = [str(rng.choice(SHORT[word])) if word in SHORT and rng.random() < chance else word
             for word in piece.split()]  # fmt: skip
    return " ".join(words)


def _mistyped(rng: np.random.Generator, text: str) -> str:
    """Two letters exchanged, one left out, or one typed twice."""
    at = int(rng.integers(len(text) - 1))
    return (
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        text[:at] + text[at + 1 :],
        text[: at + 1] + text[at:],
    )[int(rng.integers(3))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """How a table is drawn, its rows, its target, the metric it is judged by, and about what error its noise leaves."""

    draw: Callable[[np.random.Generator, int], pd.DataFrame]
    rows: int
    target: str
    metric: str
    floor: float


TABLES: Mapping[str, Generated] = {
    "wages": Generated(draw=wages, rows=6_000, target="wage", metric="rmse", floor=NOISE["wages"]),
    "goods": Generated(draw=goods, rows=5_000, target="price", metric="rmsle", floor=NOISE["goods"]),
    "cars": Generated(
        draw=cars, rows=3_000, target="price", metric="mae", floor=NOISE["cars"] * math.sqrt(2 / math.pi)
    ),
}
