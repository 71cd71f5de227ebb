"""Keep a lab and a bundle as this version writes them, for tests of all later versions.

    python tests/keep_version.py        # writes tests/versions/v1: run it when a stored format changes before a release

From the first release on, the folder of a released version is never written again: a new format gets a new one.
"""

import shutil
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.predictor.state_files import LONG_AGO
from assay.search.settings import FitSettings

VERSION = Path(__file__).parent / "versions" / "v1"
ROWS = 600
WITHOUT = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn", "gp", "fm", "gam"})


def table() -> pd.DataFrame:
    """Rows with a number, a category, a date and missing cells, of two classes."""
    rng = np.random.default_rng(0)
    age = rng.normal(40, 9, ROWS).round(1)
    city = rng.choice(["Bonn", "Köln", "Ulm"], ROWS)
    z = np.where(city == "Ulm", 40 - age, age - 40) / 4
    bought = rng.random(ROWS) < 1 / (1 + np.exp(-z))
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, ROWS), unit="D")
    frame = pd.DataFrame({"age": age, "city": city, "day": day.strftime("%Y-%m-%d"), "bought": bought})
    frame.loc[::17, "age"] = np.nan
    return frame.assign(bought=np.where(frame.bought, "yes", "no"))


def main() -> None:
    """A lab with a vault that was opened, its table, its model, and what that answers."""
    shutil.rmtree(VERSION, ignore_errors=True)
    VERSION.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        lab, source = Path(name) / "shop.lab", VERSION / "shop.csv"
        table().to_csv(source, index=False)
        settings = FitSettings(budget=Budget(experiments=4), jobs=1, out=str(lab), vault=0.25, without=WITHOUT)
        fit(str(source), TaskOptions(target="bought"), settings, context=RunContext(inline=True))
        for room in ("cache", "work"):  # made again where they are missing
            shutil.rmtree(lab / room)
        model = Predictor.load(lab)
        model.save(VERSION / "shop.zip")
        answers = pd.DataFrame({"yes": model.predict_proba(pd.read_csv(source).head(50))[:, 1]})
        answers.to_csv(VERSION / "answers.csv", index=False, float_format="%.9f")
        with zipfile.ZipFile(VERSION / "shop.lab.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(path for path in lab.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(f"shop.lab/{file.relative_to(lab).as_posix()}", LONG_AGO)
                archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
