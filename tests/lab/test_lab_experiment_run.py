"""A course: which fold runs next, when a race is looked at, and how many rounds each fold is predicted with."""

from dataclasses import replace
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.recipe import Recipe, Step
from assay.core.result import Failure, Rescored
from assay.search.experiment_run import ExperimentRun

EXPERIMENT = Experiment(number=1, recipe=Recipe(model=Step.of("knn")), what="", question="", by="test")
RESCORED = Rescored(predictions="p", wall_seconds=0.0, cpu_seconds=0.0)


def course(n_folds=5, *, races=False):
    return ExperimentRun(EXPERIMENT, n_folds, races, 1.0)


def score(fold, *, rounds=10, rounds_done=30):
    return FoldScore(
        fold=fold, partition=0, score=0.5, ended="converged", rounds=rounds, rounds_done=rounds_done,
        wall_seconds=1.0, cpu_seconds=1.0, peak_bytes=1, model_bytes=1, row_ms=0.1, piece_ms=0.1,
        predictions="", model="",
    )  # fmt: skip


def drive(one, *, at_gates=True, has_rounds=True):
    """Do every job the course asks for, one at a time; the jobs in their order."""
    done = []
    while True:
        if one.at_gate:
            if not at_gates:
                one.stopped = "hopeless"
                break
            one.open_gate()
        step = one.next_job()
        if step is None:
            break
        done.append(step)
        if step[0] == "rescore":
            one.rescored = RESCORED
        else:
            one.folds[step[1]] = score(step[1], rounds=10 if has_rounds else None)
    return done


@given(n_folds=st.integers(2, 10), races=st.booleans())
def test_every_fold_runs_once_then_the_predictions_are_rescored(n_folds, races):
    one = course(n_folds, races=races)
    assert drive(one) == [*(("fold", fold) for fold in range(n_folds)), ("rescore", 0)]
    assert one.is_ended


def test_a_family_without_rounds_and_a_holdout_need_no_rescoring():
    one, holdout = course(), course(1)
    assert drive(one, has_rounds=False)[-1] == ("fold", 4)
    assert drive(holdout) == [("fold", 0)]
    assert one.is_ended
    assert holdout.is_ended


def test_a_race_is_looked_at_after_one_fold_and_after_three():
    one, looks = course(races=True), []
    while (step := one.next_job()) is not None:
        one.folds[step[1]] = score(step[1], rounds=None)
        if one.at_gate:
            looks.append(len(one.folds))
            one.open_gate()
    assert looks == [1, 3]


def test_a_race_that_is_stopped_asks_for_nothing_more():
    one = course(races=True)
    assert drive(one, at_gates=False) == [("fold", 0)]
    assert one.is_ended


@given(n_folds=st.integers(2, 8), workers=st.integers(1, 4))
def test_while_a_fold_runs_the_gate_stays_shut_whatever_the_workers(n_folds, workers):
    one = course(n_folds, races=True)
    running = [step for _ in range(workers) if (step := one.next_job()) is not None and not one.running.add(step[1])]
    assert running == [("fold", 0)]
    assert not one.at_gate


def test_a_failure_ends_a_course_once_nothing_of_it_runs():
    one = course()
    one.running = {1}
    one.failure = Failure(kind="error", step="fit", message="no")
    assert one.next_job() is None
    assert not one.is_ended
    one.running.clear()
    assert one.is_ended


@given(order=st.permutations(range(5)), failing=st.sets(st.integers(0, 4), min_size=1))
def test_what_a_failure_leaves_does_not_depend_on_which_fold_came_back_first(order, failing):
    one = course()
    for fold in order:
        if fold in failing:
            one.fail(Failure(kind="error", step="fit", message=f"fold {fold}", fold=fold))
        else:
            one.take(score(fold))
    assert one.failure.fold == min(failing)
    assert set(one.folds) == set(range(min(failing)))
    one.fail(Failure(kind="time", step="rescore", message="late"))
    assert one.failure.fold == min(failing)


@given(best=st.lists(st.tuples(st.integers(1, 300), st.integers(0, 200)), min_size=2, max_size=9))
def test_each_fold_is_predicted_at_the_median_round_of_the_others_and_no_later_than_it_trained(best):
    one = course(len(best))
    for fold, (rounds, extra) in enumerate(best):
        one.folds[fold] = score(fold, rounds=rounds, rounds_done=rounds + extra)
    chosen = one.rounds_for_each()
    for fold, (rounds, extra) in enumerate(best):
        others = [r for other, (r, _) in enumerate(best) if other != fold]
        assert chosen[fold] == min(round(median(others)), rounds + extra)
    assert min(r for r, _ in best) <= one.rounds_for_all() <= max(r for r, _ in best)


@given(best=st.lists(st.integers(1, 300), min_size=2, max_size=9), own=st.integers(1, 300))
def test_the_own_best_round_of_a_fold_never_decides_its_rounds(best, own):
    one = course(len(best))
    for fold, rounds in enumerate(best):
        one.folds[fold] = score(fold, rounds=rounds, rounds_done=10**6)
    before = one.rounds_for_each()[0]
    one.folds[0] = replace(one.folds[0], rounds=own)
    assert one.rounds_for_each()[0] == before


def test_a_family_without_rounds_has_none_for_the_refit():
    one = course(2)
    one.folds = {0: score(0, rounds=None), 1: score(1, rounds=None)}
    assert one.rounds_for_all() is None
