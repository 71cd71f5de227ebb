"""How often columns, problems, metrics and splits are understood as a person labelled them.

    python benchmarks/kinds.py --data FOLDER

kinds.json was written by reading names and values, not by running Assay. Kinds joined by | are equally right (a flag of
0 and 1 is the same thing as a number); the first that fits of "V*" and plain names counts, plain names first. "metric"
and "split" there are what the table's origin asks for where it is not the default, with the reason why nobody could
tell it from the table; "ask" is the question `assay inspect` has to put.
"""

import json
import sys
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from assay.core.schema import FEATURES
from assay.core.task import Task
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.inspect.inspect_table import inspect_table
from outcome import Check, Outcome, all_of, at_least, at_most, save
from outcome import parser as benchmark
from tables import WITH_TEXT, Known, manifest

ENOUGH = 0.97
NO_QUESTION = {
    "forecast": "the future of a series is asked for, not a column of new rows",
    "image": "pictures, which no step reads yet",
    "audio": "recordings, which no step reads yet",
}
"""Tasks of the manifest that pose no question about the rows of a table, with the reason."""
LABELS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One table. wrong: (column, found, labelled); ids: identifiers by the label that are features."""

    name: str
    n_columns: int
    wrong: tuple[tuple[str, str, str], ...]
    ids: tuple[str, ...]
    faults: tuple[str, ...]
    exceptions: tuple[str, ...]

    @property
    def share(self) -> float:
        return 1 - len(self.wrong) / self.n_columns


def entries(data: Path) -> list[dict[str, Any]]:
    """Everything the manifest lists."""
    return list(json.loads((data / "manifest.json").read_text()))


def labelled(columns: dict[str, list[str]], name: str) -> str:
    """The accepted kinds of a column; KeyError names one without a label."""
    exact = [kinds for kinds, names in columns.items() if name in names]
    like = [kinds for kinds, names in columns.items() if any(fnmatchcase(name, pattern) for pattern in names)]
    if not exact and not like:
        raise KeyError(f"{name} has no label")
    return (exact or like)[0]


def judge(table: Known) -> Judged:
    """Read the file as `fit` would, without a word of help but the target."""
    raw, label = read_table(table.path), LABELS[table.name]
    options = TaskOptions(target=table.target)
    task = prepare(raw, options).task
    columns = [column for column in task.schema if column.kind != "target"]
    kinds = {column.name: labelled(label["columns"], column.name) for column in columns}
    wrong = [(c.name, c.kind, kinds[c.name]) for c in columns if c.kind not in kinds[c.name].split("|")]
    ids = [c.name for c in columns if kinds[c.name] == "identifier" and c.kind in FEATURES]
    faults, exceptions = _question(table, task, label)
    if "ask" in label and label["ask"] not in {one.code for one in inspect_table(raw, options).asks}:
        faults.append(f"{label['ask']} is not asked")
    return Judged(name=table.name, n_columns=len(columns), wrong=tuple(wrong), ids=tuple(ids), faults=tuple(faults),
                   exceptions=tuple(exceptions))  # fmt: skip


def _question(table: Known, task: Task, label: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """(faults, listed exceptions) of problem, metric and split."""
    faults, exceptions = [], []
    if task.problem.name != table.problem:
        faults.append(f"problem {task.problem}, not {table.problem}")
    usual_split = "random" if table.problem == "regression" else "stratified"
    expected = {
        "metric": (task.problem.metric, table.metric, task.metric),
        "split": (usual_split, "", task.split_kind),
    }
    for part, (default, asked, found) in expected.items():
        if found != default:
            faults.append(f"{part} {found}, not {default}")
        wish, reason = label.get(part, (asked or default, ""))
        if wish != default and reason:
            exceptions.append(f"{part} {wish} was asked for: {reason}")
        elif wish != default:
            faults.append(f"{part} {found}, but {wish} was asked for and no reason is given")
    return faults, exceptions


def main() -> int:
    """Print a line for each table and the totals; 1 where they are not reached."""
    parser = benchmark(__doc__)
    parser.set_defaults(out=Path(__file__).parent / "results")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.json and its tables")
    parser.add_argument("--names", nargs="*", help="only these tables")
    arguments = parser.parse_args()
    found = [judge(t) for t in manifest(arguments.data, tasks=WITH_TEXT, names=arguments.names) if t.name in LABELS]
    for one in found:
        print(f"{one.name:22} {one.n_columns:4} columns  {one.share * 100:5.1f} %")
        for column, kind, kinds in one.wrong:
            print(f"    {column}: {kind}, labelled {kinds}")
        for text in (*one.faults, *(f"{name} is an identifier and a feature" for name in one.ids)):
            print(f"    FAULT {text}")
        for text in one.exceptions:
            print(f"    exception: {text}")
    outside = {one["name"]: NO_QUESTION[one["task"]] for one in entries(arguments.data) if one["task"] in NO_QUESTION}
    for name, reason in outside.items():
        print(f"{name:22} exception: {reason}")
    n_columns, wrong = sum(o.n_columns for o in found), sum(len(o.wrong) for o in found)
    mean = sum(o.share for o in found) / len(found)
    n_ids, n_faults = sum(len(o.ids) for o in found), sum(len(o.faults) for o in found)
    print(f"\n{len(found)} tables, {n_columns} columns: {(1 - wrong / n_columns) * 100:.2f} % right")
    print(f"mean of tables {mean * 100:.2f} %; identifiers used {n_ids}; faults {n_faults}")
    checks = (
        at_least(f"columns whose kind is as labelled, mean of {len(found)} tables", 100 * mean, 100 * ENOUGH, "%"),
        at_most("identifiers used as features", n_ids, 0, "", digits=0),
        all_of("problem, metric and split as asked, or a listed exception", [o.name for o in found if o.faults],
               len(found)),
        Check(what="listed exceptions of metric or split", asked="with a reason",
              measured=str(sum(len(o.exceptions) for o in found))),
        Check(what="tables that pose no question about rows", asked="with a reason", measured=str(len(outside))),
    )  # fmt: skip
    method = "Labels written by reading names and values; the task is made from the file and its target alone."
    details = {"tables": [asdict(one) for one in found], "outside": outside}
    if not arguments.names:
        save(Outcome(name="kinds", title="Columns and questions understood", checks=checks, method=method,
                     details=details), arguments.out)  # fmt: skip
    return 0 if all(check.holds is not False for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
