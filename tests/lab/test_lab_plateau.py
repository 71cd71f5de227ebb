"""A search is flat when neither a window of time nor eight experiments moved the blend."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import Budget
from assay.ensemble.candidate import Blend
from assay.journal.records import EndRecord, ModelRecord, SessionRecord
from assay.journal.state import LabState
from assay.lab.lab_folder import is_nothing_left
from assay.search.settings import FitSettings
from assay.search.stop_rule import FEWEST, KEPT, PlateauDetector


def noted(moments):
    """moments: (seconds, blend or None) in order of time."""
    plateau = PlateauDetector()
    for seconds, blend in moments:
        plateau.note(seconds, None if blend is None else np.full(3, float(blend)))
    return plateau


def test_a_gain_within_the_window_is_seen_and_one_before_it_is_not() -> None:
    plateau = noted([(1, 0), (10, 1), *((20 + i, None) for i in range(FEWEST))])
    before, after = plateau.span(40, 25)
    assert before[0] == 1 == after[0]
    before, after = plateau.span(40, 31)
    assert (before[0], after[0]) == (0, 1)


def test_eight_experiments_must_have_ended_however_long_the_window_lasted() -> None:
    slow = [(1, 0), *((100 * i, i) for i in range(1, FEWEST))]
    assert noted(slow[:-1]).span(1000, 5) is None
    assert noted([*slow, (900, None)]).span(1000, 5) is not None
    before, after = noted([*slow, (900, None)]).span(1000, 5)
    assert after[0] - before[0] == FEWEST - 1, "the window reaches back to before the first of the eight"


def test_nothing_is_flat_before_the_window_is_full() -> None:
    plateau = noted([(i / 10, i) for i in range(20)])
    assert plateau.span(2.0, 60.0) is None
    assert noted([(i, None) for i in range(20)]).span(100, 1) is None, "there is no blend yet"


@given(st.lists(st.tuples(st.floats(0.01, 30), st.booleans()), min_size=1, max_size=120), st.floats(0, 200))
def test_of_many_moments_few_are_kept_and_the_newest_and_none_makes_a_window_shorter(steps, window) -> None:
    times = np.cumsum([step for step, _ in steps])
    moments = [(t, i if moves else None) for i, (t, (_, moves)) in enumerate(zip(times, steps, strict=True))]
    plateau, now = noted(moments), float(times[-1])
    moved = [(t, blend) for t, blend in moments if blend is not None]
    assert len(plateau.blends) <= KEPT
    span = plateau.span(now, window)
    if span is not None:
        known = [blend for t, blend in moved if t < now - window]
        assert span[0][0] in known
        assert span[1][0] == moved[-1][1]


@pytest.mark.parametrize(("seconds", "goes_on"), [(60.0, False), (30.0, False), (300.0, True)])
def test_a_lab_that_ended_without_a_gain_goes_on_with_more_time_than_it_had(seconds: float, goes_on: bool) -> None:
    session = SessionRecord(pid=1, seed=0, seconds=60.0, experiments=None, workers=2, versions=())
    end = EndRecord(stopped_by="patience", expect=None, search=None, optimism=None, gain=None, learned="")
    model = ModelRecord(
        size_bytes=1,
        estimated_ms=0.1,
        measured_ms=None,
        form="",
        blend=Blend(numbers=(1,), weights=(1.0,), scale="plain", score=0.5),
    )
    state = LabState(session=session, end=end, model=model, seconds=20.0)
    assert is_nothing_left(state, FitSettings(budget=Budget(seconds=seconds))) is not goes_on
