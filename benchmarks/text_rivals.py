"""What a careful person gets from texts without Assay: a tuned linear model on their n-grams, and LightGBM on the table
alone or beside singular vectors of the texts. All take (frame, y, train, test) as those of rivals.py do.
"""

import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from judge import score
from rivals import Array, Places, date_parts, lightgbm, split_columns

RUNS: Mapping[str, tuple[tuple[str, tuple[int, int]], ...]] = {
    "words": (("word", (1, 1)),),
    "words 1-2": (("word", (1, 2)),),
    "words 1-3": (("word", (1, 3)),),
    "characters 3-5": (("char_wb", (3, 5)),),
    "words 1-2, characters 3-5": (("word", (1, 2)), ("char_wb", (3, 5))),
}
STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
FIRST_STRENGTHS = (10.0, 1.0)
FOLDS = 5
SVD_PARTS = 100
Counts = dict[tuple[str, tuple[int, int]], Any]


@dataclass(frozen=True, slots=True)
class View:
    """How rows are shown to the linear model. table: columns of the table stand beside the terms."""

    runs: str = "words 1-2"
    sublinear: bool = True
    min_df: int = 1
    table: bool = False
    balanced: bool = False


@dataclass(frozen=True, slots=True)
class Tuned:
    """The answer of the best of the grid. cv: its score out of fold; tried, grid: how many were, and could be."""

    answer: Array
    view: dict[str, Any]
    strength: float
    cv: float
    tried: int
    grid: int


def scales(metric: str) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
    """To the scale on which the metric is a square, and back."""
    return (np.log1p, np.expm1) if metric == "rmsle" else (np.asarray, np.asarray)


def tuned(
    frame: pd.DataFrame, y: Array, train: Places, test: Places, *, is_class: bool, seed: int, text: Sequence[str],
    metric: str, higher: bool, seconds: float, cores: int,
) -> Tuned:  # fmt: skip
    """TF-IDF and a logistic or ridge regression, chosen by five folds of the training rows until the time is over."""
    from sklearn.exceptions import ConvergenceWarning

    ends = time.perf_counter() + seconds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # one that stopped early is a candidate as any other
        grid = _Grid(frame, y, train, is_class=is_class, seed=seed, text=text, metric=metric, cores=cores)
        found: dict[tuple[View, float], float] = {}
        for view, strengths in _order(grid, found, higher):
            if found and time.perf_counter() > ends:
                break
            for strength in strengths:
                if not found or time.perf_counter() + grid.expected(view) <= ends:
                    found[view, strength] = grid.tried(view, strength)
        (view, strength), cv = max(found.items(), key=lambda item: item[1] if higher else -item[1])
        answer = grid.answer(view, strength, test)
    return Tuned(answer, asdict(view), strength, cv, len(found), len(grid.views) * len(STRENGTHS))


def _order(
    grid: "_Grid", found: Mapping[tuple[View, float], float], higher: bool
) -> Iterator[tuple[View, tuple[float, ...]]]:
    """First all runs in their usual form, two strengths each; then all else, of the runs that did best first."""
    usual = [view for view in grid.views if view.sublinear and view.min_df == 1 and not view.balanced]
    for view in usual:
        yield view, FIRST_STRENGTHS
    best = {
        (view.runs, view.table): max(
            [(one if higher else -one) for (seen, _), one in found.items()
             if (seen.runs, seen.table) == (view.runs, view.table)], default=-np.inf)
        for view in usual
    }  # fmt: skip
    for view in sorted(grid.views, key=lambda view: -best[view.runs, view.table]):
        yield view, tuple(one for one in STRENGTHS if (view, one) not in found)


