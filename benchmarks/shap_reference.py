"""SHAP values by the package shap, run by another Python that has it: python shap_reference.py FOLDER.

FOLDER holds NAME.model, a library's own file, and NAME.npz with the rows `X` and `background`; NAME.out.npz is written.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np


def loaded(path: Path) -> Any:
    """The library's own model of a file."""
    family = path.stem.split("_")[0]
    if family == "lightgbm":
        import lightgbm

        return lightgbm.Booster(model_file=str(path))
    if family == "xgboost":
        import xgboost

        booster = xgboost.Booster()
        booster.load_model(path)
        return booster
    import catboost

    return catboost.CatBoostClassifier().load_model(str(path), format="json")


def main(folder: Path) -> None:
    """Work out all."""
    import shap  # with python -I the package, not the benchmark of that name

    for path in sorted(folder.glob("*.model")):
        with np.load(path.with_suffix(".npz")) as file:
            X, background = file["X"], file["background"]
        explainer = shap.TreeExplainer(  # type: ignore[attr-defined]
            loaded(path), data=background, feature_perturbation="interventional"
        )
        values = np.asarray(explainer.shap_values(X, check_additivity=False), dtype=np.float64)
        values = values[..., None] if values.ndim == 2 else values
        np.savez(path.with_suffix(".out.npz"), values=values, base=np.atleast_1d(explainer.expected_value))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
