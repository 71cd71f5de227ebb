"""The parts of `evidence.py`: each simulates labs of one kind and hands back shares, nothing else."""

import math
import time
from collections.abc import Callable
from pathlib import Path as File
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from assay.core.figure import Z95, Figure
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import figure
from assay.evidence.paired import compare, mixture_e, quick_compare
from assay.evidence.seal import BITS
from assay.evidence.vault_plan import blocks_of, price
from assay.metrics.choose_metric import find
from assay.vault.claimed_changes import MOST_CHANGES, ChainLink, judged
from evidence_labs import ATTACKERS, MSE, N_SEARCH, Array, Lab, Moves, Path, corrected, near_misses, screen
from evidence_online import e_lond, lord_plus_plus

METRICS = {name: find(name, Binary()) for name in ("roc_auc", "log_loss", "accuracy", "brier", "average_precision")} | {
    name: find(name, Regression()) for name in ("mse", "mae", "r2")}  # fmt: skip
EDGES = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, math.inf)


def upper(z: float) -> float:
    """P(Z > z)."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))


# -- nothing to find ------------------------------------------------------------------------------------------------


def no_signal(name: str, labs: int) -> dict[str, float]:
    """Share of labs in which something is announced though nothing is there, by who decides, and vault coverage.

    A change is announced only behind the gate, so the gate's share bounds that of any finding.
    """
    attack, columns = ATTACKERS[name]
    counts = dict.fromkeys(("gate on the vault", "keep if higher", "p 5 %", "e-LOND", "LORD++"), 0)
    covered = 0
    for seed in range(labs):
        lab = Lab.drawn(seed, columns)
        z = lab.gains(lab.X)
        column = attack(lab, z)
        on_search = quick_compare(
            MSE, lab.rows(vault=False), np.zeros(N_SEARCH), lab.out_of_fold(column[:, None])[:, 0]
        )
        rows, prediction = lab.rows(vault=True), lab.vault(column)
        on_vault = compare(MSE, rows, np.zeros(len(rows)), prediction)
        stream = [*z.tolist(), on_search.z]
        counts["gate on the vault"] += passes(on_vault.p, price(1))
        counts["keep if higher"] += on_search.value > 0
        counts["p 5 %"] += passes(on_search.p, 0.05)
        counts["e-LOND"] += bool(e_lond([mixture_e(v) for v in stream]).any())
        counts["LORD++"] += bool(lord_plus_plus([upper(v) for v in stream]).any())
        truth = 1.0 + lab.slope(column) ** 2  # new rows of the column have the variance 1
        covered += covers(figure(MSE, rows, prediction), truth)
    return {"labs": labs, **{who: count / labs for who, count in counts.items()}, "coverage": covered / labs}


def passes(p: float | None, at: float) -> bool:
    """Whether a p-value is at most a level; none is no evidence."""
    return p is not None and p <= at


def covers(shown: Figure, truth: float) -> bool:
    """Whether a figure's interval holds the truth; one without an interval does not."""
    return shown.low is not None and shown.high is not None and shown.low <= truth <= shown.high


def restarts(labs: int) -> dict[str, float]:
    """A person reads each report and starts again: with the sign turned round, then with other columns.

    Each opening at what it costs (each report told a figure and a gain), and at 5 % each time. Predictions are
    shrunk, so that they hardly do harm.
    """
    paid = unpaid = covered = 0
    for seed in range(labs):
        lab = Lab.drawn(seed, 165)
        rows, first = lab.rows(vault=True), 0.1 * lab.vault(screen(lab, lab.gains(lab.X)))
        tried = (first, -first, 0.1 * lab.vault(near_misses(lab, lab.gains(lab.X))))
        p = [compare(MSE, rows, np.zeros(len(rows)), prediction).p for prediction in tried]
        paid += any(passes(one, price(k, bits=2 * BITS * (k - 1))) for k, one in enumerate(p, start=1))
        unpaid += any(passes(one, 0.05) for one in p)
        slope = 0.1 * lab.slope(near_misses(lab, lab.gains(lab.X)))
        last = figure(MSE, rows, tried[-1], level=1.0 - price(3, bits=4 * BITS))
        covered += covers(last, 1.0 + slope**2)
    return {"paid for": paid / labs, "5 % each time": unpaid / labs, "coverage of the last": covered / labs}


# -- real improvements ----------------------------------------------------------------------------------------------


