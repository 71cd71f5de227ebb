"""The gain over standard LightGBM that a search announces: where there is none, where there is one, after more time."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.figure import Z95, Difference
from assay.evidence.bbc import correct
from assay.evidence.interval import level
from assay.metrics.choose_metric import find
from evidence_labs import MSE, Lab, corrected
from evidence_worlds import BASELINE, LAWS, METRICS, NO_TRUTH, Search, World
from outcome import Check, at_least, at_most

CELLS = tuple((shape, metric) for shape in LAWS for metric in METRICS)
STRENGTH = 0.7
LOOKS, RECIPES = (10, 20, 30, 40, 50, 60), 60
WHOLE = (
    ("t2", "rmse"),
    ("log-normal", "mae"),
    ("texts", "roc_auc"),
    ("Cauchy", "roc_auc"),
    ("normal", "average_precision"),
)
"""Labs that `fit` itself searches, without signal."""
FITTED = 8
ENOUGH = 200
"""Labs of each kind from which promises are held to without slack for chance."""
BEYOND = 1.0 + 1e-9
"""σ, but for rounding."""
LEFT_OUT = frozenset({"catboost", "realmlp"})
NARROW = (1.0 / (math.e - 1.0)) ** 0.5
"""σ of a mean over all rows by that of one over rows left out of bag: these are 1/e of all, drawn without replacement,
so that its variance is (1 - 1/e) / (1/e) times as large."""


def gains(labs: int) -> dict[str, Any]:
    """labs: of each kind, spread over the shapes and metrics."""
    each = max(labs // len(CELLS), 1)
    return {
        "labs": each * len(CELLS), "nothing to find": _shares(each, 0.0), "signal": _shares(each, STRENGTH),
        "whole searches": _whole(max(labs // 40, 1)), "more time": more_time(labs),
        "twice": twice(20 * labs),
    }  # fmt: skip


def _shares(each: int, strength: float) -> dict[str, Any]:
    found = [_of(shape, metric, seed, strength) for seed in range(each) for shape, metric in CELLS]
    known = [one for one in found if one["gain misses"] is not None]
    return {
        "excludes 0": _mean(one["excludes 0"] for one in found),
        "against the board": sum(one["against"] for one in found),
        "below 0": sum(one["below 0"] for one in found), "true gains": len(known),
        "gain covers": 1.0 - _mean(one["gain misses"] for one in known),
        "figure covers": 1.0 - _mean(one["figure misses"] for one in known),
        "narrow": {
            "excludes 0": _mean(one["gain at 0"] > NARROW for one in found),
            "gain covers": _mean(one["gain off"] <= NARROW for one in known),
            "figure covers": _mean(one["figure off"] <= NARROW for one in known),
        },
        "holds 95 %": {  # the share of the width at which 95 % are held
            what: float(np.quantile([one[what] for one in known], 0.95)) for what in ("gain off", "figure off")
        },
        "excludes 0 by shape": {
            shape: _mean(one["excludes 0"] for one in found if one["shape"] == shape) for shape in LAWS
        },
    }  # fmt: skip


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))


def _of(shape: str, metric_name: str, seed: int, strength: float) -> dict[str, Any]:
    """One search: its gain, the board's, and the truth."""
    search = Search.run(World.drawn(shape, metric_name, seed, strength=strength), seed)
    metric, (choice, chosen) = find(metric_name, search.rows.problem), search.choice()
    found, sign = correct(metric, search.rows, choice), 1.0 if metric.higher_is_better else -1.0
    assert found.gain is not None
    assert choice.shipped is not None
    on_board = sign * (level(metric, search.rows, choice.shipped) - level(metric, search.rows, search.stored[BASELINE]))
    out: dict[str, Any] = {
        "shape": shape, **_said(found.gain, on_board), "gain misses": None, "figure misses": None,
        "gain at 0": abs(found.gain.value) / (Z95 * found.gain.sigma) if found.gain.sigma > 0 else 0.0,
    }  # fmt: skip
    if (shape, metric_name) not in NO_TRUTH:
        truth = search.truth(chosen)
        gain = sign * (truth - search.baseline_truth())
        out["gain misses"] = not _holds(found.gain.low, gain, found.gain.high)
        out["figure misses"] = not _holds(found.figure.low, truth, found.figure.high)
        out["gain off"] = _off(found.gain.value, gain, found.gain.high, (-math.inf, math.inf))
        out["figure off"] = _off(found.figure.value, truth, found.figure.high, metric.bounds)
    return out


