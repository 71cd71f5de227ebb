"""The contract of model families, as checks for authors of plug-ins: `check_model("my_family")`."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Floats, Index
from assay.core.clock import Deadline, Limits, SystemClock
from assay.core.contract import Facts, Fitted, Model, Seeds, State, Step, SupportsCheaper, Target
from assay.features import registry as steps
from assay.models import registry
from assay.testing.memory_view import MemoryView
from assay.testing.tables import PROBLEMS, Asked, tiny_table, tiny_target

OVERRUN = 2.0
"""Seconds a fit may go on once its deadline is over."""
ROUNDS = 7
"""For fits with a given number of rounds: few, so that the suite is quick."""
SAME = 1e-9
"""Relative to the spread of the predictions; rows together may differ by rounding from rows alone."""


@dataclass(frozen=True, slots=True)
class Report:
    """passed: "check, problem" for each check that held, in the order in which they ran."""

    model: str
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One family on one small task: its class, an instance, a fold, and a fit of it."""

    name: str
    problem: Asked
    family: type[Model]
    model: Model
    view: MemoryView
    fitted: Fitted

    @property
    def prediction(self) -> Floats:
        return self.fitted.predict(self.view.table("test"))


def small_view(problem: Asked, *, n: int = 160) -> MemoryView:
    """A fold with missing cells, missing and never seen codes, and weights."""
    table = tiny_table(plain=True, n=n)
    target = tiny_target(problem, table, n_classes=3)
    weight = Seeds(0).child("weight").rng().uniform(0.5, 2.0, n)
    return MemoryView.of(table, Target(target.values, target.n_classes, weight))


def fit(model: Model, view: MemoryView, *, rounds: int | None = None, deadline: Deadline | None = None) -> Fitted:
    """A fit with the suite's seeds, under no limit but the deadline."""
    return model.fit(view, limits=Limits(deadline=deadline or Deadline()), seeds=Seeds(7), rounds=rounds)


def require(holds: bool, message: str) -> None:
    """AssertionError with the message unless it holds; unlike assert, also where Python drops assertions."""
    if not holds:
        raise AssertionError(message)


def _require_valid(prediction: Floats, n_rows: int, n_classes: int) -> None:
    shape = (n_rows, n_classes) if n_classes else (n_rows,)
    require(prediction.shape == shape, f"predict gave the shape {prediction.shape}, not {shape}")
    require(prediction.dtype == np.float64, f"predict gave {prediction.dtype}, not float64")
    require(bool(np.isfinite(prediction).all()), "predict gave NaN or infinity")
    if n_classes:
        require(bool((prediction >= 0).all()), "predict gave a negative probability")
        require(bool((np.abs(prediction.sum(axis=1) - 1.0) <= 1e-9).all()), "probabilities do not sum to 1")


def predictions_are_valid(case: Case) -> None:
    """Finite, of the right shape, probabilities summing to 1 within 1e-9: for many rows, one row and none."""
    test = case.view.table("test")
    for n_rows in (test.n_rows, 1, 0):
        prediction = case.fitted.predict(test.take(np.arange(n_rows)))
        _require_valid(prediction, n_rows, case.view.values.n_classes)


def rows_do_not_depend_on_each_other(case: Case) -> None:
    """Another order of the rows, or a row alone, gives the same values."""
    test, whole = case.view.table("test"), case.prediction
    room = SAME * (1.0 + float(np.ptp(whole)))
    order: Index = np.arange(test.n_rows)[::-1].copy()
    turned = case.fitted.predict(test.take(order))
    require(bool(np.allclose(turned, whole[order], rtol=0, atol=room)), "another order of rows, other predictions")
    for row in range(0, test.n_rows, 7):
        alone = case.fitted.predict(test.take(np.array([row])))
        require(bool(np.allclose(alone[0], whole[row], rtol=0, atol=room)), f"row {row} alone is predicted otherwise")


def _stored(state: State) -> State:
    """The state as it comes back from disk: its JSON read again, its arrays copied."""
    meta = json.loads(json.dumps(state.meta, allow_nan=False))
    arrays = {key: np.array(array) for key, array in state.arrays.items()}
    require(all(array.dtype != object for array in arrays.values()), "a state's arrays may not hold objects")
    return State(state.name, meta, arrays)


