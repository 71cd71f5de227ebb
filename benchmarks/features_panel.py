"""Are engineered columns worth their time: the same fits with and without who proposes them, at equal seconds.

    python benchmarks/features_panel.py --data DATA [--tables titanic abalone] [--seconds 120] [--results FILE]
    python benchmarks/features_panel.py --report

Only the training 70 % of a table's rows is used, divided again: nothing is decided on the panel's test rows. Every
pair of fits is a line of the results, appended; a (table, seed, seconds) that is there is never run again.
"""

import os
from typing import Any

import numpy as np

from judge import difference, score
from outcome import Check, Outcome, all_of, at_most, save
from panel import answers_of, divided, in_order, ours
from played import arguments_of, rows_of
from tables import Known

IDLE = {"with": (), "without": ("features_first", "features")}
SEED_INSIDE = 100
"""Of the division of the training part; the panel's own is that of the seed."""
MOST_LOSS = 1.0


def play(table: Known, *, seed: int, seconds: float) -> dict[str, Any]:
    """Both fits on the same rows, one after the other; the rows held out are scored when both have answered."""
    frame = table.frame()
    y, names = answers_of(table, frame)
    known, _ = divided(np.arange(len(frame)), y, table, seed=0)
    train, held = divided(known, y, table, seed=SEED_INSIDE + seed)
    load, answers, fits = os.getloadavg()[0], {}, {}
    for way, idle in IDLE.items():
        answer, facts = ours(table, frame.iloc[train], frame.iloc[held], seed=seed, seconds=seconds, idle=idle)
        classes = facts.pop("classes")
        answers[way] = in_order(answer, classes, names) if names else answer
        fits[way] = facts
    truth, higher = y[held], table.higher_is_better
    return {
        "table": table.name, "seed": seed, "seconds": seconds, "metric": table.metric, "higher_is_better": higher,
        "scores": {way: score(table.metric, truth, answer) for way, answer in answers.items()},
        "gain": difference(table.metric, truth, answers["with"], answers["without"], higher=higher),
        "fits": fits, "load": round(load, 1),
    }  # fmt: skip


def loss(row: dict[str, Any]) -> float:
    """Percent of the error without engineered columns that they add; below 0 where they take some away."""
    error = {way: 1.0 - value if row["higher_is_better"] else value for way, value in row["scores"].items()}
    return float(100.0 * (error["with"] / max(error["without"], 1e-12) - 1.0))


def checks(rows: list[dict[str, Any]]) -> tuple[Check, ...]:
    """The promises: a better mean rank, no table that loses much."""
    ranks = [1.0 if loss(row) < 0 else 2.0 if loss(row) > 0 else 1.5 for row in rows]
    lost = [f"{row['table']}/{row['seed']} {loss(row):+.1f} %" for row in rows if loss(row) > MOST_LOSS]
    surely = [sum(row["gain"]["low"] > 0 for row in rows), sum(row["gain"]["high"] < 0 for row in rows)]
    return (
        at_most("mean rank with engineered columns, of two", float(np.mean(ranks)), 1.5, ""),
        all_of(f"tables whose error grows by at most {MOST_LOSS:g} %", lost, len(rows)),
        Check(what="better, worse beyond the 95 % interval", asked="–", measured=f"{surely[0]}, {surely[1]}"),
        *(Check(what=f"{row['table']}, {row['metric']}: with, without", asked="–",
                measured=f"{row['scores']['with']:.5g}, {row['scores']['without']:.5g}") for row in rows),
    )  # fmt: skip


def main() -> None:
    """Play what is not played yet; save."""
    args = arguments_of(__doc__, name="features_panel", seconds=120.0)
    rows = rows_of(args, play)
    method = (
        f"{args.seconds:g} s for each of two fits on 70 % of a table's training part, scored on the rest of it; "
        f"seeds {sorted({row['seed'] for row in rows})}. Error: the metric, or 1 minus it where more is better."
    )
    outcome = Outcome(name="features_panel", title="Features at equal time", checks=checks(rows), details=rows,
                      method=method)  # fmt: skip
    save(outcome, args.out)


if __name__ == "__main__":
    main()
