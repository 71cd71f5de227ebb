"""Assay against its peers: ranks, win rates and every table, from the results of the comparison's harness.

    python benchmarks/peers/report.py --results results/peers_60s.jsonl ours_60s.jsonl [--budget 60] [--longer 300]
                                      [--large] [--out FOLDER]

Reads JSON lines as the harness writes them (README.md beside this file), keeps what the page needs in results/ and
saves the outcome for the page of benchmarks. A peer that failed takes the constant predictor's error. Results of
peers with the longer budget are compared with ours of the short one, and with ours of the same. --large: these are
large tables with all their rows (the harness else caps the training part), a section of their own.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from outcome import Check, Outcome, at_most, parser, save  # noqa: E402  # the folder above is no package

OURS = "ours"
BASELINES = ("dummy", "histgb", "lightgbm", "catboost")
SATURATED = ("mushrooms",)
"""Left out in advance: every system reaches the end of the scale."""
KEPT = (
    "dataset", "seed", "peer", "budget", "problem", "metric", "n_train", "n_test", "status", "constant_error", "error",
    "score", "import_s", "fit_s", "predict_s", "row_p50_ms", "model_bytes", "peak_rss_mb", "load_before", "version",
)  # fmt: skip
DRAWS = 4000
WINS = 0.65
REACHED = {"autogluon": 0.5}
"""Share of the tables on which ours must reach what a peer reaches with more time; of others 0.6."""


def read(paths: list[Path]) -> pd.DataFrame:
    """All results, a later line before an earlier one of the same job."""
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines() if line.strip()]
    frame = pd.DataFrame(lines).reindex(columns=KEPT)
    return frame.drop_duplicates(["dataset", "seed", "peer", "budget"], keep="last")


def shared(frame: pd.DataFrame) -> pd.DataFrame:
    """Results of splits that others than ours have run: a split of ours alone can be compared with nothing."""
    others = frame[frame["peer"] != OURS]
    return frame.merge(others[["dataset", "seed"]].drop_duplicates(), on=["dataset", "seed"])


def errors(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean error over seeds, a row a table, a column a peer; tables that ours has run, NaN where a peer has not."""
    filled = frame.assign(error=frame["error"].fillna(frame["constant_error"]))
    table = filled.pivot_table(index="dataset", columns="peer", values="error", aggfunc="mean")
    return table[table[OURS].notna()].drop(index=list(SATURATED), errors="ignore")