def state_gives_the_same_bits(case: Case) -> None:
    """JSON and arrays are all a fitted model needs to predict exactly what it did, and so is their state."""
    state = case.fitted.state()
    require(state.name in registry, f"the state is named {state.name!r}, which is no registered model")
    floats = {name: array for name, array in state.arrays.items() if array.dtype.kind == "f"}
    gaps = registry.get(state.name).traits.nan_arrays
    damaged = [name for name, array in floats.items() if name not in gaps and np.isnan(array).any()]
    require(not damaged, f"its state holds NaN in {damaged}, which are none of its nan_arrays")
    restored = registry.get(state.name).restore(_stored(state))
    require(
        np.array_equal(restored.predict(case.view.table("test")), case.prediction), "restored, it predicts otherwise"
    )
    again = registry.get(state.name).restore(_stored(restored.state()))
    require(np.array_equal(again.predict(case.view.table("test")), case.prediction), "restored twice, it differs")


def same_seeds_give_the_same_bits(case: Case) -> None:
    """A second fit predicts bit for bit what the first does."""
    again = fit(case.model, case.view).predict(case.view.table("test"))
    require(np.array_equal(again, case.prediction), "two fits with the same seeds differ")


def weights_count(case: Case) -> None:
    """Rows with a large target counting tenfold, predictions move."""
    values = case.view.values
    heavy = values.values >= np.median(values.values) if not values.is_class else values.values == values.n_classes - 1
    weight = np.where(heavy, 10.0, 1.0) * (1.0 if values.weight is None else values.weight)
    view = replace(case.view, values=Target(values.values, values.n_classes, weight), design="weighted")
    moved = fit(case.model, view).predict(case.view.table("test"))
    require(not np.allclose(moved, case.prediction, rtol=1e-6), "weights of rows change nothing")


def scored_rows_never_teach(case: Case) -> None:
    """With given rounds, a fit is the same whatever the targets of the rows it is scored on."""
    test, values = case.view.test_rows, case.view.values
    turned = np.array(values.values)
    turned[test] = turned[test][::-1]
    other = replace(case.view, values=Target(turned, values.n_classes, values.weight), design="turned")
    table = case.view.table("test")
    one, two = fit(case.model, case.view, rounds=ROUNDS), fit(case.model, other, rounds=ROUNDS)
    require(np.array_equal(one.predict(table), two.predict(table)), "targets of scored rows taught the model")


def refits_have_no_scored_rows(case: Case) -> None:
    """With no test rows it trains for exactly the given rounds, and reads no clock that is over."""
    everything = np.arange(case.view.rows.n_rows)
    view = replace(case.view, train_rows=everything, test_rows=everything[:0], design="refit")
    rounds = case.fitted.rounds
    fitted = fit(case.model, view, rounds=rounds, deadline=Deadline() if rounds is None else Deadline.after(-1.0))
    require(rounds is None or fitted.rounds_done == rounds, f"told {rounds} rounds, it did {fitted.rounds_done}")
    _require_valid(fitted.predict(case.view.table("test")), len(case.view.test_rows), case.view.values.n_classes)


def rounds_can_be_fewer(case: Case) -> None:
    """A family with rounds predicts at any number up to rounds_done; one without has None."""
    rounds, done = case.fitted.rounds, case.fitted.rounds_done
    if rounds is None:
        return
    require(done is not None and 1 <= rounds <= done, f"{rounds} rounds in use of {done} done")
    prediction = case.fitted.predict(case.view.table("test"), rounds=rounds)
    require(np.array_equal(prediction, case.prediction), "the rounds in use are not those it predicts with")


def absent_classes_are_predicted(case: Case) -> None:
    """A class without training rows still has its column."""
    values = case.view.values
    if not values.is_class:
        return
    test = np.union1d(case.view.test_rows, np.flatnonzero(values.values == values.n_classes - 1))
    view = MemoryView.of(case.view.rows, values, test_rows=test, design="absent")
    prediction = fit(case.model, view).predict(case.view.table("test"))
    _require_valid(prediction, len(case.view.test_rows), values.n_classes)


