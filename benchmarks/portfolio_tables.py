"""The tables a portfolio is chosen on: scikit-learn's bundled ones, generated families, training parts of a folder.

None is of the panel's test parts; of a folder of tables the rows that `bench/compare.py` tests on are dropped unread.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tables import PROBLEMS, Known, manifest

METRICS = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
DATA_TEST_SHARE = 0.3
"""Share of a folder's tables that the panel tests on, by the same random split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A table and its question; the target is the column `target`."""

    name: str
    problem: str
    target: str
    read: Callable[[], pd.DataFrame]


def bundled() -> list[Asked]:
    """scikit-learn's own tables; of digits a quarter of the rows."""
    from sklearn import datasets

    def of(load: Callable[..., Any], share: float) -> Callable[[], pd.DataFrame]:
        def read() -> pd.DataFrame:
            frame: pd.DataFrame = load(as_frame=True).frame
            return frame.sample(frac=share, random_state=0).reset_index(drop=True)

        return read

    kinds = {
        "breast_cancer": (datasets.load_breast_cancer, "binary", 1.0),
        "wine": (datasets.load_wine, "multiclass", 1.0),
        "iris": (datasets.load_iris, "multiclass", 1.0),
        "diabetes": (datasets.load_diabetes, "regression", 1.0),
        "digits": (datasets.load_digits, "multiclass", 0.4),
    }
    return [Asked(name=f"sk_{name}", problem=problem, target="target", read=of(load, share))
            for name, (load, problem, share) in kinds.items()]  # fmt: skip


# -- generated families: each a law with a seed; several seeds make a family's tables ---------------------------------

WORDS = (
    ("low", "med", "high", "vhigh"), ("small", "med", "big"), ("poor", "fair", "good", "excellent"),
    ("2", "4", "more"), ("none", "some", "much"), ("never", "rarely", "often", "always", "daily"),
)  # fmt: skip


def _aggregate(rng: np.random.Generator, a: np.ndarray, b: np.ndarray, levels: int) -> np.ndarray:
    """A monotone table of two ordinal attributes, with a veto: the lowest level of either may decide alone."""
    weight = rng.uniform(0.6, 1.6, 2)
    score = weight[0] * a / max(a.max(), 1) + weight[1] * b / max(b.max(), 1)
    edges = np.quantile(np.unique(score), np.sort(rng.uniform(0.25, 0.95, levels - 1)))
    out = np.searchsorted(edges, score, side="right")
    if rng.random() < 0.7:
        out = np.where((a == 0) | (b == 0), 0, out)
    return np.asarray(out)


def hierarchy(seed: int) -> pd.DataFrame:
    """Every combination of six ordinal words, judged by tables of tables without noise (Bohanec and Rajkovic's DEX).

    Classes are very unequal. Columns and levels are drawn until four classes hold at least 2 % of the rows.
    """
    rng = np.random.default_rng(seed)
    while True:
        words = [WORDS[i] for i in rng.permutation(len(WORDS))]
        grid = np.stack(np.meshgrid(*[np.arange(len(w)) for w in words], indexing="ij"), axis=-1).reshape(-1, 6)
        grid = grid[rng.permutation(len(grid))[:1700]]
        parts = [_aggregate(rng, grid[:, i], grid[:, i + 1], 4) for i in (0, 2)]
        comfort = _aggregate(rng, parts[1], grid[:, 4], 4)
        tech = _aggregate(rng, comfort, grid[:, 5], 4)
        y = _aggregate(rng, parts[0], tech, 4)
        shares = np.bincount(y, minlength=4) / len(y)
        if shares.min() > 0.02 and 0.5 < shares.max() < 0.85:
            break
    frame = pd.DataFrame({f"a{j}": np.array(w)[grid[:, j]] for j, w in enumerate(words)})
    frame["target"] = np.array(["reject", "accept", "good", "best"])[y]
    return frame


def rules(seed: int) -> pd.DataFrame:
    """Two classes by disjunctions of three conditions on nominal levels and numbers, without noise."""
    rng = np.random.default_rng(seed)
    n = 1_500
    codes, numbers = rng.integers(0, 5, (n, 6)), rng.normal(size=(n, 4))
    y = np.zeros(n, dtype=bool)
    for _ in range(5):
        a, b = rng.choice(6, 2, replace=False)
        y |= (codes[:, a] == rng.integers(5)) & (codes[:, b] < rng.integers(2, 5)) & (numbers[:, rng.integers(4)] > 0)
    return _mixed(numbers, codes, np.where(y, "yes", "no"))


