"""Bootstrap bias-corrected cross-validation: the score of the best of a pool without selection optimism, and its
gain."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Deadline
from assay.core.contract import Metric, Resampled
from assay.core.errors import DataError
from assay.core.figure import Z95, Difference, Figure, decimals_for, number_text
from assay.core.prediction import scored_rows
from assay.evidence.estimate import Estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import t_interval
from assay.evidence.metric_sample import Sample
from assay.evidence.out_of_bag import FEWEST, Bags, Reblender, most_calls, out_of_bag, rising

AT_MOST, NEAR_SIGMA = 64, 5.0
"""Most configurations in a correction, and how many paired σ behind the best they may lie."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelChoice:
    """What the shipped model was chosen from.

    pool: stored out-of-fold predictions by experiment number. blend: one more configuration. instead: the constant,
    which ships where nothing is better than it. shipped: predictions of what ships; None: the choice on all rows.
    answered: the same by its labels, each row's by a rule that its fold had no part in, for metrics of labels where it
    is not the likeliest class that is answered; the figure and the gain are then of these.
    baseline: predictions that the choice is compared with, in the pool or not; it was fixed before. searched: how many
    of the pool were proposed after scores were seen (a search in a bounded space; counting them as a fixed pool is an
    approximation). draws: at most so many resamples, to make a correction again that a deadline had cut short. behind:
    recipes that were to choose from, too, so far behind the pool that no resample would choose one; counted among the
    searched where they were.
    """

    pool: Mapping[int, AnyArray]
    blend: Reblender | None = None
    instead: AnyArray | None = None
    shipped: AnyArray | None = None
    answered: AnyArray | None = None
    baseline: AnyArray | None = None
    searched: int = 0
    draws: int | None = None
    behind: int = 0

    @property
    def n_recipes(self) -> int:
        """How many were to choose from."""
        return len(self.pool) + self.behind

    @property
    def words(self) -> str:
        n, fixed = self.n_recipes, self.n_recipes - self.searched
        kinds = f"{fixed} fixed and {self.searched} searched recipes" if self.searched else _recipes(n)
        return kinds + (" and their blend" if self.blend else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The figure, the selection optimism subtracted from it (oriented; None: not corrected), and the gain over the
    baseline; no gain without a baseline or too few usable resamples. draws: resamples made, usable or not. uncut: the
    estimated optimism where less of it was subtracted; None: all of it was.
    """

    figure: Figure
    optimism: float | None = None
    uncut: float | None = None
    gain: Difference | None = None
    draws: int = 0


def correct(metric: Metric, rows: Rows, choice: ModelChoice, *, deadline: Deadline = Deadline()) -> Corrected:
    """Bootstrap bias-corrected cross-validation (Tsamardinos, Greasidou and Borboudakis, 2018), by differences.

    In each resample the blend's weights are fitted anew in-bag and the best in-bag configuration is chosen; that
    choice, what ships and the baseline are scored on the same rows out of bag. The mean difference between what ships
    and the in-bag choice, both out of bag, is the selection optimism: never below 0, nor so large that the gain on all
    rows becomes a loss of more than σ (`uncut` and the method then hold the rest). Subtracted from the score of what
    ships it gives the figure, and from its gain over the fixed baseline the corrected gain; so the three add up, and
    effects of resampling itself (heavy tails, few positives) cancel. 1.96 standard deviations of the resampled scores
    and differences are the intervals, on the metric's own scale those of the figure. A third of the rows is out of bag:
    by rows alone these intervals are 1.31 times too wide, √((1 - 1/e) / (1/e)). They are kept so wide because refitting
    varies, too, which stored predictions cannot show; narrowed by that factor they miss too often
    (`benchmarks/evidence.py --only gain`).

    Resamples: 1000; above 20,000 rows 500, rank metrics 200; with a blend 200 at most; metrics that can only be called
    one by one as many as 3 s allow. A deadline lowers the number (never below one chunk). Under 40 usable resamples the
    plain score is returned, not corrected. Cost, one core: 20 configurations of 45,000 rows, AUC, 0.8 s.
    """
    singles = [choice.pool[number] for number in sorted(choice.pool)]
    if not singles:
        raise DataError("No experiment is complete: there is nothing to correct.")
    others = (choice.instead, choice.shipped, choice.baseline, choice.answered)
    beside = [one for one in others if one is not None]
    sample = Sample.of(metric, rows, [*singles, *beside])
    places = iter(range(len(singles), len(singles) + len(beside)))
    instead, shipped, baseline, answered = (None if one is None else sample.only(next(places)) for one in others)
    pool = sample.only(*range(len(singles)))
    near = pool.only(*_near_the_best(pool, pool.levels()))
    bags = Bags(sample=near, held=scored_rows(singles[0]), blend=choice.blend, instead=instead)
    fixed = _beside(bags.on_all_rows() if shipped is None else shipped, baseline, answered)
    scores, draws = out_of_bag(replace(bags, fixed=fixed), deadline, choice.draws)
    levels = fixed.levels()
    if len(scores) < FEWEST:
        method = f"not corrected: too few usable resamples ({len(scores)}) for the choice among {choice.words}"
        return Corrected(figure=_figure(pool, float(levels[_reported_at(choice)]), method=method), draws=draws)
    return replace(_corrected(pool, choice, levels, scores), draws=draws)


def _beside(shipped: Sample, *others: Sample | None) -> Sample:
    """What is scored out of bag beside every choice."""
    more = [one.predictions[0] for one in others if one is not None]
    return shipped if not more else replace(shipped, predictions=(*shipped.predictions, *more), known=None)


def _reported_at(choice: ModelChoice) -> int:
    """The position of the reported prediction among those scored beside the choices: of labels, where there are any."""
    return 0 if choice.answered is None else -1


def _corrected(pool: Sample, choice: ModelChoice, levels: Floats, scores: Floats) -> Corrected:
    """levels: of what ships, the baseline and its labels, of the last two as there are; scores (b, 1 + these) out of
    bag: of each bag's choice and of these.
    """
    metric, sign = pool.metric, 1.0 if pool.metric.higher_is_better else -1.0
    lost = float(sign * (scores[:, 1] - scores[:, 0]).mean())
    level, chosen = float(levels[_reported_at(choice)]), scores[:, 0]
    if choice.answered is not None:  # labels move the choice as they move what ships
        chosen = chosen + scores[:, -1] - scores[:, 1]
    seen = None if choice.baseline is None else sign * (level - float(levels[1]))
    sigma = 0.0 if seen is None else float((chosen - scores[:, 2]).std(ddof=1))
    # what would turn a gain into a loss of more than its noise is the luck of resampling, as of a few huge errors
    most = np.inf if seen is None else max(seen, 0.0) + sigma
    optimism, uncut = max(min(lost, most), 0.0), lost if lost > most else None
    value = float(np.clip(level - sign * optimism, *metric.bounds))
    method = f"BBC-CV over {choice.words}, {len(scores):,} resamples"
    if uncut is not None:
        method += f", {_cut_words(uncut, optimism, sigma)}"
    found = Estimate(value=value, sums=np.zeros(2), mass=np.ones(2), n_rows=len(pool.rows))
    low, high = t_interval(found, metric.bounds, sure=(float(chosen.std(ddof=1)), np.inf))
    whole = replace(
        _figure(pool, value, method=method), origin="corrected", low=low, high=high, chosen_among=choice.n_recipes
    )
    gain = None if seen is None else _gain(pool, seen - optimism, sigma, method)
    return Corrected(figure=whole, optimism=optimism, uncut=uncut, gain=gain)


def _cut_words(uncut: float, optimism: float, sigma: float) -> str:
    """Why less than the estimated optimism was subtracted."""
    decimals = decimals_for(sigma)
    estimated, taken = number_text(uncut, decimals), number_text(optimism, decimals)
    return f"whose optimism of {estimated} was cut to {taken} so that it turns no gain into a loss of more than σ"


def _gain(pool: Sample, value: float, sigma: float, method: str) -> Difference:
    """Over the baseline, which is scored on the same rows out of bag as each choice."""
    units = int(pool.rows.units().max()) + 1
    low, high = value - Z95 * sigma, value + Z95 * sigma
    return Difference(
        value=value, origin="corrected", sigma=sigma, df=float(max(units - 1, 1)), n_units=units, low=low, high=high,
        p=None, e=None, method=f"1.96 σ of {method}, choice and baseline on the same rows out of bag",
    )  # fmt: skip


def _recipes(n: int) -> str:
    return f"{n} recipe{'s' * (n > 1)}"


def _figure(sample: Sample, value: float, *, method: str) -> Figure:
    return Figure(
        value=value, metric=sample.metric.name, title=sample.metric.title, origin=sample.rows.origin,
        rows=len(sample.rows), method=method,
    )  # fmt: skip


def _near_the_best(sample: Sample, levels: Floats) -> list[int]:
    """Configurations within 5 paired row sigma of the best, best first, at most 64; others are never chosen in-bag."""
    order = np.argsort(rising(sample.metric, levels), kind="stable")
    order = order[~np.isnan(levels[order])]
    if not order.size:
        raise DataError(f"{sample.metric.title} is undefined on these {len(sample.rows):,} rows: a class is absent.")
    candidates = [int(number) for number in order[: _at_most(sample)]]
    best = sample.only(candidates[0]).influences()
    if best is None:
        return candidates
    units, near = sample.rows.units(), candidates[:1]
    for number in candidates[1:]:  # one at a time: all of them are 500 MB at a million rows
        influence = sample.only(number).influences()
        gap = abs(levels[number] - levels[candidates[0]])
        if influence is not None and gap <= NEAR_SIGMA * _row_sigma(units, influence[0] - best[0]):
            near.append(number)
    return near


def _row_sigma(units: Index, influence: Floats) -> float:
    sums = np.bincount(units, weights=influence).astype(np.float64)
    return Estimate(value=0.0, sums=sums, mass=np.ones(len(sums)), n_rows=len(influence)).sigma


def _at_most(sample: Sample) -> int:
    if isinstance(sample.metric, Resampled):
        return AT_MOST
    return int(np.clip(most_calls(sample) / (2 * FEWEST) - 1, 2, AT_MOST))