def _off(value: float, truth: float, high: float | None, bounds: tuple[float, float]) -> float:
    """How far the truth is from a value, 1 at the end of the interval, on the scale on which that is even."""
    assert high is not None
    if high == value:
        return 0.0 if truth == value else math.inf
    if bounds == (0.0, 1.0):
        value, truth, high = (math.log(one / (1.0 - one)) for one in (value, truth, high))
    elif bounds == (0.0, math.inf):
        value, truth, high = (math.log(one) for one in (value, truth, high))
    return abs(truth - value) / (high - value)


def _holds(low: float | None, value: float, high: float | None) -> bool:
    return bool(low is not None and high is not None and low <= value <= high)


def _said(gain: Difference, on_board: float) -> dict[str, bool]:
    """against: of the other sign than the leaderboard's difference, by more than σ."""
    return {
        "excludes 0": not _holds(gain.low, 0.0, gain.high), "below 0": bool(gain.high is not None and gain.high < 0.0),
        "against": bool(gain.value * on_board < 0.0 and abs(gain.value) > BEYOND * gain.sigma),
    }  # fmt: skip


def _whole(each: int) -> dict[str, Any]:
    """`fit` itself, on tables without signal."""
    found = [_fitted(shape, metric, seed) for seed in range(each) for shape, metric in WHOLE]
    return {"labs": len(found), **{what: sum(one[what] for one in found) for what in ("excludes 0", "against")}}


def _fitted(shape: str, metric: str, seed: int) -> dict[str, bool]:
    import pandas as pd

    from assay.core.clock import Budget
    from assay.data.options import TaskOptions
    from assay.lab.fit import fit
    from assay.lab.run_context import RunContext
    from assay.search.settings import FitSettings

    world = World.drawn(shape, metric, 1000 + seed, strength=0.0)
    X, y = world.X[: world.n], world.y[: world.n]
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    if shape == "texts":  # each word as often as it was counted
        frame = pd.DataFrame({"text": [" ".join(f"word{j} " * int(n) for j, n in enumerate(row)) for row in X]})
    frame["target"] = np.where(y > 0, "yes", "no") if world.is_class else y
    with tempfile.TemporaryDirectory() as place:
        settings = FitSettings(budget=Budget(experiments=FITTED), out=str(Path(place) / "a.lab"), without=LEFT_OUT)
        context = RunContext(inline=True, write_brief=False)
        summary = fit(frame, TaskOptions(target="target", metric=metric), settings, context=context)
    if summary.gain is None or summary.search is None or summary.baseline_score is None:
        return {"excludes 0": False, "below 0": False, "against": False}  # standard LightGBM ships
    sign = 1.0 if summary.higher_is_better else -1.0
    return _said(summary.gain, sign * (summary.search.value - summary.baseline_score.value))


def more_time(labs: int) -> dict[str, float]:
    """Sixty recipes in a fixed order, none of any use; a person reads the figure after every ten and takes the best.

    More than anybody who goes on or stops by what was read could do. Coverage and mean optimism in σ, of that figure
    and of the last.
    """
    held, last_held = 0, 0
    off: list[float] = []
    last_off: list[float] = []
    for seed in range(labs):
        lab = Lab.drawn(seed, RECIPES)
        out, rows = lab.out_of_fold(lab.X), lab.rows(vault=False)
        losses, looks = ((rows.y[:, None] - out) ** 2).mean(axis=0), []
        for n in LOOKS:
            best = int(losses[:n].argmin())
            shown = corrected(MSE, rows, {j: out[:, j] for j in range(n)}, seed)
            looks.append((shown, 1.0 + lab.slope(lab.X[:, best]) ** 2))
        taken = min(looks, key=lambda look: look[0].value)
        for (shown, truth), offs in ((taken, off), (looks[-1], last_off)):
            offs.append((truth - shown.value) / float(((shown.high or 0.0) - (shown.low or 0.0)) / (2 * Z95)))
        held += _holds(taken[0].low, taken[1], taken[0].high)
        last_held += _holds(looks[-1][0].low, looks[-1][1], looks[-1][0].high)
    return {
        "labs": labs, "best of six looks covers": held / labs, "the last covers": last_held / labs,
        "optimism of the best, in σ": _mean(off), "optimism of the last, in σ": _mean(last_off),
    }  # fmt: skip


