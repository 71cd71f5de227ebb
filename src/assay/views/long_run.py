"""The parts of a brief that a long run adds: leagues, the path from first to best, removals, hints, studies."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray
from assay.core.codec import from_json
from assay.core.experiment import Experiment
from assay.core.figure import Z95, Difference
from assay.core.long_run_views import (
    LONG_RUN,
    HintCost,
    HintMark,
    KeepRow,
    LeagueRow,
    LongRun,
    PathStep,
    Removal,
    StillNeeded,
    StudyMark,
)
from assay.core.study import StudyNote
from assay.journal.adaptive import is_searched
from assay.journal.digest_records import BRIEF_FORM
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.shipped_model import shipped_number
from assay.journal.state import LabState
from assay.research.ablate import path_to, removals
from assay.search.turns import credit_of
from assay.views.leagues import by_move, by_proposer
from assay.views.process_metrics import process_metrics

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab

MOST_VAIN = 12
MOST_CELLS, MOST_ROWS = 4_000_000, 2000
"""Of the out-of-fold predictions whose directions are counted: experiments times rows, and rows of each."""


def long_run(lab: "OpenLab") -> LongRun | None:
    """None for a short search that nobody steered and that no study looked at, and where the brief of all that is
    recorded was written by a version that had no such parts: it stays as it is until the lab goes on."""
    if not brief_form(lab.state):
        return None
    state, studies = lab.state, _studies(lab)
    if state.proposed < LONG_RUN and not state.steering.hints and not studies:
        return None
    gains = gains_over_parents(lab)
    taken_out = tuple(_removals(lab))
    needed = {one.of for one in taken_out if one.word == "needed"}
    moves = by_move(state, gains)
    return LongRun(
        keeps=tuple(_keeps(state, gains, taken_out)),
        vain=tuple(sorted((row for row in moves if row.tries and not row.kept), key=lambda r: -r.tries))[:MOST_VAIN],
        proposers=by_proposer(state, gains), moves=moves, path=_path(lab, gains),
        process=process_metrics(
            state, predictions=_predictions(lab),
            removals=(len(needed), len({one.of for one in taken_out})) if taken_out else None,
        ),
        hint_costs=_hint_costs(state), hint_marks=_hint_marks(state), studies=studies, removals=taken_out,
        adaptive=tuple(state.adaptive.values()),
        unconfirmed=tuple(
            number for number in state.keeps
            if is_searched(state.entries[number].experiment) and not _is_confirmed(state.entries[number])
        ),
    )  # fmt: skip


def leagues(lab: "OpenLab") -> tuple[tuple[LeagueRow, ...], tuple[LeagueRow, ...]]:
    """Of proposers and of moves, in a lab of any length."""
    gains = gains_over_parents(lab)
    return by_proposer(lab.state, gains), by_move(lab.state, gains)


def brief_form(state: LabState) -> int:
    """The form that a brief of this state has: as it was written, where it was."""
    return BRIEF_FORM if state.brief is None else state.brief.form


def _is_confirmed(entry: ExperimentEntry) -> bool:
    return entry.verdict is not None and entry.verdict.confirm is not None


def gains_over_parents(lab: "OpenLab") -> dict[int, Difference]:
    """By experiment: what it gains over its first parent on the same rows; of those scored on the first folds.

    Each prediction is read once for itself and once for its children.
    """
    scored = {e.experiment.number: e for e in lab.state.scored() if _is_compared(e)}
    children = defaultdict[int, list[int]](list)
    for number, entry in scored.items():
        parent = entry.experiment.parents[0] if entry.experiment.parents else 0
        if parent in scored:
            children[parent].append(number)
    noise, out = lab.scorer.noise(lab.state), dict[int, Difference]()
    for parent, numbers in children.items():
        found = lab.scorer.standings(_stored(lab, [parent, *numbers]))
        first = next(found)
        for number, own in zip(numbers, found, strict=True):
            out[number] = own.ahead_of(first, noise=noise, over=parent)
    return out


def _is_compared(entry: ExperimentEntry) -> bool:
    return not entry.experiment.partition and not entry.experiment.is_blend and not entry.is_void


def _stored(lab: "OpenLab", numbers: Sequence[int]) -> Iterator[AnyArray]:
    for number in numbers:
        prediction = lab.oof(number)
        assert prediction is not None  # only scored ones are asked for
        yield prediction


def _predictions(lab: "OpenLab") -> Iterator[AnyArray]:
    """Out-of-fold predictions on evenly spread rows, as many as MOST_CELLS allows, the first experiments first."""
    numbers = [entry.experiment.number for entry in lab.state.scored() if _is_compared(entry)]
    rows = np.unique(np.linspace(0, lab.task.n_rows - 1, min(lab.task.n_rows, MOST_ROWS)).round().astype(np.int64))
    for prediction in _stored(lab, numbers[: MOST_CELLS // max(len(rows), 1)]):
        yield np.asarray(prediction[rows])


def _keeps(state: LabState, gains: dict[int, Difference], taken_out: Sequence[Removal]) -> Iterator[KeepRow]:
    """Keeps in the order in which they came."""
    removed = {one.of: one for one in taken_out}
    for number, entry in sorted(state.entries.items()):
        if entry.status != "kept" or entry.verdict is None or entry.experiment.is_blend:
            continue
        yield KeepRow(
            number=number, what=entry.experiment.what, by=entry.experiment.by, over_champion=entry.verdict.against,
            elsewhere=entry.verdict.confirm, over_parent=gains.get(number),
            cpu_seconds=0.0 if entry.result is None else entry.result.cpu_seconds,
            hints=tuple(f"h{hint}" for hint in entry.experiment.hints), removal=removed.get(number),
        )  # fmt: skip


def _path(lab: "OpenLab", gains: dict[int, Difference]) -> tuple[PathStep, ...]:
    """From the baseline by way of the champion's first ancestor to the champion, then the blend that ships."""
    state = lab.state
    known = {number: entry.experiment for number, entry in state.entries.items()}
    path = path_to(state.champion or 0, known)
    if not path:
        return ()
    steps = [_step(one, gains.get(one.number)) for one in path]
    first, base = path[0].number, state.baseline
    if base is not None and base not in {one.number for one in path} and _is_scored(state, first, base):
        steps = [_step(known[base], None), _step(path[0], lab.gap(base, first)), *steps[1:]]
    shipped = shipped_number(state)
    blend = None if shipped is None else state.entries[shipped]
    if blend is not None and blend.experiment.is_blend and blend.verdict is not None:
        steps.append(_step(blend.experiment, blend.verdict.against))
    return tuple(steps)


