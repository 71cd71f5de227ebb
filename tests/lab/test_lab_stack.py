"""What ships is chosen by evidence: a second level or learned weights only where they are visibly better."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScores
from assay.core.problem.binary import Binary
from assay.core.recipe import Recipe, Step
from assay.core.result import Result
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import BlendLimits, Candidate, held
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.metrics.choose_metric import find
from assay.search.second_level import blend_step, explained, lay_out, priced, with_below
from assay.ship.ensemble_choice import EnsembleChooser
from samples.memory_ledger import MemoryLedger

N = 2400


def predictions(y, noise, seed):
    z = 2.0 * y - 1.0 + noise * np.random.default_rng(seed).normal(size=len(y))
    return (1 / (1 + np.exp(-2.0 * z))).astype(np.float32)


@pytest.fixture
def y():
    return np.random.default_rng(9).integers(0, 2, N).astype(np.int32)


def candidates(y, **upper):
    known = [(1, "lightgbm", 2.0), (2, "linear", 2.0)]
    found = [*known, *((3, "lightgbm on others", noise) for noise in upper.values())]
    metric = find("roc_auc", Binary())
    out = []
    for number, family, noise in found:
        oof = predictions(y, noise, 1 if number == 3 else number)  # what the second level knows, the first one told it
        out.append(Candidate(number=number, family=family, read=held(oof), score=metric.score(y, oof)))
    return out


def chooser(y, **changes):
    return EnsembleChooser(**{
        "target": Target(y, 2), "folds": np.arange(N) % 5, "metric": find("roc_auc", Binary()),
        "limits": BlendLimits(), "seeds": Seeds(0),
        "score": lambda p: find("roc_auc", Binary()).score(y, p), **changes,
    })  # fmt: skip


def test_a_second_level_that_is_no_better_does_not_ship(y):
    final = chooser(y).choose(candidates(y, noise=2.05), stacked=frozenset({3}))
    assert 3 not in final.blend.numbers
    assert final.prediction == pytest.approx(
        final.blend.predict({c.number: c.oof for c in candidates(y, noise=2.05)}), abs=1e-6
    )


def test_a_second_level_that_is_visibly_better_ships(y):
    assert 3 in chooser(y).choose(candidates(y, noise=1.0), stacked=frozenset({3})).blend.numbers


def test_where_every_candidate_is_a_second_level_the_best_of_them_ships(y):
    only = candidates(y, noise=1.0)[2:]
    assert chooser(y).choose(only, stacked=frozenset({3})).blend.numbers == (3,)


def state(*, upper=(3,)):
    entries = {}
    for number, on in ((1, ()), (2, ()), *((number, (1, 2)) for number in upper)):
        recipe = Recipe(model=Step.of("linear"), on=on)
        result = Result(
            score=0.7, folds=FoldScores.of(), oof=None, complete=True, wall_seconds=1.0, cpu_seconds=1.0, peak_bytes=0,
            model_bytes=100, row_ms=1.0,
        )  # fmt: skip
        experiment = Experiment(number=number, recipe=recipe, what="", question="", by="test")
        entries[number] = ExperimentEntry(experiment, 0.0, result=result)
    return LabState(entries=entries)


def test_a_second_level_costs_what_all_that_ships_with_it_costs(y):
    given = [replace(c, row_ms=1.0, size_bytes=10) for c in candidates(y, noise=1.0)]
    found = priced(state(), given)
    assert [(c.row_ms, c.size_bytes) for c in found] == [(1.0, 10), (1.0, 10), (3.0, 30)]
    assert [c.number for c in priced(state(), given[1:])] == [2]


def test_what_it_reads_ships_with_it_and_speaks_for_it_where_columns_are_shuffled():
    assert with_below(state(), (3, 1)) == (3, 1, 2)
    assert explained(state(), (3, 1)) == [1]
    assert explained(state(), (3,)) == [1, 2]


def test_what_ships_below_a_third_level_is_all_that_is_below_it(y):
    lab = state()
    third = Experiment(
        number=4, recipe=Recipe(model=Step.of("linear"), on=(3, 2)), what="", question="", by="test"
    )  # fmt: skip
    lab.entries[4] = replace(lab.entries[3], experiment=third)
    assert with_below(lab, (4,)) == (4, 3, 2, 1)
    assert explained(lab, (4,)) == [2, 1]
    given = [replace(c, row_ms=1.0, size_bytes=10) for c in candidates(y, noise=1.0)]
    found = {c.number: c.row_ms for c in priced(lab, [*given, replace(given[2], number=4)])}
    assert found == {1: 1.0, 2: 1.0, 3: 3.0, 4: 4.0}


def test_what_a_second_level_reads_is_laid_out_and_only_that(tmp_path):
    from assay.pipeline.stacking_inputs import stored_base
    from assay.pipeline.store import TaskFolder

    folder, ledger, known = TaskFolder.open(tmp_path), MemoryLedger(), state()
    key = ledger.put_array(np.full(5, 0.5, dtype=np.float32))
    for number in (1, 2):
        entry = known.entries[number]
        entry.result = replace(entry.result, oof=key, rounds=7)
    lay_out(folder, ledger, known, known.entries[1].experiment)
    assert not list(folder.work.iterdir())
    lay_out(folder, ledger, known, known.entries[3].experiment)
    assert stored_base(folder, 2).rounds == 7
    assert stored_base(folder, 1).experiment == known.entries[1].experiment


def test_a_learned_blend_is_recorded_with_its_weights_by_class(y):
    final = chooser(y).choose(candidates(y))
    step = blend_step(final.blend)
    assert dict(step.params)["numbers"] == final.blend.numbers
    assert ("by_class" in dict(step.params)) == (final.blend.learned is not None)
