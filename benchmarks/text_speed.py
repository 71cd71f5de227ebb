"""What texts cost: all n-grams of 100,000 generated ones, and one long row through a saved model. Part of text.py."""

import os
import resource
import statistics
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from command import program, run
from limited import within
from outcome import Outcome, at_least, at_most, save
from text_pairs import MOST_TIMES, pairs, times

TEXTS, WORDS, LONG_WORDS = 100_000, 50, 1_000
VOCABULARY = 50_000
MOST_SECONDS, MOST_GIB, MOST_MS = 60.0, 6.0, 4.0
READ_TEXTS, LEAST_TIMES = 5_000, 5.0
TABLE_ROWS, CALLS, ROWS = 5_000, 200, 50
STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "TF-IDF of words 1-2": ("tfidf", {}),
    "TF-IDF of characters 3-5": ("tfidf", {"analyzer": "char_wb", "ngrams": [3, 5]}),
    "LSA": ("text_svd", {}),
}
LIMIT = 1_800.0


def texts_of(rng: np.random.Generator, rows: int, words: int) -> list[str]:
    """Texts of so many words, drawn by a law of Zipf from a vocabulary of made-up words, the frequent ones short."""
    vocabulary, chance = vocabulary_of(), 1 / (2.7 + np.arange(VOCABULARY))
    drawn = rng.choice(VOCABULARY, size=(rows, words), p=chance / chance.sum())
    return [" ".join(row) for row in vocabulary[drawn]]


def vocabulary_of() -> np.ndarray:
    """Made-up words of one to five syllables, always the same, the short ones first, each once."""
    rng = np.random.default_rng(0)
    syllables = np.array([f"{a}{b}{c}" for a in "bcdfghklmnprstvw" for b in "aeiou" for c in ("", "n", "r", "s", "l")])
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        count = min(1 + len(found) * 4 // VOCABULARY + int(rng.integers(2)), 5)
        found["".join(rng.choice(syllables, count))] = None
    return np.array(list(found), dtype=object)


def represent(rows: int) -> dict[str, Any]:
    """Seconds, terms and peak memory of every representation, learned and applied in this process, one by one."""
    from assay.core.block.columns import TextBlock
    from assay.core.recipe import Step
    from assay.core.seed import Seeds
    from assay.core.table import Table
    from assay.features import registry

    cells = np.empty((rows, 1), dtype=object)
    cells[:, 0] = texts_of(np.random.default_rng(1), rows, WORDS)
    table, found = Table.of(text=TextBlock(cells, ("text",))), dict[str, Any]()
    found["texts"] = {"gib": _peak()}
    for what, (name, params) in STEPS.items():
        start = time.perf_counter()
        made = registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0)).transform(table)
        seconds = time.perf_counter() - start
        columns = made.numeric.shape[1] if made.sparse is None else made.sparse.n_columns
        found[what] = {"seconds": round(seconds, 2), "columns": columns, "gib": _peak()}
        del made
    return found


def read_twice(folder: str, rows: int) -> dict[str, Any]:
    """Seconds in which an encoder's folder gives the vectors of the same texts, and then again from its store."""
    from assay.embeddings.model_folder import read_folder
    from assay.embeddings.text_models import DIGEST, TextModels

    model, texts = read_folder(Path(folder)).model, texts_of(np.random.default_rng(5), rows, WORDS)
    with tempfile.TemporaryDirectory() as made:
        took = list[float]()
        for _ in range(2):
            models, start = TextModels((Path(folder),), Path(made)), time.perf_counter()
            models.vectors(model.name, model.digest[:DIGEST], model.width, texts)
            took.append(time.perf_counter() - start)
    return {"model": model.name, "texts": rows, "first": round(took[0], 3), "second": round(took[1], 3)}


def _peak() -> float:
    """The most memory of this process so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30, 3)


def labelled(rng: np.random.Generator, rows: int, words: int) -> pd.DataFrame:
    """Texts, two numbers and a category beside them, and a class by the text's first words and all of these."""
    texts = texts_of(rng, rows, words)
    worth = dict(zip(vocabulary_of(), np.random.default_rng(2).normal(size=VOCABULARY), strict=True))
    said = np.array([np.mean([worth[word] for word in text.split()[:WORDS]]) for text in texts])
    a, b, c = rng.normal(size=rows), rng.normal(size=rows), rng.integers(0, 5, rows)
    logit = 8 * (said - said.mean()) + a + 0.5 * b * (c == 1)
    label = np.where(rng.random(rows) < 1 / (1 + np.exp(-logit)), "yes", "no")
    return pd.DataFrame({"text": texts, "a": a.round(4), "b": b.round(4), "c": [f"level {k}" for k in c], "y": label})