def improvements(labs: int, *, useful: float, strength: float, c: float) -> dict[str, Any]:
    """Findings on the vault of a search whose moves are partly real: false share, and power by true size.

    power: for changes of the chain with a true gain in a band of vault sigmas: how many, found, firm.
    """
    bands = np.zeros((len(EDGES) - 1, 3))
    false_share, any_false, kept, gates = [], 0, [], 0
    for seed in range(labs):
        path = Path(Moves.drawn(seed, useful=useful, strength=strength), c, seed).run()
        places, rows = path.chain(MOST_CHANGES), path.vault_rows()
        kept.append(len(path.kept))
        if not places:
            false_share.append(0.0)
            continue
        links = [ChainLink(number=place, prediction=path.on_vault(place)) for place in places]
        whole = compare(MSE, rows, links[0].prediction, links[-1].prediction)
        is_open = passes(whole.p, price(1))
        gates += is_open
        changes = judged(MSE, rows, links, level=price(1), put=lambda array: "")
        true = -np.diff([path.risk(place) for place in places])
        found = np.array([change.found and is_open for change in changes])
        firm = np.array([change.firm and is_open for change in changes])
        false_share.append(float((found & (true <= 0)).sum() / max(found.sum(), 1)))
        any_false += bool((firm & (true <= 0)).any())
        size = true / np.array([change.gain.sigma for change in changes])
        for at in range(len(bands)):
            inside = (size >= EDGES[at]) & (size < EDGES[at + 1])
            bands[at] += inside.sum(), (found & inside).sum(), (firm & inside).sum()
    large = bands[EDGES.index(4.0) :].sum(axis=0)
    return {
        "false share of findings": float(np.mean(false_share)), "labs with a false firm one": any_false / labs,
        "labs past the gate": gates / labs, "kept": float(np.mean(kept)),
        "large": int(large[0]), "large found": ratio(large[1], large[0]), "large firm": ratio(large[2], large[0]),
        "power": [[EDGES[at], int(n), ratio(f, n), ratio(h, n)] for at, (n, f, h) in enumerate(bands)],
    }  # fmt: skip


def ratio(part: float, whole: float) -> float | None:
    """A share; None of nothing."""
    return float(part / whole) if whole else None


# -- the figure -----------------------------------------------------------------------------------------------------


def after_a_search(labs: int) -> dict[str, float]:
    """The certified figure (mean squared error, 250 vault rows) of a model that a search of 165 moves made."""
    covered, off, sigma, naive = 0, [], [], []
    for seed in range(labs):
        path = Path(Moves.drawn(seed, useful=0.1, strength=0.15, moves=60), 0.0, seed).run()
        last = len(path.fits) - 1
        shown = figure(MSE, path.vault_rows(), path.on_vault(last))
        covered += covers(shown, path.risk(last))
        off.append(path.risk(last) - shown.value)
        sigma.append(((shown.high or 0.0) - (shown.low or 0.0)) / (2 * Z95))
        residual = path.moves.y[:N_SEARCH] - path.moves.X[:N_SEARCH] @ path.fits[last]
        naive.append(path.risk(last) - float(np.mean(residual**2)))
    return summed(covered, labs, off, sigma) | {"optimism of the fit": float(np.mean(naive))}


def of_a_score(labs: int, *, n: int, metric: str) -> dict[str, float]:
    """G2: a linear score between two Gaussians; its AUC is Phi(b·mu / (√2 ‖b‖)), its accuracy at ½ likewise exact."""
    covered, off, sigma = 0, [], []
    for seed in range(labs):
        rng = np.random.default_rng(seed)
        y = (rng.random(n) < 0.4).astype(np.int64)
        score = rng.normal(size=n) + 1.2 * y
        truth = 1.0 - upper(1.2 / math.sqrt(2.0)) if metric == "roc_auc" else (
            0.6 * (1.0 - upper(0.6)) + 0.4 * (1.0 - upper(0.6)))  # fmt: skip
        p = 1 / (1 + np.exp(-(1.2 * score - 0.72)))  # above ½ where the score is above 0.6
        shown = figure(METRICS[metric], Rows(y=y, problem=Binary(), seeds=Seeds(seed)), p)
        covered += covers(shown, truth)
        off.append(shown.value - truth)
        sigma.append(((shown.high or 0.0) - (shown.low or 0.0)) / (2 * Z95))
    return summed(covered, labs, off, sigma)


def summed(covered: int, labs: int, off: list[float], sigma: list[float]) -> dict[str, float]:
    """Coverage, mean optimism (oriented), its standard error and the figure's mean sigma."""
    error = float(np.std(off, ddof=1) / math.sqrt(labs))
    return {"coverage": covered / labs, "optimism": float(np.mean(off)), "error": error, "sigma": float(np.mean(sigma))}


def fixed_pool(labs: int) -> dict[str, float]:
    """BBC-CV on 60 recipes fixed in advance, none of any use: does the interval cover the risk of the chosen one?"""
    covered = naive = 0
    for seed in range(labs):
        lab = Lab.drawn(seed, 60)
        out, rows = lab.out_of_fold(lab.X), lab.rows(vault=False)
        stored = {j: out[:, j] for j in range(60)}
        best = int(np.argmin(((rows.y[:, None] - out) ** 2).mean(axis=0)))
        truth = 1.0 + lab.slope(lab.X[:, best]) ** 2
        covered += covers(corrected(MSE, rows, stored, seed), truth)
        naive += covers(figure(MSE, rows, stored[best]), truth)
    return {"BBC-CV": covered / labs, "naive": naive / labs}


