"""Metrics of others: scikit-learn's scorers by name, and any function of truth and prediction."""

import inspect
import math
import warnings
from dataclasses import dataclass, replace
from typing import Protocol, get_args, runtime_checkable

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Loss, Need, ScoreFunction
from assay.core.errors import DataError, UsageError
from assay.core.problem import Form

HIGHER_ENDINGS, LOWER_ENDINGS = ("_score",), ("_error", "_loss", "_deviance")
"""scikit-learn's own convention for the names of metric functions."""


ABOVE_ZERO = 1e-3
"""Of the mean target: what predictions of zero and less count as where a function needs numbers above zero."""


@runtime_checkable
class SklearnScorer(Protocol):
    """What we use of scikit-learn's scorer objects (made by make_scorer); the names are theirs."""

    _score_func: ScoreFunction
    _sign: int
    _kwargs: dict[str, object]
    _response_method: str | tuple[str, ...] | list[str]


@dataclass(frozen=True, kw_only=True)
class WrappedMetric:
    """A function (y_true, prediction, **options) -> float as a Metric, without influence values.

    y_true holds class codes or numbers; the value is the function's own, never with its sign turned. least: predictions
    below it count as it, as a share of the mean target; None where the function takes all numbers.
    """

    name: str
    title: str
    function: ScoreFunction
    higher_is_better: bool
    needs: Need
    forms: frozenset[Form]
    loss: Loss
    by_fold: bool = False
    options: tuple[tuple[str, object], ...] = ()
    least: float | None = None

    @property
    def bounds(self) -> tuple[float, float]:
        return (-math.inf, math.inf)

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float:
        """Raises DataError when the function fails or gives no number, UsageError when it cannot take weights."""
        options = dict(self.options)
        known = _parameters(self.function)
        if prediction.ndim == 2 and "labels" in known:
            options["labels"] = np.arange(prediction.shape[1])
        if weight is not None:
            if "sample_weight" not in known:
                raise UsageError(
                    f"The metric {self.name!r} takes no row weights. Give its function a parameter sample_weight, "
                    "choose another metric, or leave the weights out."
                )
            options["sample_weight"] = weight
        if self.least is not None:
            prediction = np.maximum(prediction, self.least * float(np.mean(y)))
        try:
            return float(self.function(y, prediction, **options))
        except (ValueError, TypeError, ZeroDivisionError) as error:
            raise DataError(f"The metric {self.name!r} failed on {len(y):,} rows: {error}") from error

    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> None:
        """None: its noise is found by the jackknife."""
        return None


def scorer_names() -> tuple[str, ...]:
    """Names scikit-learn knows, cluster metrics left out. Imports scikit-learn (about a second)."""
    from sklearn.metrics import get_scorer, get_scorer_names

    return tuple(name for name in get_scorer_names() if "cluster" not in get_scorer(name)._score_func.__module__)


def from_name(name: str) -> WrappedMetric | None:
    """scikit-learn's scorer of that name (with or without "neg_"), or its metric function; None if there is none."""
    from sklearn import metrics
    from sklearn.metrics import get_scorer

    known = scorer_names()
    for candidate in (name, f"neg_{name}"):
        if candidate in known:
            return from_scorer(get_scorer(candidate), name=candidate.removeprefix("neg_"))
    function = getattr(metrics, name, None)
    if not inspect.isfunction(function) or not name.endswith((*HIGHER_ENDINGS, *LOWER_ENDINGS)):
        return None
    return None if "cluster" in function.__module__ else from_callable(function)


def from_scorer(scorer: SklearnScorer, *, name: str | None = None) -> WrappedMetric:
    """A scikit-learn scorer as a Metric: direction from its sign, need from its response method."""
    function, method = scorer._score_func, scorer._response_method
    title = (name or function.__name__).replace("_", " ")
    by_scores = method != "predict"
    return _fitted_to_forms(
        WrappedMetric(
            name=name or function.__name__, title=title, function=function,
            higher_is_better=scorer._sign > 0, needs="probability" if by_scores else "label",
            forms=frozenset(), loss=_loss(function.__name__),
            by_fold=function.__module__.endswith("_ranking"), options=tuple(scorer._kwargs.items()),
        )
    )  # fmt: skip


