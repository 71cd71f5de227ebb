"""Labs whose truth is known: how often something is claimed that is not there, and how often an interval covers.

    python benchmarks/evidence.py --labs 200 --write docs/evidence.json

Generators: G1 linear labs (squared error, truth from the coefficients), G2 two Gaussian classes (AUC in closed form),
G4 rows in groups. Attackers build their candidates from the rows of the search, as people, programs and loops do.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.seed import Seeds
from assay.evidence.bbc import corrected
from assay.evidence.findings import e_lond, holm, lord_plus_plus
from assay.evidence.interval import figure
from assay.evidence.paired import compare, gap, mixture_e
from assay.evidence.rows import Rows
from assay.evidence.vault import price
from assay.metrics.choose import find

MSE, AUC = find("mse", "regression"), find("roc_auc", "binary")
N_ROWS, VAULT, FOLDS = 1000, 0.25, 5
MARKS = ("<!-- evidence -->", "<!-- end -->")


@dataclass(frozen=True)
class Lab:
    """G1: rows of a linear world; beta 0 everywhere: nothing can be found. The vault is the last quarter."""

    X: np.ndarray
    y: np.ndarray
    beta: np.ndarray

    @classmethod
    def drawn(cls, seed: int, columns: int, *, useful: float = 0.0, effect: float = 0.0) -> "Lab":
        """effect: of a useful column, in units of the noise of one comparison (its row sigma on all rows)."""
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(N_ROWS, columns))
        beta = np.where(rng.random(columns) < useful, math.sqrt(2.0 * effect / N_ROWS), 0.0)
        return cls(X, X @ beta + rng.normal(size=N_ROWS), beta)

    @property
    def n_search(self) -> int:
        return round(N_ROWS * (1 - VAULT))

    def out_of_fold(self, column: np.ndarray) -> np.ndarray:
        """(n_search,) predictions of one column's regression through the origin, fitted in each fold on the others."""
        x, y, fold = column[: self.n_search], self.y[: self.n_search], np.arange(self.n_search) % FOLDS
        top, bottom = (np.bincount(fold, weights=v, minlength=FOLDS) for v in (x * y, x * x))
        return x * ((top.sum() - top) / (bottom.sum() - bottom))[fold]

    def vault(self, column: np.ndarray) -> np.ndarray:
        """Predictions for the vault of the same regression on all search rows."""
        x, y = column[: self.n_search], self.y[: self.n_search]
        return column[self.n_search :] * float(x @ y / (x @ x))

    def rows(self, *, vault: bool) -> Rows:
        part = slice(self.n_search, None) if vault else slice(None, self.n_search)
        folds = None if vault else np.arange(self.n_search) % FOLDS
        return Rows(y=self.y[part], problem="regression", folds=folds, seeds=Seeds(0))


def tests_on_search(lab: Lab) -> list[float]:
    """z of every column alone against nothing, on the rows of the search."""
    rows, nothing = lab.rows(vault=False), np.zeros(lab.n_search)
    return [gap(MSE, rows, nothing, lab.out_of_fold(column)).z for column in lab.X.T]


def innocent(lab: Lab, z: list[float]) -> np.ndarray:
    """Keeps the one column that looked best."""
    return lab.X[:, int(np.argmax(z))]


def near_misses(lab: Lab, z: list[float]) -> np.ndarray:
    """Adds up the eleven columns that looked best, each with the sign it seemed to have."""
    return combined(lab, np.argsort(z)[-11:])


def screen(lab: Lab, z: list[float]) -> np.ndarray:
    """Tries every column alone, then adds up all that seemed to help."""
    chosen = np.flatnonzero(np.array(z) > 0)
    return combined(lab, chosen if len(chosen) else np.array([0]))


def stack(lab: Lab, z: list[float]) -> np.ndarray:
    """Adds up everything with the sign it seemed to have."""
    return combined(lab, np.arange(lab.X.shape[1]))


def combined(lab: Lab, chosen: np.ndarray) -> np.ndarray:
    """The sum of columns with the signs they have on the rows of the search."""
    signs = np.sign(lab.X[: lab.n_search, chosen].T @ lab.y[: lab.n_search])
    return lab.X[:, chosen] @ signs / math.sqrt(len(chosen))


Attacker = Callable[[Lab, list[float]], np.ndarray]
ATTACKERS: dict[str, tuple[Attacker, int]] = {
    "innocent": (innocent, 165), "near-miss combiner": (near_misses, 165),
    "screen, then combine 165": (screen, 165), "screen, then combine 400": (screen, 400),
    "screen, then combine 2000": (screen, 2000), "stack of everything": (stack, 165),
}  # fmt: skip


