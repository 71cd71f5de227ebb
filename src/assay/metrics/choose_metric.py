"""The choice of the metric: the problem's default, a name, or a function or scorer of the user's."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from assay.core.array import AnyArray, Floats
from assay.core.contract import AnyMetric, ChecksTarget, Metric, Problem
from assay.core.errors import UsageError, Where, nearest_names
from assay.core.prediction import adapt_prediction, scored_rows
from assay.metrics import registry
from assay.metrics.custom_metrics import from_callable, from_name, scorer_names
from assay.metrics.map_at_k import MeanAveragePrecisionAtK
from assay.metrics.regression_metrics import Pinball

ALIASES: Mapping[str, str] = MappingProxyType({
    "acc": "accuracy", "accuracy_score": "accuracy", "balanced_acc": "balanced_accuracy", "bacc": "balanced_accuracy",
    "balanced_accuracy_score": "balanced_accuracy", "auc": "roc_auc", "auroc": "roc_auc", "rocauc": "roc_auc",
    "roc_auc_score": "roc_auc", "roc_auc_ovr": "roc_auc", "ap": "average_precision", "auprc": "average_precision",
    "pr_auc": "average_precision", "average_precision_score": "average_precision", "logloss": "log_loss",
    "cross_entropy": "log_loss", "neg_log_loss": "log_loss", "brier_score": "brier", "neg_brier_score": "brier",
    "brier_score_loss": "brier", "f1_score": "f1", "f1_macro": "macro_f1", "matthews_corrcoef": "mcc",
    "matthews": "mcc", "qwk": "quadratic_kappa", "kappa": "quadratic_kappa", "mean_squared_error": "mse",
    "neg_mean_squared_error": "mse", "root_mean_squared_error": "rmse", "neg_root_mean_squared_error": "rmse",
    "mean_absolute_error": "mae", "neg_mean_absolute_error": "mae", "root_mean_squared_log_error": "rmsle",
    "neg_root_mean_squared_log_error": "rmsle", "r2_score": "r2", "r_squared": "r2",
    "mean_absolute_percentage_error": "mape", "neg_mean_absolute_percentage_error": "mape", "quantile": "pinball",
    "pearsonr": "pearson", "correlation": "pearson", "spearmanr": "spearman", "rank_correlation": "spearman",
    "gini_normalized": "gini", "gini_coefficient": "gini", "gini_norm": "gini", "normalised_gini": "gini",
    "map3": "map@3", "map_3": "map@3", "map_at_3": "map@3", "normalized_gini": "gini",
    "mean_pinball_loss": "pinball", "neg_mean_pinball_loss": "pinball",
})  # fmt: skip
"""Other names of our metrics, scikit-learn's among them. A "neg_" name gives the value with its own sign."""
MAP_AT_K = re.compile(r"map(?:@|_at_|_)?(\d{1,6})")


def choose(problem: Problem) -> Metric:
    """The problem's default."""
    return find(problem.metric, problem)


def find(
    metric: AnyMetric,
    problem: Problem,
    *,
    greater_is_better: bool | None = None,
    also: Collection[Problem] = (),
) -> Metric:
    """The metric of that name, a function or scorer as a metric, or the metric itself, if it fits the problem.

    Names: ours, their aliases, `pinball:0.9`, `map@5`, and scikit-learn's scorers; case, "-" and " " do not matter.
    `find(m.name, problem)` gives an equal metric again for every name. greater_is_better: for functions. also: what
    else the target could be asked as (data/alternative_problems.py); without it no other problem is advised.
    Raises UsageError with the nearest names, or with those that fit the problem.
    """
    found = _as_metric(metric, problem, greater_is_better)
    if problem.form not in found.forms:
        fitting = fitting_names(problem)
        any_target = [name for name in fitting if not isinstance(registry.get(name)(), ChecksTarget)]
        raise UsageError(
            f"The metric {found.name!r} does not fit a {problem} task. These do: {', '.join(fitting)}.",
            nearest=nearest_names(found.name, fitting),
            do=(
                *(f"--problem {other}" for other in also if other.form in found.forms),
                *(f"--metric {name}" for name in any_target[:3]),
            ),
        )
    return found


def check_name(name: str) -> None:
    """UsageError, with the nearest names, for an unknown metric, before the problem is known."""
    if _by_name(name) is None:
        near = _near(name)
        known = ", ".join(registry.names())
        raise UsageError(
            f"No metric is called {name!r}. Known: {known}, and the scorers of scikit-learn.", nearest=near,
            where=Where(option="--metric"), do=tuple(f"--metric {one}" for one in near[:2]) or ("leave out --metric",),
        )  # fmt: skip


def fitting_names(problem: Problem) -> tuple[str, ...]:
    """Names of our own metrics for a problem, the default first."""
    names = [name for name, cls in registry if problem.form in cls().forms]
    return tuple(sorted(names, key=lambda name: (name != problem.metric, name)))


def adapt(metric: Metric, prediction: AnyArray, problem: Problem) -> AnyArray:
    """Stored predictions as the metric needs them; see core/prediction.py."""
    return adapt_prediction(prediction, metric.needs, problem)


def evaluate(metric: Metric, y: AnyArray, stored: AnyArray, problem: Problem, *, weight: Floats | None = None) -> float:
    """The metric of stored predictions, over the rows that have one. NaN where undefined (a class is absent).

    No folds here: a rank metric over several fold models belongs to evidence/interval.py.
    """
    if len(y) != len(stored):
        raise UsageError(f"{len(stored):,} predictions do not go with {len(y):,} rows.")
    held = scored_rows(stored)
    return metric.score(y[held], adapt(metric, stored[held], problem), weight=None if weight is None else weight[held])


def _as_metric(metric: AnyMetric, problem: Problem, greater_is_better: bool | None) -> Metric:
    if isinstance(metric, str):
        return _named(metric, problem)
    if isinstance(metric, Metric):
        return metric
    return from_callable(metric, greater_is_better=greater_is_better)


def _key(name: str) -> str:
    key = name.strip().casefold().replace("-", "_").replace(" ", "_")
    return ALIASES.get(key, key)


def _by_name(name: str) -> Metric | None:
    key = _key(name)
    base, mark, quantile = key.partition(":")
    if mark and ALIASES.get(base, base) == "pinball":
        return Pinball(quantile=_quantile(quantile, name))
    places = MAP_AT_K.fullmatch(key)
    if places is not None:
        return MeanAveragePrecisionAtK(k=int(places[1]))
    if key in ("map@", "map@k", "mapk"):
        raise UsageError(f"In {name!r} the number of places is missing. Write e.g. map@3.", do=("--metric map@3",))
    return registry.get(key)() if key in registry else from_name(key)


def _near(name: str) -> tuple[str, ...]:
    return nearest_names(_key(name), [*registry.names(), *ALIASES, *scorer_names()])


def _named(name: str, problem: Problem) -> Metric:
    found = _by_name(name)
    if found is not None:
        return found
    near = _near(name)
    hint = f" Near: {', '.join(near)}." if near else ""
    raise UsageError(
        f"No metric is called {name!r}.{hint} For a {problem} task: {', '.join(fitting_names(problem))}, any "
        "scikit-learn scorer, or a function (y_true, y_pred) -> float.",
        nearest=near,
    )  # fmt: skip


def _quantile(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"In {name!r} the quantile {text!r} is not a number. Write e.g. pinball:0.9.") from None