def one_row(seconds: float, rows: int) -> dict[str, Any]:
    """Processor milliseconds of one row of 1,000 words, median of calls, by the default model of a fit."""
    from assay.predictor.predictor import Predictor

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        labelled(np.random.default_rng(3), rows, WORDS).to_parquet(folder / "train.parquet")
        command = program(source=str(folder / "train.parquet"), target="y", metric="roc_auc", seconds=seconds, jobs=2,
                          out=str(folder / "fit.lab"))  # fmt: skip
        told = run(command, folder=folder).sound().answer
        predictor = Predictor.load(folder / "fit.lab" / "model")
        frame = labelled(np.random.default_rng(4), ROWS, LONG_WORDS).drop(columns="y")
        shown, took = [frame.iloc[[row]] for row in range(ROWS)], []
        for call in range(CALLS + 20):
            start = time.process_time_ns()
            predictor.predict_proba(shown[call % ROWS])
            took.append(1e-6 * (time.process_time_ns() - start))
        return {
            "ms": statistics.median(took[20:]), "ms_95": float(np.quantile(took[20:], 0.95)),
            "members": [member.name for member in predictor.members], "bytes": predictor.size_bytes,
            "experiments": told["experiments"],
        }  # fmt: skip


def _calls(args: Namespace) -> tuple[pd.DataFrame, str, str]:
    """(a table, its column of texts, its column of two classes): the file that was named, or generated texts."""
    if args.calls is None:
        return labelled(np.random.default_rng(6), min(args.rows, TABLE_ROWS), WORDS), "text", "y"
    path, text, target = args.calls
    return pd.read_parquet(path), text, target


def speed(args: Namespace) -> None:
    """Measure and save, or print what is there."""
    load = os.getloadavg()[0]
    found = within(LIMIT, represent, args.rows).answer
    if found is None:
        raise SystemExit(f"The representations of {args.rows:,} texts took more than {LIMIT:g} s.")
    read = [within(LIMIT, read_twice, folder, min(args.rows, READ_TEXTS)).answer for folder in args.text_model]
    calls = _calls(args)
    pair = within(LIMIT, pairs, *calls).answer or {}
    row = one_row(args.seconds, min(args.rows, TABLE_ROWS))
    total, peak = sum(found[what]["seconds"] for what in STEPS), max(one["gib"] for one in found.values())
    each = ", ".join(f"{what} {found[what]['seconds']:.1f} s" for what in STEPS)
    checks = (
        at_most(f"all n-grams of {args.rows:,} texts of {WORDS} words ({each})", total, MOST_SECONDS, "s", digits=1),
        at_most("peak memory of that process, texts and all", peak, MOST_GIB, "GiB"),
        at_most(f"processor time of a row of {LONG_WORDS:,} words, default model of {len(row['members'])} members, p50",
                row["ms"], MOST_MS, "ms"),
        *(at_most(f"{name} on {len(calls[0]):,} texts in five folds, {pair[name]['ours']['seconds']:.1f} s (AUC "
                  f"{pair[name]['ours']['auc']:.4f}), scikit-learn {pair[name]['sklearn']['seconds']:.1f} s "
                  f"({pair[name]['sklearn']['auc']:.4f})", ratio, MOST_TIMES, "times its processor time")
          for name, ratio in times(pair).items()),
        *(at_least(f"{one['texts']:,} texts by {one['model']}: {one['first']:.1f} s, again {one['second']:.2f} s",
                   one["first"] / one["second"], LEAST_TIMES, "times as fast", digits=0)
          for one in read if one is not None),
    )  # fmt: skip
    method = (
        f"Generated texts over {VOCABULARY:,} words, frequent by a law of Zipf; each step learned and applied on one "
        f"core, one after the other in one process. The row: a saved model of a {args.seconds:g} s fit on "
        f"{min(args.rows, TABLE_ROWS):,} texts and three columns."
    )
    details = {"steps": found, "row": row, "read": read, "pairs": pair, "load": round(load, 1)}
    save(Outcome(name="text_speed", title="Costs of texts", checks=checks, details=details, method=method), args.out)