class _Grid:
    """The training rows, their folds, and what terms they have, counted once."""

    def __init__(
        self, frame: pd.DataFrame, y: Array, train: Places, *, is_class: bool, seed: int, text: Sequence[str],
        metric: str, cores: int,
    ) -> None:  # fmt: skip
        from sklearn.model_selection import KFold, StratifiedKFold

        self.frame, self.train, self.text, self.metric, self.cores = frame, train, list(text), metric, cores
        self.is_class, self.y, self.to_scale, self.back = is_class, y, *scales(metric)
        tables = (True, False) if len(self.text) < frame.shape[1] else (False,)
        self.views = [View(runs, sublinear, min_df, table, balanced) for table in tables for runs in RUNS
                      for sublinear in (True, False) for min_df in (1, 2)
                      for balanced in ((False, True) if metric == "macro_f1" else (False,))]  # fmt: skip
        kind = StratifiedKFold if is_class else KFold
        folds = kind(FOLDS, shuffle=True, random_state=seed).split(train, y[train] if is_class else None)
        self.folds = [(train[fit], train[held]) for fit, held in folds]
        self.counted: Counts = {}
        self.shown: tuple[View | None, list[tuple[Any, Any]]] = (None, [])
        self.rate = 0.0

    def tried(self, view: View, strength: float) -> float:
        """The metric of the predictions out of fold."""
        with ThreadPoolExecutor(self.cores) as pool:
            answers = list(pool.map(lambda pair: self._learned(view, strength, *pair), self._shown(view)))
        p = np.concatenate(answers)
        return score(self.metric, self.y[np.concatenate([held for _, held in self.folds])], p)

    def expected(self, view: View) -> float:
        """Seconds of one more try and of the last fit, by what the fits so far took for each entry of a matrix."""
        entries = sum(fit.nnz for (fit, _), _ in self._shown(view)) / FOLDS
        return float(self.rate * entries * (math.ceil(FOLDS / self.cores) + 1.25))

    def answer(self, view: View, strength: float, test: Places) -> Array:
        """Predictions of the test rows after a fit on all training rows."""
        fit, held = self._matrices(view, self.train, test)
        return self._learned(view, strength, (fit, self.train), (held, test))

    def _shown(self, view: View) -> list[tuple[Any, Any]]:
        if self.shown[0] != view:
            made = [(self._matrices(view, fit, held), (fit, held)) for fit, held in self.folds]
            self.shown = (view, [((x, fit), (z, held)) for (x, z), (fit, held) in made])
        return self.shown[1]

    def _matrices(self, view: View, fit: Places, held: Places) -> tuple[Any, Any]:
        """Both as rows of TF-IDF and, maybe, of the table; everything learned from the rows of `fit`."""
        from sklearn.feature_extraction.text import TfidfTransformer

        pairs = []
        for run in RUNS[view.runs]:
            for counts in self._counts(run):
                seen = np.asarray((counts[fit] > 0).sum(axis=0)).ravel() >= view.min_df
                weigh = TfidfTransformer(sublinear_tf=view.sublinear).fit(counts[fit][:, seen])
                pairs.append((weigh.transform(counts[fit][:, seen]), weigh.transform(counts[held][:, seen])))
        if view.table:
            pairs.append(beside(self.frame.drop(columns=self.text), fit, held))
        return tuple(sparse.hstack(blocks).tocsr() for blocks in zip(*pairs, strict=True))

    def _counts(self, run: tuple[str, tuple[int, int]]) -> list[Any]:
        """Terms of each text column of all rows; one that no training row of a fold has is left out there."""
        from sklearn.feature_extraction.text import CountVectorizer

        if run not in self.counted:
            texts = [self.frame[name].fillna("").astype(str) for name in self.text]
            self.counted[run] = [
                CountVectorizer(analyzer=run[0], ngram_range=run[1], dtype=np.float64).fit_transform(one).tocsr()
                for one in texts
            ]
        found: list[Any] = self.counted[run]
        return found

    def _learned(self, view: View, strength: float, fit: tuple[Any, Places], held: tuple[Any, Places]) -> Array:
        from sklearn.linear_model import LogisticRegression, Ridge

        start, (X, rows) = time.perf_counter(), fit
        if self.is_class:
            weight = "balanced" if view.balanced else None
            model = LogisticRegression(C=strength, max_iter=200, class_weight=weight).fit(X, self.y[rows])
            p = np.zeros((held[0].shape[0], int(self.y.max()) + 1))
            p[:, model.classes_.astype(int)] = model.predict_proba(held[0])
        else:
            ridge = Ridge(1 / strength, solver="sparse_cg").fit(X, self.to_scale(self.y[rows]))
            p = self.back(ridge.predict(held[0]))
        self.rate = max(self.rate, (time.perf_counter() - start) / max(X.nnz, 1))
        return p


def beside(frame: pd.DataFrame, fit: Places, held: Places) -> tuple[Any, Any]:
    """The table's columns as a linear model takes them: scaled, of the middle where missing; words as their levels."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers, dates, words = split_columns(frame)
    columns: dict[str, Any] = {f"{name} {part}": values.astype(float) for name in dates
               for part, values in date_parts(frame[name]).items()}  # fmt: skip
    columns |= {name: frame[name].astype(float) for name in numbers}
    numeric = list(columns)
    columns |= {name: frame[name].astype(object).where(frame[name].notna(), "missing").astype(str) for name in words}
    shown = pd.DataFrame(columns)
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    made = make_column_transformer(
        (make_pipeline(imputer, StandardScaler()), numeric),
        (OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2), words),
        sparse_threshold=1.0,
    )
    first = made.fit_transform(shown.iloc[fit])
    return sparse.csr_matrix(first), sparse.csr_matrix(made.transform(shown.iloc[held]))


def table_alone(
    frame: pd.DataFrame, y: Array, train: Places, test: Places, *, is_class: bool, seed: int, text: Sequence[str],
    metric: str, cores: int,
) -> Array:  # fmt: skip
    """LightGBM with its defaults on all columns but the texts."""
    to_scale, back = scales(metric)
    shown = frame.drop(columns=list(text))
    return back(lightgbm(shown, to_scale(y), train, test, is_class=is_class, seed=seed, cores=cores))


def concatenated(
    frame: pd.DataFrame, y: Array, train: Places, test: Places, *, is_class: bool, seed: int, text: Sequence[str],
    metric: str, cores: int,
) -> Array:  # fmt: skip
    """LightGBM with its defaults on the table and the first singular vectors of each text's TF-IDF, as one table."""
    shown = frame.drop(columns=list(text))
    shown = pd.concat([shown, *(_singular(frame[name], train) for name in text)], axis=1)
    return table_alone(shown, y, train, test, is_class=is_class, seed=seed, text=(), metric=metric, cores=cores)


def _singular(column: pd.Series, train: Places) -> pd.DataFrame:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = column.fillna("").astype(str)
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit(texts.iloc[train])
    values = words.transform(texts)
    parts = TruncatedSVD(min(SVD_PARTS, values.shape[1] - 1), random_state=0).fit(values[train]).transform(values)
    return pd.DataFrame(parts, index=column.index, columns=[f"{column.name} {j}" for j in range(parts.shape[1])])
