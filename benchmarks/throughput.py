"""How busy the cores are kept: utilisation and the main process's share at 60 s, experiments per hour.

    python benchmarks/throughput.py [--seconds 60] [--loop-seconds 40]

Experiments per hour: the engine's own loop on 5,000 × 12, given nothing but LightGBM with exactly 200 rounds and
learning rates drawn at random: folds, settling, verdict, blend and ledger included.
"""

import math
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from assay.core.clock import Deadline, SystemClock
from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.ensemble.candidate import BlendLimits
from assay.execute.local import LocalExecutor
from assay.journal.journal import Journal
from assay.journal.records import SessionRecord
from assay.journal.replayed_state import replay
from assay.journal.state import LabState
from assay.lab.preload import PRELOAD
from assay.lab.workers import RUN
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.metrics.choose_metric import find
from assay.pipeline.machine import cores
from assay.pipeline.store import TaskFolder
from assay.search.admission import Admission
from assay.search.code_gate import CodeGate
from assay.search.director import Director
from assay.search.fit_cost import CostModel
from assay.search.job_outcomes import OutcomeHandler
from assay.search.loop import Loop
from assay.search.result_recorder import ResultRecorder
from assay.search.scorer import Scorer
from assay.search.session import Session
from assay.search.settings import FitSettings
from assay.search.stop_rule import StopRule
from assay.search.task_setup import understand
from command import assay, run
from outcome import Outcome, at_least, at_most, parser, save
from tables import generated, generated_csv

ROUNDS = 200


@dataclass(frozen=True)
class SameAgain:
    """A director that knows one family: LightGBM, 200 rounds, a learning rate nobody has tried."""

    def ask(
        self, state: LabState, *, n: int, seconds_left: float | None, passed: frozenset[str]
    ) -> Sequence[Experiment]:
        """The next n experiments."""
        numbers = range(state.next_number, state.next_number + n)
        return tuple(self._experiment(number) for number in numbers)

    def confirmations(self, state: LabState, *, n: int, passed: frozenset[str] = frozenset()) -> Sequence[Experiment]:
        """None: nothing here was built on scores."""
        return ()

    def _experiment(self, number: int) -> Experiment:
        rate = float(Seeds(0).child("rate", number).rng().uniform(0.005, 0.01))  # too low to stop early
        model = Step.of("lightgbm", learning_rate=rate, max_rounds=ROUNDS)
        return Experiment(number=number, recipe=Recipe(model=model), what=f"lightgbm {rate:.4f}", by="benchmark",
                          question="How many of these fit into an hour?", seed=0, entry=f"same {number}")  # fmt: skip


def experiments_per_hour(folder: Path, seconds: float) -> dict[str, float]:
    """Rounds per fold and complete experiments an hour of the loop, from its first outcome on."""
    settings = FitSettings(patience=False)
    prepared = understand(
        read_table(generated(5_000, numeric=10, categories=2)), TaskOptions(target="y", n_folds=5), settings
    )
    place = TaskFolder.create(folder / "loop.lab", task=prepared.task, table=prepared.table, target=prepared.target,
                              split=prepared.split, groups=prepared.groups)  # fmt: skip
    ledger, clock = SqliteLedger.open(place.path), SystemClock()
    executor = LocalExecutor(RUN, workers=cores(), preload=PRELOAD)
    journal = Journal.start(ledger, replay(ledger.records()), clock, started=clock.now())
    journal.write("task", prepared.task)
    journal.write(
        "session", SessionRecord(pid=0, seed=0, seconds=seconds, experiments=None, workers=cores(), versions=())
    )
    scorer = Scorer.of(place, find(prepared.task.metric, prepared.task.problem))
    recorder = ResultRecorder.resume(place, journal, scorer, limits=BlendLimits(), on_scored=lambda scored: None)
    recorder.hopeless = lambda run: ""  # type: ignore[method-assign]  # no racing: all folds, always
    end = Deadline.after(seconds, clock)
    stop_rule = StopRule(
        exact=False, experiments=None, patience=math.inf, freeze=lambda: end, interrupt=threading.Event()
    )
    marks: list[tuple[float, int]] = []

    def note(loop: Loop) -> None:
        marks.append((clock.now(), len(loop.journal.state.scored())))

    try:
        session = Session(
            folder=place, journal=journal, executor=executor, scorer=scorer, settings=settings, deadline=end, end=end,
            seconds=seconds,
        )  # fmt: skip
        admission = Admission(
            session, cast(Director, SameAgain()), CostModel(prepared.task.facts), stop_rule, CodeGate(journal)
        )
        outcomes = OutcomeHandler(admission, recorder)
        Loop(outcomes, note).run()
    finally:
        executor.close(now=True)
        ledger.close()
    first = next(mark for mark in marks if mark[1] > 0)
    results = [entry.result for entry in journal.state.scored() if entry.result is not None]
    rounds = {float(fold.rounds_done or 0) for result in results for fold in result.folds}
    hours = (marks[-1][0] - first[0]) / 3600
    return {
        "per_hour": (marks[-1][1] - first[1]) / hours, "experiments": marks[-1][1], "rounds_low": min(rounds),
        "rounds_high": max(rounds), "utilisation": outcomes.fold_cpu_seconds / (seconds * cores()),
    }  # fmt: skip


