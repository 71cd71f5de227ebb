"""Whether studies name what is hidden in a table, and say nothing of clean ones.

    python benchmarks/studies.py --part planted            8 tables with something hidden, 8 clean ones of the same make
    python benchmarks/studies.py --part planted --seeds 3  the same, drawn three times

Each table gets an exact search of six experiments, then every kind of study that suits. A study names what is hidden
where a finding (no measure) has the code and the columns of it; a clean table passes where no study finds anything.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from assay.core.clock import Budget
from assay.core.study import StudyFact, StudyNote
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from studies_tables import Planted, tables

EXPERIMENTS, SECONDS = 6, 120.0


@dataclass(frozen=True)
class Studied:
    """One table: what was found in it, and how long the studies took."""

    planted: Planted
    hidden: bool
    found: tuple[StudyFact, ...]
    failed: tuple[str, ...]
    seconds: float

    @property
    def is_right(self) -> bool:
        if not self.hidden:
            return not self.found and not self.failed
        return any(
            fact.code in self.planted.codes and set(self.planted.columns) <= set(fact.columns) for fact in self.found
        )


def studied(planted: Planted, *, hidden: bool, folder: Path) -> Studied:
    """Search a table in a new lab, and study it."""
    name = f"{planted.name}-{'hidden' if hidden else 'clean'}"
    file = folder / f"{name}.csv"
    planted.frame.to_csv(file, index=False)
    options = TaskOptions(target="y", order_by=planted.order_by or None)
    settings = FitSettings(budget=Budget(experiments=EXPERIMENTS), out=str(folder / f"{name}.lab"), jobs=1)
    fit(str(file), options, settings, context=RunContext(inline=True, write_brief=False))
    began = time.monotonic()
    lab = Lab.open(folder / f"{name}.lab")
    notes: tuple[StudyNote, ...] = lab.study(time_limit=SECONDS)
    lab.close()
    return Studied(
        planted, hidden, tuple(fact for note in notes for fact in note.found),
        tuple(f"{note.kind}: {note.failed}" for note in notes if note.failed), time.monotonic() - began,
    )  # fmt: skip


def planted_part(seeds: range) -> dict[str, object]:
    """Run all tables and print a line each."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as place:
        for seed in seeds:
            for hidden in (True, False):
                for planted in tables(seed, hidden=hidden):
                    folder = Path(place) / str(seed)
                    folder.mkdir(exist_ok=True)
                    one = studied(planted, hidden=hidden, folder=folder)
                    said = "; ".join(f"{fact.code}: {fact.says[:90]}" for fact in one.found) or "nothing found"
                    failed = f"  FAILED {'; '.join(one.failed)}" if one.failed else ""
                    state, verdict = "hidden" if hidden else "clean", "right" if one.is_right else "WRONG"
                    print(f"{seed} {state:6} {planted.name:11} {verdict} {one.seconds:5.1f} s  {said}{failed}",
                          flush=True)  # fmt: skip
                    codes = [fact.code for fact in one.found]
                    rows.append({"seed": seed, "hidden": hidden, "table": planted.name, "right": one.is_right,
                                 "found": codes, "seconds": round(one.seconds, 1)})  # fmt: skip
    named = sum(bool(row["right"]) for row in rows if row["hidden"])
    quiet = sum(bool(row["right"]) for row in rows if not row["hidden"])
    n = len(rows) // 2
    print(f"named {named} of {n}; nothing found on {quiet} of {n} clean")
    return {"part": "planted", "named": named, "of": n, "quiet": quiet, "rows": rows}


def main() -> int:
    """Run the part asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["planted"], default="planted")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    asked = parser.parse_args()
    found = planted_part(range(asked.first, asked.first + asked.seeds))
    if asked.out:
        asked.out.write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
