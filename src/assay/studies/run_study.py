"""Running a study: what it found becomes a note, and so does that it failed."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from assay.core.move import Parent
from assay.core.study import MOST_PROPOSALS, Findings, Leaning, StudyNote, StudyProposal
from assay.report.phrases import plural, seconds_text
from assay.research.moves import catalogue
from assay.studies import registry
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import Study

PARENTS = 2
"""Experiments on which a raised move is proposed."""
LONGEST_ERROR = 300
TOO_LONG = "would take"
"""How it is said that there is too little time for a study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyQuestion:
    """What is asked: the kind, the words, and who asks."""

    kind: str
    words: str = ""
    asked_by: str = "plateau"


def kinds_in_order(*, by_name: bool = False) -> tuple[str, ...]:
    """Kinds as they are run one after the other, cheap ones first; by_name: those that need a person's word, too."""
    able = [(cls.traits.place, name) for name, cls in registry if by_name or not cls.traits.by_name]
    return tuple(name for _, name in sorted(able))


def why_not(kind: str, context: StudyContext) -> str:
    """Why a kind cannot be run on this lab in its time, in words that follow the kind's name; "" where it can."""
    study = registry.get(kind)()
    traits, n_tried = study.traits, len(context.tried)
    if len(context.y) < traits.rows:
        return f"needs {traits.rows} rows, and there are {len(context.y):,}"
    if n_tried < traits.experiments:
        return f"needs {traits.experiments} scored experiments, and there are {n_tried}{_void_too(context)}"
    if traits.experiments and context.best is None:
        return f"needs a scored experiment{_void_too(context)}"
    return study.why_not(context) or _too_long(study, context)


def _void_too(context: StudyContext) -> str:
    """How many more there would be, had no hint made them void."""
    n_void = sum(entry.is_void for entry in context.state.scored())
    return f" ({plural(n_void, 'other')} void by a hint)" if n_void else ""


def _too_long(study: Study, context: StudyContext) -> str:
    seconds = study.seconds(context)
    if seconds <= context.seconds:
        return ""
    return f"{TOO_LONG} about {seconds_text(seconds)}, and there are {seconds_text(max(context.seconds, 0.0))}"


def run_study(asked: StudyQuestion, context: StudyContext) -> StudyNote:
    """Run one study. It never raises: what goes wrong in it is told by the note, and the lab goes on."""
    started, traits = context.clock.now(), registry.get(asked.kind).traits
    found, failed = Findings(), why_not(asked.kind, context)
    if not failed:
        found, failed = _run(asked.kind, context)
    return StudyNote(
        number=len(context.state.studies) + 1, kind=asked.kind, question=asked.words or traits.question,
        asked_by=asked.asked_by, facts=found.facts, leanings=found.leanings,
        proposals=tuple(_proposals(found, context)), seconds=round(context.clock.now() - started, 3),
        at_experiment=context.state.index.last_number, of=context.champion, failed=failed,
    )  # fmt: skip


def _run(kind: str, context: StudyContext) -> tuple[Findings, str]:
    import scipy.optimize  # noqa: F401  # a limit counts for libraries that are loaded

    try:
        with threadpool_limits(1):  # many small products: more threads only wait for each other
            return registry.get(kind)().run(context), ""
    except Exception as error:  # a study is no part of the search: whatever dies in it, the lab goes on
        logging.getLogger(__name__).exception("study %s failed", kind)
        said = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        return Findings(), f"failed with {said}"


def _proposals(found: Findings, context: StudyContext) -> Iterator[StudyProposal]:
    """Its own, then what the moves it raises make of the best, none twice or tried before, MOST_PROPOSALS at most."""
    known = set(context.view.asked)
    out = 0
    for one in (*found.proposals, *_of_leanings(found.leanings, context)):
        if one.recipe.key not in known and out < MOST_PROPOSALS:
            known.add(one.recipe.key)
            out += 1
            yield one


def _of_leanings(leanings: tuple[Leaning, ...], context: StudyContext) -> Iterator[StudyProposal]:
    moves = {move.name: move for move in catalogue()}
    for leaning in leanings:
        move = moves.get(leaning.move)
        if leaning.factor <= 1.0 or move is None or not move.suits(context.view):
            continue
        rng = context.seeds.child("leaning", leaning.move).rng()
        for entry in context.tried[:PARENTS]:
            made = next(iter(move.changes(Parent.of(entry.experiment), context.view, rng)), None)
            if made is not None:
                yield StudyProposal(
                    recipe=made.recipe, what=made.what, question=f"{made.question} ({leaning.why})",
                    cites=made.parents or (entry.experiment.number,), move=move.name, adds=made.adds,
                )  # fmt: skip
