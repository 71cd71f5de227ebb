"""Does a number of experiments give the same ledger and the same model with 1, 2 and 3 workers?

python benchmarks/exact.py [--experiments 12] [--data DATA --tables car abalone]
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.core.array import AnyArray, Json
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.ledger.verify import verify
from assay.predictor.predictor import Predictor
from command import program, run
from outcome import Outcome, all_of, parser, save
from tables import TABULAR, generated, manifest

MEASURED = frozenset({
    "seconds_in", "wall_seconds", "cpu_seconds", "peak_bytes", "measured_ms", "asked_at_seconds", "seconds",
    "utilisation", "pid", "workers", "copy", "files", "lab",
})  # fmt: skip
"""Fields that time a machine, name the lab, or hash files that tell of such records; all others must be equal."""


def without_measures(body: Json) -> Json:
    """A record's body without what was timed."""
    if isinstance(body, dict):
        return {key: without_measures(value) for key, value in body.items() if key not in MEASURED}
    return [without_measures(item) for item in body] if isinstance(body, list) else body


def ledger_of(lab: Path) -> list[tuple[str, int | None, Json]]:
    """Kind, experiment and body of all records, measures left out."""
    ledger = SqliteLedger.open(lab, create=False, write=False)
    records = ledger.records()
    ledger.close()
    assert not verify(records)
    return [(record.kind, record.experiment, without_measures(record.body)) for record in records]


def first_difference(one: Json, other: Json, where: str = "") -> str:
    """Where two bodies differ first, "" where they do not."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            found = first_difference(one.get(key), other.get(key), f"{where}.{key}")
            if found:
                return found
        return ""
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        inside = (first_difference(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(one, other, strict=True)))
        return next((difference for difference in inside if difference), "")
    return "" if one == other else f"{where}: {str(one)[:60]} against {str(other)[:60]}"


def ledgers_differ(one: list[tuple[str, int | None, Json]], other: list[tuple[str, int | None, Json]]) -> str:
    """Where two ledgers differ first, "" where they do not."""
    for number, (a, b) in enumerate(zip(one, other, strict=False), start=1):
        if a[:2] != b[:2]:
            return f"record {number}: {a[0]} of #{a[1]} against {b[0]} of #{b[1]}"
        found = first_difference(a[2], b[2])
        if found:
            return f"record {number}, {a[0]} of #{a[1]}{found}"
    return "" if len(one) == len(other) else f"{len(one)} records against {len(other)}"


def compare(name: str, frame: pd.DataFrame, wishes: dict[str, Any], workers: list[int]) -> dict[str, Any]:
    """Fit with each number of workers; where ledgers and predictions differ from the first."""
    ledgers, answers = [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        frame.to_parquet(folder / f"{name}.parquet")
        for jobs in workers:
            out = folder / f"{jobs}.lab"
            run(
                program(source=str(folder / f"{name}.parquet"), out=str(out), jobs=jobs, **wishes), folder=folder
            ).sound()
            ledgers.append(ledger_of(out))
            answers.append(Predictor.load(out / "model").stored(frame.drop(columns=wishes["target"])))
    differ = [ledgers_differ(ledgers[0], other) for other in ledgers[1:]]
    return {"table": name, "records": len(ledgers[0]), "ledger_differs": [where for where in differ if where],
            "predictions_equal": all(_equal(answers[0], other) for other in answers[1:])}  # fmt: skip


def _equal(one: AnyArray, other: AnyArray) -> bool:
    """Equal bit for bit."""
    return one.dtype == other.dtype and one.tobytes() == np.ascontiguousarray(other).tobytes()


def main() -> None:
    """Compare on a generated table, and on those of a manifest that are named; save."""
    arguments = parser(__doc__)
    arguments.add_argument("--experiments", type=int, default=12)
    arguments.add_argument("--workers", nargs="*", type=int, default=[1, 2, 3])
    arguments.add_argument("--data", type=Path)
    arguments.add_argument("--tables", nargs="*")
    args = arguments.parse_args()
    cases = [("generated", generated(2_000, numeric=10, categories=4), {"target": "y"})]
    for table in manifest(args.data, tasks=TABULAR, names=args.tables) if args.data and args.tables else ():
        wishes = {"target": table.target, "metric": table.metric, "problem": table.problem}
        cases.append((table.name, table.frame(), wishes))
    rows = [
        compare(name, frame, {**wishes, "experiments": args.experiments}, args.workers) for name, frame, wishes in cases
    ]
    n, said = args.experiments, ", ".join(map(str, args.workers))
    differ = [f"{row['table']} ({row['ledger_differs'][0]})" for row in rows if row["ledger_differs"]]
    unequal = [str(row["table"]) for row in rows if not row["predictions_equal"]]
    checks = (
        all_of(f"--experiments {n}: same ledger with {said} workers", differ, len(rows)),
        all_of("predictions equal bit for bit", unequal, len(rows)),
    )
    method = f"All records compared but their times, dates and hashes; left out: {', '.join(sorted(MEASURED))}."
    save(Outcome(name="exact", title="Exactness", checks=checks, method=method, details=rows), args.out)


if __name__ == "__main__":
    main()
