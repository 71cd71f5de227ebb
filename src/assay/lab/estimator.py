"""The main job under scikit-learn's conventions: fit(X, y), predict(X), and everything learnt ends in "_".

The one module that imports scikit-learn at its top (0.6 s): a class must have its bases. `import assay` loads it on
the first touch of AutoClassifier or AutoRegressor only.
"""

import os
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from assay.core.array import AnyArray, Floats
from assay.core.contract import Metric
from assay.core.errors import LabError, UsageError
from assay.core.event import Event
from assay.core.figure import Figure
from assay.core.schema import Kind, Label, Problem
from assay.core.scratch import ScratchFolder
from assay.data.options import TaskOptions
from assay.lab.arguments import Names, budget_of, is_tiny, names_of, seed_of, settings_of
from assay.lab.call import Call
from assay.lab.fit import fit as run_fit
from assay.lab.intake import (
    Labels,
    as_scikit_learn_sees,
    features_of,
    free_name,
    has_names,
    in_order,
    values_of,
    warn_of_order,
    weights_of,
)  # fmt: skip
from assay.lab.lab import Lab
from assay.lab.labs import is_lab
from assay.lab.telling import interruptible, listener_of, spoken_in_python, warn_of
from assay.lab.words import summary_rows
from assay.metrics.scorer import ScoreFunction
from assay.predictor.predictor import Predictor

if TYPE_CHECKING:
    import pandas as pd

FIT_CALLER = 6
"""Frames from warn_of up to whoever called fit: _run, _search, the block around it, fit, the caller."""


class LabGoneError(LabError, AttributeError):
    """The lab of an estimator that was unpickled elsewhere; an AttributeError too, so that hasattr says False."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Target:
    """The column to predict. cells: (n,), in the lab's own words."""

    name: str
    cells: "AnyArray | pd.Index"
    problem: Problem
    positive: Label | None = None


