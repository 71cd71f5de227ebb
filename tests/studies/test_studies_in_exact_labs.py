"""Where a lab counts experiments alone, what a study looks at does not depend on how fast anything was."""

from dataclasses import replace

import pytest

from assay.core.clock import Budget, Deadline, SystemClock
from assay.execute.inline import InlineExecutor
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, held_lab, research_lab
from assay.lab.run_context import RunContext
from assay.lab.study_lab import AskedStudy, study_context
from assay.search.worker_jobs import run
from assay.studies.ablation import n_parts
from assay.studies.learning import LearningRows


def slower(context, times):
    """The same lab on a machine so many times slower."""
    entry = context.state.entries[context.champion]
    folds = tuple(replace(fold, wall_seconds=times * fold.wall_seconds) for fold in entry.result.folds)
    entry.result = replace(entry.result, folds=folds)
    return context


def asked_of(path, times):
    """(parts that an ablation leaves out in 20 s, seconds that a learning curve is thought to take)"""
    with held_lab(path, GoOn(), SystemClock()) as lab:
        asked = AskedStudy.of("", kind="ablation", seconds="20s")
        context = slower(study_context(lab, lab.settings(GoOn()), InlineExecutor(run), asked, 20.0), times)
        return n_parts(context), LearningRows().seconds(context), context.deadline.left


def test_parts_are_counted_the_same_on_a_slow_machine_and_no_deadline_ends_them(sloped_lab):
    fast, slow = asked_of(sloped_lab, 1.0), asked_of(sloped_lab, 1000.0)
    assert fast == slow
    assert fast[0] >= 2
    assert fast[2] == Deadline().left


def test_a_lab_that_was_searched_by_the_clock_counts_by_it(sloped_lab):
    research_lab(sloped_lab, GoOn(budget=Budget(seconds=2.0)), context=RunContext(inline=True, write_brief=False))
    fast, slow = asked_of(sloped_lab, 1.0), asked_of(sloped_lab, 1000.0)
    assert slow[0] == 2 < fast[0]
    assert slow[1] == pytest.approx(1000.0 * fast[1])
    assert fast[2] < 21.0


def test_the_same_study_of_an_exact_lab_finds_the_same_twice(sloped_lab, tmp_path):
    import shutil

    again = shutil.copytree(sloped_lab, tmp_path / "again" / "table.lab")
    found = [Lab.open(path).study(kind="ablation") for path in (sloped_lab, again)]
    assert [one.facts for one in found[0]] == [one.facts for one in found[1]]
    assert [one.proposals for one in found[0]] == [one.proposals for one in found[1]]
    assert found[0][0].facts