def findings(seed: int) -> pd.DataFrame:
    """Many classes, few rows: 15 diseases by 30 findings of 2 to 4 levels, some of them missing for some diseases."""
    rng = np.random.default_rng(seed)
    n, k, d = 650, 15, 30
    y = rng.choice(k, n, p=_falling(k, 0.6))
    codes = np.empty((n, d), dtype=object)
    for j in range(d):
        levels = int(rng.integers(2, 5))
        chance = rng.dirichlet(np.full(levels, 0.8), k)
        drawn = np.array([rng.choice(levels, p=chance[c]) for c in y])
        codes[:, j] = np.array(["absent", "mild", "strong", "severe"], dtype=object)[drawn]
        codes[(rng.random(n) < 0.5) & np.isin(y, rng.choice(k, 2)), j] = None
    frame = pd.DataFrame(codes, columns=[f"f{j}" for j in range(d)])
    frame["target"] = [f"disease {c}" for c in y]
    return frame


def friedman(seed: int) -> pd.DataFrame:
    """Friedman's first function of five of ten numbers, noise of one fifth."""
    from sklearn.datasets import make_friedman1

    X, y = make_friedman1(n_samples=1_500, n_features=10, noise=1.0, random_state=seed)
    return _numbers(X, y)


def friedman_exact(seed: int) -> pd.DataFrame:
    """Friedman's second function (a root of products) without noise: circuits have such laws."""
    from sklearn.datasets import make_friedman2

    X, y = make_friedman2(n_samples=1_000, noise=0.0, random_state=seed)
    return _numbers(X, y)


def steps_and_categories(seed: int) -> pd.DataFrame:
    """Piecewise constant in three numbers, a different slope in each of 6 levels, noise of a third."""
    rng = np.random.default_rng(seed)
    n = 1_500
    X, codes = rng.uniform(-2, 2, (n, 8)), rng.integers(0, 6, (n, 3))
    slope, shift = rng.normal(size=6)[codes[:, 0]], rng.normal(size=6)[codes[:, 1]]
    y = np.floor(X[:, 0]) * np.floor(X[:, 1]) + slope * X[:, 2] + shift
    return _mixed(X, codes, y + rng.normal(0, 0.6, n))


def skewed(seed: int) -> pd.DataFrame:
    """A price: multiplicative effects of numbers and a column of 120 levels, log-normal noise."""
    rng = np.random.default_rng(seed)
    n = 1_500
    X, city = rng.normal(size=(n, 5)), rng.choice(120, n, p=_falling(120, 0.8))
    kind = rng.integers(0, 5, n)
    log = 0.8 * X[:, 0] + 0.4 * np.abs(X[:, 1]) + rng.normal(0, 0.7, 120)[city] + rng.normal(0, 0.5, 5)[kind]
    frame = _mixed(X, kind[:, None], np.exp(log + rng.normal(0, 0.4, n)))
    frame["city"] = [f"city {c}" for c in city]
    return frame


def high_cardinality(seed: int) -> pd.DataFrame:
    """Two classes; effects of two columns of 150 and 40 levels and of three numbers."""
    rng = np.random.default_rng(seed)
    n = 2_000
    X = rng.normal(size=(n, 5))
    a, b = rng.choice(150, n, p=_falling(150, 0.7)), rng.choice(40, n)
    logit = rng.normal(0, 1.2, 150)[a] + rng.normal(0, 0.8, 40)[b] + X[:, 0] + X[:, 1] * X[:, 2]
    frame = _mixed(X, np.stack([a, b], axis=1), _drawn(rng, logit))
    return frame


def sparse_interactions(seed: int) -> pd.DataFrame:
    """Two classes by products of three pairs among 20 numbers."""
    rng = np.random.default_rng(seed)
    n = 1_800
    X = rng.normal(size=(n, 20))
    logit = 1.5 * (X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] - X[:, 4] * (X[:, 5] > 0))
    return _numbers(X, _drawn(rng, logit))


def ratios(seed: int) -> pd.DataFrame:
    """A number that is a ratio of two columns times a third, with differences: what arithmetic columns are for."""
    rng = np.random.default_rng(seed)
    n = 1_500
    X = rng.lognormal(0.0, 0.6, (n, 8))
    y = X[:, 0] / X[:, 1] + 0.5 * np.abs(X[:, 2] - X[:, 3]) + rng.normal(0, 0.3, n)
    return _numbers(X, y)


def imbalanced(seed: int) -> pd.DataFrame:
    """Two classes, one row in twenty positive, a tenth of the labels of those wrong, eight useless numbers."""
    from sklearn.datasets import make_classification

    X, y = make_classification(
        n_samples=1_800, n_features=16, n_informative=5, n_redundant=3, weights=[0.95], flip_y=0.02, random_state=seed
    )
    return _numbers(X, np.where(y == 1, "yes", "no"))


def clusters(seed: int) -> pd.DataFrame:
    """Five classes of two clusters each in ten informative numbers."""
    from sklearn.datasets import make_classification

    X, y = make_classification(
        n_samples=1_500, n_features=14, n_informative=10, n_classes=5, class_sep=1.0, random_state=seed
    )
    return _numbers(X, np.array([f"class {c}" for c in y]))


