"""What both estimators share: their arguments, the search on checked rows, and the look into what it found.

It imports scikit-learn at its top (0.6 s): a class must have its bases. `import assay` loads it on the first touch of
AutoClassifier or AutoRegressor only.
"""

import os
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeGuard

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from assay.core.array import AnyArray, Floats
from assay.core.caller_warnings import warn_caller
from assay.core.clock import SystemClock
from assay.core.contract import AnyMetric
from assay.core.errors import DataWarning, LabError
from assay.core.event import Event
from assay.core.figure import Figure
from assay.core.schema import Kind, Label
from assay.core.scratch import ScratchFolder
from assay.data.kind_guess import OPAQUE
from assay.data.options import TaskOptions
from assay.estimator.arguments import Names, is_tiny, name_of, names_of, own_budget, seed_of, settings_of
from assay.estimator.intake import (
    as_scikit_learn_sees,
    beside,
    features_of,
    free_name,
    has_names,
    in_order,
    refuse_complex,
    without_extra,
)  # fmt: skip
from assay.journal.find_labs import is_lab
from assay.lab.fit import fit as run_fit
from assay.lab.lab import Lab
from assay.lab.python_progress import interruptible, listener_of, spoken_in_python, warn_of
from assay.lab.run_context import RunContext
from assay.pipeline.store import TaskFolder
from assay.predictor.predictor import Predictor
from assay.predictor.row_reader import is_frame as is_pandas
from assay.report.phrases import name_list
from assay.views.lab_repr import summary_rows

if TYPE_CHECKING:
    import pandas as pd

RESTORE_SECONDS, RESTORED_BYTES = 1.0, 1e7
"""The most that restoring takes, and bytes a second beside it (measured: 0.1 to 0.7 s for 1 to 13 MB)."""
A_BATCH = 100
"""Rows that are answered as many are."""


class LabGoneError(LabError, AttributeError):
    """The lab of an estimator that was unpickled elsewhere; an AttributeError too, so that hasattr says False."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class EstimatorTarget:
    """The column to predict. cells: (n,), in the lab's own words."""

    name: str
    cells: "AnyArray | pd.Index"
    problem: str
    positive: Label | None = None


class AutoModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What both estimators share; see AutoClassifier for the arguments."""

    n_features_in_: int
    feature_names_in_: AnyArray
    predictor_: Predictor
    expected_: Figure | None

    def __init__(  # noqa: PLR0913  # as many as people have options
        self,
        *,
        metric: AnyMetric | None = None,
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
        candidates_by: str | None = None,
        positive: Label | None = None,
        monotone: Mapping[str, int] | None = None,
        without: Names = None,
        families: Names = None,
        valid: str | None = None,
        preset: str = "balanced",
        threshold: float | None = None,
        cost: "str | Mapping[str, float] | None" = None,
        max_latency: float | None = None,
        max_size: int | str | None = None,
        vault: float | None = None,
        ship: Literal["all", "certified"] = "all",
        researchers: Names = None,
        text_models: Names = None,
        text_store: str = "",
        ship_code: bool = False,
        sandbox: Literal["any", "required"] = "any",
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
        self.candidates_by = candidates_by
        self.positive = positive
        self.monotone = monotone
        self.without = without
        self.families = families
        self.valid = valid
        self.preset = preset
        self.threshold = threshold
        self.cost = cost
        self.max_latency = max_latency
        self.max_size = max_size
        self.vault = vault
        self.ship = ship
        self.researchers = researchers
        self.text_models = text_models
        self.text_store = text_store
        self.ship_code = ship_code
        self.sandbox = sandbox
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.progress = progress

    # -- learning -----------------------------------------------------------------------------------------------

    @spoken_in_python()
    def _search(self, X: object, rows: "pd.DataFrame", target: EstimatorTarget, weight: Floats | None) -> None:
        """Run the main job on checked rows and keep what it found."""
        started = SystemClock().now()
        self._forget()
        validate_data(self, as_scikit_learn_sees(X, rows), skip_check_array=True)
        self._columns, self._named = tuple(rows.columns), has_names(X)
        name, weights = free_name(target.name, self._columns), None
        asked: dict[str, AnyArray | pd.Index] = {name: target.cells}
        if weight is not None:
            weights = free_name("sample_weight", (*self._columns, name))
            asked[weights] = weight
        frame = beside(rows, asked)
        if weight is not None:
            frame = frame[weight > 0].reset_index(drop=True)
        seed = seed_of(self.random_state)
        options = TaskOptions(
            target=name, drop=names_of(self.drop), keep=names_of(self.keep), kinds=dict(self.kinds or {}),
            group=name_of("group", self.group), order_by=name_of("order_by", self.order_by), weights=weights,
            positive=target.positive, problem=target.problem, metric=self.metric, raw=names_of(self.raw),
            missing=names_of(self.missing), seed=seed,
            monotone=dict(self.monotone or {}), valid=name_of("valid", self.valid),
            candidates_by=name_of("candidates_by", self.candidates_by),
        )  # fmt: skip
        self._run(frame, options, seed, started)

    def _run(self, frame: "pd.DataFrame", options: TaskOptions, seed: int, started: float) -> None:
        tiny = is_tiny(own_budget(self), n_rows=len(frame), n_columns=frame.shape[1])
        settings = settings_of(self, out=str(self._place()), tiny=tiny, seed=seed)
        try:
            # a small fit in this process: threads that wait for each other took four times the processor time
            with interruptible() as asked, threadpool_limits(1 if tiny else None):
                context = RunContext(
                    listener=listener_of(self.progress), interrupt=asked, started=started, inline=tiny,
                    write_brief=self.lab is not None,
                )  # fmt: skip
                summary = run_fit(frame, options, settings, context=context)
        except BaseException:
            self._forget()
            raise
        self._lab_path = summary.lab_path
        folder = TaskFolder(Path(summary.lab_path))  # functions that it holds run in the sandbox, as in the search
        self.predictor_ = Predictor.in_lab(folder.path / "model", folder.surroundings)
        self.expected_ = summary.expect
        self._summary_rows = summary_rows(summary)
        self._restore(frame, settings.budget.seconds - (SystemClock().now() - started))
        warn_of(summary.warnings)
        self._warn_of_opaque()

    def _warn_of_opaque(self) -> None:
        """Say which columns no step can read: embeddings in one column may be all there is."""
        names = tuple(column.name for column in self.predictor_.schema if column.reason == OPAQUE)
        if names:
            noun = "column holds" if len(names) == 1 else "columns hold"
            message = (
                f"X: {len(names)} {noun} bytes or lists, which no step reads, and are left out: {name_list(names)}. "
                "Make a column of each number: pd.DataFrame(X[name].tolist(), index=X.index)."
            )
            warn_caller(DataWarning(message, code="data/opaque-column"))

    def _restore(self, frame: "pd.DataFrame", seconds_left: float) -> None:
        """Ask the predictor about one row and about many while there is time for it: the first answer restores the
        models, and libraries for which the workers alone had a use, which would else be waited for at the first call.
        """
        if seconds_left > RESTORE_SECONDS + self.predictor_.size_bytes / RESTORED_BYTES:
            for n in (1, A_BATCH):
                self.predictor_.stored(frame.head(n))

    def _place(self) -> Path:
        """Where the lab lies: as given, or in a temporary folder."""
        if self.lab is not None:
            return Path(self.lab)
        self._temporary = ScratchFolder()
        return self._temporary.path / "fit.lab"

    def _forget(self) -> None:
        """Let go of an earlier fit's lab; its temporary folder goes when nobody else looks at it."""
        for name in ("_opened", "_temporary", "_like", "_ignored"):
            self.__dict__.pop(name, None)

    # -- answering ----------------------------------------------------------------------------------------------

    def _rows(self, X: object) -> "pd.DataFrame":
        """New rows under the names of the columns they were fitted with."""
        check_is_fitted(self, "predictor_")
        if self._is_known(X):
            refuse_complex(X)
            return X
        if getattr(self, "_named", False):
            X = self._without_extra(X)
        rows = features_of(X, who=type(self).__name__)
        validate_data(self, as_scikit_learn_sees(X, rows, self._columns), skip_check_array=True, reset=False)
        if getattr(self, "_named", False) and has_names(X):  # of names that are no text scikit-learn asks nothing
            self._remember(X)
            return in_order(rows, self._columns)
        return rows.set_axis(list(self._columns), axis=1)

    def _without_extra(self, X: object) -> object:
        """The rows without columns that the fit did not have; those are said once."""
        kept, extra = without_extra(X, self._columns)
        known = self.__dict__.get("_ignored", frozenset())
        new = tuple(name for name in extra if name not in known)
        if new:
            self._ignored = known | set(new)
            noun = "column that was" if len(new) == 1 else "columns that were"
            message = (
                f"X has {len(new)} {noun} not there when {type(self).__name__} was fitted, ignored: {name_list(new)}."
            )
            warn_caller(DataWarning(message, code="data/extra-columns"))
        return kept

    def _is_known(self, X: object) -> "TypeGuard[pd.DataFrame]":
        """Whether this frame shares its columns with one that was looked at, as rows do that are cut from one frame:
        that look takes as long as the answer.
        """
        like = self.__dict__.get("_like")
        return like is not None and is_pandas(X) and like.is_(X.columns) and len(X) > 0

    def _remember(self, X: object) -> None:
        self._like = X.columns if is_pandas(X) and tuple(X.columns) == self._columns else None

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
        for name in ("_opened", "_temporary", "_like"):
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
        rows = getattr(self, "_summary_rows", ())
        table = "".join(f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>" for name, text in rows)
        return f"<div><p><code>{escape(repr(self))}</code></p><table>{table}</table></div>"

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}
