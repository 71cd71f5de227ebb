"""Optuna's samplers over our spaces, in memory: a study is rebuilt from the ledger for every proposal.

Nothing but the ledger is stored. A proposal is a function of past results and the seed, so that a continued or repeated
lab proposes the same.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from assay.core.contract import Experiment, Frozen, LabView, Observation, Recipe, Seeds, Step
from assay.core.space import Choice, Float, Int, When
from assay.research.family_history import FamilyHistory, chosen, histories, promise
from assay.research.kept_trials import trial_maker

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

TRIES = 4
"""Proposals drawn to find a new one; if none is, the space is nearly exhausted."""
COLUMNS = "columns"
"""The additional dimension: which base recipe (columns, target, fixed settings) is varied."""
DIGITS = 4
"""Significant digits of a proposed number; more would only lengthen recipes."""

BEST_TRIALS, LATEST_TRIALS = 200, 800
"""Trials kept in the study of a family with many results, as it is rebuilt for every proposal."""

REPLAYED = 200
"""Replayed trials of generational samplers: the last 200 to 400 results, cut at every 200th, so that generations keep
their members between proposals. Each costs a third of a millisecond per proposal."""

Direction = Literal["maximize", "minimize"]
Settings = dict[str, float | int | str]
"""A point of a study: numbers, and choices by their position."""


def gain_alone(past: Observation, view: LabView) -> tuple[float, ...]:
    """The single objective: gain."""
    return (past.gain or 0.0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplerSpec:
    """A researcher's use of an Optuna sampler.

    sampler: creates it for a family's history and a seed. learns: whether results change what it proposes. replays:
    results go through the sampler's own ask and tell, for generational samplers; else they are added to the study.
    goals: objective values of a result, each with its direction.
    """

    sampler: "Callable[[FamilyHistory, int], BaseSampler]"
    learns: bool = True
    replays: bool = False
    goals: Callable[[Observation, LabView], tuple[float, ...]] = gain_alone
    directions: tuple[Direction, ...] = ("maximize",)


def proposals(view: LabView, spec: SamplerSpec, *, n: int, by: str, seed: int) -> Sequence[Experiment]:
    """At most n experiments, each of a family chosen by gain and cost; () where no family is worth searching."""
    known, asked = histories(view), set(view.asked)
    out: list[Experiment] = []
    for number in range(view.next_number, view.next_number + n if known else 0):
        seeds = Seeds(seed).child(by, number)
        rng, left = seeds.child("family").rng(), list(known)
        while left:
            history = chosen(left, view, rng)
            with _quiet():
                recipe = _fresh(rebuilt(history, view, spec, seed=seeds.number), history, asked)
            if recipe is not None:
                asked.add(recipe.key)
                out.append(_experiment(view.next_number + len(out), recipe, history, by=by, seed=seed))
                break
            left.remove(history)  # nearly all of its space was tried; that of another may be wide
    return tuple(out)


def _experiment(number: int, recipe: Recipe, history: FamilyHistory, *, by: str, seed: int) -> Experiment:
    best = history.best.experiment.number
    return Experiment(
        number=number, recipe=recipe, what=f"{history.family}, searched by {by}", by=by, parents=(best,),
        question=f"Is there a better place in the space of {history.family} than that of #{best}?",
        predicted_sigma=0.0, predicted_keep=0.1, seed=seed,
    )  # fmt: skip


# -- a study ----------------------------------------------------------------------------------------------------------


def rebuilt(history: FamilyHistory, view: LabView, spec: SamplerSpec, *, seed: int) -> "Study":
    """The study of a family from its history: one trial per result, stopped ones as pruned trials.

    In a replayed study each result is enqueued and asked for, so that it belongs to a generation; results without a
    gain, those outside the space, and all but the latest (REPLAYED) are left out. Other studies keep the best and the
    latest of more than a thousand results.
    """
    import optuna

    study = optuna.create_study(sampler=spec.sampler(history, seed), directions=list(spec.directions))
    if not spec.learns:
        return study
    dimensions = distributions_of(history)
    made = trial_maker(dimensions)
    for past in latest(history.observations) if spec.replays else held(history.observations):
        settings = settings_of(history, past.experiment.recipe)
        if not spec.replays:
            values = None if past.gain is None else spec.goals(past, view)
            study.add_trial(made(settings, values))
        elif past.gain is not None and len(settings) == len(dimensions):
            study.enqueue_trial(dict(settings))
            trial = study.ask()
            suggested(trial, history)
            study.tell(trial, spec.goals(past, view))
    return study


def latest(observations: Sequence[Observation]) -> Sequence[Observation]:
    """The last REPLAYED to twice as many, starting at a multiple of REPLAYED."""
    return observations[max(len(observations) // REPLAYED - 1, 0) * REPLAYED :]


def held(observations: Sequence[Observation]) -> Sequence[Observation]:
    """The best BEST_TRIALS by gain and the LATEST_TRIALS, in order."""
    if len(observations) <= BEST_TRIALS + LATEST_TRIALS:
        return observations
    early = range(len(observations) - LATEST_TRIALS)
    best = sorted(early, key=lambda place: -promise(observations[place]))[:BEST_TRIALS]
    return [*(observations[place] for place in sorted(best)), *observations[-LATEST_TRIALS:]]


def _fresh(study: "Study", history: FamilyHistory, asked: set[str]) -> Recipe | None:
    """The first new recipe of some proposals; None if there is none."""
    for _ in range(TRIES):
        recipe = suggested(study.ask(), history)
        if recipe.key not in asked:
            return recipe
    return None


# -- our spaces as theirs ---------------------------------------------------------------------------------------------


def distributions_of(history: FamilyHistory) -> "dict[str, BaseDistribution]":
    """Every dimension of a family's space by name, including conditional ones; choices by their position."""
    found = {name: _distribution(plain(dimension)) for name, dimension in history.space.dimensions}
    if len(history.bases) > 1:
        found[COLUMNS] = _positions(len(history.bases))
    return found


