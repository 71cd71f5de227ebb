"""MAP@3 of wrong answers to questions with few misconceptions each, with labels restricted by question and without.

python benchmarks/candidates.py --experiments 4
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.metrics.choose_metric import evaluate, find
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings

QUESTIONS, LABELS, WORDS = 15, 60, 40


def answers(n: int, seed: int) -> pd.DataFrame:
    """Answers to 15 questions with 4 to 6 of 60 misconceptions each: the words of an answer tell it, with noise, and
    misconceptions of other questions use the same words.
    """
    world = np.random.default_rng(7)
    asked = [np.sort(world.choice(LABELS, world.integers(4, 7), replace=False)) for _ in range(QUESTIONS)]
    odds = [world.dirichlet(np.full(len(labels), 2.0)) for labels in asked]
    said = world.integers(0, WORDS, (LABELS, 3))
    rng = np.random.default_rng(seed)
    question = rng.integers(0, QUESTIONS, n)
    label = np.array([rng.choice(asked[q], p=odds[q]) for q in question])
    own = said[label, rng.integers(0, 3, n)]
    words = np.column_stack([np.where(rng.random(n) < 0.6, own, rng.integers(0, WORDS, n)),
                             rng.integers(0, WORDS, (n, 3))])  # fmt: skip
    texts = [" ".join(f"word{word}" for word in row) for row in rng.permuted(words, axis=1).tolist()]
    return pd.DataFrame({
        "question": [f"q{q}" for q in question], "answer": texts, "seconds": rng.gamma(3.0, 20.0, n).round(1),
        "misconception": [f"m{code:02d}" for code in label],
    })  # fmt: skip


def measured(seed: int, experiments: int, families: frozenset[str], by: str | None) -> dict[str, float]:
    """MAP@3 on new rows, and how many of their three likeliest labels were never seen with the question."""
    train, new = answers(1500, seed), answers(3000, seed + 1000)
    options = TaskOptions(target="misconception", metric="map@3", candidates_by=by)
    with TemporaryDirectory() as place:
        settings = FitSettings(
            budget=Budget(experiments=experiments), out=str(Path(place) / "lab.lab"), families=families
        )
        summary = fit(train, options, settings, context=RunContext(inline=True, write_brief=False))
        model = Predictor.load(Path(place) / "lab.lab")
        known = set(zip(train["question"], train["misconception"], strict=True))
        named, _ = model.predict_top(new, 3)
        other = [(q, label) not in known for q, row in zip(new["question"], named, strict=True)
                 for label in row if label is not None]  # fmt: skip
        code = {label: i for i, label in enumerate(model.classes)}
        kept = new["misconception"].isin(code).to_numpy()
        truth = np.array([code[label] for label in new["misconception"][kept]])
        metric = find("map@3", model.passport.problem)
        score = evaluate(metric, truth, model.predict_proba(new)[kept], model.passport.problem)
        assert summary.expect is not None
        return {"expected": summary.expect.value, "new rows": score, "impossible": float(np.sum(other))}


def main() -> None:
    """Print one line of JSON for each seed and way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=4)
    parser.add_argument("--families", default="linear,extra_trees,knn")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    for seed in range(asked.seeds):
        for by in (None, "question"):
            found = measured(seed, asked.experiments, frozenset(asked.families.split(",")), by)
            print(json.dumps({"seed": seed, "candidates_by": by, **{k: round(v, 4) for k, v in found.items()}}))


if __name__ == "__main__":
    main()
