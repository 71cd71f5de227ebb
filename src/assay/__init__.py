"""Assay: an automated machine-learning researcher.

Give it a table and a question; it experiments for as long as you let it and hands back the best model, evidence for
it, and a lab in which every experiment can be looked up.

    from assay import AutoClassifier, Lab, load

    model = AutoClassifier(time_limit="60s", lab="bank.lab").fit(X, y)
    model.expected_                    # the score to promise, with its interval
    Lab.open("bank.lab")               # everything that was tried
    load("bank.lab/model").predict(X)  # the deployable model

Names are loaded when they are first touched: `import assay` takes no time and loads no library.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from assay.core.errors import (
        AssayError,
        AssayWarning,
        BudgetError,
        BudgetWarning,
        BundleError,
        DataError,
        DataWarning,
        DriftWarning,
        LabError,
        LeakWarning,
        MissingExtraError,
        SplitError,
        StorageError,
        TaskError,
        UsageError,
    )
    from assay.core.figure import Figure
    from assay.estimator.estimator import AutoClassifier, AutoRegressor
    from assay.lab.lab import Lab
    from assay.predictor.predictor import Predictor

    __version__: str

__all__ = [
    "AssayError",
    "AssayWarning",
    "AutoClassifier",
    "AutoRegressor",
    "BudgetError",
    "BudgetWarning",
    "BundleError",
    "DataError",
    "DataWarning",
    "DriftWarning",
    "Figure",
    "Lab",
    "LabError",
    "LeakWarning",
    "MissingExtraError",
    "Predictor",
    "SplitError",
    "StorageError",
    "TaskError",
    "UsageError",
    "__version__",
    "load",
    "warm",
]

_HOMES = {
    "AutoClassifier": "assay.estimator.estimator",
    "AutoRegressor": "assay.estimator.estimator",
    "Figure": "assay.core.figure",
    "Lab": "assay.lab.lab",
    "Predictor": "assay.predictor.predictor",
}
"""Where a public name lives; errors and warnings live in assay.core.errors."""


def load(
    path: "str | os.PathLike[str]", *, text_models: "Sequence[str | os.PathLike[str]]" = (), allow_code: bool = False
) -> "Predictor":
    """The predictor of a lab, or saved in a folder or zip file; imports no model library. BundleError if it cannot be
    trusted. text_models: folders of pretrained encoders that it may need. allow_code: run the functions of a person
    that it holds, with all that Python can do; without it such a model is refused.
    """
    from assay.predictor.predictor import Predictor

    return Predictor.load(path, text_models=text_models, allow_code=allow_code)


def warm() -> None:
    """Start the worker processes' imports in the background, so that the next fit need not wait for them."""
    from assay.execute.prestart import warm as start
    from assay.lab.preload import PRELOAD

    start(PRELOAD)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("assay-ml")
    if name not in __all__:
        raise AttributeError(f"module 'assay' has no attribute {name!r}; public names: {', '.join(__all__)}")
    return getattr(import_module(_HOMES.get(name, "assay.core.errors")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