def seeds(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Our error on every split, and the longest fit, a line a table."""
    ours = frame[(frame["peer"] == OURS) & (frame["status"] == "ok")]
    return [
        {"table": name,
         "errors": {str(line.seed): float(f"{line.error:.5g}") for line in of.itertuples()},
         "longest": round(float(of["fit_s"].max()), 1), "row_ms": round(float(of["row_p50_ms"].max()), 2)}
        for name, of in ours.sort_values("seed").groupby("dataset")
    ]  # fmt: skip


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """Mean and its 95 % interval, tables resampled."""
    draws = np.random.default_rng(seed).integers(0, len(values), (DRAWS, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def wins(table: pd.DataFrame, peer: str) -> np.ndarray:
    """1, 1/2 or 0 for each table both have: ours is better, as good, worse."""
    both = table[[OURS, peer]].dropna()
    gain = (both[peer] - both[OURS]).to_numpy()
    return np.where(np.abs(gain) <= 1e-12, 0.5, gain > 0).astype(float)


def ranks(table: pd.DataFrame) -> pd.Series:
    """Mean rank over the tables that every peer has."""
    return table.dropna().rank(axis=1).mean().sort_values()


def per_peer(frame: pd.DataFrame, table: pd.DataFrame) -> list[dict[str, Any]]:
    """A line a peer: rank, our win rate against it, and what its models cost (medians over its own tables)."""
    rank = ranks(table)
    rows = []
    for peer in rank.index:
        own = frame[(frame["peer"] == peer) & (frame["status"] == "ok")]
        rate = interval(wins(table, peer)) if peer != OURS else None
        rows.append({
            "peer": peer, "rank": round(float(rank[peer]), 2), "tables": int(table[peer].notna().sum()),
            "win": None if rate is None else [round(100 * value, 1) for value in rate],
            "wall_s": round(float((own["import_s"] + own["fit_s"]).median()), 1),
            "row_ms": round(float(own["row_p50_ms"].median()), 2),
            "mb": round(float(own["model_bytes"].median()) / 1e6, 2),
            "predict_s": round(float(own["predict_s"].median()), 3),
            "load": round(float(own["load_before"].median()), 1),
        })  # fmt: skip
    return rows


def ranked(table: pd.DataFrame, budget: float) -> Check:
    """Whether ours has the best mean rank."""
    rank, complete = ranks(table), len(table.dropna())
    return Check(
        what=f"mean rank among {len(rank)}, {complete} tables that all have, {budget:g} s", asked="first",
        measured=", ".join(f"{peer} {value:.2f}" for peer, value in rank.head(3).items()),
        holds=bool(rank.index[0] == OURS) if complete else None,
    )  # fmt: skip


def checks(frame: pd.DataFrame, table: pd.DataFrame, budget: float) -> tuple[Check, ...]:
    """What issue and page promise."""
    rank, found = ranks(table), [ranked(table, budget)]
    for peer in (name for name in rank.index if name not in (OURS, "dummy")):
        mean, low, high = interval(wins(table, peer))
        found.append(Check(
            what=f"win rate against {peer}, {len(wins(table, peer))} tables", asked=f"≥ {WINS:.0%}",
            measured=f"{mean:.0%} ({low:.0%} to {high:.0%})", holds=mean >= WINS,
        ))  # fmt: skip
    ours = frame[(frame["peer"] == OURS) & (frame["status"] == "ok")]
    found += against_autogluon(frame)
    found.append(at_most("slowest row over all tables, p50", float(ours["row_p50_ms"].max()), 4.0, "ms"))
    found.append(at_most("median model", float(ours["model_bytes"].median()) / 1e6, 10.0, "MB"))
    found.append(at_most("longest fit over its budget", float((ours["fit_s"] - budget).max()), 0.0, "s"))
    return tuple(found)


def against_autogluon(frame: pd.DataFrame) -> list[Check]:
    """One row, many rows and size, ours by AutoGluon's on the same split: on how many tables the promise is kept."""
    good = frame[frame["status"] == "ok"].set_index(["dataset", "seed", "peer"])
    asked = (("row_p50_ms", "autogluon", 1 / 20, "one row"), ("row_p50_ms", "autogluon_medium", 1 / 4, "one row"),
             ("predict_s", "autogluon", 1.0, "all test rows"), ("predict_s", "autogluon_medium", 1.0, "all test rows"),
             ("model_bytes", "autogluon", 1 / 3, "bytes"))  # fmt: skip
    found = []
    for column, peer, most, what in asked:
        wide = good[column].unstack("peer")
        if peer not in wide:
            continue
        ratio = (wide[OURS] / wide[peer]).dropna()
        kept = int((ratio <= most).sum())
        found.append(Check(
            what=f"{what}, ours by {peer}'s, {len(ratio)} tables", asked=f"≤ {most:.2g}",
            measured=f"median {ratio.median():.2g}, kept on {kept}", holds=kept == len(ratio),
        ))  # fmt: skip
    return found


def with_more_time(ours: pd.DataFrame, longer: pd.DataFrame) -> list[dict[str, Any]]:
    """Our error beside that of each peer which had more time on the same split, and ours with as much, a line a split.

    ours: of the short budget. as_long: our error with the peer's budget, None where it was not run.
    """
    mine = _errors_by_split(ours)
    as_long = _errors_by_split(longer[longer["peer"] == OURS])
    lines = longer[longer["peer"] != OURS].sort_values(["peer", "dataset"])
    found = []
    for line in lines.assign(error=lines["error"].fillna(lines["constant_error"])).to_dict("records"):
        split = (line["dataset"], line["seed"])
        if split in mine.index:
            found.append({
                "table": line["dataset"], "seed": int(line["seed"]), "peer": line["peer"],
                "budget": float(line["budget"]), "ours": _short(mine[split]), "theirs": _short(line["error"]),
                "as_long": _short(as_long[split]) if split in as_long.index else None, "load": line["load_before"],
            })  # fmt: skip
    return found


def _errors_by_split(frame: pd.DataFrame) -> pd.Series:
    filled = frame.assign(error=frame["error"].fillna(frame["constant_error"]))
    return filled.set_index(["dataset", "seed"])["error"]


def _short(error: float) -> float:
    return float(f"{error:.5g}")


def reached(lines: list[dict[str, Any]], budget: float) -> list[Check]:
    """On how many tables ours, in its short budget, is at least as good as a peer with more time."""
    found = []
    for peer in sorted({str(line["peer"]) for line in lines}):
        own = [line for line in lines if line["peer"] == peer]
        share = float(np.mean([float(line["ours"]) <= float(line["theirs"]) for line in own]))
        asked = REACHED.get(peer, 0.6)
        found.append(Check(
            what=f"{budget:g} s reach what {peer} reaches in {own[0]['budget']:g} s, {len(own)} tables",
            asked=f"≥ {asked:.0%}", measured=f"{share:.0%}", holds=share >= asked,
        ))  # fmt: skip
        both = [(line["as_long"], line["theirs"]) for line in own if line["as_long"] is not None]
        if both:
            won = float(np.mean([(ours < theirs) + 0.5 * (ours == theirs) for ours, theirs in both]))
            found.append(Check(
                what=f"wins against {peer}, both {own[0]['budget']:g} s, {len(both)} tables", asked=f"≥ {WINS:.0%}",
                measured=f"{won:.0%}", holds=won >= WINS,
            ))  # fmt: skip
    return found


def main() -> None:
    """Read, keep, report."""
    arguments = parser(__doc__)
    arguments.add_argument("--results", type=Path, nargs="+", required=True)
    arguments.add_argument("--budget", type=float, default=60.0)
    arguments.add_argument("--longer", type=float, default=300.0)
    arguments.add_argument("--large", action="store_true")
    args = arguments.parse_args()
    every = read(args.results)
    frame, longer = (
        _kept(every[every["budget"] == budget], f"{'large_' * args.large}{budget:g}s")
        for budget in (args.budget, args.longer)
    )
    more = with_more_time(frame[frame["peer"] == OURS], longer)
    table = errors(shared(frame))
    scores = table.map(lambda value: float(f"{value:.5g}"))
    details = {
        "peers": per_peer(shared(frame), table),
        "seeds": seeds(frame),
        "tables": [{"table": name, **row} for name, row in scores.to_dict("index").items()],
        "longer": more,
        "metric": frame.drop_duplicates("dataset").set_index("dataset")["metric"].to_dict(),
    }
    method = (
        f"{args.budget:g} s, two cores, the same splits and scorer for each; a peer's own recorded run where it was not"
        " run in turn (load: what else ran then). Errors: 1 − AUC, log loss, RMSE. A failure counts as the constant."
    )
    found = [*checks(frame, table, args.budget), *reached(more, args.budget)]
    if OURS in set(longer["peer"]):
        found.append(ranked(errors(shared(longer)), args.longer))
    name, title = "peers", "Against the peers"
    if args.large:
        name, title = "peers_large", "Against the peers on large tables"
        method = f"All rows are used: {_sizes(frame)} training rows. {method}"
    save(Outcome(name=name, title=title, checks=tuple(found), details=details, method=method), args.out)


def _sizes(frame: pd.DataFrame) -> str:
    rows = frame.drop_duplicates("dataset").sort_values("dataset")
    return ", ".join(f"{line.dataset} {line.n_train:,}" for line in rows.itertuples())


def _kept(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The same, written down beside this file."""
    if len(frame):
        kept = HERE / "results" / f"{name}.jsonl"
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(frame.to_json(orient="records", lines=True, double_precision=6))
    return frame


if __name__ == "__main__":
    main()