def from_callable(function: ScoreFunction | SklearnScorer, *, greater_is_better: bool | None = None) -> WrappedMetric:
    """Any function (y_true, y_pred) -> float as a Metric; y_true and labels are class codes.

    Its direction: the argument, else its attribute `greater_is_better`, else the ending of its name as in scikit-learn
    (_score up; _error, _loss, _deviance down); a UsageError without any. Its attribute `needs` ("label", "probability",
    "value") is the form of prediction it gets: by default labels for classes and numbers for regression.
    """
    if isinstance(function, SklearnScorer):
        return from_scorer(function)
    name = getattr(function, "__name__", type(function).__name__)
    higher = greater_is_better if greater_is_better is not None else getattr(function, "greater_is_better", None)
    higher = _direction(name) if higher is None else bool(higher)
    module = getattr(function, "__module__", None) or ""
    by_fold = module.startswith("sklearn.metrics") and module.endswith("_ranking")
    needs: Need = getattr(function, "needs", "probability" if by_fold or _takes_probability(function) else "label")
    if needs not in get_args(Need):
        raise UsageError(f"The metric {name!r} needs {needs!r}. Known: {', '.join(get_args(Need))}.")
    wrapped = WrappedMetric(
        name=name, title=name.replace("_", " "), function=function, higher_is_better=higher, needs=needs,
        forms=frozenset(get_args(Form)), loss=_loss(name), by_fold=bool(getattr(function, "by_fold", by_fold)),
    )  # fmt: skip
    return _fitted_to_forms(wrapped) if module.startswith("sklearn.metrics") else wrapped


def _parameters(function: ScoreFunction) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(function).parameters)
    except (ValueError, TypeError):  # some builtins have no signature: then they take no options either
        return frozenset()


def _takes_probability(function: ScoreFunction) -> bool:
    return bool(_parameters(function) & {"y_proba", "y_prob", "y_score"})


def _direction(name: str) -> bool:
    if name.endswith(HIGHER_ENDINGS):
        return True
    if name.endswith(LOWER_ENDINGS):
        return False
    raise UsageError(
        f"Is a higher {name!r} better? Say so: {name}.greater_is_better = True (or False), or end its name with _score "
        "or _error.",
        do=(f"{name}.greater_is_better = True",),
    )


def _loss(name: str) -> Loss:
    """What models minimise for a metric known by name only; the choice matters for regression alone."""
    return "absolute" if "absolute" in name or "pinball" in name else "squared"


def _fitted_to_forms(metric: WrappedMetric) -> WrappedMetric:
    """The same metric with the forms on which scikit-learn's function works, found by trying."""
    regression = metric.function.__module__.endswith("_regression")
    candidates: tuple[Form, ...] = ("value",) if regression else ("probability", "probabilities")
    forms = frozenset(form for form in candidates if _works(metric, form))
    needs = "value" if regression else metric.needs
    loss: Loss = metric.loss if regression else "log_loss"
    least = _least(metric) if regression else None
    return replace(metric, forms=forms, needs=needs, loss=loss, least=least)


def _least(metric: WrappedMetric) -> float | None:
    """The least prediction that a function takes, found by trying: of deviances and logarithms numbers above zero."""
    for lowest, least in ((-2.0, None), (0.0, 0.0)):
        if _scores(metric, np.array([2.5, 1.5, 3.5]), np.array([3.0, lowest, 2.0])):
            return least
    return ABOVE_ZERO


def _works(metric: WrappedMetric, form: Form) -> bool:
    y = np.array([0, 1, 2, 0, 1, 2]) if form == "probabilities" else np.array([0, 1, 1, 0, 1, 0])
    prediction: AnyArray = y[[0, 1, 2, 0, 2, 1]]
    if form == "value":
        y, prediction = y + 1.5, prediction + 1.25
    elif metric.needs == "probability":
        prediction = np.eye(3)[prediction] * 0.4 + 0.2 if form == "probabilities" else prediction * 0.6 + 0.2
    return _scores(metric, y, prediction)


def _scores(metric: WrappedMetric, y: AnyArray, prediction: AnyArray) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return math.isfinite(metric.score(y, prediction))
        except DataError:
            return False
