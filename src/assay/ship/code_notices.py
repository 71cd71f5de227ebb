"""What is said of functions of people where a model ships: that it holds some, or that a better one would."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assay.core.task import Notice
from assay.report.phrases import plural
from assay.search.code_gate import sources_called

if TYPE_CHECKING:
    from assay.core.contract import Metric
    from assay.journal.experiment_entry import ExperimentEntry
    from assay.journal.state import LabState

WITH, WITHOUT, WAITS = "model/with-code", "model/without-code", "session/code-waits"


def code_notices(state: "LabState", metric: "Metric") -> Iterator[Notice]:
    """Of a lab whose search has ended."""
    yield from _waiting(state)
    if state.model is None or state.end is None:
        return
    shipped = _names(state, state.model.blend.numbers)
    if shipped:
        yield Notice(
            code=WITH, message=f"the model contains code ({shipped}), which whoever loads it must allow",
            do="assay.load(path, allow_code=True), or assay predict … --allow-code",
        )  # fmt: skip
        return
    best = _best_with_code(state, metric)
    search = state.end.search
    if best is None or best.result is None or best.result.score is None or search is None:
        return
    sign = 1.0 if metric.higher_is_better else -1.0
    number, score = best.experiment.number, best.result.score
    if sign * score > sign * search.value:
        yield Notice(
            code=WITHOUT, message=f"#{number} calls {_names(state, (number,))} and has {score:.4g} out of fold; what "
            f"ships holds no code and has {search.value:.4g}",
            do="ship it, marked: --ship-code",
        )  # fmt: skip


def _waiting(state: "LabState") -> Iterator[Notice]:
    """Of recipes that could not run where the last session was."""
    found = state.steering.sandbox
    if found is None or not found.waits:
        return
    queued = [one.recipe for one in state.steering.queue if one.recipe.key not in state.index.keys]
    queued += [entry.experiment.recipe for entry in state.open()]
    waiting = [recipe for recipe in queued if set(sources_called(state, recipe)) - {*found.trusted}]
    if waiting:
        yield Notice(
            code=WAITS, message=f"{plural(len(waiting), 'recipe')} with functions of yours "
            f"{'waits' if len(waiting) == 1 else 'wait'}: {found.waits}",
            do="go on with the lab on another machine, or vouch for your own files: assay add … --trust",
        )  # fmt: skip


def _best_with_code(state: "LabState", metric: "Metric") -> "ExperimentEntry | None":
    sign = 1.0 if metric.higher_is_better else -1.0
    found = [
        entry for entry in state.standing()
        if entry.result is not None and entry.result.score is not None and not entry.experiment.is_blend
        and sources_called(state, entry.experiment.recipe)
    ]  # fmt: skip
    return max(found, key=lambda entry: sign * (entry.result.score or 0.0) if entry.result else -sign, default=None)


def _names(state: "LabState", numbers: tuple[int, ...]) -> str:
    """The files of the sources that these experiments call; "" for none."""
    called = [d for number in numbers for d in sources_called(state, state.entries[number].experiment.recipe)]
    known = state.steering.code
    return ", ".join(f"{known[one].name}.py" if one in known else one[:12] for one in dict.fromkeys(called))