def no_signal(name: str, labs: int) -> dict[str, float]:
    """Share of labs in which something is announced though nothing is there, by who decides, and vault coverage."""
    attack, columns = ATTACKERS[name]
    counts = dict.fromkeys(("gate on the vault", "Holm on the vault", "keep if higher", "p 5 %", "e-LOND", "LORD++"), 0)
    covered = 0
    for seed in range(labs):
        lab = Lab.drawn(seed, columns)
        z = tests_on_search(lab)
        column = attack(lab, z)
        on_search = gap(MSE, lab.rows(vault=False), np.zeros(lab.n_search), lab.out_of_fold(column))
        stream = [*z, on_search.z]
        rows, prediction = lab.rows(vault=True), lab.vault(column)
        on_vault = compare(MSE, rows, np.zeros(len(rows)), prediction)
        p = 1.0 if on_vault.p is None else on_vault.p
        counts["gate on the vault"] += p <= price(1)
        counts["Holm on the vault"] += bool(holm([p, 1.0, 1.0, 1.0]).any())
        counts["keep if higher"] += on_search.value > 0
        counts["p 5 %"] += (on_search.p or 1.0) <= 0.05
        counts["e-LOND"] += bool(e_lond([mixture_e(v) for v in stream]).any())
        counts["LORD++"] += bool(lord_plus_plus([upper(v) for v in stream]).any())
        truth = 1.0 + slope(lab, column) ** 2  # columns have the variance 1, but for the rows they were chosen by
        shown = figure(MSE, rows, prediction, origin="vault")
        covered += (shown.low or 0.0) <= truth <= (shown.high or math.inf)
    return {**{who: count / labs for who, count in counts.items()}, "coverage of the vault's interval": covered / labs}


def slope(lab: Lab, column: np.ndarray) -> float:
    """The coefficient of a column fitted on all rows of the search."""
    x, y = column[: lab.n_search], lab.y[: lab.n_search]
    return float(x @ y / (x @ x))


