"""Bundles that were changed on purpose, with hashes that fit again: refused in words, or finite answers, nothing else.

    python benchmarks/attacks_bundles.py [--mutants 400] [--seeds 0 1] [--workers 2]

One predictor each of the families and targets in CASES, saved; a mutant changes one thing of one of them
(attacks_mutants). A worker process loads it and asks for labels, probabilities and its words.
Good are a BundleError and finite answers; wrong are another exception, a crash, more than SECONDS, or MOST_BYTES more.
"""

import io
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.core.clock import Limits
from assay.core.errors import BundleError, DataError
from assay.core.seed import Seeds
from assay.core.split import Fold
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.ensemble.calibrate import mix_prior
from assay.models import registry
from assay.pipeline.fitted_recipe import FittedRecipe
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.store import TaskFolder
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from attacks_mutants import Files, mutant, packed
from outcome import Check, Outcome, all_of, parser, save

SECONDS, START_SECONDS, MOST_BYTES = 60.0, 300.0, 2 * 2**30
ROWS = 160
NEW_ROWS = 40

CASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("bought", ("lightgbm", "linear")), ("grade", ("lightgbm",)), ("price", ("lightgbm", "rule")),
    ("bought", ("xgboost",)), ("grade", ("xgboost", "constant")), ("price", ("xgboost",)),
    ("bought", ("catboost",)), ("grade", ("catboost",)), ("price", ("catboost",)),
    ("bought", ("random_forest",)), ("grade", ("extra_trees", "linear")), ("price", ("extra_trees",)),
    ("bought", ("gp",)), ("price", ("gp",)), ("bought", ("realmlp",)), ("price", ("realmlp",)), ("grade", ("realmlp",)),
    ("bought", ("knn", "svm")), ("price", ("knn", "svm")), ("bought", ("fm", "gam")), ("price", ("fm", "gam")),
    ("grade", ("linear", "svm")), ("price", ("linear",)), ("bought", ("rules", "tree")), ("grade", ("knn_learned",)),
)  # fmt: skip
"""A target and the families of one predictor."""


# -- predictors ---------------------------------------------------------------------------------------------------


