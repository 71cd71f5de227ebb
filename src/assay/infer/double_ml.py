"""Double machine learning of one effect: other columns are partialled out of target and effect by our models."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.errors import TaskError
from assay.core.schema import Facts, Schema
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.data.encode import encode_frame
from assay.data.facts import facts_of
from assay.infer.analysis_data import AnalysisData
from assay.infer.design_matrix import DesignMatrix
from assay.infer.inference_question import Notify, Question, silent
from assay.infer.inference_result import MachineEffect
from assay.infer.learners import MeanLearner, best_learner, fit, folds_of, learners, out_of_fold

FOLDS = 5
PARTITIONS, FEWEST_PARTITIONS = 11, 3
WORK = 60_000_000
"""Most cells visited over all partitions, a tree's counted eight times a linear model's: some six seconds."""
EVERY_FIT, TREES, PER_TEXT = 2_500, 8, 100
FEWEST_ROWS = 100
OVERLAP = (0.02, 0.98)
MOST_TRIMMED = 0.10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _EffectData:
    """y, d: (n,) target and effect; table: the columns adjusted for; units: (n,) rows or groups, codes from 0.

    gap: of an effect of two values, how far they lie apart in its unit, while d is 0 or 1."""

    y: Floats
    d: Floats
    table: Table
    y_facts: Facts
    d_facts: Facts
    y_target: Target
    d_target: Target
    units: Index
    weight: Floats
    gap: float = 1.0

    @property
    def is_binary(self) -> bool:
        return self.d_target.is_class


@dataclass(frozen=True, slots=True)
class _PartitionEstimate:
    """One partition's estimate: value, variance, rows outside the overlap, partial Cohen's f of the effect."""

    value: float
    variance: float
    outside: int = 0
    partial_f: float | None = None


def double_ml_effects(
    data: AnalysisData, design: DesignMatrix, asked: Question, *, seeds: Seeds, notify: Notify = silent
) -> tuple[MachineEffect, ...]:
    """The partially linear effect, and for an effect of two values the average one (AIPW) where rows overlap.

    () where no effect is named or nothing is adjusted for, and where `why_no_double_ml` says why. A 0-or-1 target is
    taken as a number: the effect is on its share. notify: called before every partition.
    """
    if asked.effect is None or len(data.columns) < 2 or why_no_double_ml(data, design, asked):
        return ()
    at = design.of([asked.effect])
    study = _study(data, design, int(at[0]), asked.effect)
    others = tuple(c.name for c in data.columns if c.name != asked.effect)
    words = _assumption(asked.effect, str(design.terms[at[0] - 1].level), others)
    outcome = data.classes[1] if data.classes else ""
    return tuple(
        replace(one, assumption=words, outcome=outcome) for one in _found(study, asked, seeds.child("double"), notify)
    )


def why_no_double_ml(data: AnalysisData, design: DesignMatrix, asked: Question) -> str:
    """Why a named effect has no estimate by double machine learning; "" where it has one, or needs none."""
    if asked.effect is None or len(data.columns) < 2:
        return ""
    if asked.moderator is not None:
        return "no double machine learning: it tells one effect, not how it differs"
    if asked.exposure is not None:
        return "no double machine learning: its models learn counts, not rates (--exposure)"
    levels = len(design.of([asked.effect])) + 1
    if data.ordered is not None and not data.ordered.are_numbers:
        return "no double machine learning: the target's levels are words, of which no mean can be taken"
    if data.problem.form == "probabilities":
        return "no double machine learning: the target has several classes (a column of one class or not would do)"
    if levels > 2:
        return f"no double machine learning: {asked.effect} has {levels} levels (a column of one level or not would do)"
    if len(data.y) < FEWEST_ROWS:
        return f"no double machine learning: {len(data.y):,} rows, fewer than {FEWEST_ROWS}"
    return ""


def _found(study: _EffectData, asked: Question, seeds: Seeds, notify: Notify) -> list[MachineEffect]:
    notify("double machine learning: choosing models")
    first = folds_of(study.units, FOLDS, seeds.child("folds", 0))
    (y_learner, y_mean), (d_learner, d_mean) = _chosen(study, first, seeds)
    straight, average = list[_PartitionEstimate](), list[_PartitionEstimate]()
    partitions = _partitions(study, (y_learner, d_learner))
    for s in range(partitions):
        notify(f"double machine learning: partition {s + 1} of {partitions}")
        own, folds = seeds.child(s), folds_of(study.units, FOLDS, seeds.child("folds", s))
        if s:  # the first partition's means are those the learners were chosen by
            y_mean = out_of_fold(y_learner, study.table, study.y_target, study.y_facts, folds=folds, seeds=own)
            d_mean = out_of_fold(d_learner, study.table, study.d_target, study.d_facts, folds=folds,
                                 seeds=seeds.child("d", s))  # fmt: skip
        straight.append(_partial(study, y_mean, d_mean))
        if study.is_binary:
            average.append(_weighted(study, folds, y_learner, d_mean, seeds.child("average", s)))
    names = (y_learner.name, d_learner.name)
    whole = _effect("partially linear", straight, study, asked, names)
    if not average:
        return [whole]
    outside = int(np.median([part.outside for part in average]))
    if outside > MOST_TRIMMED * len(study.y):
        return [replace(whole, outside=outside, note=f"{outside:,} rows have hardly a counterpart: no average effect")]
    one = _effect("average (AIPW)", average, study, asked, names)
    return [replace(whole, outside=outside), replace(one, outside=outside, trimmed=outside)]


def _partitions(study: _EffectData, chosen: tuple[MeanLearner, MeanLearner]) -> int:
    facts = study.y_facts
    width = facts.n_numeric + facts.n_category + facts.n_dates + PER_TEXT * facts.n_text
    dear = [TREES if one.rounds else 1 for one in chosen]
    arms = dear[0] if study.is_binary else 0  # two fits of half the rows
    return affordable_partitions(rows=len(study.y), columns=width, fits=FOLDS * (sum(dear) + arms))


def affordable_partitions(*, rows: int, columns: int, fits: int) -> int:
    """How many of eleven partitions the work allows, by sizes alone; odd, at least three. fits: the cost of a partition
    in linear fits."""
    allowed = WORK // (fits * max(columns, 1) * (rows + EVERY_FIT))
    return int(np.clip(allowed - (allowed + 1) % 2, FEWEST_PARTITIONS, PARTITIONS))


def _study(data: AnalysisData, design: DesignMatrix, at: int, effect: str) -> _EffectData:
    adjust = tuple(column for column in data.columns if column.name != effect)
    table = encode_frame(Schema(columns=adjust), data.frame)
    d = design.x[:, at]
    values = np.unique(d)
    binary = len(values) == 2
    y = np.asarray(data.y, dtype=np.float64)
    weight = np.ones(len(y)) if data.weight is None else data.weight
    d_target = Target((d == values[-1]).astype(np.int32), 2, data.weight) if binary else Target(
        d, 0, data.weight
    )  # fmt: skip
    y_target = Target(np.asarray(data.y, dtype=np.int32), 2, data.weight) if data.classes else Target(
        y, 0, data.weight
    )  # fmt: skip

    def facts(target: Target) -> Facts:
        return facts_of(Schema(columns=adjust), table, target, metric="",
                        problem=target.problem)  # fmt: skip

    return _EffectData(
        y=y, d=d_target.values.astype(np.float64) if binary else d, table=table, y_facts=facts(y_target),
        d_facts=facts(d_target), y_target=y_target, d_target=d_target, weight=weight,
        units=np.arange(len(y)) if data.groups is None else data.groups,
        gap=float(values[-1] - values[0]) if binary else 1.0,
    )  # fmt: skip


def _chosen(
    study: _EffectData, folds: Index, seeds: Seeds
) -> tuple[tuple[MeanLearner, Floats], tuple[MeanLearner, Floats]]:
    """(for the target, for the effect), each by its own out-of-fold error, with its means."""
    y = best_learner(learners(study.y_facts), study.table, study.y_target, study.y_facts, folds=folds,
                     seeds=seeds.child("target"))  # fmt: skip
    d = best_learner(learners(study.d_facts), study.table, study.d_target, study.d_facts, folds=folds,
                     seeds=seeds.child("effect"))  # fmt: skip
    return y, d


def _partial(study: _EffectData, y_mean: Floats, d_mean: Floats) -> _PartitionEstimate:
    """θ = Σ v u / Σ v², u = y - E[y|x], v = d - E[d|x] (Robinson, 1988; Chernozhukov et al., 2018).

    y_mean, d_mean: (n,) E[y|x] and E[d|x] out of fold.
    """
    u, v = study.y - y_mean, study.d - d_mean
    mass = study.weight
    total = float((mass * v**2).sum())
    if not total > 1e-12 * len(v):
        raise TaskError("The effect is told by the columns it is adjusted for, and nothing of it is left to compare.",
                        do=("--adjust fewer columns",))  # fmt: skip
    value = float((mass * v * u).sum()) / total
    scores = np.bincount(study.units, weights=mass * (u - value * v) * v)
    left = float((mass * (u - value * v) ** 2).sum())
    partial_f = abs(value) * np.sqrt(total / left) if left > 0 else None
    return _PartitionEstimate(value, float((scores**2).sum()) / total**2, partial_f=partial_f)


def _weighted(study: _EffectData, folds: Index, learner: MeanLearner, m: Floats, seeds: Seeds) -> _PartitionEstimate:
    """mean of μ1 - μ0 + d (y-μ1)/m - (1-d) (y-μ0)/(1-m) (Robins, Rotnitzky and Zhao, 1994), cross-fitted."""
    inside = (m >= OVERLAP[0]) & (m <= OVERLAP[1])
    m = np.clip(m, *OVERLAP)
    mu = [_arm(study, folds, learner, study.d == arm, seeds.child("arm", arm)) for arm in (0, 1)]
    d, y = study.d, study.y
    psi = mu[1] - mu[0] + d * (y - mu[1]) / m - (1.0 - d) * (y - mu[0]) / (1.0 - m)
    mass = study.weight * inside
    value = float((mass * psi).sum() / mass.sum())
    sums = np.bincount(study.units, weights=mass * (psi - value))
    return _PartitionEstimate(value, float((sums**2).sum() / mass.sum() ** 2), int((~inside).sum()))


def _arm(study: _EffectData, folds: Index, learner: MeanLearner, arm: Bools, seeds: Seeds) -> Floats:
    """(n,) the target's mean among rows of one arm, each row by a fit that did not see its fold."""
    out = np.empty(len(folds))
    for number in np.unique(folds):
        rows = np.flatnonzero((folds != number) & arm)
        held = np.flatnonzero(folds == number)
        if len(np.unique(study.y_target.values[rows])) < 2:  # an arm whose target is one value needs no model
            out[held] = study.y[rows].mean() if len(rows) else study.y.mean()
            continue
        asker = fit(learner, study.table, study.y_target, study.y_facts, rows=rows, seeds=seeds.child(int(number)))
        out[held] = asker(study.table.take(held))
    return out