class _AutoModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What both estimators share; see AutoClassifier for the arguments."""

    n_features_in_: int
    feature_names_in_: AnyArray
    predictor_: Predictor
    expected_: Figure | None

    def __init__(  # noqa: PLR0913  # as many as people have options
        self,
        *,
        metric: "str | ScoreFunction | Metric | None" = None,
        time_limit: float | str | None = None,
        experiments: int | None = None,
        patience: bool = True,
        lab: "str | os.PathLike[str] | None" = None,
        force: bool = False,
        drop: Names = None,
        keep: Names = None,
        raw: Names = None,
        missing: Names = None,
        kinds: Mapping[str, Kind] | None = None,
        group: str | None = None,
        order_by: str | None = None,
        positive: Label | None = None,
        monotone: Mapping[str, int] | None = None,
        without: Names = None,
        preset: str = "balanced",
        max_latency: float | None = None,
        max_size: int | str | None = None,
        n_jobs: int | None = None,
        random_state: "int | np.random.RandomState | np.random.Generator | None" = None,
        progress: "bool | Callable[[Event], None] | None" = None,
    ) -> None:
        self.metric = metric
        self.time_limit = time_limit
        self.experiments = experiments
        self.patience = patience
        self.lab = lab
        self.force = force
        self.drop = drop
        self.keep = keep
        self.raw = raw
        self.missing = missing
        self.kinds = kinds
        self.group = group
        self.order_by = order_by
        self.positive = positive
        self.monotone = monotone
        self.without = without
        self.preset = preset
        self.max_latency = max_latency
        self.max_size = max_size
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.progress = progress

    # -- learning -----------------------------------------------------------------------------------------------

    @spoken_in_python()
    def _search(self, X: object, rows: "pd.DataFrame", target: "_Target", weight: Floats | None) -> None:
        """Run the main job on checked rows and keep what it found."""
        started = time.monotonic()
        self._forget()
        validate_data(self, as_scikit_learn_sees(X, rows), skip_check_array=True)
        self._columns, self._named = tuple(rows.columns), has_names(X)
        frame = rows.reset_index(drop=True)  # a new frame: the caller's keeps its columns
        name = free_name(target.name, self._columns)
        frame[name] = target.cells
        weights = None
        if weight is not None:
            weights = free_name("sample_weight", (*self._columns, name))
            frame[weights] = weight
            frame = frame[weight > 0].reset_index(drop=True)
        seed = seed_of(self.random_state)
        options = TaskOptions(
            target=name, drop=names_of(self.drop), keep=names_of(self.keep), kinds=dict(self.kinds or {}),
            group=self.group, order_by=self.order_by, weights=weights, positive=target.positive,
            problem=target.problem, raw=names_of(self.raw), missing=names_of(self.missing), seed=seed,
            monotone=dict(self.monotone or {}),
        )  # fmt: skip
        self._run(frame, options, seed, started)

    def _run(self, frame: "pd.DataFrame", options: TaskOptions, seed: int, started: float) -> None:
        tiny = is_tiny(budget_of(self), n_rows=len(frame), n_columns=frame.shape[1])
        settings = settings_of(self, out=str(self._place()), tiny=tiny, seed=seed)
        try:
            # a small fit in this process: threads that wait for each other took four times the processor time
            with interruptible() as asked, threadpool_limits(1 if tiny else None):
                call = Call(
                    listener=listener_of(self.progress), interrupt=asked, started=started, metric=self.metric,
                    inline=tiny, write_brief=self.lab is not None,
                )  # fmt: skip
                summary = run_fit(frame, options, settings, call=call)
        except BaseException:
            self._forget()
            raise
        self._lab_path = summary.lab_path
        self.predictor_ = Predictor.load(Path(summary.lab_path) / "model")
        self.expected_ = summary.expect
        self._told = summary_rows(summary)
        warn_of(summary.warnings, stacklevel=FIT_CALLER)

    def _place(self) -> Path:
        """Where the lab lies: as given, or in a temporary folder."""
        if self.lab is not None:
            return Path(self.lab)
        self._temporary = ScratchFolder()
        return self._temporary.path / "fit.lab"

    def _forget(self) -> None:
        """Let go of an earlier fit's lab; its temporary folder goes when nobody else looks at it."""
        for name in ("_opened", "_temporary"):
            self.__dict__.pop(name, None)

    # -- answering ----------------------------------------------------------------------------------------------

    def _rows(self, X: object) -> "pd.DataFrame":
        """New rows under the names of the columns they were fitted with."""
        check_is_fitted(self, "predictor_")
        rows = features_of(X, who=type(self).__name__)
        validate_data(self, as_scikit_learn_sees(X, rows, self._columns), skip_check_array=True, reset=False)
        if getattr(self, "_named", False) and has_names(X):  # of names that are no text scikit-learn asks nothing
            return in_order(rows, self._columns)
        return rows.set_axis(list(self._columns), axis=1)

    # -- looking ------------------------------------------------------------------------------------------------

    @property
    def lab_(self) -> Lab:
        """Everything that was tried, opened for reading. LabGoneError where the lab's folder is not."""
        check_is_fitted(self, "predictor_")
        opened: Lab | None = self.__dict__.get("_opened")
        if opened is None:
            if not is_lab(Path(self._lab_path)):
                raise LabGoneError(
                    f"The lab of this {type(self).__name__} is not at {self._lab_path}: a pickle carries the "
                    "predictor, not the lab. Fit with lab='NAME.lab' and keep that folder; Lab.open opens it anywhere."
                )
            opened = Lab.open(self._lab_path, metric=self.metric, keeps=self.__dict__.get("_temporary"))
            weakref.finalize(opened, opened.ledger.close)
            self._opened = opened
        return opened

    @property
    def leaderboard_(self) -> "pd.DataFrame":
        """One row an experiment, best first; ties share a rank."""
        return self.lab_.leaderboard()

    def __getstate__(self) -> dict[str, object]:
        """Without the open lab and the duty to remove its folder: these stay with the original."""
        state: dict[str, object] = dict(super().__getstate__())
        for name in ("_opened", "_temporary"):
            state.pop(name, None)
        return state

    def __sklearn_tags__(self) -> object:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        return tags

    def _repr_html_(self) -> str:
        told = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>" for name, text in getattr(self, "_told", ())
        )
        return f"<div><p><code>{escape(repr(self))}</code></p><table>{told}</table></div>"

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