def twice(labs: int) -> float:
    """How much more a score out of fold varies than its rows say where nothing is to be learned: each pair of rows is
    in it twice, one learned from and the other scored, and the other way round.

    The learner adds up the columns by their covariance with the target; its score is the covariance with it.
    """
    scores, told = [], []
    for seed in range(labs):
        rng = np.random.default_rng([seed, 11])
        X, y, fold = rng.normal(size=(100, 5)), rng.normal(size=100), np.arange(100) % 5
        out = np.array([X[i] @ (X[fold != fold[i]].T @ y[fold != fold[i]]) for i in range(100)])
        scores.append((y * out).mean())
        told.append((y * out).var(ddof=1) / 100)
    return float(np.var(scores) / np.mean(told))


def checks_of_gains(cell: dict[str, Any]) -> Iterator[Check]:
    """At most 7 % where nothing is to be gained; never another sign than the board's beyond σ."""
    none, signal, whole, more = (cell[name] for name in ("nothing to find", "signal", "whole searches", "more time"))
    slack = 0.0 if cell["labs"] >= ENOUGH else 200.0 * (0.05 * 0.95 / cell["labs"]) ** 0.5
    yield at_most(
        "no signal: the gain's 95 % interval excludes 0", 100 * none["excludes 0"], round(7 + slack, 1), "%", digits=1
    )
    for name, one in (("no signal", none), ("signal", signal)):
        of = f"of {cell['labs']} labs"
        yield at_most(f"{name}: gain against the leaderboard beyond σ", one["against the board"], 0, of, digits=0)
        yield at_least(
            f"{name}: the gain's interval covers its true value",
            100 * one["gain covers"],
            round(93 - slack, 1),
            "%",
            digits=1,
        )
        yield at_least(
            f"{name}: the corrected figure covers", 100 * one["figure covers"], round(90 - slack, 1), "%", digits=1
        )
    few = max(0.07 * whole["labs"], 1)
    yield at_most("whole searches, no signal: excludes 0", whole["excludes 0"], few, f"of {whole['labs']}", digits=0)
    yield at_most("whole searches: against the leaderboard", whole["against"], 0, f"of {whole['labs']}", digits=0)
    covers = 100 * more["best of six looks covers"]
    yield at_least("more time after a figure was seen, the best of six figures covers", covers, 93, "%", digits=1)


def sentences_of_gains(cell: dict[str, Any]) -> list[str]:
    """For the page on trust."""
    none, signal, whole, more = (cell[name] for name in ("nothing to find", "signal", "whole searches", "more time"))
    by_shape = ", ".join(f"{shape} {_percent(share)}" for shape, share in none["excludes 0 by shape"].items())
    against = none["against the board"] + signal["against the board"]
    best, last = more["best of six looks covers"], more["the last covers"]
    excluded, covers = _percent(none["excludes 0"]), _percent(none["gain covers"])
    narrow = min(one["narrow"]["figure covers"] for one in (none, signal))
    needed = [100 * max(one["holds 95 %"][what] for one in (none, signal)) for what in ("gain off", "figure off")]
    narrowed = _percent(signal["narrow"]["gain covers"])
    with_signal, corrected_covers = _percent(signal["gain covers"]), _percent(signal["figure covers"])
    return [
        f"Searches of real learners on {cell['labs']} tables without signal (RMSE, MAE, ROC AUC, average precision",
        f"at 1.5 %): the interval of the gain over LightGBM excludes 0 in {excluded}",
        f"({by_shape}),",
        f"and covers the true gain, which is not always 0, in {covers}. On as many with signal it covers in",
        f"{with_signal}, the corrected figure in {corrected_covers}. 95 % would be covered by {needed[0]:.0f} % of",
        f"the gain's width and {needed[1]:.0f} % of the figure's; by the {100 * NARROW:.0f} % that rows alone ask for",
        f"the gain is covered in {narrowed} with signal, the figure in {_percent(narrow)}.",
        "Gain and leaderboard have other signs by more",
        f"than σ in {against} of {2 * cell['labs']}. Of {whole['labs']} whole runs of `fit` without signal",
        f"{whole['excludes 0']} announced a gain or a loss. Who reads the figure after every ten of {RECIPES}",
        f"useless recipes and keeps the best of the six has one that covers in {_percent(best)}",
        f"(the last: {_percent(last)}) and is too good by {more['optimism of the best, in σ']:.2f} σ",
        f"(the last: {more['optimism of the last, in σ']:.2f} σ). What a learner without signal scores out of fold",
        f"varies by {cell['twice']:.2f} times the variance that its rows tell.",
    ]  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
