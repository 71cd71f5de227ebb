"""What a model of terms costs in a search, beside scikit-learn's pipeline of the same terms. Part of text.py."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FOLDS, MOST_TIMES = 5, 2.0
SMALL = 1e-6
Found = dict[str, dict[str, Any]]


def pairs(frame: pd.DataFrame, text: str, target: str) -> Found:
    """Each family: processor seconds and AUC in the same five folds, ours and scikit-learn's; texts alone, two classes.

    Ours choose strengths and are calibrated, theirs have one strength. `and a column`: the same recipe behind another
    step of texts, which pays for that.
    """
    found: Found = {}
    with tempfile.TemporaryDirectory() as made:
        folder = _folder(frame[[text, target]], target, Path(made))
        y = folder.target.values
        for name, (model, theirs) in _families().items():
            line = {
                "ours": _ours(folder, len(found) * 2 + 1, model),
                "and a column": _ours(folder, len(found) * 2 + 2, model, column=True),
                "sklearn": _theirs(folder, frame[text].fillna("").astype(str).to_numpy(), theirs),
            }
            found[name] = {what: {"seconds": round(took, 2), "auc": _auc(y, p)} for what, (took, p) in line.items()}
            print(name, found[name], flush=True)
    return found


def _families() -> dict[str, tuple[Any, Callable[[], Any]]]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import ComplementNB
    from sklearn.svm import LinearSVC

    from assay.core.recipe import Step

    return {
        "naive Bayes": (Step.of("naive_bayes"), lambda: ComplementNB(alpha=0.3)),
        "linear SVM": (Step.of("linear_svm"), lambda: LinearSVC(C=0.3, random_state=0)),
        "logistic": (Step.of("linear", grid=(0.3, 3.0, 30.0)), lambda: LogisticRegression(C=3.0, solver="liblinear")),
    }


def _folder(frame: pd.DataFrame, target: str, path: Path) -> Any:
    from assay.data.options import TaskOptions
    from assay.data.prepare import prepare
    from assay.data.raw import RawTable
    from assay.pipeline.store import TaskFolder

    made = prepare(RawTable(frame=frame, name="texts"), TaskOptions(target=target, metric="roc_auc", n_folds=FOLDS))
    task = replace(made.task, loss="log_loss")
    return TaskFolder.create(path, task=task, table=made.table, target=made.target, split=made.split)


def _ours(folder: Any, number: int, model: Any, *, column: bool = False) -> tuple[float, np.ndarray]:
    from assay.core.experiment import Experiment
    from assay.core.job import Job
    from assay.core.recipe import Recipe, Step
    from assay.models.text_recipes import characters, words
    from assay.search.worker_jobs import run

    more = (Step.of("text_style"),) if column else ()
    recipe = Recipe(steps=(*more, words(keep=True), characters()), model=model)
    experiment = Experiment(number=number, recipe=recipe, what="", question="", by="benchmark")
    out = np.zeros(len(folder.target))
    with _clock() as took:
        for fold in range(FOLDS):
            done: Any = run(Job(kind="fold", store=folder.store, experiment=experiment, fold=fold))
            out[folder.split.fold(fold).test] = folder.predictions(done.predictions)
    return took[0], out


def _theirs(folder: Any, texts: np.ndarray, model: Callable[[], Any]) -> tuple[float, np.ndarray]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union

    out, y = np.zeros(len(texts)), folder.target.values
    with _clock() as took:
        for number in range(FOLDS):
            fold = folder.split.fold(number)
            terms = make_union(
                TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=20_000),
                TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True,
                                max_features=40_000),
            )  # fmt: skip
            fitted = make_pipeline(terms, model()).fit(texts[fold.train], y[fold.train])
            score = getattr(fitted, "decision_function", None)
            held = texts[fold.test]
            out[fold.test] = score(held) if score is not None else fitted.predict_proba(held)[:, 1]
    return took[0], out


@contextmanager
def _clock() -> Iterator[list[float]]:
    start, took = time.process_time(), [0.0]
    yield took
    took[0] = time.process_time() - start


def _auc(y: np.ndarray, p: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return round(float(roc_auc_score(y, p)), 4)


def times(found: Found) -> dict[str, float]:
    """Each family's seconds, ours by scikit-learn's."""
    return {name: one["ours"]["seconds"] / max(one["sklearn"]["seconds"], SMALL) for name, one in found.items()}