def search(folder: Path, seconds: float) -> dict[str, float]:
    """Utilisation of the workers over T × W, and the main process's share, of a search that uses its whole time."""
    table = generated_csv(folder, 10_000, numeric=11, categories=4)
    lab = folder / "search.lab"
    ran = run(
        assay("fit", table, "--target", "y", "--time-limit", f"{seconds:g}s", "--no-patience", "--out", lab, "--json",
              "--quiet"), folder=folder,
    ).sound()  # fmt: skip
    folds, others = _worker_seconds(lab)
    return {
        "utilisation": folds / (seconds * cores()), "with_finish": (folds + others) / (seconds * cores()),
        "main_share": ran.main_cpu_seconds / ran.cpu_seconds, "main_cpu": ran.main_cpu_seconds,
        "all_cpu": ran.cpu_seconds, "wall": ran.seconds, "experiments": float(ran.answer["experiments"]),
    }  # fmt: skip


def _worker_seconds(lab: Path) -> tuple[float, float]:
    """Processor seconds of folds with their settling, and of refits, as the ledger has them."""
    ledger = SqliteLedger.open(lab, create=False, write=False)
    bodies = {
        kind: [cast(dict[str, Any], r.body)["value"] for r in ledger.records() if r.kind == kind]
        for kind in ("fold", "result", "refit")
    }  # fmt: skip
    ledger.close()
    folds = sum(body["cpu_seconds"] for body in bodies["fold"])
    settling = sum(
        body["cpu_seconds"] - sum(fold["cpu_seconds"] for fold in body["folds"]) for body in bodies["result"]
    )
    return folds + settling, sum(body["cpu_seconds"] for body in bodies["refit"])


def main() -> None:
    """Measure and save."""
    arguments = parser(__doc__)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--loop-seconds", type=float, default=40.0)
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        searched = search(Path(name), args.seconds)
        time.sleep(1)  # let the workers of the search be gone
        looped = experiments_per_hour(Path(name), args.loop_seconds)
    checks = (
        at_least(f"fold CPU / (T × {cores()} workers), T = {args.seconds:g} s", searched["utilisation"], 0.85, ""),
        at_most("main process's share of all CPU", 100 * searched["main_share"], 5.0, "%", digits=1),
        at_least("experiments per hour, 5 folds × 200 rounds, 5,000 × 12", looped["per_hour"], 3500, "", digits=0),
    )
    method = "10,000 × 15 binary CSV without patience; processor seconds of all processes sampled every 0.2 s."
    save(Outcome(name="throughput", title="Throughput", checks=checks, method=method,
                 details={"search": searched, "loop": looped}), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
