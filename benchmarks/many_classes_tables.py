"""Generated tables of five to 26 classes, each with its own way to tell them apart; train and test of one draw."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
TEST_ROWS = 4_000
TARGET = "kind"


def _named(X: Array, y: NDArray[np.int64], prefix: str) -> pd.DataFrame:
    frame = pd.DataFrame(X, columns=[f"{prefix}{j}" for j in range(X.shape[1])])
    return frame.assign(**{TARGET: [f"c{code:02d}" for code in y]})


def nine(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Nine classes, each two clusters around corners of a cube of 15 dimensions, seen through 25 columns."""
    return _cubes(rng, rows, classes=9, columns=25, informative=15, clusters=2, separation=2.1)


def twelve(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Twelve classes of three clusters each, in 20 of 40 columns."""
    return _cubes(rng, rows, classes=12, columns=40, informative=20, clusters=3, separation=2.0)


def _cubes(
    rng: np.random.Generator, rows: int, *, classes: int, columns: int, informative: int, clusters: int,
    separation: float,
) -> pd.DataFrame:  # fmt: skip
    from sklearn.datasets import make_classification

    X, y = make_classification(
        rows, columns, n_informative=informative, n_redundant=(columns - informative) // 2, n_classes=classes,
        n_clusters_per_class=clusters, class_sep=separation, flip_y=0.01, random_state=int(rng.integers(2**31)),
    )  # fmt: skip
    return _named(np.round(X, 3), y, "x")


def letters(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """26 letters in 16 measures from 0 to 15; each letter has three typefaces, slanted and stretched by lot."""
    centres = rng.normal(7.5, 1.3, (26, 1, 16)) + rng.normal(0, 1.1, (26, 3, 16))
    spread = rng.uniform(0.5, 1.4, (26, 3, 16))
    slant = rng.normal(0, 1.0, (26, 3, 2, 16))
    y, face = rng.integers(26, size=rows), rng.integers(3, size=rows)
    X = centres[y, face] + spread[y, face] * rng.normal(size=(rows, 16))
    X += (rng.normal(size=(rows, 2, 1)) * slant[y, face]).sum(axis=1)
    return _named(np.clip(np.round(X), 0, 15), y, "m")


def digits(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Ten digits of 8 x 8 pixels: new ones around scikit-learn's 1,797, in 24 directions they vary in."""
    from sklearn.datasets import load_digits
    from sklearn.decomposition import PCA

    X, y = load_digits(return_X_y=True)
    directions = PCA(24, random_state=0).fit(X)
    places = directions.transform(X)
    drawn = rng.integers(len(X), size=rows)
    new = places[drawn] + rng.normal(0, 0.55, (rows, 24)) * places.std(axis=0)
    return _named(np.clip(np.round(directions.inverse_transform(new)), 0, 16), y[drawn], "pixel")


def claims(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Seven kinds of a claim, unevenly common: words and numbers, cells missing, laws by level."""
    region, product = rng.integers(12, size=rows), rng.integers(30, size=rows)
    channel, weekday = rng.integers(4, size=rows), rng.integers(7, size=rows)
    age, amount = rng.gamma(4, 10, rows), np.exp(rng.normal(6, 1.2, rows))
    months, earlier = rng.uniform(0, 120, rows), rng.poisson(1.2, rows)
    score = np.log(np.linspace(12, 1, 7)) + rng.normal(0, 1.1, (12, 7))[region] + rng.normal(0, 1.6, (30, 7))[product]
    score += rng.normal(0, 1.0, (4 * 7, 7))[channel * 7 + weekday]
    for values in (np.log(amount), age / 20, months / 40, earlier.astype(float)):
        bend, slope = rng.normal(0, 0.8, 7), rng.normal(0, 0.9, 7)
        standard = ((values - values.mean()) / values.std())[:, None]
        score += slope * standard + bend * np.sin(2 * standard)
    score += (rng.normal(0, 1.5, (12, 7))[region]) * ((months < 24) & (amount > 400))[:, None]
    y = np.array((1.8 * score + rng.gumbel(size=score.shape)).argmax(axis=1))
    frame = pd.DataFrame({
        "region": [f"R{code}" for code in region], "product": [f"P{code:02d}" for code in product],
        "channel": np.array(["web", "phone", "shop", "mail"])[channel],
        "weekday": np.array(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])[weekday], "age": np.round(age),
        "amount": np.round(amount, 2), "months": np.round(months, 1), "earlier": earlier, TARGET: y,
    })  # fmt: skip
    frame[TARGET] = [f"c{code:02d}" for code in y]
    for name, share in (("age", 0.08), ("months", 0.05), ("channel", 0.04)):
        frame.loc[rng.random(rows) < share, name] = None
    return frame


def rings(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Five classes by the angle and radius of two hidden points, each seen in six noisy ways, beside ten columns of
    nothing.
    """
    y = rng.choice(5, size=rows, p=[0.35, 0.25, 0.2, 0.12, 0.08])
    radius = 1.0 + 0.5 * (y % 3) + rng.normal(0, 0.16, rows)
    angle = rng.uniform(0, 2 * np.pi, rows)
    other = angle + np.pi / 3 * y + rng.normal(0, 0.35, rows)
    hidden = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.cos(other), np.sin(other)], axis=1)
    seen = hidden @ rng.normal(0, 1, (4, 12)) + rng.normal(0, 0.12, (rows, 12))
    return _named(np.round(np.concatenate([seen, rng.normal(size=(rows, 10))], axis=1), 3), y, "s")


TABLES: Mapping[str, tuple[Callable[[np.random.Generator, int], pd.DataFrame], int]] = {
    "nine": (nine, 10_000), "letters": (letters, 12_000), "digits": (digits, 6_000), "claims": (claims, 8_000),
    "twelve": (twelve, 20_000), "rings": (rings, 5_000),
}  # fmt: skip
"""How each is drawn, and its training rows."""


def drawn(name: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(training rows, test rows) of a table, independent draws from the same law."""
    draw, rows = TABLES[name]
    rng = np.random.default_rng([seed, *name.encode()])
    frame = draw(rng, rows + TEST_ROWS)
    return frame.iloc[:rows].reset_index(drop=True), frame.iloc[rows:].reset_index(drop=True)
