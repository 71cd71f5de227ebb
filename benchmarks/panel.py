"""How good: every tabular set of the manifest against its baseline, default LightGBM and default CatBoost.

    python benchmarks/panel.py --data DATA [--tables car soybean] [--seeds 0] [--seconds 60] [--results panel.jsonl]
    python benchmarks/panel.py --report --results panel.jsonl

All learn from the same 70 % of the rows; the other 30 % are scored once, when all have answered, and the line is
appended to the results. A (table, seed, seconds) that is in the results is never run again. A rival that has not
answered after RIVAL_SECONDS is ended and has no score there. Where that was, the report says, and counts it as no win.
"""

import math
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from command import program, run
from judge import difference, score
from limited import within
from outcome import Check, Outcome, all_of, at_least, save
from played import arguments_of, rows_of
from rivals import RIVALS, Array, Places, baseline
from tables import Known

CORES = 2
RIVAL_SECONDS = 300.0
"""What each rival may take, five times the fit's default; most need seconds."""


def ours(
    table: Known, train: pd.DataFrame, test: pd.DataFrame, *, seed: int, seconds: float, idle: tuple[str, ...] = (),
    text_models: tuple[str, ...] = ("none",),
) -> tuple[Array, dict[str, Any]]:  # fmt: skip
    """Predictions of a fit on the training file, and facts of that fit. It never sees the test rows. idle: researchers
    left out. text_models: folders of encoders; what they read is kept for this fit alone.
    """
    from assay.predictor.predictor import Predictor

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train.to_parquet(folder / "train.parquet")
        command = program(source=str(folder / "train.parquet"), target=table.target, metric=table.metric, seed=seed,
                          problem=table.problem, seconds=seconds, out=str(folder / "fit.lab"), jobs=CORES, idle=idle,
                          text_models=text_models, text_store=str(folder / "vectors"))  # fmt: skip
        answer = run(command, folder=folder).sound().answer
        predictor = Predictor.load(
            folder / "fit.lab" / "model", text_models=[one for one in text_models if one != "none"]
        )
        X = test.drop(columns=table.target)
        p = predictor.predict(X) if table.problem == "regression" else predictor.predict_proba(X)
        expected = predictor.expected
        facts = {key: answer[key] for key in ("seconds", "experiments", "failed", "stopped_by", "utilisation")}
        facts |= {"members": [member.name for member in predictor.members], "bytes": predictor.size_bytes,
                  "expected": None if expected is None else expected.as_json(),
                  "classes": [str(label) for label in predictor.classes]}  # fmt: skip
    return np.asarray(p, dtype=np.float64), facts


def answers_of(table: Known, frame: pd.DataFrame) -> tuple[Array, list[str]]:
    """(values, or codes of the classes; names of the classes)."""
    if table.problem == "regression":
        return frame[table.target].to_numpy(float), []
    labels = frame[table.target].astype(str)
    names = sorted(labels.unique())
    return labels.map({label: code for code, label in enumerate(names)}).to_numpy(float), names


def divided(rows: Places, y: Array, table: Known, *, seed: int) -> tuple[Places, Places]:
    """70 and 30 % of some rows, by a draw; classes in their shares."""
    strata = y[rows] if table.problem != "regression" else None
    train, test = train_test_split(rows, test_size=0.3, random_state=seed, stratify=strata)
    return train, test


