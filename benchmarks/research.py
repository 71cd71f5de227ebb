"""What hours of research bring: a table with calls, the panel against `fit`, and labs without anything to find.

    python benchmarks/research.py --part crm --data DATA [--seeds 0 1 2 3 4] [--experiments 165]
    python benchmarks/research.py --part panel --data DATA [--tables …] [--seeds 0 1] [--seconds 1800] [--short 60]
    python benchmarks/research.py --part null [--labs 20] [--experiments 165]
    python benchmarks/research.py --report [--part crm]

crm: `assay research` on 70 % of crm_calls with a number of experiments and no time limit, killed with -9 after a third
of them and started again with the same command; nobody at the keyboard, no language model. The model that ships answers
the other 30 % once, beside the default boosted model of the manifest's kind, fitted on the same rows.

panel: `assay research FILE --until` as long as --seconds, `assay fit` for --short seconds and `assay fit` for --seconds
on the same 70 % of each set; all three answer the same test rows.

null: generated tables whose target is drawn without a look at the columns; what their labs announce after so many
experiments.

What is in the results is not run again.
"""

import json
import math
import os
import subprocess
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from assay.journal.replayed_state import replay
from command import assay
from judge import difference, score
from kill import records_of
from outcome import Check, Outcome, all_of, at_least, at_most, parser, save
from panel import answers_of, divided, in_order
from played import kept_rows
from rivals import baseline
from tables import WITH_TEXT, Known, manifest

CRM, CRM_SCORE, CRM_GOAL, CRM_GAIN, CRM_SECONDS = "crm_calls", 0.66, 0.675, 0.05, 3600.0
Line = dict[str, Any]


def commanded(command: Sequence[object], folder: Path, *, kill_after: int | None = None, lab: str = "") -> int:
    """Run a command to its end; with kill_after, kill it with -9 once its lab has so many results. The exit status."""
    with (folder / "said.txt").open("a") as said:
        process = subprocess.Popen([str(one) for one in command], cwd=folder, stdout=said, stderr=said)
        while kill_after is not None and process.poll() is None:
            time.sleep(1.0)
            if _results(folder / lab) >= kill_after:
                process.kill()
                kill_after = None
        return process.wait()


def _results(lab: Path) -> int:
    return sum(record.kind == "result" for record in records_of(lab))


def answer(lab: Path, table: Known, test: pd.DataFrame, names: list[str]) -> Any:
    """What the model that ships says of the test rows."""
    from assay.predictor.predictor import Predictor

    predictor, X = Predictor.load(lab / "model"), test.drop(columns=table.target)
    if table.problem == "regression":
        return np.asarray(predictor.predict(X), dtype=np.float64)
    p = np.asarray(predictor.predict_proba(X), dtype=np.float64)
    return in_order(p, [str(label) for label in predictor.classes], names)


def facts_of(lab: Path) -> Line:
    """What the ledger says of a lab: experiments, keeps by proposer, seconds."""
    state = replay(records_of(lab))
    kept = [entry.experiment for entry in state.entries.values() if entry.status == "kept"]
    return {
        "experiments": state.proposed, "kept": [(one.number, one.by, one.move, one.what) for one in kept],
        "seconds": state.seconds, "moves": len({e.experiment.move for e in state.entries.values()} - {""}),
    }  # fmt: skip


def _asked(table: Known, *more: object) -> list[object]:
    return ["train.parquet", "--target", table.target, "--metric", table.metric, "--problem", table.problem, "--quiet",
            "--text-model", "none", "--jobs", 2, *more]  # fmt: skip


