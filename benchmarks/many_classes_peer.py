"""AutoGluon's answer to a table, run with an interpreter that has it: many_classes.py starts this.

PYTHON many_classes_peer.py TRAIN.parquet TEST.parquet TARGET PRESET SECONDS ANSWER.parquet
"""

import sys
import tempfile

import pandas as pd
from autogluon.tabular import TabularPredictor  # type: ignore[import-not-found]  # of the peer's environment

train, test, target, preset, seconds, answer = sys.argv[1:]
with tempfile.TemporaryDirectory() as folder:
    model = TabularPredictor(label=target, problem_type="multiclass", eval_metric="log_loss", verbosity=0, path=folder)
    model.fit(pd.read_parquet(train), time_limit=float(seconds), presets=preset, num_gpus=0)
    model.predict_proba(pd.read_parquet(test)).set_axis(model.class_labels, axis=1).to_parquet(answer)
    print(model.leaderboard(silent=True)[["model", "score_val", "fit_time"]].to_string(), file=sys.stderr)