def people(n: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Numbers with gaps, words, a text, a date, a flag, and three targets that follow them."""
    rng = np.random.default_rng(seed)
    fare = rng.lognormal(3, 0.8, n).round(2)
    job = rng.choice(["clerk", "nurse", "smith", "cook"], n)
    signal = 0.8 * (np.log(fare) - 3) + (job == "nurse") + 0.3 * rng.normal(size=n)
    words = [f"lives near {a} with {b} and {c}" for a, b, c in zip(
        rng.choice(["sea", "park", "station", "wood"], n), rng.choice(["dog", "cat", "nobody"], n),
        rng.integers(0, 40, n), strict=True)]  # fmt: skip
    return pd.DataFrame({
        "age": np.where(rng.random(n) < 0.1, np.nan, rng.normal(40, 12, n).round(1)), "fare": fare, "job": job,
        "city": [f"town {k}" for k in rng.integers(0, 12, n)], "member": rng.random(n) < 0.5,
        "since": (np.datetime64("2020-01-01") + rng.integers(0, 900, n)).astype("datetime64[D]").astype(str),
        "note": words, "bought": np.where(signal > 0.1, "yes", "no"), "grade": np.digitize(signal, [-0.4, 0.4]),
        "price": 100 + 20 * signal,
    })  # fmt: skip


def _fitted(folder: TaskFolder, family: str, train: Any, test: Any) -> FittedRecipe:
    entry = registry.get(family).portfolio(folder.task.facts)[0]
    recipe = entry.recipe
    view = LabFoldView(folder, recipe, Fold(0, train, test), folder.task.loss, Seeds(0), 0)
    model = registry.build(recipe.model).fit(view, limits=Limits(), seeds=Seeds(0), rounds=12)
    return FittedRecipe((*view.base.encoders, *view.encoders()), model, view.link, model.rounds)


def predictor_of(target: str, families: Sequence[str], folder: Path) -> Predictor:
    """A blend of these families with a calibration, each a fold and a refit."""
    frame = people()
    raw = RawTable(
        frame=frame.drop(columns=[t for t in ("bought", "grade", "price") if t != target]), name="people.csv"
    )
    prepared = prepare(raw, TaskOptions(target=target))
    task = replace(prepared.task, loss="log_loss" if prepared.task.classes else "squared")
    made = TaskFolder.create(folder, task=task, table=prepared.table, target=prepared.target, split=prepared.split)
    rows, ingredients = np.arange(len(prepared.target)), []
    for number, family in enumerate(families, start=1):
        fold, refit = prepared.split.fold(0), _fitted(made, family, rows, rows[:0])
        trained = (Trained.of(_fitted(made, family, fold.train, fold.test), "fold"), Trained.of(refit, "refit"))
        ingredients.append(Ingredient(number=number, name=family, weight=1.0, trained=trained))
    passport = Passport.of(prepared.task)
    if prepared.task.classes:
        passport = replace(passport, calibration=mix_prior(prepared.target))
    return Predictor.of(passport, ingredients)


def saved_predictors(cases: Sequence[tuple[str, tuple[str, ...]]]) -> dict[str, Files]:
    """The files of a predictor for each case, by its name."""
    found = {}
    for target, families in cases:
        known = [family for family in families if family in registry]
        with tempfile.TemporaryDirectory() as folder:
            body = predictor_of(target, known, Path(folder) / "task").to_bytes()
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            found[f"{'+'.join(known)} of {target}"] = {name: archive.read(name) for name in archive.namelist()}
    return found


# -- judging ------------------------------------------------------------------------------------------------------


def judged(body: bytes) -> str:
    """ "refused", "answered", or what went wrong."""
    frame = people(NEW_ROWS, seed=1)
    for place, (job, city) in enumerate(((None, "town 5"), ("pilot", None), ("cook", "elsewhere"), ("", ""))):
        frame.loc[place, "job"], frame.loc[place, "city"] = job, city
    try:
        predictor = Predictor.from_bytes(body)
        for rows in (frame, frame.head(5), frame.to_dict("records")[:1]):
            told = [predictor.stored(rows), predictor.predict(rows)]
            told += [predictor.predict_proba(rows)] if predictor.classes else []
            if not all(one.dtype.kind != "c" and np.isfinite(one).all() for one in told if one.dtype.kind in "fc"):
                return "not finite"
        predictor.words()
    except BundleError as error:
        return "refused" if len(str(error)) < 2000 else "an error of many pages"
    except DataError as error:  # a schema that asks for other columns is one that may be asked of a table
        return "refused" if "column" in str(error).casefold() else f"DataError: {str(error)[:200]}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    return "answered"


def work() -> int:
    """A worker: paths on standard input, a verdict for each on standard output."""
    warnings.simplefilter("ignore")
    told = os.fdopen(os.dup(1), "w")  # libraries print to standard output what they think of a file
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for name in sys.stdin:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        verdict = judged(Path(name.strip()).read_bytes())
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        print(json.dumps(f"{grown:,} bytes more" if grown > MOST_BYTES else verdict), file=told, flush=True)
    return 0


@dataclass
class Worker:
    """A process that judges mutants; begun again when one kills it."""

    healthy: Path
    process: "subprocess.Popen[str] | None" = None

    def judge(self, path: Path) -> str:
        """The verdict on one mutant; a crash and a hang are told as such. A predictor that is whole comes first, so
        that what is imported is not counted."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, str(Path(__file__).resolve()), "--worker"], env={**os.environ, "OMP_NUM_THREADS": "1"},
                text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            first = self._asked(self.healthy, START_SECONDS)
            if first != "answered":
                raise RuntimeError(f"A predictor that is whole: {first}.")
        return self._asked(path, SECONDS)

    def _asked(self, path: Path, seconds: float) -> str:
        process = self.process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], seconds)
        said = process.stdout.readline() if ready else ""
        if said:
            return str(json.loads(said))
        self.close()
        return f"a crash ({process.returncode})" if ready else f"no answer in {seconds:.0f} s"

    def judge_all(self, paths: Sequence[Path]) -> list[str]:
        """The verdicts on some mutants, in their order."""
        return [self.judge(path) for path in paths]

    def close(self) -> None:
        """Let the process go."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.communicate()


Attack = tuple[str, str, str]
"""The predictor, what was changed of it, and the verdict."""


def attacked(mutants: int, seed: int, workers: int, *, cases: Sequence[tuple[str, tuple[str, ...]]] = CASES) -> tuple[
    Attack, ...
]:  # fmt: skip
    """Each mutant and what came of it."""
    bundles = saved_predictors(cases)
    names = sorted(bundles)
    with tempfile.TemporaryDirectory() as folder:
        healthy = Path(folder) / "healthy.zip"
        healthy.write_bytes(packed(bundles[names[0]]))
        said, paths = [], [Path(folder) / f"{number}.zip" for number in range(mutants)]
        for number, path in enumerate(paths):
            name = names[number % len(names)]
            files, what = mutant(bundles[name], np.random.default_rng([seed, number]))
            path.write_bytes(packed(files))
            said.append((name, f"{number} {what}"))
        crew = [Worker(healthy) for _ in range(workers)]
        try:
            with ThreadPoolExecutor(workers) as pool:
                parts = [pool.submit(worker.judge_all, paths[i::workers]) for i, worker in enumerate(crew)]
                verdicts = [""] * mutants
                for i, part in enumerate(parts):
                    verdicts[i::workers] = part.result()
        finally:
            for worker in crew:
                worker.close()
    return tuple((name, what, verdict) for (name, what), verdict in zip(said, verdicts, strict=True))


def wrong(found: Sequence[Attack]) -> list[str]:
    """Mutants that were neither refused nor answered with finite numbers."""
    return [f"{name}, {said}: {verdict}" for name, said, verdict in found if verdict not in ("refused", "answered")]


def main() -> int:
    """Make, judge, save; 1 where one did what it must not."""
    options = parser(__doc__)
    options.add_argument("--mutants", type=int, default=400, help="of each seed")
    options.add_argument("--seeds", type=int, nargs="+", default=[0])
    options.add_argument("--workers", type=int, default=2)
    asked = options.parse_args()
    began = time.perf_counter()
    found = [one for seed in asked.seeds for one in attacked(asked.mutants, seed, asked.workers)]
    failed = wrong(found)
    for one in failed:
        print(one)
    counts = Counter(verdict if verdict in ("refused", "answered") else "wrong" for _, _, verdict in found)
    method = (
        f"Of {len(CASES)} predictors one value or array is changed at random and the hashes are made to "
        f"fit again, {asked.mutants:,} times a seed (seeds {' '.join(map(str, asked.seeds))}). A process of its own "
        "loads what came of it and asks for predictions. Wrong are NaN and infinity, any other error than one in "
        f"words, a crash, more than {SECONDS:.0f} s, and more than {MOST_BYTES / 2**30:.0f} GiB."
    )
    checks = (
        all_of("changed bundles refused in words, or answering finite numbers", failed, len(found)),
        Check(what="of these refused", asked="–", measured=str(counts["refused"])),
    )
    save(Outcome(name="attacks_bundles", title="Changed bundles", checks=checks, method=method, details={
        "verdicts": dict(counts), "wrong": failed, "seconds": time.perf_counter() - began, "seeds": asked.seeds,
    }), asked.out)  # fmt: skip
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(work() if "--worker" in sys.argv else main())
