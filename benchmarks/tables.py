"""The tables benchmarks run on: generated ones, and those a manifest describes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

PROBLEMS = ("binary", "multiclass", "regression")
TABULAR = PROBLEMS
WITH_TEXT = (*PROBLEMS, "text", "text_pair", "multimodal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A table of the manifest. task: what it is there for; problem: what is asked; drop: columns to leave out."""

    name: str
    path: Path
    task: str
    problem: str
    target: str
    metric: str
    higher_is_better: bool
    drop: tuple[str, ...]
    text: tuple[str, ...]
    baseline_model: str
    baseline_score: float

    def frame(self) -> pd.DataFrame:
        """The rows that have a target, without the dropped columns."""
        frame = pd.read_parquet(self.path).drop(columns=list(self.drop))
        return frame[frame[self.target].notna()].reset_index(drop=True)


def manifest(data: Path, *, tasks: tuple[str, ...], names: list[str] | None = None) -> list[Known]:
    """Tables of those tasks, the smallest first; names: only these. ValueError for a name that is not there."""
    entries = json.loads((data / "manifest.json").read_text())
    found = [_known(data, entry) for entry in sorted(entries, key=lambda entry: entry["rows"] * entry["columns"])
             if entry["task"] in tasks and entry["kind"] in PROBLEMS]  # fmt: skip
    missing = set(names or ()) - {table.name for table in found}
    if missing:
        raise ValueError(f"No table {sorted(missing)}; there are {', '.join(sorted(t.name for t in found))}.")
    return [table for table in found if not names or table.name in names]


def _known(data: Path, entry: dict[str, Any]) -> Known:
    # The origin's split says which rows were a test once; pictures are no columns of a table.
    extra = [entry[key] for key in ("split_column", "image") if entry.get(key)]
    drop = (*entry.get("drop", ()), *(name for names in extra for name in _listed(names)))
    baseline = entry["baseline"]
    return Known(
        name=entry["name"], path=data / entry["file"], task=entry["task"], problem=entry["kind"],
        target=entry["target"], metric=entry["metric"], higher_is_better=entry["greater_is_better"], drop=drop,
        text=_listed(entry.get("text")), baseline_model=baseline["model"], baseline_score=baseline["score"],
    )  # fmt: skip


def _listed(names: Any) -> tuple[str, ...]:
    return () if names is None else (names,) if isinstance(names, str) else tuple(names)


def generated(rows: int, *, numeric: int, categories: int, seed: int = 0) -> pd.DataFrame:
    """A binary question with linear, crossed, waved and category effects; target `y`, ROC AUC about 0.82 at best."""
    rng = np.random.default_rng(seed)
    values, levels = rng.normal(size=(rows, numeric)), rng.integers(0, 8, (rows, categories))
    effects = rng.normal(size=(categories, 8))
    logit = values[:, 0] + values[:, 1] * values[:, 2] + np.sin(2 * values[:, 3])
    logit = logit + 0.7 * sum(effects[j][levels[:, j]] for j in range(min(categories, 2)))
    frame = pd.DataFrame(values.round(6), columns=[f"n{j}" for j in range(numeric)])
    for j in range(categories):
        frame[f"c{j}"] = pd.Series(np.array([f"level {k}" for k in range(8)])[levels[:, j]])
    frame["y"] = np.where(rng.random(rows) < 1 / (1 + np.exp(-logit)), "yes", "no")
    return frame


def generated_csv(folder: Path, rows: int, *, numeric: int, categories: int, seed: int = 0) -> Path:
    """The generated table as a file."""
    path = folder / f"generated_{rows}.csv"
    generated(rows, numeric=numeric, categories=categories, seed=seed).to_csv(path, index=False)
    return path
