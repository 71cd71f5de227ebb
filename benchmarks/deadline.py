"""Is the time limit kept: every table of the manifest, as a Python call, as a command, and with one core busy.

    python benchmarks/deadline.py --data DATA [--tables adult car] [--seconds 20 60] [--ways python command busy]

Results of each (table, seconds, way) are kept, so that a run broken off goes on where it was; --again starts anew.
"""

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from command import assay, busy_core, program, run
from outcome import Check, Outcome, all_of, at_most, parser, save
from played import kept_rows
from tables import WITH_TEXT, Known, manifest

GRACE = {"python": 0.0, "command": 1.0, "busy": 3.0}
"""Seconds over the limit that are allowed: `fit` returns by T, its process ends by T + 1 s, on a busy machine + 3 s."""
SAID = {
    "python": "fit() returns by T",
    "command": "the command's process ends by T + 1 s",
    "busy": "with one core kept busy by T + 3 s",
}


def attempt(table: Known, seconds: float, way: str) -> dict[str, Any]:
    """Fit once; what it took and whether there is a model."""
    with tempfile.TemporaryDirectory() as name, busy_core() if way == "busy" else nullcontext():
        folder, lab = Path(name), Path(name) / f"{table.name}.lab"
        if way == "python":
            command = program(source=str(table.path), target=table.target, metric=table.metric, problem=table.problem,
                              drop=table.drop, seconds=seconds, out=str(lab))  # fmt: skip
        else:
            drop = [word for column in table.drop for word in ("--drop", column)]
            command = assay("fit", table.path, "--target", table.target, "--metric", table.metric, *drop,
                            "--time-limit", f"{seconds:g}s", "--out", lab, "--json", "--quiet")  # fmt: skip
        ran = run(command, folder=folder)
    answer = ran.answer
    took = float(answer["seconds"]) if way == "python" and "seconds" in answer else ran.seconds
    return {
        "table": table.name, "seconds": seconds, "way": way, "took": round(took, 3), "code": ran.code,
        "over": round(took - seconds, 3), "model": bool(answer.get("model") or answer.get("predictor")),
        "experiments": answer.get("experiments"), "failed": answer.get("failed"),
        "stopped_by": answer.get("stopped_by"),
        "said": "" if ran.code == 0 else ran.said[-400:],
    }  # fmt: skip


def checks(rows: list[dict[str, Any]]) -> tuple[Check, ...]:
    """A promise for each way and limit, and that each fit gave a model."""
    found = []
    for way, seconds in dict.fromkeys((str(row["way"]), float(row["seconds"])) for row in rows):
        some = [row for row in rows if row["way"] == way and row["seconds"] == seconds]
        worst = max(some, key=lambda row: row["over"])
        late = [f"{row['table']} {row['over']:+.2f} s" for row in some if row["over"] > GRACE[way]]
        found.append(all_of(f"{SAID[way]}, T = {seconds:g} s", late, len(some)))
        what = f"worst over T = {seconds:g} s, {way} ({worst['table']})"
        found.append(at_most(what, worst["over"], GRACE[way], "s"))
    without = [f"{row['table']} {row['seconds']:g} s {row['way']}" for row in rows if not row["model"]]
    return (*found, all_of("fits that end with a model", without, len(rows)))


def main() -> None:
    """Measure what is not measured yet, and save."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="folder with manifest.json")
    arguments.add_argument("--tables", nargs="*")
    arguments.add_argument("--seconds", nargs="*", type=float, default=[20.0, 60.0])
    arguments.add_argument("--ways", nargs="*", choices=list(GRACE), default=list(GRACE))
    arguments.add_argument("--again", action="store_true", help="forget earlier results")
    args = arguments.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    kept = args.out / "deadline.jsonl"
    if args.again:
        kept.unlink(missing_ok=True)
    rows = kept_rows(kept)
    done = {(row["table"], row["seconds"], row["way"]) for row in rows}
    for table in manifest(args.data, tasks=WITH_TEXT, names=args.tables):
        for seconds, way in ((seconds, way) for seconds in args.seconds for way in args.ways):
            if (table.name, seconds, way) in done:
                continue
            rows.append(attempt(table, seconds, way))
            print({key: value for key, value in rows[-1].items() if value != ""}, flush=True)
            with kept.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
    method = "T counts from entering fit(), the command's from process start; busy: a process spins on one core."
    save(Outcome(name="deadline", title="Deadline", checks=checks(rows), details=rows, method=method), args.out)


if __name__ == "__main__":
    main()
