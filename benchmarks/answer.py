"""A user's program: load a model, answer a file's rows twice, say as JSON how long each took. Started by batch.py.

    python answer.py '{"model": "bank.lab/model", "rows": "new.csv"}'
    python answer.py '{"library": "lightgbm", "model": "model.txt", "rows": "new.csv", "categories": ["job"]}'

With "library" the model is the library's own file, and it answers with as many threads as it likes. Reading the rows
does not count; imports count as loading: whoever has a frame has pandas, but not yet what a model needs.
"""

import json
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pandas as pd

Answer = Callable[[pd.DataFrame], object]


def ours(wishes: dict[str, Any]) -> Answer:
    """A saved predictor's probabilities or values."""
    from assay.predictor.predictor import Predictor

    return Predictor.load(str(wishes["model"])).stored


def lightgbm_own(wishes: dict[str, Any]) -> Answer:
    """A text file's; it reads categories from a frame by the levels it was trained with."""
    import lightgbm

    booster = lightgbm.Booster(model_file=str(wishes["model"]))
    return lambda frame: booster.predict(as_categories(frame, wishes["categories"]))


def catboost_own(wishes: dict[str, Any]) -> Answer:
    """A native file's."""
    import catboost

    model = catboost.CatBoost().load_model(str(wishes["model"]))
    return lambda frame: model.predict(frame, prediction_type="Probability")


def as_categories(frame: pd.DataFrame, names: object) -> pd.DataFrame:
    """The frame with these columns as categories."""
    assert isinstance(names, list)
    return frame.astype(dict.fromkeys(names, "category"))


MAKERS = {None: ours, "lightgbm": lightgbm_own, "catboost": catboost_own}


def main() -> None:
    """Load, answer, answer again."""
    wishes = json.loads(sys.argv[1])
    rows = pd.read_csv(wishes["rows"])
    if wishes.get("library") == "catboost":
        rows = rows.astype(dict.fromkeys(wishes["categories"], object))
    marks = [time.perf_counter()]
    answer = MAKERS[wishes.get("library")](wishes)
    marks.append(time.perf_counter())
    for _ in range(2):
        answer(rows)
        marks.append(time.perf_counter())
    load, first, second = (after - before for before, after in pairwise(marks))
    print(json.dumps({"load": load, "first": first, "second": second}))


if __name__ == "__main__":
    main()