class AutoClassifier(ClassifierMixin, _AutoModel):  # type: ignore[misc]  # scikit-learn ships no types
    """The best classifier of a table within a time limit, with the evidence for it.

    Takes pandas and polars frames, dicts of columns, lists of dicts, arrays (also of objects), lists, and sparse
    matrices of up to 200 MB once dense. Rows and y go together by position.
    Columns may be numbers, words, dates, texts, and may have gaps; of an array they are called x0, x1, …

    time_limit: seconds, or text such as "60s", "5m", "2h30m"; None is five minutes, or no limit where `experiments`
    is given. experiments: so many, then no decision reads a clock and the same rows give the same model. patience:
    end early when a quarter of the time, a minute at least, gained nothing. metric: a name ("roc_auc", any scikit-learn
    scorer) or a function of truth and prediction. lab: folder that keeps what was tried, gone on with when fitted again
    on the same question; None puts it in a temporary folder that goes with the estimator. force: replace a lab of
    another question.

    drop, keep: columns never used, and used even where they look like a leak or a number of the row. raw: repairs left
    undone, as "price" (all of a column), "price=numbers" (one), "label-spelling" (of the rows). missing: further texts
    that mean missing. kinds: a kind by column, e.g. {"zip": "category"}. group: its rows stay in one fold. order_by:
    learn from earlier rows.
    positive: the class that a binary metric is about. monotone: by numeric column 1 where the prediction may only rise
    as it grows, -1 where it may only fall. without: model families left out. max_latency: milliseconds a
    row may take. max_size: bytes, or text such as "20MB". n_jobs: worker processes (None, -1: all cores).
    random_state: root of all randomness (None is 0). progress: None tells in plain lines on stderr at a prompt and in
    a notebook, never in a script; True always, False never; a function hears every event of `assay.core.event`.

    A limit of at most 2 s (on up to 200,000 cells), or of at most 5 s on up to 300 rows, starts no worker processes:
    a linear model, small trees and, from 2 s, a forest are fitted in this process, in an order that no clock decides.

    Learnt: classes_, predictor_ (deployable, knows no lab), expected_ (the score to promise), lab_, leaderboard_,
    n_features_in_, feature_names_in_. A pickle holds the predictor's bytes; lab_ needs the lab's folder.

    Of scikit-learn's checks one cannot hold: check_sample_weight_equivalence_on_dense_data (and its sparse twin) asks
    that a weight of 2 be the same as the row twice, but rows are dealt to folds, and two rows are not one.
    """

    def fit(self, X: object, y: object, sample_weight: object = None) -> Self:
        """Learn to tell the labels y from the rows of X; (n,) weights say how much each row counts."""
        who = type(self).__name__
        rows = features_of(X, who=who, least_rows=2)
        labels = Labels.of(_present(y, who), n_rows=len(rows))
        warn_of_order(X, y)
        weight = weights_of(sample_weight, n_rows=len(rows))
        (labels if weight is None else labels.at(weight > 0)).check_several()
        target = _Target(name=_name_of(y), cells=labels.column(), problem="multiclass", positive=self._spoken(labels))
        self._search(X, rows, target, weight)
        self.classes_ = labels.classes
        self._order = labels.order_of(self.predictor_.classes)
        return self

    def _spoken(self, labels: Labels) -> Label | None:
        """The positive class in the lab's words; as given where y has no such label, so that the lab can say so."""
        found = [label for label, own in zip(labels.spoken, labels.classes, strict=True) if own == self.positive]
        return found[0] if found and self.positive is not None else self.positive

    def predict(self, X: object) -> AnyArray:
        """(n,) labels, in the type of y. A row's answer never depends on the other rows."""
        rows = self._rows(X)
        place = {label: code for code, label in enumerate(self.predictor_.classes)}
        codes = [place[label] for label in self.predictor_.predict(rows).tolist()]
        found: AnyArray = self.classes_[np.argsort(self._order)[codes]]
        return found

    def predict_proba(self, X: object) -> Floats:
        """(n, n_classes) probabilities in the order of classes_."""
        rows = self._rows(X)
        return self.predictor_.predict_proba(rows)[:, self._order]


class AutoRegressor(RegressorMixin, _AutoModel):  # type: ignore[misc]  # scikit-learn ships no types
    """The best regression of a table within a time limit, with the evidence for it.

    The arguments, the attributes (but classes_) and the one check of scikit-learn's that cannot hold are those of
    AutoClassifier.
    """

    def fit(self, X: object, y: object, sample_weight: object = None) -> Self:
        """Learn to predict the numbers y from the rows of X; (n,) weights say how much each row counts."""
        who = type(self).__name__
        rows = features_of(X, who=who, least_rows=2)
        values = values_of(_present(y, who), n_rows=len(rows))
        warn_of_order(X, y)
        weight = weights_of(sample_weight, n_rows=len(rows))
        target = _Target(name=_name_of(y), cells=values, problem="regression")
        self._search(X, rows, target, weight)
        return self

    def predict(self, X: object) -> Floats:
        """(n,) values in the unit of y. A row's answer never depends on the other rows."""
        rows = self._rows(X)
        found: Floats = self.predictor_.predict(rows)
        return found


def _present(y: object, who: str) -> object:
    if y is None:
        raise UsageError(f"This {who} estimator requires y to be passed, but the target y is None.")
    return y


def _name_of(y: object) -> str:
    name = getattr(y, "name", None)
    return name.strip() or "y" if isinstance(name, str) else "y"