def after_hill_climbing(labs: int) -> dict[str, float]:
    """The same correction after an adaptive search: reported, not promised (the lab calls it not certified)."""
    covered = naive = 0
    for seed in range(labs):
        lab = Lab.drawn(seed, 400)
        column = screen(lab, lab.gains(lab.X))
        tried = np.column_stack([lab.X[:, :59], column])
        out, rows = lab.out_of_fold(tried), lab.rows(vault=False)
        truth = 1.0 + lab.slope(column) ** 2
        covered += covers(corrected(MSE, rows, {j: out[:, j] for j in range(60)}, seed), truth)
        naive += covers(figure(MSE, rows, out[:, -1]), truth)
    return {"BBC-CV": covered / labs, "naive": naive / labs}


# -- tests and costs ------------------------------------------------------------------------------------------------


def null_pair(rng: np.random.Generator, n: int, is_class: bool) -> tuple[Array, Array, Array]:
    """Truth, and two models that are equally good and make errors of their own."""
    if not is_class:
        y = rng.normal(size=n)
        return y, y + rng.normal(size=n), y + rng.normal(size=n)
    signal = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(-1.5 * signal))).astype(np.int64)
    one, other = (1 / (1 + np.exp(-(signal + 0.7 * rng.normal(size=n)))) for _ in range(2))
    return y, one, other


def size_of_test(metric: str, n: int, sets: int) -> float:
    """Share of p at most 5 % between equally good models."""
    problem = Regression() if metric in ("mse", "mae", "r2") else Binary()
    rng, hits = np.random.default_rng([n, sum(map(ord, metric))]), 0
    for seed in range(sets):
        y, a, b = null_pair(rng, n, problem.is_class)
        rows = Rows(y=y, problem=problem, seeds=Seeds(seed))
        hits += passes(compare(METRICS[metric], rows, a, b).p, 0.05)
    return hits / sets


def size_grouped(sets: int, *, aware: bool) -> float:
    """G4: rows in 60 groups whose errors go together, two equal models; share of p below 5 %."""
    hits = 0
    for seed in range(sets):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(60), 10)
        shared = rng.normal(size=(2, 60))[:, group]
        a, b = shared + rng.normal(size=(2, 600))
        rows = Rows(y=np.zeros(600), problem=Regression(), groups=group if aware else None, seeds=Seeds(seed))
        hits += passes(compare(MSE, rows, a, b).p, 0.05)
    return hits / sets


def lasting(correlation: float, labs: int, n: int = 1000) -> float:
    """Share of the labs in which a figure holds the truth, where errors follow each other from row to row with a
    correlation, and blocks of time are the units as in a lab of `--order-by`.
    """
    rmse, truth, covered = find("rmse", Regression()), 1.0 / math.sqrt(1.0 - correlation**2), 0
    blocks = blocks_of(np.arange(n))
    for seed in range(labs):
        rng = np.random.default_rng([seed, 31])
        error, news = np.empty(n), rng.normal(size=n)
        error[0] = news[0] * truth  # from the first row on as spread as it stays
        for row in range(1, n):
            error[row] = correlation * error[row - 1] + news[row]
        rows = Rows(y=error, problem=Regression(), groups=blocks, unit="blocks of time", in_time=True,
                    seeds=Seeds(seed))  # fmt: skip
        covered += covers(figure(rmse, rows, np.zeros(n)), truth)
    return covered / labs


def seconds_to_compare(n: int = 100_000) -> dict[str, float]:
    """Processor seconds of one comparison of so many rows, by metric."""
    rng, out = np.random.default_rng(0), {}
    for name, metric in METRICS.items():
        problem = Regression() if name in ("mse", "mae", "r2") else Binary()
        y, a, b = null_pair(rng, n, problem.is_class)
        rows = Rows(y=y, problem=problem, seeds=Seeds(0))
        out[name] = spent(lambda m=metric, r=rows, p=a, q=b: compare(m, r, p, q))  # type: ignore[misc]
    return out


def seconds_to_audit(verdicts: int) -> float:
    """Processor seconds for an audit of a lab with so many verdicts on 1,000 rows, made for it."""
    from assay.audit.audit import audit
    from evidence_audit import many_verdicts

    with TemporaryDirectory(prefix="assay-audit-") as name:
        lab = many_verdicts(File(name), verdicts)
        try:
            started = time.process_time()
            found = audit(lab)
            seconds = time.process_time() - started
        finally:
            lab.close()
    if not found.ok:
        raise RuntimeError(f"The lab made for the audit differs: {[c.differ[:2] for c in found.checks if c.differ]}")
    return seconds


def spent(work: Callable[[], object]) -> float:
    """Processor seconds of a call, the better of two."""
    times = []
    for _ in range(2):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)
