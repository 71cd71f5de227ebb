"""Turns what the loop does into events for listeners."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from assay.core.event import Dot, Event, NoiseKnown, Progress, Scored
from assay.journal.experiment_counts import counts
from assay.research.portfolio import entries
from assay.search.detectable_gain import sight_of
from assay.search.loop import Loop
from assay.search.session import Session

EVERY_SECONDS = 0.25
NOISE_AFTER = 3


@dataclass
class ProgressReporter:
    """Sends a snapshot at most four times a second, every result once, the noise when it is planned and measured."""

    session: Session
    listener: Callable[[Event], None]
    _last: float = field(default=-1.0)
    _noise_reported: Literal["", "planned", "measured"] = ""
    _planned: int = field(default=0)
    _asked_at: tuple[int, int, int] = (-1, -1, -1)
    _waiting: tuple[str, ...] = ()
    _dots: dict[int, Dot] = field(default_factory=dict)
    _drawn_at: int = 0

    def begin(self) -> None:
        """Before the start: what these rows can show, where that can be known from their number."""
        self._report_noise()

    def scored(self, event: Scored) -> None:
        """Pass a result on; after some of them, report the noise they show."""
        self.listener(event)
        if self._noise_reported == "measured" or len(self.session.state.scored()) < NOISE_AFTER:
            return
        self._report_noise()

    def _report_noise(self) -> None:
        noise, seen = (
            self.session.scorer.noise(self.session.state),
            sight_of(self.session.state, self.session.scorer),
        )
        known: Literal["planned", "measured"] = "planned" if noise.is_planned else "measured"
        if noise.sigma is not None and seen is not None and known != self._noise_reported:
            self._noise_reported = known
            self.listener(
                NoiseKnown(
                    sigma=noise.sigma, detectable=seen.steers, claimable=seen.claims, method=noise.method,
                    is_planned=noise.is_planned,
                )
            )  # fmt: skip

    def tick(self, loop: Loop) -> None:
        """A snapshot, if the last one is old enough."""
        now = self.session.journal.session_seconds
        if now - self._last >= EVERY_SECONDS:
            self._last = now
            self.listener(self.snapshot(loop))

    def snapshot(self, loop: Loop) -> Progress:
        """The lab's progress at this moment."""
        state = self.session.state
        leader = self.session.scorer.leader(state)
        running = [
            f"#{c.experiment.number} {c.experiment.what}, {self._stage(c.running, c.rescoring)}"
            for c in loop.runs.values()
            if c.running or c.rescoring
        ]
        done = counts(state)
        return Progress(
            elapsed_seconds=self.session.journal.seconds, limit_seconds=self.session.ends_at,
            experiments=done.experiments, expected_experiments=self._expected(),
            kept=done.kept, dropped=done.dropped, stopped_early=done.stopped_early,
            failed=done.failed, best=None if leader is None else self.session.scorer.known_figure(state, leader),
            best_number=leader, best_what="" if leader is None else state.entries[leader].experiment.what,
            baseline_number=state.baseline, running=tuple(running), next=self._next(loop),
            dots=self._drawn(),
            higher_is_better=self.session.scorer.metric.higher_is_better, stage="search",
        )  # fmt: skip

    def _drawn(self) -> tuple[Dot, ...]:
        """A dot for each experiment; made anew only where something was recorded of it, or it has not ended."""
        state, dots = self.session.state, self._dots
        for n in sorted({*state.index.changed_since(self._drawn_at), *(e.experiment.number for e in state.open())}):
            result = state.entries[n].result
            dots[n] = Dot(number=n, score=None if result is None else result.score, status=state.entries[n].status)
        self._drawn_at = state.last_record
        return tuple(dots.values())

    def _next(self, loop: Loop) -> tuple[str, ...]:
        """The next experiment of a fixed pool; looked up anew only after one began, ended or was passed over."""
        state = self.session.state
        key = (len(state.entries), len(state.open()), len(loop.admission.passed_over))
        if self._asked_at != key:
            waiting = loop.admission.director.waiting(state, passed=frozenset(loop.admission.passed_over))
            self._asked_at, self._waiting = key, tuple(proposal.what for proposal in waiting)
        return self._waiting

    def _stage(self, running: set[int], rescoring: bool) -> str:
        if rescoring:
            return "all folds done"
        return f"fold {min(running) + 1} of {self.session.folder.split.n_folds}"

    def _expected(self) -> int:
        if self.session.settings.budget.experiments is not None:
            return self.session.settings.budget.experiments
        if not self._planned:
            facts, settings = self.session.folder.task.facts, self.session.settings
            self._planned = len(entries(facts, without=settings.without, families=settings.families))
        return max(self._planned, len(self.session.state.entries))
