"""How a search went, in numbers: a function of a lab's state, so of its ledger alone.

After the process metrics of FML-bench (arXiv 2605.17373), with two differences: gains are those of other folds, never
the best score so far, which counts luck as progress; and distances are between recipes, not embeddings of code.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.process_measures import (
    Diversity,
    GainCurve,
    LooksUsed,
    Outcomes,
    Overfit,
    ProcessMetrics,
    RunCost,
)
from assay.core.recipe import Recipe
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.views.recipe_points import mechanism, near_keys, recipe_points


def process_metrics(
    state: LabState, *, predictions: Iterable[AnyArray] = (), removals: tuple[int, int] | None = None
) -> ProcessMetrics:
    """All of them. predictions: out-of-fold ones of the same rows, for `Diversity.in_effect`; removals: keeps that are
    still needed, of those that were taken out.
    """
    proposals = _proposals(state)
    gains = confirmed_gains(proposals)
    by_experiment = gain_curve([(place, gain) for place, _, gain in gains], length=float(len(proposals)))
    last = by_experiment.last
    return ProcessMetrics(
        by_experiment=by_experiment,
        by_second=gain_curve([(at, gain) for _, at, gain in gains], length=state.seconds),
        since_last=None if last is None else len(proposals) - round(last),
        outcomes=outcomes(state, proposals), diversity=diversity(state, proposals, predictions),
        cost=run_cost(state), looks=looks_used(state), overfit=overfit(state), survived=removals,
    )  # fmt: skip


def _proposals(state: LabState) -> list[ExperimentEntry]:
    """Those that count against a budget, in the order in which they were asked for."""
    return [entry for _, entry in sorted(state.entries.items()) if entry.experiment.role == "proposal"]


def confirmed_gains(proposals: Sequence[ExperimentEntry]) -> list[tuple[float, float, float]]:
    """(place from 1, seconds when it was asked, σ gained on other folds) of each keep that was tried there."""
    return [
        (float(place), entry.asked_seconds, max(entry.verdict.confirm.z, 0.0))
        for place, entry in enumerate(proposals, start=1)
        if entry.status == "kept" and entry.verdict is not None and entry.verdict.confirm is not None
    ]


def gain_curve(gains: Sequence[tuple[float, float]], *, length: float) -> GainCurve:
    """The curve of (where, σ) along an axis that ends at `length`."""
    total = sum(gain for _, gain in gains)
    if not gains or total <= 0 or length <= 0:
        return GainCurve(length=length, total=total)
    area = sum(gain * max(length - at, 0.0) for at, gain in gains) / (total * length)
    late = sum(gain for at, gain in gains if at > length / 2) / total
    return GainCurve(length=length, total=total, area=area, first=gains[0][0], last=gains[-1][0], late=late)


def outcomes(state: LabState, proposals: Sequence[ExperimentEntry]) -> Outcomes:
    """What became of them; a person's messages that were refused are counted beside."""
    failures = Counter(
        entry.result.failure.kind
        for entry in proposals
        if not entry.is_void and entry.result is not None and entry.result.failure is not None
    )
    statuses = Counter(entry.status for entry in proposals)
    refused = sum(answer.ended == "refused" for answer in state.steering.answers.values())
    return Outcomes(
        started=len(proposals), scored=statuses["kept"] + statuses["dropped"] + statuses["repeat"],
        stopped=statuses["stopped early"],
        not_ended=statuses["not ended"] + statuses["running"] + statuses["asked"],
        failed=tuple(sorted(failures.items())), void=statuses["void"], refused=refused,
    )  # fmt: skip


def diversity(state: LabState, proposals: Sequence[ExperimentEntry], predictions: Iterable[AnyArray]) -> Diversity:
    """Of the recipes that were proposed on the first folds; repeats on other folds are no new recipes."""
    recipes = {e.experiment.number: e.experiment.recipe for e in proposals if not e.experiment.partition}
    mechanisms = len({mechanism(recipe) for recipe in recipes.values()})
    counted = Diversity(of=len(recipes), mechanisms=mechanisms, near=_near(recipes.values()))
    if len(recipes) < 2:
        return counted
    points = recipe_points(tuple(recipes.values()))
    places = {number: place for place, number in enumerate(recipes)}
    base = places.get(state.baseline or 0)
    reach = None if base is None else np.linalg.norm(points - points[base], axis=1)
    champion = places.get(state.champion or 0)
    return Diversity(
        of=len(recipes), mechanisms=mechanisms, near=counted.near,
        spread=float(np.linalg.norm(points - points.mean(axis=0), axis=1).mean()),
        reach=None if reach is None else float(reach.max()),
        champion=None if reach is None or champion is None else float(reach[champion]),
        dimension=participation_ratio(points), in_effect=participation_ratio(_as_rows(predictions)),
    )  # fmt: skip


def _near(recipes: Iterable[Recipe]) -> int:
    """Recipes that differ from an earlier one in one setting at most."""
    seen, near = set[str](), 0
    for recipe in recipes:
        keys = near_keys(recipe)
        near += not seen.isdisjoint(keys)
        seen |= keys
    return near


def _as_rows(predictions: Iterable[AnyArray]) -> Floats:
    """(n, cells) predictions laid flat; NaN, of rows that are not scored, counts as the same everywhere."""
    flat = [np.nan_to_num(np.asarray(one, dtype=np.float64).ravel()) for one in predictions]
    return np.stack(flat) if flat else np.empty((0, 0))


def participation_ratio(points: Floats) -> float | None:
    """(Σλ)² / Σλ² of the covariance of points (n, d): how many directions they vary in, if alike in each; None for
    fewer than two points or where they do not vary. By traces, in the smaller of both dimensions."""
    if len(points) < 2:
        return None
    centred = points - points.mean(axis=0)
    gram = centred @ centred.T if len(centred) <= centred.shape[1] else centred.T @ centred
    square = float((gram**2).sum())
    return float(np.trace(gram)) ** 2 / square if square > 0 else None


def run_cost(state: LabState) -> RunCost:
    """What it cost, as the ledger has it."""
    ended = [entry for entry in state.entries.values() if entry.result is not None]
    wall = sum(entry.result.wall_seconds for entry in ended if entry.result is not None)
    lost = sum(e.result.wall_seconds for e in ended if e.result is not None and e.result.failure is not None)
    return RunCost(
        wall_seconds=state.seconds,
        cpu_seconds=sum(entry.result.cpu_seconds for entry in ended if entry.result is not None),
        busy=None if state.end is None else state.end.utilisation, crashed=lost / wall if wall > 0 else None,
    )  # fmt: skip


def looks_used(state: LabState) -> LooksUsed | None:
    """Openings of the vault so far; None without one."""
    return None if state.vault is None else LooksUsed(opened=len(state.openings), parts=state.vault.seals)


def overfit(state: LabState) -> Overfit | None:
    """The search's score less the vault's; None before one was opened."""
    certified = state.certified
    if certified is None or certified.optimism is None:
        return None
    low, high = certified.figure.low, certified.figure.high
    if low is None or high is None:
        return Overfit(value=certified.optimism, low=None, high=None)
    half = (high - low) / 2
    return Overfit(value=certified.optimism, low=certified.optimism - half, high=certified.optimism + half)