def upper(z: float) -> float:
    """P(Z > z)."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def restarts(labs: int) -> dict[str, float]:
    """A person reads each report and starts again: with the sign turned round, then with other columns.

    Each opening at what it costs, and at 5 % each time. Predictions are shrunk, so that they hardly do harm.
    """
    paid = unpaid = 0
    for seed in range(labs):
        lab = Lab.drawn(seed, 165)
        z = tests_on_search(lab)
        rows, first = lab.rows(vault=True), 0.1 * lab.vault(screen(lab, z))
        tried = (first, -first, 0.1 * lab.vault(near_misses(lab, z)))
        p = [compare(MSE, rows, np.zeros(len(rows)), prediction).p or 1.0 for prediction in tried]
        paid += any(one <= price(k, bits=5.0 * (k - 1)) for k, one in enumerate(p, start=1))
        unpaid += any(one <= 0.05 for one in p)
    return {"paid for": paid / labs, "5 % each time": unpaid / labs}


def power(labs: int) -> dict[str, float]:
    """Real improvements by their size in units of the vault's sigma: share found by the gate; false share of Holm's."""
    out = {}
    for effect in (4.0, 8.0, 16.0, 32.0):
        hits = 0
        for seed in range(labs):
            lab = Lab.drawn(seed, 20, useful=0.2, effect=effect)
            column = lab.X @ lab.beta if lab.beta.any() else lab.X[:, 0]
            rows = lab.rows(vault=True)
            p = compare(MSE, rows, np.zeros(len(rows)), lab.vault(column)).p or 1.0
            hits += p <= price(1)
        out[f"about 4 columns of {effect:g} row sigma each"] = hits / labs
    return out


def coverage_auc(labs: int, n: int) -> float:
    """G2: a linear score between two Gaussians; its AUC is Phi(b·mu / (√2 ‖b‖))."""
    covered = 0
    for seed in range(labs):
        rng = np.random.default_rng(seed)
        y = (rng.random(n) < 0.4).astype(np.int64)
        score = rng.normal(size=n) + 1.2 * y
        truth = 1.0 - upper(1.2 / math.sqrt(2.0))
        shown = figure(AUC, Rows(y=y, problem="binary", seeds=Seeds(seed)), 1 / (1 + np.exp(-score)), origin="vault")
        covered += (shown.low or 0.0) <= truth <= (shown.high or 1.0)
    return covered / labs


def size_grouped(labs: int, *, aware: bool) -> float:
    """G4: rows in 60 groups whose errors go together, two equal models; share of p below 5 %."""
    hits = 0
    for seed in range(labs):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(60), 10)
        shared = rng.normal(size=(2, 60))[:, group]
        y = np.zeros(600)
        a, b = shared + rng.normal(size=(2, 600))
        rows = Rows(y=y, problem="regression", groups=group if aware else None, seeds=Seeds(seed))
        hits += (compare(MSE, rows, a, b).p or 1.0) <= 0.05
    return hits / labs


def fixed_pool(labs: int) -> dict[str, float]:
    """BBC-CV on 60 recipes fixed in advance, none of any use: does the interval cover the risk of the chosen one?"""
    covered = naive = 0
    for seed in range(labs):
        lab = Lab.drawn(seed, 60)
        stored = {j: lab.out_of_fold(lab.X[:, j]) for j in range(60)}
        rows = lab.rows(vault=False)
        best = min(stored, key=lambda j: float(np.mean((rows.y - stored[j]) ** 2)))
        truth = 1.0 + slope(lab, lab.X[:, best]) ** 2
        shown = corrected(MSE, rows, stored, seeds=Seeds(seed))
        alone = figure(MSE, rows, stored[best], origin="oof")
        covered += (shown.low or 0.0) <= truth <= (shown.high or math.inf)
        naive += (alone.low or 0.0) <= truth <= (alone.high or math.inf)
    return {"BBC-CV": covered / labs, "naive": naive / labs}


def measure(labs: int, *, wide: bool) -> dict[str, object]:
    """Everything; wide: with the screens of 400 and 2,000 columns, which take most of the time."""
    names = [name for name, (_, columns) in ATTACKERS.items() if wide or columns <= 165]
    return {
        "labs": labs, "rows": N_ROWS, "vault": VAULT,
        "no signal": {name: no_signal(name, labs) for name in names},
        "a person who restarts": restarts(labs),
        "real improvements found by the gate": power(labs),
        "coverage, AUC on 250 rows": coverage_auc(labs, 250),
        "coverage, AUC on 1,000 rows": coverage_auc(5 * labs, 1000),
        "p below 5 %, rows in groups": {"groups told": size_grouped(labs, aware=True),
                                        "groups not told": size_grouped(labs, aware=False)},
        "coverage, 60 recipes fixed in advance": fixed_pool(labs),
    }  # fmt: skip


def block(found: dict[str, Any]) -> str:
    """What the page on trust shows of it, as Markdown."""
    deciders = ("keep if higher", "p 5 %", "LORD++", "e-LOND", "Holm on the vault", "gate on the vault")
    lines = ["| attacker, nothing to find | " + " | ".join(deciders) + " | vault interval covers |", "|---" * 8 + "|"]
    for name, cell in found["no signal"].items():
        shares = [percent(cell[who]) for who in (*deciders, "coverage of the vault's interval")]
        lines.append(f"| {name} | " + " | ".join(shares) + " |")
    return "\n".join([*lines, "", *sentences(found)])


def sentences(found: dict[str, Any]) -> list[str]:
    """The other figures, in words."""
    again, pool = found["a person who restarts"], found["coverage, 60 recipes fixed in advance"]
    groups = found["p below 5 %, rows in groups"]
    few, many = (found[f"coverage, AUC on {n} rows"] for n in ("250", "1,000"))
    gains = ", ".join(f"{percent(share)} for {what.removeprefix('about ')}" for what, share in
                      found["real improvements found by the gate"].items())  # fmt: skip
    paid, unpaid = percent(again["paid for"]), percent(again["5 % each time"])
    told, untold = percent(groups["groups told"]), percent(groups["groups not told"])
    return [
        f"{found['labs']} labs a row of {found['rows']:,} rows each, a quarter of them the vault; share of labs that",
        "announce something. A person who reads each report and starts again, three openings:",
        f"{paid} where openings are paid for, {unpaid} at 5 % each time.",
        f"The interval of an AUC covers in {percent(few)} on 250 rows, in {percent(many)} on 1,000; the corrected",
        f"figure of the best of 60 recipes fixed in advance in {percent(pool['BBC-CV'])}, the uncorrected one in",
        f"{percent(pool['naive'])}. Two equal models on rows in groups differ at p ≤ 0.05 in",
        f"{told} where the groups are told, in {untold} where they are not.",
        f"Real improvements, found by the gate: {gains}.",
    ]


def percent(share: float) -> str:
    """ "2.5 %" """
    return f"{100 * share:.1f} %"


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labs", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="leave out the screens of 400 and 2,000 columns")
    parser.add_argument("--write", type=Path, help="the JSON")
    parser.add_argument("--read", type=Path, help="show a JSON written before, measure nothing")
    parser.add_argument("--page", type=Path, help="a page to write the table into, between its marks")
    asked = parser.parse_args()
    started = time.perf_counter()
    if asked.read is not None:
        found = json.loads(asked.read.read_text())
    else:
        found = {**measure(asked.labs, wide=not asked.quick), "seconds": round(time.perf_counter() - started, 1)}
    text = json.dumps(found, indent=2)
    print(text)
    if asked.write is not None:
        asked.write.write_text(text + "\n")
    if asked.page is not None:
        before, rest = asked.page.read_text().split(MARKS[0])
        asked.page.write_text(f"{before}{MARKS[0]}\n{block(found)}\n{MARKS[1]}{rest.split(MARKS[1])[1]}")


if __name__ == "__main__":
    main()