def play_crm(table: Known, *, seed: int, experiments: int) -> Line:
    """One split of the table with calls: searched, killed once, gone on with, asked once."""
    frame = table.frame()
    y, names = answers_of(table, frame)
    train, test = divided(np.arange(len(frame)), y, table, seed=seed)
    with tempfile.TemporaryDirectory() as name:
        folder, began = Path(name), time.monotonic()
        frame.iloc[train].to_parquet(folder / "train.parquet")
        command = assay("research", *_asked(table, "--experiments", experiments, "--out", "lab", "--seed", seed))
        killed = commanded(command, folder, kill_after=experiments // 3, lab="lab")
        code = commanded(assay("research", "lab", "--experiments", experiments, "--quiet"), folder)
        took = time.monotonic() - began
        if code:
            raise RuntimeError(f"research ended with {code}: {(folder / 'said.txt').read_text()[-2000:]}")
        mine, facts = answer(folder / "lab", table, frame.iloc[test], names), facts_of(folder / "lab")
    X = frame.drop(columns=table.target)
    floor = baseline(X, y, train, test, is_class=True, seed=seed, text="TF-IDF" in table.baseline_model)
    truth = y[test]
    return {
        "part": "crm", "table": table.name, "seed": seed, "experiments": experiments, "killed": killed, "took": took,
        "score": score(table.metric, truth, mine), "floor": score(table.metric, truth, floor),
        "over": difference(table.metric, truth, mine, floor, higher=True), "lab": facts, "load": os.getloadavg()[0],
    }  # fmt: skip


def play_panel(table: Known, *, seed: int, seconds: float, short: float) -> Line:
    """One set and split: research, and `fit` for a short and for the same time."""
    frame = table.frame()
    y, names = answers_of(table, frame)
    train, test = divided(np.arange(len(frame)), y, table, seed=seed)
    truth, out, answers = y[test], Line(), dict[str, Any]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.iloc[train].to_parquet(folder / "train.parquet")
        more = ("--seed", seed)
        ways = {
            "research": assay("research", *_asked(table, "--time-limit", f"{seconds:g}s", "--at-plateau", "go-on",
                                                  "--out", "research", *more)),
            "short": assay("fit", *_asked(table, "--time-limit", f"{short:g}s", "--out", "short", *more)),
            "long": assay("fit", *_asked(table, "--time-limit", f"{seconds:g}s", "--no-patience", "--out", "long",
                                         *more)),
        }  # fmt: skip
        for way, command in ways.items():
            began = time.monotonic()
            if code := commanded(command, folder):
                raise RuntimeError(f"{way} ended with {code}: {(folder / 'said.txt').read_text()[-2000:]}")
            answers[way] = answer(folder / way, table, frame.iloc[test], names)
            out[way] = {"took": time.monotonic() - began, **facts_of(folder / way)}
    higher = table.higher_is_better
    return {
        "part": "panel", "table": table.name, "seed": seed, "seconds": seconds, "short_seconds": short, "lab": out,
        "scores": {way: score(table.metric, truth, one) for way, one in answers.items()}, "metric": table.metric,
        "over": {way: difference(table.metric, truth, answers["research"], answers[way], higher=higher)
                 for way in ("short", "long")},
        "load": os.getloadavg()[0],
    }  # fmt: skip


def play_null(seed: int, *, experiments: int) -> Line:
    """A lab without signal, and what its certificate claims."""
    rng = np.random.default_rng([21, seed])
    n = 1200
    frame = pd.DataFrame(rng.normal(size=(n, 6)).round(4), columns=[f"x{j}" for j in range(6)])
    for j in range(2):
        frame[f"c{j}"] = rng.choice(["a", "b", "c", "d"], n)
    frame["y"] = rng.choice(["no", "yes"], n)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.to_parquet(folder / "train.parquet")
        command = assay("research", "train.parquet", "--target", "y", "--experiments", experiments, "--seed", seed,
                        "--quiet", "--jobs", 2, "--out", "lab")  # fmt: skip
        if code := commanded(command, folder):
            raise RuntimeError(f"research ended with {code}: {(folder / 'said.txt').read_text()[-2000:]}")
        state, facts = replay(records_of(folder / "lab")), facts_of(folder / "lab")
    certified = state.certified
    found = [change.number for change in certified.changes if change.found] if certified is not None else []
    return {"part": "null", "seed": seed, "experiments": experiments, "found": found, "lab": facts}


def with_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Their mean, and its 95 % interval by Student's t; NaN where there is one alone."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return mean, math.nan, math.nan
    half = float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values)))
    return mean, mean - half, mean + half


def checks_crm(lines: Sequence[Line]) -> tuple[Check, ...]:
    """The promises of the table with calls."""
    scores = [line["score"] for line in lines]
    gains = [line["over"]["value"] for line in lines]
    mean, low, high = with_interval(scores)
    return (
        at_least(f"ROC AUC on the test part, mean of {len(lines)} splits ({low:.4f} to {high:.4f})", mean, CRM_SCORE,
                 "", digits=4),
        Check(what="goal", asked=f"≥ {CRM_GOAL}", measured=f"{mean:.4f}"),
        Check(what="default boosted model on the same rows", asked="–",
              measured=f"{np.mean([line['floor'] for line in lines]):.4f}"),
        at_least(f"splits of {len(lines)} that gain {CRM_GAIN} over it", sum(gain >= CRM_GAIN for gain in gains),
                 np.ceil(0.8 * len(lines)), "", digits=0),
        at_most("longest lab, one crash included", max(line["took"] for line in lines), CRM_SECONDS, "s", digits=0),
        all_of("killed with -9 and gone on with", [str(line["seed"]) for line in lines if line["killed"] != -9],
               len(lines)),
    )  # fmt: skip