def play(table: Known, *, seed: int, seconds: float) -> dict[str, Any]:
    """One table and seed: everyone learns, everyone answers, then the test rows are scored."""
    frame = table.frame()
    is_class = table.problem != "regression"
    y, names = answers_of(table, frame)
    X = frame.drop(columns=table.target)
    train, test = divided(np.arange(len(frame)), y, table, seed=seed)
    load = os.getloadavg()[0]
    mine, facts = ours(table, frame.iloc[train], frame.iloc[test], seed=seed, seconds=seconds)
    answers = {"ours": in_order(mine, facts.pop("classes"), names) if is_class else mine}
    took, late = dict[str, float](), list[str]()
    for name, (rival, more) in _rivals(table).items():
        found = within(RIVAL_SECONDS, rival, X, y, train, test, is_class=is_class, seed=seed, **more)
        took[name] = round(found.seconds, 1)
        if found.answer is None:
            late.append(name)
            print(f"{table.name} {seed}: {name} did not end within {RIVAL_SECONDS:g} s", flush=True)
        else:
            answers[name] = found.answer
    higher, truth = table.higher_is_better, y[test]
    return {
        "table": table.name, "seed": seed, "seconds": seconds, "metric": table.metric, "problem": table.problem,
        "train": len(train), "test": len(test), "higher_is_better": higher, "manifest_baseline": table.baseline_score,
        "scores": {name: score(table.metric, truth, answer) for name, answer in answers.items()},
        "over": {name: difference(table.metric, truth, answers["ours"], answer, higher=higher)
                 for name, answer in answers.items() if name != "ours"},
        "fit": facts, "rival_seconds": took, "not_ended": late,
        "rival_limit": RIVAL_SECONDS, "load": round(load, 1),
    }  # fmt: skip


def _rivals(table: Known) -> dict[str, tuple[Callable[..., Array], dict[str, Any]]]:
    """Who else learns, with what they are told beside the rows."""
    others = {name: (rival, {"cores": CORES}) for name, rival in RIVALS.items()}
    return {"baseline": (baseline, {"text": "TF-IDF" in table.baseline_model}), **others}


def in_order(p: Array, classes: list[str], names: list[str]) -> Array:
    """Probabilities in the order of `names`; a class that no training row had gets 0."""
    out = np.zeros((len(p), len(names)))
    out[:, [names.index(label) for label in classes]] = p
    return out


def against(rows: list[dict[str, Any]], rival: str) -> list[dict[str, Any]]:
    """The rows in which the rival answered in time."""
    return [row for row in rows if rival in row["over"]]


def win_share(rows: list[dict[str, Any]], rival: str) -> float:
    """Percent of tables on which ours is better in the mean over seeds; a tie is half a win. Of those it ended on."""
    by_table: dict[str, list[float]] = {}
    for row in against(rows, rival):
        by_table.setdefault(row["table"], []).append(row["over"][rival]["value"])
    if not by_table:
        return math.nan
    wins = [
        0.5 * (1 + np.sign(np.mean(values))) if abs(np.mean(values)) > 1e-12 else 0.5 for values in by_table.values()
    ]
    return 100 * float(np.mean(wins))


def checks(rows: list[dict[str, Any]]) -> tuple[Check, ...]:
    """The promises, and what every family of the order did."""
    played = against(rows, "baseline")
    worse = [f"{row['table']}/{row['seed']}" for row in played if row["over"]["baseline"]["high"] < 0]
    surely = sum(row["over"]["baseline"]["low"] > 0 for row in played)
    late = [
        f"{name} on {row['table']}/{row['seed']} ({row['rival_limit']:g} s)"
        for row in rows
        for name in row.get("not_ended", ())
    ]
    return (
        all_of("not worse than the baseline beyond the 95 % interval", worse, len(played)),
        at_least("better than the baseline, share of tables", win_share(rows, "baseline"), 80, "%", digits=0),
        Check(what="better beyond the 95 % interval", asked="–", measured=f"{surely} of {len(played)}"),
        at_least("win rate against default LightGBM", win_share(rows, "lightgbm"), 75, "%", digits=0),
        at_least("win rate against default CatBoost", win_share(rows, "catboost"), 75, "%", digits=0),
        Check(what="rivals that did not end in their limit, left out above", asked="–",
              measured=", ".join(late) or "none"),
    )  # fmt: skip


def main() -> None:
    """Play what is not played yet; save."""
    args = arguments_of(__doc__, name="panel", seconds=60.0)
    rows = rows_of(args, play)
    method = (
        f"{args.seconds:g} s, {CORES} cores, 70/30 split, seeds {sorted({row['seed'] for row in rows})}; differences "
        "to the others on the same test rows with 95 % intervals of a paired bootstrap, positive better."
    )
    save(Outcome(name="panel", title="Panel", checks=checks(rows), details=rows, method=method), args.out)


if __name__ == "__main__":
    main()