def deadlines_are_kept(case: Case) -> None:
    """A fit whose time is over when it starts gives a model within 2 s, or raises TimeoutError."""
    clock = SystemClock()
    started = clock.now()
    try:
        fitted = fit(case.model, case.view, deadline=Deadline.after(-0.1))
    except TimeoutError:
        fitted = case.fitted
    seconds = clock.now() - started
    require(seconds <= OVERRUN, f"it went on for {seconds:.1f} s after its deadline")
    _require_valid(fitted.predict(case.view.table("test")), len(case.view.test_rows), case.view.values.n_classes)


def _facts(facts: Facts) -> tuple[Facts, ...]:
    """The task's facts, and those of tables with dates and text, of many rows, of many columns."""
    mixed = replace(facts, n_dates=1, n_text=1)
    large = replace(facts, n_rows=200_000, minority=min(facts.minority, 200_000))
    wide = replace(facts, n_numeric=3_000)
    words = replace(facts, n_numeric=0, n_category=0, n_text=1, high_columns=0, most_levels=0)
    return facts, mixed, large, wide, words


def effort_is_counted(case: Case) -> None:
    """The effort of a row is a positive finite number, the same for the restored model."""
    state = case.fitted.state()
    own, again = case.fitted.effort(), registry.get(state.name).restore(_stored(state)).effort()
    require(0 < own.ms < float("inf"), f"the effort is {own}")
    require(own == again, f"the effort is {own}, of the restored model {again}")


def entries_can_be_built(case: Case) -> None:
    """Each entry names this family, registered steps, and parameters that exist; its cost is positive."""
    for facts in _facts(case.view.facts):
        entries = case.family.portfolio(facts)
        require(len({entry.name for entry in entries}) == len(entries), "two entries have one name")
        for entry in entries:
            require(entry.recipe.model.name == case.name, f"entry {entry.name} is of {entry.recipe.model.name}")
            model = registry.build(entry.recipe.model)
            for step in entry.recipe.steps:
                steps.build(step)
            cost = model.cost(facts)
            require(0 < cost.seconds < float("inf") and cost.bytes > 0, f"entry {entry.name} costs {cost}")


def traits_hold(case: Case) -> None:
    """Settings for a second level and for less time are those of the family, and cheaper ones cost less."""
    model = case.model
    registry.build(Step.of(case.name, **dict(case.family.traits.second_level)))
    if isinstance(model, SupportsCheaper):
        registry.build(Step.of(case.name, **model.with_fewer_rounds(2.0)))
        cheaper = registry.build(Step.of(case.name, **model.cheaper(2.0)))
        facts = case.view.facts
        cheap, usual = cheaper.cost(facts).seconds, model.cost(facts).seconds
        require(not model.cheaper(2.0) or cheap < usual, f"cheaper, it costs {cheap:.3g} s, else {usual:.3g} s")


def space_can_be_built(case: Case) -> None:
    """Any draw from the space is a configuration."""
    rng = Seeds(3).rng()
    for facts in _facts(case.view.facts):
        for _ in range(5):
            registry.build(Step.of(case.name, **case.family.space(facts).sample(rng)))


CHECKS: tuple[Callable[[Case], None], ...] = (
    predictions_are_valid, rows_do_not_depend_on_each_other, state_gives_the_same_bits, same_seeds_give_the_same_bits,
    weights_count, scored_rows_never_teach, refits_have_no_scored_rows, rounds_can_be_fewer,
    absent_classes_are_predicted, deadlines_are_kept, effort_is_counted, entries_can_be_built, space_can_be_built,
    traits_hold,
)  # fmt: skip


def check_model(name: str, *, problems: tuple[Asked, ...] = PROBLEMS) -> Report:
    """Run every check on a small task of each problem; AssertionError says which check, on what, and how it failed.

    MissingExtraError passes through where the family needs a library that is not installed.
    """
    passed = []
    family = registry.get(name)
    for problem in problems:
        view, model = small_view(problem), registry.build(Step(name))
        case = Case(name, problem, family, model, view, fit(model, view))
        for check in CHECKS:
            where = f"{check.__name__}, {problem}"
            try:
                check(case)
            except AssertionError as error:
                raise AssertionError(f"{name}: {where}: {error}") from error
            passed.append(where)
    return Report(name, tuple(passed))
