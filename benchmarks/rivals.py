"""What a careful person gets without Assay: the manifest's baseline, LightGBM and CatBoost with their defaults."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]
MOST_LEVELS = 250
"""HistGradientBoosting takes 255 categories; the manifest's baseline keeps the 250 most frequent training ones."""
SVD_PARTS = 30


def is_date(column: pd.Series) -> bool:
    """Dates, or text of which four fifths can be read as such."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return True
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column) or column.nunique() <= 20:
        return False
    return bool(pd.to_datetime(column, errors="coerce", format="mixed").notna().mean() > 0.8)


def is_text(column: pd.Series) -> bool:
    """Sentences: nearly every cell its own, of several words."""
    if pd.api.types.is_numeric_dtype(column) or is_date(column):
        return False
    words = np.mean([len(value.split()) for value in column.dropna().astype(str)])
    return bool(column.nunique() > 0.9 * len(column) and words >= 3)


def split_columns(frame: pd.DataFrame) -> tuple[list[str], list[str], list[str]]:
    """(numbers, dates, words): names of columns."""
    names = list(map(str, frame))
    dates = [name for name in names if is_date(frame[name])]
    rest = [name for name in names if name not in dates]
    numbers = [name for name in rest if pd.api.types.is_numeric_dtype(frame[name])]
    return numbers, dates, [name for name in rest if name not in numbers]


def date_parts(column: pd.Series) -> dict[str, pd.Series]:
    """The moment, month, weekday and hour of a date."""
    moment = pd.to_datetime(column, errors="coerce", format="mixed")
    return {"moment": moment.astype("int64").astype(float), "month": moment.dt.month,
            "weekday": moment.dt.dayofweek, "hour": moment.dt.hour}  # fmt: skip


def encoded(frame: pd.DataFrame, train: Places, *, text: bool) -> tuple[pd.DataFrame, list[str]]:
    """Columns of numbers and the names of those that are categories, as the manifest's baseline has them.

    A category's code is its rank among the training rows; rarer, unseen and missing ones share one code more.
    text: sentences become 30 singular vectors of the TF-IDF of their words.
    So fitted, it gives the manifest's scores to four digits on all 27 tables.
    """
    _, dates, words = split_columns(frame)
    columns: dict[str, pd.Series] = {}
    for name in map(str, frame):
        if name in dates:
            columns |= {f"{name} {part}": values for part, values in date_parts(frame[name]).items()}
        elif name in words:
            if text and is_text(frame[name]):
                columns |= _singular(frame[name], train)
                continue
            top = frame[name].iloc[train].value_counts().index[:MOST_LEVELS]
            rank = {level: code for code, level in enumerate(top)}
            columns[name] = frame[name].map(rank).astype(float).fillna(len(top))
        else:
            columns[name] = frame[name].astype(float)
    return pd.DataFrame(columns), [name for name in words if name in columns]


def _singular(column: pd.Series, train: Places) -> dict[str, pd.Series]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = column.fillna("").astype(str)
    words = TfidfVectorizer(min_df=3, sublinear_tf=True).fit(texts.iloc[train])
    values = words.transform(texts)
    parts = TruncatedSVD(SVD_PARTS, random_state=0).fit(values[train]).transform(values)
    return {f"{column.name} {j}": pd.Series(parts[:, j], index=column.index) for j in range(parts.shape[1])}


def baseline(
    frame: pd.DataFrame, y: Array, train: Places, test: Places, *, is_class: bool, seed: int, text: bool
) -> Array:
    """HistGradientBoosting with its defaults on the manifest's encoding."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    X, categories = encoded(frame, train, text=text)
    kind = HistGradientBoostingClassifier if is_class else HistGradientBoostingRegressor
    model = kind(random_state=seed, categorical_features=categories or None).fit(X.iloc[train], y[train])
    return _answer(model, X.iloc[test], y, is_class)


def lightgbm(
    frame: pd.DataFrame, y: Array, train: Places, test: Places, *, is_class: bool, seed: int, cores: int
) -> Array:
    """LightGBM with its defaults, words as its own categories, unseen ones missing."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    _, dates, words = split_columns(frame)
    columns = {name: values for column in dates for name, values in
               ((f"{column} {part}", values) for part, values in date_parts(frame[column]).items())}  # fmt: skip
    columns |= {n: frame[n].astype(float) for n in map(str, frame) if n not in dates and n not in words}
    for name in words:
        levels = frame[name].iloc[train].dropna().unique()
        columns[name] = pd.Series(pd.Categorical(frame[name], categories=levels), index=frame.index)
    X = pd.DataFrame(columns).set_axis([f"f{j}" for j in range(len(columns))], axis=1)
    model = (LGBMClassifier if is_class else LGBMRegressor)(random_state=seed, n_jobs=cores, verbose=-1)
    model.fit(X.iloc[train], y[train])
    return _answer(model, X.iloc[test], y, is_class)


def catboost(
    frame: pd.DataFrame, y: Array, train: Places, test: Places, *, is_class: bool, seed: int, cores: int
) -> Array:
    """CatBoost with its defaults, words as its categories."""
    from catboost import CatBoostClassifier, CatBoostRegressor

    _, dates, words = split_columns(frame)
    columns = {f"{name} {part}": values for name in dates for part, values in date_parts(frame[name]).items()}
    columns |= {n: frame[n].astype(float) for n in map(str, frame) if n not in dates and n not in words}
    columns |= {n: frame[n].astype(object).where(frame[n].notna(), "missing").astype(str) for n in words}
    X = pd.DataFrame(columns)
    kind = CatBoostClassifier if is_class else CatBoostRegressor
    model = kind(random_seed=seed, thread_count=cores, verbose=0, cat_features=words, allow_writing_files=False)
    model.fit(X.iloc[train], y[train])
    return _answer(model, X.iloc[test], y, is_class)


def _answer(model: Any, X: pd.DataFrame, y: Array, is_class: bool) -> Array:
    """Values, or probabilities with a column for every class, those no training row has being 0."""
    if not is_class:
        return np.asarray(model.predict(X), dtype=np.float64)
    p = np.zeros((len(X), int(y.max()) + 1))
    p[:, np.asarray(model.classes_, dtype=int).ravel()] = model.predict_proba(X)
    return p


RIVALS: dict[str, Callable[..., Array]] = {"lightgbm": lightgbm, "catboost": catboost}
