"""What kill -9 leaves behind: the main process is killed at random moments, then the lab is looked at and continued.

    python benchmarks/kill.py [--times 20] [--in-finish 7] [--seconds 10]

After each kill: the lab opens; its hash chain verifies; every record that was there before the kill is there, and
every experiment that was announced as scored has its result; 3 s later no process of the run is alive; the same
command again ends with a model that predicts.
"""

import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event, Thread

import numpy as np
import psutil

from assay.core.contract import LedgerRecord
from assay.core.errors import AssayError
from assay.journal.find_labs import is_lab
from assay.lab.lab import Lab
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.ledger.verify import verify
from assay.predictor.predictor import Predictor
from command import assay, run
from outcome import Outcome, all_of, parser, save
from tables import generated, generated_csv

GONE_SECONDS = 3.0
FINISHING = ("finishing",)


@dataclass(kw_only=True)
class Trial:
    """One kill. stage: what the run was at; each other field is "" when all is well, else what was wrong."""

    number: int
    at: float = 0.0
    stage: str = ""
    records: int = 0
    opens: str = ""
    chain: str = ""
    lost: str = ""
    alive: str = ""
    continues: str = ""
    continued_seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        return [text for text in (self.opens, self.chain, self.lost, self.alive, self.continues) if text]


@dataclass
class Running:
    """The command while it runs: its events as they come, and when it began to finish."""

    process: "subprocess.Popen[str]"
    started: float = field(default_factory=time.monotonic)
    scored: set[int] = field(default_factory=set)
    finishing: Event = field(default_factory=Event)

    def listen(self) -> None:
        """Hear events until the process is gone."""
        for line in self.process.stderr or ():
            if not line.startswith("{") or not line.endswith("}\n"):
                continue
            event = json.loads(line)
            if event["event"] == "scored":
                self.scored.add(event["number"])
            if event["event"] in FINISHING:
                self.finishing.set()


def records_of(lab: Path) -> Sequence[LedgerRecord]:
    """What the ledger has now; nothing before there is one."""
    if not is_lab(lab):
        return ()
    try:
        ledger = SqliteLedger.open(lab, create=False, write=False)
    except AssayError:
        return ()  # its file is being made
    try:
        return ledger.records()
    finally:
        ledger.close()


def attempt(number: int, delay: float, *, in_finish: bool, folder: Path, seconds: float) -> Trial:
    """Start, kill after `delay` seconds (in_finish: after it began to finish), look, continue."""
    table = generated_csv(folder, 4_000, numeric=11, categories=4, seed=number)
    lab = folder / "killed.lab"
    command = assay("fit", table, "--target", "y", "--time-limit", f"{seconds:g}s", "--no-patience", "--out", lab)
    process = subprocess.Popen(
        [*command, "--events"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    running = Running(process)
    Thread(target=running.listen, daemon=True).start()
    if in_finish:
        running.finishing.wait(2 * seconds)
        time.sleep(delay)
    else:
        time.sleep(max(0.0, running.started + delay - time.monotonic()))
    before, scored = records_of(lab), set(running.scored)
    trial = Trial(number=number, at=round(time.monotonic() - running.started, 2))
    process.kill()
    process.wait()
    killed = time.monotonic()
    trial.stage = _stage(lab, running)
    _look(trial, lab, before, scored)
    time.sleep(max(0.0, killed + GONE_SECONDS - time.monotonic()))
    alive = [process for process in psutil.process_iter(["cwd", "cmdline"]) if process.info["cwd"] == str(folder)]
    trial.alive = ", ".join(f"{process.pid} {' '.join(process.info['cmdline'] or ())[:60]}" for process in alive)
    _continue(trial, command, lab, folder)
    return trial


def _stage(lab: Path, running: Running) -> str:
    """What the run was at when it was killed."""
    kinds = {record.kind for record in records_of(lab)}
    if "end" in kinds:
        return "after the end"
    if running.finishing.is_set():
        return "saving" if (lab / "model").exists() or "refit" in kinds else "refit"
    return "search" if "asked" in kinds else "start"


def _look(trial: Trial, lab: Path, before: Sequence[LedgerRecord], scored: set[int]) -> None:
    """Whether the lab opens, its chain holds, and nothing is lost."""
    if not is_lab(lab):
        trial.lost = f"{len(before)} records, with the lab" if before or scored else ""
        return
    try:
        opened = Lab.open(lab)
        opened.status()
        opened.board()
        ended = {number for number, entry in opened.state.entries.items() if entry.result is not None}
        opened.close()
    except Exception as error:  # whatever it is, it is the finding
        trial.opens = f"{type(error).__name__}: {error}"
        return
    records = records_of(lab)
    trial.records = len(records)
    trial.chain = "; ".join(fault.message for fault in verify(records))
    if [r.hash for r in records[: len(before)]] != [r.hash for r in before]:
        trial.lost = f"{len(before)} records before the kill, {len(records)} after it or others"
    elif scored - ended:
        trial.lost = f"results of {sorted(scored - ended)}"


def _continue(trial: Trial, command: list[str], lab: Path, folder: Path) -> None:
    """Run the same command again: it must end with a model that predicts."""
    ran = run([*command, "--json", "--quiet"], folder=folder)
    trial.continued_seconds = round(ran.seconds, 2)
    if ran.code != 0:
        trial.continues = f"exit code {ran.code}: {ran.said[-300:]}"
        return
    rows = generated(50, numeric=11, categories=4, seed=1).drop(columns="y")
    if not np.isfinite(Predictor.load(lab / "model").predict_proba(rows)).all():
        trial.continues = "the model does not predict"
    elif not (lab / "brief.html").exists():
        trial.continues = "there is a model but no brief"
    faults = verify(records_of(lab))
    trial.chain = trial.chain or "; ".join(f"after continuing: {fault.message}" for fault in faults)


def main() -> None:
    """Kill, look, save."""
    arguments = parser(__doc__)
    arguments.add_argument("--times", type=int, default=20)
    arguments.add_argument("--in-finish", type=int, default=7, help="how many of them while it refits or saves")
    arguments.add_argument("--seconds", type=float, default=10.0)
    arguments.add_argument("--seed", type=int, default=0)
    args = arguments.parse_args()
    rng = np.random.default_rng(args.seed)
    trials = []
    for number in range(args.times):
        in_finish = number < args.in_finish
        delay = float(rng.uniform(0.0, 1.0) if in_finish else rng.uniform(0.2, 0.95 * args.seconds))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name).resolve()
            trials.append(attempt(number, delay, in_finish=in_finish, folder=folder, seconds=args.seconds))
        print(asdict(trials[-1]), flush=True)
    late = sum(trial.stage in ("refit", "saving") for trial in trials)

    def named(part: str) -> list[str]:
        return [f"{t.stage} at {t.at} s: {getattr(t, part)[:160]}" for t in trials if getattr(t, part)]

    checks = (
        all_of(f"the lab opens ({sum(t.records > 0 for t in trials)} had begun one)", named("opens"), len(trials)),
        all_of("the hash chain verifies", named("chain"), len(trials)),
        all_of("nothing recorded is lost", named("lost"), len(trials)),
        all_of(f"no process alive after {GONE_SECONDS:g} s", named("alive"), len(trials)),
        all_of("the same command continues to a model and its brief", named("continues"), len(trials)),
    )
    method = (
        f"{len(trials)} kills of `assay fit` with T = {args.seconds:g} s at random moments, {late} in refit or saving."
    )
    save(Outcome(name="kill", title="Kill -9", checks=checks, method=method,
                 details=[asdict(trial) for trial in trials]), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