def _is_scored(state: LabState, *numbers: int) -> bool:
    """Whether all have a score on every one of the first folds, so that they can be compared."""
    return all(state.entries[n].is_scored and _is_compared(state.entries[n]) for n in numbers)


def _step(one: Experiment, gain: Difference | None) -> PathStep:
    return PathStep(number=one.number, what=one.what, by=one.by, over=None if gain is None else gain.over, gain=gain)


def _removals(lab: "OpenLab") -> Iterator[Removal]:
    """The champion against its recipe without each change on its path, where that was tried on the same folds."""
    state = lab.state
    known = {n: e.experiment for n, e in state.entries.items()}
    tried = {e.experiment.recipe.key: e.experiment.number for e in state.scored() if _is_compared(e)}
    champion = state.champion
    if champion is None or champion not in tried.values():
        return
    for one in removals(path_to(champion, known)):
        number = tried.get(one.recipe.key)
        if number is not None:
            worth = lab.gap(number, champion)
            yield Removal(of=one.of.number, number=number, worth=worth, word=_word(worth))


def _word(worth: Difference) -> StillNeeded:
    low, high = (worth.low, worth.high) if worth.low is not None else (worth.value - Z95 * worth.sigma, worth.high)
    if low is not None and low > 0:
        return "needed"
    return "better without" if high is not None and high < 0 else "not told apart"


def _hint_costs(state: LabState) -> tuple[HintCost, ...]:
    costs: dict[int, list[ExperimentEntry]] = {number: [] for number in state.steering.hints}
    for entry in state.entries.values():
        for hint in entry.experiment.hints:
            costs.setdefault(hint, []).append(entry)
    return tuple(
        HintCost(
            number=number, tries=len(own), credit=sum(credit_of(entry) for entry in own),
            cpu_seconds=sum(entry.result.cpu_seconds for entry in own if entry.result is not None),
        )
        for number, own in sorted(costs.items())
    )  # fmt: skip


def _hint_marks(state: LabState) -> tuple[HintMark, ...]:
    return tuple(
        HintMark(text=f"h{number}", at=place_of(state, given.proposed))
        for number, given in sorted(state.steering.hints.items())
    )


def place_of(state: LabState, proposed: int) -> float:
    """Where on the axis of experiments that many proposals had been made: between two numbers."""
    numbers = sorted(number for number, entry in state.entries.items() if entry.experiment.role == "proposal")
    return (numbers[proposed - 1] if 0 < proposed <= len(numbers) else proposed) + 0.5


def _studies(lab: "OpenLab") -> tuple[StudyMark, ...]:
    """Those that the ledger has, in order."""
    bodies = [record.body.get("value") for record in lab.ledger.records() if record.kind == "study"]
    notes = [from_json(StudyNote, body) for body in bodies if isinstance(body, dict)]
    return tuple(
        StudyMark(
            number=note.number, kind=note.kind, question=note.question, at=place_of(lab.state, note.at_experiment),
            found=tuple(fact.says for fact in note.facts), seconds=note.seconds, failed=note.failed,
        )
        for note in notes
    )  # fmt: skip