def _sigmas(one: Line) -> float:
    """A difference in units of its standard error, as its interval has it."""
    return float(2 * stats.norm.ppf(0.975) * one["value"] / max(one["high"] - one["low"], 1e-12))


def checks_panel(lines: Sequence[Line]) -> tuple[Check, ...]:
    """The promises against `fit`."""
    tables = dict.fromkeys(line["table"] for line in lines)
    out: list[Check] = []
    for way, what in (("short", "fit, short"), ("long", "fit, as long")):
        gains = {table: [line["over"][way] for line in lines if line["table"] == table] for table in tables}
        means = [float(np.mean([one["value"] for one in found])) for found in gains.values()]
        mean, low, high = with_interval([float(np.mean([_sigmas(one) for one in found])) for found in gains.values()])
        said = f"{mean:+.2f} σ ({low:+.2f} to {high:+.2f})"
        won = sum(mean > 0 for mean in means)
        lost = [table for table, found in gains.items() if all(one["high"] < 0 for one in found)]
        out += [
            Check(what=f"over {what}, mean of {len(tables)} sets", asked="interval above 0", measured=said,
                  holds=None if math.isnan(low) else low > 0),
            at_least(f"sets better than {what}", won, len(tables) / 2, f"of {len(tables)}", digits=0),
            all_of(f"sets not lost to {what} beyond noise", lost, len(tables)),
        ]  # fmt: skip
    return tuple(out)


def checks_null(lines: Sequence[Line]) -> tuple[Check, ...]:
    """What labs without signal promise."""
    announced = [str(line["seed"]) for line in lines if line["found"]]
    return (at_most(f"labs without signal that announce anything, of {len(lines)}",
                    100 * len(announced) / max(len(lines), 1), 5, "%", digits=0),)  # fmt: skip


CHECKS: dict[str, Callable[[Sequence[Line]], tuple[Check, ...]]] = {
    "crm": checks_crm, "panel": checks_panel, "null": checks_null,
}  # fmt: skip


def _to_play(args: Namespace) -> list[tuple[Line, Callable[[], Line]]]:
    """What is asked for: what names it in the results, and how it is played."""
    many = args.experiments
    if args.part == "null":
        return [({"seed": seed, "experiments": many}, partial(play_null, seed, experiments=many))
                for seed in range(args.labs)]  # fmt: skip
    found = manifest(args.data, tasks=WITH_TEXT, names=[CRM] if args.part == "crm" else args.tables)
    if args.part == "crm":
        return [({"seed": seed, "experiments": many}, partial(play_crm, found[0], seed=seed, experiments=many))
                for seed in args.seeds]  # fmt: skip
    in_time = partial(play_panel, seconds=args.seconds, short=args.short)
    return [({"table": table.name, "seed": seed, "seconds": args.seconds}, partial(in_time, table, seed=seed))
            for seed in args.seeds for table in found]  # fmt: skip


def main() -> None:
    """Play what is not played yet; save."""
    made = parser(__doc__)
    made.add_argument("--part", choices=sorted(CHECKS), default="crm")
    made.add_argument("--data", type=Path)
    made.add_argument("--tables", nargs="*")
    made.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    made.add_argument("--experiments", type=int, default=165)
    made.add_argument("--labs", type=int, default=20)
    made.add_argument("--seconds", type=float, default=1800.0)
    made.add_argument("--short", type=float, default=60.0)
    made.add_argument("--results", type=Path, default=None, help="lines so far (OUT/research.jsonl)")
    made.add_argument("--report", action="store_true", help="run nothing")
    args = made.parse_args()
    path = args.results or args.out / "research.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = kept_rows(path)
    for named, play in [] if args.report else _to_play(args):
        if any(line["part"] == args.part and named.items() <= line.items() for line in lines):
            continue
        line = play()
        lines.append(line)
        with path.open("a") as file:
            file.write(json.dumps(line, default=str) + "\n")
        shown = ("table", "seed", "score", "scores", "floor", "found", "took")
        print(json.dumps({key: line[key] for key in shown if key in line}), flush=True)
    own = [line for line in lines if line["part"] == args.part]
    if own:
        save(Outcome(name=f"research_{args.part}", title=f"Research: {args.part}", checks=CHECKS[args.part](own),
                     details=own, method=__doc__ or ""), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
