"""Whether terms and components learned on all cells flatter the figure out of fold. Part of text.py."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from judge import DRAWS, score, weighted
from outcome import Outcome, all_of, save
from panel import answers_of
from rivals import Array, Places
from tables import Known
from text_ladder import sets
from text_rivals import scales

FOLDS, STRENGTH, MOST = 5, 10.0, 0.1
STEPS: Mapping[str, dict[str, Any]] = {"tfidf": {}, "text_svd": {"components": 100}}


def fold(args: Namespace) -> None:
    """Each set with text: one model in the same folds, whose steps saw all cells or those of the training rows."""
    found = [_one(table, step) for table in sets(args.data, args.tables) for step in STEPS]
    for one in found:
        print("{table:18} {step:9} {metric:9} in the fold {inside:.5f}, all cells {outside:.5f}: {sigmas:+.3f} σ"
              .format(**one), flush=True)  # fmt: skip
    worse = [f"{one['table']} {one['step']} {one['sigmas']:+.2f} σ" for one in found if one["sigmas"] > MOST]
    what = f"all cells better than cells of the fold by more than {MOST} σ"
    method = (
        f"{FOLDS} folds, logistic or ridge regression on the terms or the components; σ of the score by "
        f"{DRAWS} bootstrap draws of the rows; positive: all cells better."
    )
    made = Outcome(name="text_fold", title="Terms learned on all cells", checks=(all_of(what, worse, len(found)),),
                   details=found, method=method)  # fmt: skip
    save(made, args.out)


def _one(table: Known, step: str) -> dict[str, Any]:
    frame = table.frame()
    y, names = answers_of(table, frame)
    is_class = bool(names)
    p = {is_inside: _out_of_fold(table, frame, y, step, is_class=is_class, is_inside=is_inside)
         for is_inside in (True, False)}  # fmt: skip
    inside, outside = (score(table.metric, y, p[is_inside]) for is_inside in (True, False))
    sigma = _sigma(table.metric, y, p[True])
    sign = 1.0 if table.higher_is_better else -1.0
    return {
        "table": table.name, "step": step, "metric": table.metric, "inside": inside, "outside": outside,
        "sigmas": sign * (outside - inside) / sigma,
    }  # fmt: skip


def _out_of_fold(table: Known, frame: pd.DataFrame, y: Array, step: str, *, is_class: bool, is_inside: bool) -> Array:
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = StratifiedKFold if is_class else KFold
    places = np.arange(len(frame))
    p = np.zeros((len(frame), int(y.max()) + 1) if is_class else len(frame))
    for train, held in kind(FOLDS, shuffle=True, random_state=0).split(places, y if is_class else None):
        X = _numbers(table, frame, step, learned_on=train if is_inside else places)
        p[held] = _learned(X, y, train, held, is_class=is_class, metric=table.metric)
    return p


def _numbers(table: Known, frame: pd.DataFrame, step: str, *, learned_on: Places) -> Any:
    """Rows of terms, or of components, of all texts by a step that was fitted on some of them."""
    from scipy.sparse import csr_array

    from assay.core.block.columns import TextBlock
    from assay.core.recipe import Step
    from assay.core.seed import Seeds
    from assay.core.table import Table
    from assay.features import registry

    cells = frame[list(table.text)].fillna("").astype(str).to_numpy(dtype=object)
    names = tuple(table.text)
    seen = Table.of(text=TextBlock(cells[learned_on], names))
    made = registry.build(Step.of(step, **STEPS[step])).fit(seen, None, seeds=Seeds(0))
    out = made.transform(Table.of(text=TextBlock(cells, names)))
    if out.sparse is None:
        return np.nan_to_num((out.numeric - out.numeric.mean(axis=0)) / (out.numeric.std(axis=0) + 1e-9))
    return csr_array((out.sparse.data, out.sparse.indices, out.sparse.indptr), shape=(len(cells), out.sparse.n_columns))


def _learned(X: Any, y: Array, train: Places, held: Places, *, is_class: bool, metric: str) -> Array:
    from sklearn.linear_model import LogisticRegression, Ridge

    if is_class:
        model = LogisticRegression(C=STRENGTH, max_iter=300).fit(X[train], y[train])
        p = np.zeros((len(held), int(y.max()) + 1))
        p[:, model.classes_.astype(int)] = model.predict_proba(X[held])
        return p
    to_scale, back = scales(metric)
    return np.asarray(back(Ridge(1.0, solver="sparse_cg").fit(X[train], to_scale(y[train])).predict(X[held])))


def _sigma(metric: str, y: Array, p: Array) -> float:
    """The standard error of a score, by draws of the rows."""
    value, rng, share = weighted(metric, y, p), np.random.default_rng(0), np.full(len(y), 1 / len(y))
    return float(np.nanstd([value(rng.multinomial(len(y), share).astype(float)) for _ in range(DRAWS)]))