def missing_not_at_random(seed: int) -> pd.DataFrame:
    """Two classes; a number is missing the more often the larger it is, and levels hide in the missing ones."""
    rng = np.random.default_rng(seed)
    n = 1_500
    X, codes = rng.normal(size=(n, 8)), rng.integers(0, 4, (n, 4))
    logit = X[:, 0] + np.sin(2 * X[:, 1]) + 0.7 * X[:, 2] * (codes[:, 0] == 1) + rng.normal(0, 0.7, 4)[codes[:, 1]]
    y = _drawn(rng, logit)
    for j in range(3):
        X[rng.random(n) < 1 / (1 + np.exp(-2 * X[:, j])), j] = np.nan
    return _mixed(X, codes, y)


def linear_and_noise(seed: int) -> pd.DataFrame:
    """Few rows, a linear law with strong noise: where small models win."""
    rng = np.random.default_rng(seed)
    X, codes = rng.normal(size=(500, 12)), rng.integers(0, 4, (500, 3))
    logit = X[:, :5] @ rng.normal(size=5) * 0.6 + rng.normal(0, 0.5, 4)[codes[:, 0]]
    return _mixed(X, codes, _drawn(rng, logit))


def wide(seed: int) -> pd.DataFrame:
    """More columns than rows: 250 rows, 300 numbers, ten of which matter, three classes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(360, 400))
    y = np.argmax(X[:, :10] @ rng.normal(size=(10, 3)) + rng.normal(0, 1.0, (360, 3)), axis=1)
    return _numbers(X, np.array(["a", "b", "c"])[y])


def smooth(seed: int) -> pd.DataFrame:
    """A smooth law of six numbers, noise of a twentieth: where kernels win."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, (900, 6))
    y = np.sin(3 * X[:, 0] + X[:, 1]) + np.exp(-((X[:, 2] - X[:, 3]) ** 2)) + X[:, 4] * X[:, 5]
    return _numbers(X, y + rng.normal(0, 0.05, 900))


FAMILIES: Mapping[str, tuple[str, Callable[[int], pd.DataFrame]]] = {
    "hierarchy": ("multiclass", hierarchy), "rules": ("binary", rules), "findings": ("multiclass", findings),
    "friedman": ("regression", friedman), "friedman_exact": ("regression", friedman_exact),
    "steps": ("regression", steps_and_categories), "skewed": ("regression", skewed),
    "high_cardinality": ("binary", high_cardinality), "sparse_interactions": ("binary", sparse_interactions),
    "ratios": ("regression", ratios), "imbalanced": ("binary", imbalanced), "clusters": ("multiclass", clusters),
    "missing": ("binary", missing_not_at_random), "linear_noise": ("binary", linear_and_noise),
    "wide": ("multiclass", wide), "smooth": ("regression", smooth),
}  # fmt: skip


def generated(seeds: range) -> list[Asked]:
    """One table of every family and seed, all families of a seed before the next one."""

    def of(make: Callable[[int], pd.DataFrame], seed: int) -> Callable[[], pd.DataFrame]:
        return lambda: make(seed)

    return [Asked(name=f"{family}_{seed}", problem=problem, target="target", read=of(make, seed))
            for seed in seeds for family, (problem, make) in FAMILIES.items()]  # fmt: skip


def training_parts(data: Path) -> list[Asked]:
    """The training rows of a folder's tables, by the split of seed 0 that the panel compares on."""
    return [
        Asked(name=f"part_{table.name}", problem=table.problem, target=table.target, read=_part(table))
        for table in manifest(data, tasks=PROBLEMS)
    ]


def _part(table: Known) -> Callable[[], pd.DataFrame]:
    def read() -> pd.DataFrame:
        from sklearn.model_selection import train_test_split

        frame = table.frame()
        y = frame[table.target]
        train, _ = train_test_split(
            np.arange(len(frame)), test_size=DATA_TEST_SHARE, random_state=0,
            stratify=strata(y, table.problem),
        )  # fmt: skip
        return pd.DataFrame(frame.iloc[train].reset_index(drop=True))

    return read


def strata(y: pd.Series, problem: str) -> pd.Series:
    """What a split keeps the shares of: classes (single ones count as the largest), or deciles of a number."""
    if problem == "regression":
        return pd.qcut(y.rank(method="first"), 10, labels=False)
    labels = y.astype(str)
    rare = labels.map(labels.value_counts()) < 2
    return labels.mask(rare, labels.mode()[0])


def _falling(k: int, power: float) -> np.ndarray:
    """(k,) shares that fall with rank."""
    weight = np.arange(1, k + 1) ** -power
    return np.asarray(weight / weight.sum())


def _drawn(rng: np.random.Generator, logit: np.ndarray) -> np.ndarray:
    """(n,) labels drawn at these log-odds."""
    return np.where(rng.random(len(logit)) < 1 / (1 + np.exp(-(logit - np.median(logit)))), "yes", "no")


def _numbers(X: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(target=y)


def _mixed(X: np.ndarray, codes: np.ndarray, y: np.ndarray) -> pd.DataFrame:
    """Numbers, words for codes, target."""
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    for j in range(codes.shape[1]):
        frame[f"c{j}"] = [f"level {c}" for c in codes[:, j]]
    return frame.assign(target=y)
