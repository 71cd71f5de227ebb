"""The choice of researcher for each free slot: fixed pools first, then by what searching ones have earned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from assay.core.contract import LabView, Observation
from assay.core.experiment import Experiment
from assay.core.recipe import Step
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.task import Notice
from assay.journal.state import ExperimentEntry, LabState
from assay.research import pool_of, queue, searches
from assay.research import registry as researchers
from assay.research.portfolio import FLOOR
from assay.search import confirmation as confirm

BANDIT_EXPERIMENTS, BANDIT_SECONDS = 100, 300.0
"""Until then searching researchers take turns; later slots go by what they earned."""
MOST_GAIN = 20.0
LEAST_SECONDS = 0.05
FAILS_TO_DROP = 2


def observations(
    state: LabState, *, sigma: float | None = None, higher_is_better: bool = True
) -> tuple[Observation, ...]:
    """Experiments as researchers see them: z and gain in halves of sigma, the unit of gains, and cut; no scores."""
    origin = _origin(state)
    sign = 1.0 if higher_is_better else -1.0
    blend = state.blend
    weights = {} if blend is None else dict(zip(blend.numbers, blend.weights, strict=True))
    out = []
    for number, entry in state.entries.items():
        if entry.result is None or entry.experiment.is_blend:
            continue
        z = gain = None
        if entry.result.score is not None and entry.verdict is not None:
            z = _rounded(confirm.shown_z(entry.verdict), 3.0)
            shown = sign * (entry.result.score - origin) - confirm.luck(entry.verdict)
            gain = _rounded(shown / sigma, MOST_GAIN) if sigma else z
        out.append(
            Observation(
                experiment=entry.experiment, status=entry.status, z=z, gain=gain,
                weight=weights.get(number, 0.0), wall_seconds=entry.result.wall_seconds,
            )
        )  # fmt: skip
    return tuple(out)


def dropped(state: LabState) -> tuple[str, ...]:
    """Families that failed on every try, FAILS_TO_DROP of them or more: they are not proposed any more."""
    fails: dict[str, list[bool]] = {}
    for entry in state.entries.values():
        if entry.result is not None:
            fails.setdefault(entry.experiment.recipe.model.name, []).append(entry.status == "failed")
    return tuple(sorted(name for name, own in fails.items() if len(own) >= FAILS_TO_DROP and all(own)))


def dropped_notices(state: LabState) -> tuple[Notice, ...]:
    """Notices with their names and the last error of each."""
    said = {
        entry.experiment.recipe.model.name: entry.result.failure.message
        for _, entry in sorted(state.entries.items())
        if entry.result is not None and entry.result.failure is not None
    }
    return tuple(
        Notice(
            code="budget/dropped-family", message=f"{name} failed on every try and was dropped: {said.get(name, '')}"
        )
        for name in dropped(state)
    )


def _rounded(value: float, most: float) -> float:
    """To halves; cut first, as without noise a difference is infinite."""
    return round(2 * min(max(value, -most), most)) / 2


def _origin(state: LabState) -> float:
    """The score that gains are measured from: the baseline's, else that of the first model; any one would do."""
    scored = [e for e in state.scored() if e.experiment.entry not in FLOOR] or state.scored()
    base = state.entries[state.baseline] if state.baseline is not None else scored[0] if scored else None
    score = None if base is None or base.result is None else base.result.score
    return 0.0 if score is None else score


@dataclass
class _Memory:
    """Observations after a record, kept until the next one: proposals and the look ahead need them several times."""

    state: LabState | None = None
    record: int = 0
    history: tuple[Observation, ...] = ()


