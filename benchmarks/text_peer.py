"""AutoGluon's answer to a table with texts, run with an interpreter that has it: text.py starts this.

PYTHON text_peer.py TRAIN.parquet TEST.parquet TARGET PROBLEM METRIC PRESET SECONDS ANSWER.parquet

Texts are n-grams there, as by default: no weights are downloaded. It has no rmsle, and gets logarithms instead.
"""

import sys
import tempfile

import numpy as np
import pandas as pd
from autogluon.tabular import TabularPredictor  # type: ignore[import-not-found]  # of the peer's environment

METRICS = {"macro_f1": "f1_macro", "mae": "mean_absolute_error", "rmse": "root_mean_squared_error",
           "rmsle": "root_mean_squared_error"}  # fmt: skip

train, test, target, problem, metric, preset, seconds, answer = sys.argv[1:]
rows, held = pd.read_parquet(train), pd.read_parquet(test)
if metric == "rmsle":
    rows[target] = np.log1p(rows[target])
elif problem != "regression":
    rows[target] = rows[target].astype(str)
with tempfile.TemporaryDirectory() as folder:
    model = TabularPredictor(
        label=target, problem_type=problem, eval_metric=METRICS.get(metric, metric), verbosity=0, path=folder
    )
    model.fit(rows, time_limit=float(seconds), presets=preset, num_cpus=2, num_gpus=0)
    if problem == "regression":
        values = model.predict(held).to_numpy()
        found = pd.DataFrame({"value": np.expm1(values) if metric == "rmsle" else values})
    else:
        found = model.predict_proba(held).set_axis([str(one) for one in model.class_labels], axis=1)
    found.reset_index(drop=True).to_parquet(answer)
    print(model.leaderboard(silent=True)[["model", "score_val", "fit_time"]].to_string(), file=sys.stderr)