def _effect(
    method: str, parts: list[_PartitionEstimate], study: _EffectData, asked: Question, names: tuple[str, str]
) -> MachineEffect:
    """Median over partitions; its variance the median of theirs plus squared deviations between them (same source)."""
    from scipy.special import stdtr, stdtrit

    values = np.array([part.value for part in parts]) / study.gap
    value = float(np.median(values))
    se = float(np.sqrt(np.median(np.array([part.variance for part in parts]) / study.gap**2 + (values - value) ** 2)))
    df = float(int(study.units.max()))
    reach = float(stdtrit(df, 1 - asked.unused.level / 2)) * se
    t = abs(value) / se if se > 0 else 0.0
    seen = [part.partial_f for part in parts if part.partial_f is not None]
    f = float(np.median(seen)) if seen else None
    kept = max(1.0 - reach / abs(value), 0.0) if value else 0.0
    return MachineEffect(
        method=method, value=value, se=se, low=value - reach, high=value + reach,
        p=None if asked.unused.without_p else float(2.0 * stdtr(df, -t)), rows=len(study.y), adjusted_by=names,
        reach=None if f is None else robustness(f), reach_p=None if f is None else robustness(kept * f),
        assumption="", partitions=len(parts),
    )  # fmt: skip


def robustness(f: float) -> float:
    """Robustness value (Cinelli and Hazlett, 2020): share of the residual variance of target and effect that an omitted
    column must explain of both to undo f (Cohen's partial f): ½ (√(f⁴ + 4 f²) - f²)."""
    return float(0.5 * (np.sqrt(f**4 + 4.0 * f**2) - f**2))


def _assumption(effect: str, level: str, others: tuple[str, ...]) -> str:
    shown = ", ".join(others[:6]) + (f" and {len(others) - 6} more" if len(others) > 6 else "")
    what = f"{effect} = {level}" if level else effect
    return (
        f"an effect of {what} only if every common cause of {effect} and the target is among: {shown}; "
        f"and none of them is itself an effect of {effect}"
    )
