"""What the workers' server imports before it forks; told without importing any of it, so that it can begin first."""

import pkgutil
from collections.abc import Iterator
from pathlib import Path


def _modules_of(package: str) -> Iterator[str]:
    folder = Path(__file__).parents[1] / package
    return (module.name for module in pkgutil.iter_modules([str(folder)], f"assay.{package}."))


PRELOAD = (
    "numpy",
    "scipy.sparse",
    "sklearn.linear_model",
    "sklearn.ensemble",
    "lightgbm",
    "assay.search.worker_jobs",
    "assay.predictor.predictor",
    *_modules_of("models"),
    *_modules_of("features"),
)
"""Imported once. Names, as they are needed before any family is imported that could declare them. catboost, xgboost and
torch are imported by the worker that first needs them. All models and steps are here: one that shares its file with
others is looked for in all of them, which every worker would do anew.
"""