def plain(dimension: Float | Int | Choice | When) -> Float | Int | Choice:
    """A dimension without its condition."""
    return dimension.then if isinstance(dimension, When) else dimension


def _distribution(dimension: Float | Int | Choice) -> "BaseDistribution":
    from optuna.distributions import FloatDistribution, IntDistribution

    if isinstance(dimension, Choice):
        return _positions(len(dimension.values))
    if isinstance(dimension, Int):
        return IntDistribution(dimension.low, dimension.high, log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _positions(n: int) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution

    return CategoricalDistribution([str(position) for position in range(n)])


def settings_of(history: FamilyHistory, recipe: Recipe) -> Settings:
    """A recipe as a point of the space; numbers outside are clipped, unknown choices left out."""
    known, out = history.settings(recipe), Settings()
    for name, dimension in history.space.dimensions:
        if isinstance(dimension, When) and known.get(dimension.other) != dimension.equals:
            continue
        point = _point(plain(dimension), known.get(name))
        if point is not None:
            out[name] = point
    if len(history.bases) > 1:
        out[COLUMNS] = str(history.kind(recipe))
    return out


def _point(dimension: Float | Int | Choice, value: Frozen) -> float | int | str | None:
    if isinstance(dimension, Choice):
        return str(dimension.values.index(value)) if value in dimension.values else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    inside = min(max(value, dimension.low), dimension.high)
    return round(inside) if isinstance(dimension, Int) else float(inside)


def suggested(trial: "Trial", history: FamilyHistory) -> Recipe:
    """The recipe of a trial; queries the trial for every dimension that applies."""
    several = len(history.bases) > 1
    base = history.bases[int(trial.suggest_categorical(COLUMNS, _texts(history.bases))) if several else 0]
    searched = {name for name, _ in history.space.dimensions}
    values: dict[str, Frozen] = {name: value for name, value in base.model.params if name not in searched}
    for name, dimension in history.space.dimensions:
        if not isinstance(dimension, When) or values.get(dimension.other) == dimension.equals:
            values[name] = _value(trial, name, plain(dimension))
    return replace(base, model=Step.of(base.model.name, **values))


def _value(trial: "Trial", name: str, dimension: Float | Int | Choice) -> Frozen:
    if isinstance(dimension, Choice):
        return dimension.values[int(trial.suggest_categorical(name, _texts(dimension.values)))]
    if isinstance(dimension, Int):
        return trial.suggest_int(name, dimension.low, dimension.high, log=dimension.log)
    drawn = float(f"{trial.suggest_float(name, dimension.low, dimension.high, log=dimension.log):.{DIGITS}g}")
    return min(max(drawn, dimension.low), dimension.high)


def _texts(values: Sequence[object]) -> list[str]:
    return [str(position) for position in range(len(values))]


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences Optuna within the block, and restores its verbosity afterwards."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
