"""Studies of a lab that nobody searches: what they find is recorded, shown, read by the director, and audited."""

import re
from typing import ClassVar

import numpy as np
import pytest

from assay.core.clock import Budget
from assay.core.errors import LabError, UsageError
from assay.core.study import Findings
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.report.study_text import study_paragraphs
from assay.studies import register
from assay.studies.study_contract import StudyTraits
from samples.studied_labs import columns, sloped


@register("dies")
class Dies:
    """A study that raises."""

    traits: ClassVar[StudyTraits] = StudyTraits(question="Does it die?", by_name=True)

    def why_not(self, context):
        return ""

    def seconds(self, context):
        return 0.0

    def run(self, context):
        raise RuntimeError("a wheel came off")


@register("writes")
class Writes(Findings):
    """A study that would write to the ledger, and changes what it sees of the lab."""

    traits: ClassVar[StudyTraits] = StudyTraits(question="Does it write?", by_name=True)

    def why_not(self, context):
        return ""

    def seconds(self, context):
        return 0.0

    def run(self, context):
        context.state.entries.clear()
        context.ledger.append("end", {})
        return Findings()


def test_a_structure_is_named_recorded_shown_and_audited(sloped_lab):
    (note,) = Lab.open(sloped_lab).study("what do the residuals follow?")
    assert note.kind == "residuals"
    assert ("segment_slope", ("site", "x2")) in {(fact.code, fact.columns) for fact in note.found}
    assert all(fact.p < 0.01 and fact.sigma > 0 for fact in note.found)
    lab = Lab.open(sloped_lab)
    assert lab.state.studies == [note]
    assert "x2, with another slope for each site" in (sloped_lab / "brief.md").read_text()
    assert lab.status().studies == (note,)
    assert lab.audit().ok


def test_a_clean_table_says_nothing_found(clean_lab):
    lab = Lab.open(clean_lab)
    notes = lab.study(time_limit="60s")
    assert {"slices", "residuals", "law", "leaks", "ceiling"} <= {note.kind for note in notes}
    assert not [fact for note in notes for fact in note.found]
    assert not [note.failed for note in notes if note.failed]
    assert any("nothing found" in text.lower() for text in study_paragraphs(notes))


def test_what_a_study_proposes_is_tried_first_and_makes_the_lab_adaptive(sloped_lab):
    (note,) = Lab.open(sloped_lab).study("where does it fail?")
    assert 0 < len(note.proposals) <= 5
    research_lab(sloped_lab, GoOn(budget=Budget(experiments=5)), context=RunContext(inline=True))
    lab = Lab.open(sloped_lab)
    first = next(e.experiment for e in lab.state.entries.values() if e.experiment.by == "study")
    assert first.recipe == note.proposals[0].recipe
    assert first.parents == note.proposals[0].cites
    assert first.pool == "adaptive"
    assert "study 1 (slices) proposes it" in first.reason
    assert "study" in lab.state.adaptive
    assert lab.audit().ok


def test_a_study_that_dies_is_recorded_and_the_lab_goes_on(clean_lab):
    (note,) = Lab.open(clean_lab).study(kind="dies")
    assert note.failed == "failed with RuntimeError: a wheel came off"
    lab = Lab.open(clean_lab)
    assert lab.state.studies == [note]
    assert lab.audit().ok


def test_a_study_has_no_ledger_and_cannot_change_the_lab(clean_lab):
    before = len(Lab.open(clean_lab).state.entries)
    (note,) = Lab.open(clean_lab).study(kind="writes")
    assert "no attribute 'ledger'" in note.failed
    lab = Lab.open(clean_lab)
    assert len(lab.state.entries) == before
    assert lab.audit().ok


def test_too_little_time_says_what_it_would_need(clean_lab):
    with pytest.raises(UsageError, match=r"would take about [\d.]+ s, and there are 0.01? s"):
        Lab.open(clean_lab).study(kind="slices", time_limit=0.01)
    assert not Lab.open(clean_lab).state.studies


def test_where_no_study_fits_into_the_time_it_is_not_said_that_nothing_was_found(clean_lab):
    with pytest.raises(UsageError, match=r"No study of .* fits: the shortest, \w+, would take about [\d.]+ s"):
        Lab.open(clean_lab).study(time_limit=0.001)
    assert not Lab.open(clean_lab).state.studies


def test_differences_have_no_more_digits_than_their_errors(clean_lab):
    (note,) = Lab.open(clean_lab).study(kind="families")
    said = [re.search(r" is (\d+(?:\.(\d+))?) ± \d+(?:\.(\d+))? ", fact.says) for fact in note.facts[1:]]
    assert said
    assert all(one is not None and len(one[2] or "") == len(one[3] or "") for one in said), note.facts


def test_a_question_that_is_not_understood_names_the_kinds(clean_lab):
    lab = Lab.open(clean_lab)
    with pytest.raises(UsageError, match=r"not understood. Kinds of study: slices \(Where does it fail\?\)"):
        lab.study("how is the weather?")
    with pytest.raises(UsageError, match="No kind of study is called 'slice'"):
        lab.study(kind="slice")
    with pytest.raises(UsageError, match="needs rows in order of time"):
        lab.study(kind="drift")


def test_a_lab_that_is_searched_is_not_studied_beside_it(clean_lab):
    held = SqliteLedger.open(clean_lab)
    try:
        with pytest.raises(LabError, match="is being searched"):
            Lab.open(clean_lab).study()
    finally:
        held.close()


def slopes_of(note):
    return [one for one in note.proposals if "x2 by site" in one.what]


def test_slopes_of_a_small_table_are_proposed_as_columns(kept):
    """Models of segments need 800 rows; a column for each level needs a few in each."""
    (note,) = Lab.open(kept("few-slopes", lambda: sloped(400))).study("what do the residuals follow?")
    assert any(fact.code == "segment_slope" for fact in note.found)
    assert "segment_models" not in {one.move for one in note.leanings}
    made = slopes_of(note)
    assert made
    assert len(made[0].adds) == 3
    assert set(made[0].adds) <= set(made[0].recipe.steps)


def test_a_study_says_why_it_proposes_no_slopes(kept):
    """One large level, and eight of ten rows each."""

    def rare(n=400):
        rng = np.random.default_rng(0)
        frame = columns(rng, n)
        place = np.arange(n)
        frame["site"] = np.where(place < 320, "north", [f"s{k}" for k in place // 10])
        slope = np.where(place < 320, 2.0, -4.0)
        return frame.assign(y=frame["x1"] + slope * frame["x2"] + 0.3 * rng.normal(size=n))

    (note,) = Lab.open(kept("rare-slopes", rare)).study("what do the residuals follow?")
    (says,) = [fact.says for fact in note.found if fact.code == "segment_slope"]
    assert "no columns of it are proposed: fewer than two levels of site have 20 rows" in says
    assert not slopes_of(note)
