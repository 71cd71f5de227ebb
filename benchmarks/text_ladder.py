"""The ladder of methods on sets with text: each answers the same test rows, and all answers are kept."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from judge import score
from limited import within
from panel import CORES, answers_of, divided, in_order, ours
from played import kept_rows
from rivals import Array, Places
from tables import Known, manifest
from text_rivals import concatenated, table_alone, tuned

METHODS = ("ours", "embeddings", "tuned", "concatenated", "table", "autogluon")
"""Assay without and with vectors of an encoder; TF-IDF with a linear model from a grid; LightGBM on table and texts; on
the table alone; AutoGluon.
"""
TASKS = ("text", "multimodal")
PRESET = "best_quality"
GRACE = 180.0
"""Seconds beyond the limit after which a rival is ended: the tuned one looks at the clock between fits."""
HERE = Path(__file__).parent
Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be played, and where results lie. autogluon: an interpreter that has it; text_models: folders of
    encoders; anew: though it is there.
    """

    out: Path
    seconds: float
    seeds: Sequence[int]
    methods: Sequence[str]
    autogluon: Path | None = None
    text_models: tuple[str, ...] = ()
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A set, divided by a seed. y: values, or codes of the classes `names`."""

    table: Known
    seed: int
    frame: pd.DataFrame
    y: Array
    names: list[str]
    train: Places
    test: Places

    @classmethod
    def of(cls, table: Known, seed: int) -> "Case":
        """70 % of the rows to learn from, 30 % to answer."""
        frame = table.frame()
        y, names = answers_of(table, frame)
        train, test = divided(np.arange(len(frame)), y, table, seed=seed)
        return cls(table=table, seed=seed, frame=frame, y=y, names=names, train=train, test=test)

    @property
    def has_table(self) -> bool:
        """Whether there are columns beside the texts."""
        return self.frame.shape[1] > len(self.table.text) + 1


def sets(data: Path, names: list[str] | None) -> list[Known]:
    """Those of the manifest that have text."""
    with_text = [table.name for table in manifest(data, tasks=TASKS) if table.text]
    return manifest(data, tasks=TASKS, names=names or with_text)


def play(tables: Sequence[Known], asked: Asked) -> None:
    """Play what is not there yet; a line and a file of answers for each method, table and seed."""
    kept = lines_of(asked.out)
    done = set() if asked.anew else {(one["table"], one["seed"], one["seconds"], one["method"]) for one in kept}
    for table in tables:
        for seed in asked.seeds:
            missing = [one for one in asked.methods if (table.name, seed, asked.seconds, one) not in done]
            for line in _played(Case.of(table, seed), missing, asked) if missing else ():
                with (asked.out / "text.jsonl").open("a") as file:
                    file.write(json.dumps(line) + "\n")
                told = f"{line['score']:.5f}" if line["score"] is not None else "no answer"
                print(f"{table.name} {seed} {line['method']}: {told} in {line['took']:.0f} s", flush=True)


def lines_of(folder: Path) -> list[Line]:
    """What was played, the last line of each."""
    path = folder / "text.jsonl"
    found = kept_rows(path)
    return list({(one["table"], one["seed"], one["seconds"], one["method"]): one for one in found}.values())


def answers(folder: Path, line: Line) -> tuple[Array, Array]:
    """(truth of the test rows, the method's answer)."""
    with np.load(folder / "text_answers" / line["answer"]) as stored:
        return stored["y"], stored["p"]


def _played(case: Case, methods: Sequence[str], asked: Asked) -> Iterator[Line]:
    for method in methods:
        if not _can_play(method, case, asked):
            continue
        start, load = time.perf_counter(), os.getloadavg()[0]
        p, facts = _answer(case, method, asked)
        took = time.perf_counter() - start
        table, truth = case.table, case.y[case.test]
        name = f"{table.name}_{case.seed}_{asked.seconds:g}_{method}.npz"
        if p is not None:
            (asked.out / "text_answers").mkdir(parents=True, exist_ok=True)
            np.savez_compressed(asked.out / "text_answers" / name, y=truth, p=p)
        yield {
            "table": table.name, "seed": case.seed, "seconds": asked.seconds, "method": method, "metric": table.metric,
            "higher_is_better": table.higher_is_better, "train": len(case.train), "test": len(case.test),
            "score": None if p is None else score(table.metric, truth, p), "took": round(took, 1),
            "load": round(load, 1), "facts": facts, "answer": name,
        }  # fmt: skip


def _can_play(method: str, case: Case, asked: Asked) -> bool:
    needs = {"table": case.has_table, "autogluon": asked.autogluon is not None, "embeddings": bool(asked.text_models)}
    return needs.get(method, True)


def _answer(case: Case, method: str, asked: Asked) -> tuple[Array | None, dict[str, Any]]:
    """The method's answers to the test rows, None where it did not end, and what else is known of it."""
    table, is_class = case.table, bool(case.names)
    if method in {"ours", "embeddings"}:
        learned, held = case.frame.iloc[case.train], case.frame.iloc[case.test]
        models = asked.text_models if method == "embeddings" else ("none",)
        p, facts = ours(table, learned, held, seed=case.seed, seconds=asked.seconds, text_models=models)
        classes = facts.pop("classes")
        return (in_order(p, classes, case.names) if is_class else p), facts
    if method == "autogluon":
        assert asked.autogluon is not None
        return _peer(case, asked.autogluon, asked.seconds)
    X = case.frame.drop(columns=table.target)
    given = (X, case.y, case.train, case.test)
    common = {"is_class": is_class, "seed": case.seed, "text": table.text, "metric": table.metric, "cores": CORES}
    limit = asked.seconds + GRACE
    if method == "tuned":
        more = {"higher": table.higher_is_better, "seconds": asked.seconds}
        found = within(limit, tuned, *given, **common, **more).answer
        if found is None:
            return None, {}
        facts = {"view": found.view, "strength": found.strength, "cv": found.cv, "tried": found.tried}
        return found.answer, {**facts, "grid": found.grid}
    rival = {"table": table_alone, "concatenated": concatenated}[method]
    return within(limit, rival, *given, **common).answer, {}


def _peer(case: Case, python: Path, seconds: float) -> tuple[Array | None, dict[str, Any]]:
    """Its answers and leaderboard; none where it fails, as it may in little time, and then what it said."""
    table = case.table
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        case.frame.iloc[case.train].to_parquet(folder / "train.parquet")
        case.frame.iloc[case.test].drop(columns=table.target).to_parquet(folder / "test.parquet")
        files, answer = (str(folder / "train.parquet"), str(folder / "test.parquet")), str(folder / "answer.parquet")
        wishes = (table.target, table.problem, table.metric, PRESET, f"{seconds:g}")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [str(python), str(HERE / "text_peer.py"), *files, *wishes, answer], cwd=folder, env=environment,
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            return None, {"preset": PRESET, "failed": done.stderr[-2000:]}
        found = pd.read_parquet(answer)
    values = found.to_numpy(np.float64)
    board = {"preset": PRESET, "board": done.stderr[-2000:]}
    return (in_order(values, list(found.columns), case.names) if case.names else values[:, 0]), board
