"""What ships is one thing: the blend chosen last, or its only member with all partitions it was fitted on."""

import numpy as np
import pytest

from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.ensemble.candidate import Blend
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.shipped_model import shipped_choice, shipped_number, shipped_prediction
from assay.journal.state import LabState

STORED = {n: np.linspace(0.1, 0.9, 5) ** n for n in range(1, 9)}


def state_of(blend, *, ensembles=(), again=None):
    """A state with these experiments; ensembles: (number, members) of blends that were recorded."""
    state = LabState(blend=blend, again=again or {})
    for number in STORED:
        parents = dict(ensembles).get(number, ())
        experiment = Experiment(
            number=number, what="", question="", by="ensemble" if parents else "portfolio", parents=parents,
            role="blend" if parents else "proposal",
            recipe=Recipe(model=Step.of("constant")),
        )  # fmt: skip
        state.entries[number] = ExperimentEntry(experiment=experiment, asked_seconds=0.0)
    return state


def of(*numbers):
    return Blend(numbers=numbers, weights=tuple([1 / len(numbers)] * len(numbers)))


def test_nothing_ships_before_anything_was_chosen():
    state = state_of(None)
    assert shipped_number(state) is None
    assert shipped_choice(state, STORED.get) is None
    assert shipped_prediction(state, STORED.get) is None


@pytest.mark.parametrize(("chosen", "ships"), [((1, 2), 5), ((2, 3), 7), ((1,), 1)])
def test_the_blend_of_the_members_chosen_ships_whichever_was_recorded_last(chosen, ships):
    state = state_of(of(*chosen), ensembles=((4, (1, 2)), (5, (1, 2)), (7, (2, 3)), (8, (1, 3))))
    assert shipped_number(state) == ships
    np.testing.assert_array_equal(shipped_prediction(state, STORED.get), STORED[ships])


def test_a_member_alone_ships_as_the_mean_over_the_partitions_it_was_fitted_on():
    state = state_of(of(2), again={2: [5, 3]})
    mean = (STORED[2] + STORED[3] + STORED[5]) / 3
    number, found = shipped_choice(state, STORED.get)
    assert number == 2
    np.testing.assert_allclose(found, mean, rtol=1e-15)
    np.testing.assert_allclose(shipped_prediction(state, STORED.get), mean, rtol=1e-15)


def test_a_blend_whose_predictions_are_gone_has_none():
    assert shipped_prediction(state_of(of(1, 2), ensembles=((4, (1, 2)),)), {}.get) is None