@dataclass(frozen=True)
class Director:
    """Asks researchers with a fixed pool, in the order of names; then shares the slots out among searching ones.

    sigma: the lab's noise in a given state, the unit of gains. families, partitions: see LabView.
    applicable_steps: those of some steps that find something in the table, always the same; called only for
    researchers with `looks_for`.
    """

    facts: Facts
    without: frozenset[str]
    seed: int
    names: tuple[str, ...] = field(default_factory=lambda: queue(has_vault=False))
    families: frozenset[str] = frozenset()
    partitions: int = 1
    higher_is_better: bool = True
    sigma: Callable[[LabState], float | None] = lambda state: None
    applicable_steps: Callable[[tuple[Step, ...]], frozenset[str]] = lambda steps: frozenset()
    _memory: _Memory = field(default_factory=_Memory, init=False, repr=False, compare=False)

    def view(self, state: LabState, *, seconds_left: float | None, passed: frozenset[str] = frozenset()) -> LabView:
        """What researchers see; `passed` are experiments that were proposed and cannot be afforded now."""
        asked = passed | {entry.experiment.key for entry in state.entries.values()}
        return LabView(
            facts=self.facts, without=self.without | frozenset(dropped(state)), asked=asked, seconds_left=seconds_left,
            history=self._history(state),
            next_number=state.next_number, partitions=self.partitions, families=self.families,
        )  # fmt: skip

    def _history(self, state: LabState) -> tuple[Observation, ...]:
        memory = self._memory
        if not state.last_record or memory.state is not state or memory.record != state.last_record:
            memory.history = observations(state, sigma=self.sigma(state), higher_is_better=self.higher_is_better)
            memory.state, memory.record = state, state.last_record
        return memory.history

    def ask(
        self, state: LabState, *, n: int, seconds_left: float | None, passed: frozenset[str] = frozenset()
    ) -> Sequence[Experiment]:
        """At most n new experiments, numbered; () when no researcher has anything left to propose."""
        view = self.view(state, seconds_left=seconds_left, passed=passed)
        return self._known(view, n) or self._searched(state, view, n)

    def confirmations(self, state: LabState, *, n: int, passed: frozenset[str] = frozenset()) -> Sequence[Experiment]:
        """At most n known recipes on other folds, where a keep waits for them; they come before anything new."""
        if not confirm.waiting(state):  # called at every turn of the loop, and mostly nothing waits
            return ()
        asked = passed | {entry.experiment.key for entry in state.entries.values()}
        return confirm.wanted(state, n=n, partitions=self.partitions, asked=asked, seed=self.seed)

    def waiting(self, state: LabState, *, passed: frozenset[str] = frozenset()) -> Sequence[Experiment]:
        """The next experiment that needs no search: of a fixed pool, or a keep's confirmation."""
        known = self.confirmations(state, n=1, passed=passed)
        return known or self._known(self.view(state, seconds_left=None, passed=passed), 1)

    def known(self, state: LabState, *, n: int) -> Sequence[Experiment]:
        """The first n of the first fixed pool that has a proposal, whatever time is left."""
        return self._known(self.view(state, seconds_left=None), n)

    def _known(self, view: LabView, n: int) -> Sequence[Experiment]:
        for name in self.names:
            proposals = () if searches(name) else self._asked(name, view, n)
            if proposals:
                return proposals
        return ()

    def _asked(self, name: str, view: LabView, n: int) -> Sequence[Experiment]:
        researcher = researchers.get(name)
        steps: tuple[Step, ...] = getattr(researcher, "looks_for", tuple)()
        if steps and view.history:  # before that the workers wait for the first proposals
            view = replace(view, applicable_steps=self.applicable_steps(steps))
        return tuple(replace(one, pool=pool_of(name)) for one in researcher(seed=self.seed).ask(view, n=n))

    def _searched(self, state: LabState, view: LabView, n: int) -> Sequence[Experiment]:
        """Slot by slot: the researcher whose turn it is proposes; one without a proposal is left out from then on."""
        left = [name for name in self.names if searches(name)]
        out: list[Experiment] = []
        while left and len(out) < n:
            name = self._next(left, state, out, is_exact=view.seconds_left is None)
            seen = replace(view, next_number=view.next_number + len(out), asked=view.asked | {one.key for one in out})
            proposals = self._asked(name, seen, 1)
            out += proposals
            if not proposals:
                left.remove(name)
        return tuple(out)

    def _next(self, names: Sequence[str], state: LabState, out: Sequence[Experiment], *, is_exact: bool) -> str:
        """The one with the fewest slots; in a long search Thompson sampling by weight in the blend per second."""
        entries = state.entries.values()
        had = {name: [e for e in entries if e.experiment.by == name] for name in names}
        is_long = len(entries) >= BANDIT_EXPERIMENTS or (not is_exact and state.seconds >= BANDIT_SECONDS)
        if not is_long:
            more = {name: sum(one.by == name for one in out) for name in names}
            return min(names, key=lambda name: len(had[name]) + more[name])
        rng = Seeds(self.seed).child("director", state.next_number + len(out)).rng()
        worth = {}
        for name in names:
            members = sum(state.weight_of(e.experiment.number) > 0 for e in had[name])
            drawn = rng.beta(1 + members, 1 + len(had[name]) - members)
            worth[name] = drawn if is_exact else drawn / _mean_seconds(had[name])
        return max(names, key=lambda name: worth[name])


def _mean_seconds(entries: Sequence[ExperimentEntry]) -> float:
    seconds = [e.result.wall_seconds for e in entries if e.result is not None]
    return max(sum(seconds) / len(seconds), LEAST_SECONDS) if seconds else 1.0
