"""What can be done with a lab from Python beside reading it: go on, steer, pause, certify."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from assay.core.errors import LabError
from assay.core.hint import Hint
from assay.views.open_lab import OpenLab

if TYPE_CHECKING:
    from pathlib import Path

    from assay.core.clock import Budget
    from assay.lab.lab import Lab
    from assay.lab.research_lab import GoOn
    from assay.lab.run_context import RunContext
    from assay.lab.send_message import SentMessage

AtPlateau = Literal["stop", "go-on", "ask"]


@dataclass
class RunningSession:
    """A session in a thread of this process; the notebook stays free. Made by `Lab.research(wait=False)`."""

    path: "Path"
    _asked: "GoOn"
    _context: "RunContext"
    _stop: threading.Event
    _error: list[BaseException] = field(default_factory=list)
    _thread: threading.Thread | None = None

    def start(self) -> "RunningSession":
        """Begin; returns at once."""
        self._thread = threading.Thread(target=self._work, daemon=True, name="assay-session")
        self._thread.start()
        return self

    def _work(self) -> None:
        from assay.lab.research_lab import research_lab

        try:
            research_lab(self.path, self._asked, context=self._context)
        except BaseException as error:
            self._error.append(error)

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def status(self) -> "Any":
        """Where the lab stands now."""
        from assay.lab.lab import Lab

        return Lab.open(self.path).status()

    def stop(self, *, wait: bool = True) -> "Lab | None":
        """End it with the best so far; with wait, hands back the lab as it then is."""
        self._stop.set()
        return self.wait() if wait else None

    def wait(self, timeout: float | None = None) -> "Lab":
        """The lab once the session has ended; raises what it raised, and LabError where it takes longer."""
        from assay.lab.lab import Lab

        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise LabError(f"{self.path.name} still runs.", do=("session.stop()", "session.wait()"))
        if self._error:
            raise self._error[0]
        return Lab.open(self.path)

    def __repr__(self) -> str:
        return f"<session of {self.path.name}, {'running' if self.is_running else 'ended'}>"


@dataclass(frozen=True)
class SteeredLab(OpenLab):
    """The part of a Lab that changes what the folder holds; the value itself stays the snapshot that it is."""

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What a person said and what holds."""
        return self.state.hints

    def research(
        self,
        *,
        until: str | float | None = None,
        time_limit: str | float | None = None,
        experiments: int | None = None,
        goal: str | None = None,
        at_plateau: AtPlateau = "go-on",
        researchers: Sequence[str] = (),
        n_jobs: int | None = None,
        wait: bool = True,
    ) -> "Lab | RunningSession":
        """Go on with the lab, an hour where no end is given; returns a fresh Lab, or with wait=False a RunningSession.

        until: this session's end, seconds or text such as "30m" or "18:30"; time_limit, experiments: the lab's, over
        all its sessions. Ctrl-C keeps the best. Raises LabError where another process works on it.
        """
        from assay.lab.run_context import RunContext

        asked, limits = self._go_on(until, time_limit, experiments, goal, at_plateau, researchers, n_jobs)
        stop = threading.Event()
        context = RunContext(interrupt=stop, limits=limits)
        if not wait:
            return RunningSession(self.path, asked, context, stop).start()
        session = RunningSession(self.path, asked, context, stop).start()
        try:
            return session.wait()
        except KeyboardInterrupt:
            session.stop(wait=False)
            return session.wait()

    def _go_on(
        self, until: object, time_limit: object, experiments: int | None, goal: str | None, at_plateau: AtPlateau,
        researchers: Sequence[str], n_jobs: int | None,
    ) -> "tuple[GoOn, Any]":  # fmt: skip
        from assay.core.clock import Deadline
        from assay.lab.research_lab import GoOn
        from assay.search.option_values import budget_of
        from assay.search.score_goal import ScoreGoal
        from assay.search.session_limits import SessionLimits, until_deadline

        has_end = any(one is not None for one in (until, time_limit, experiments))
        if isinstance(until, int | float):
            end = Deadline.after(float(until))
        else:
            end = until_deadline(str(until) if until is not None else None if has_end else "1h")
        budget: Budget = budget_of(time_limit, experiments, default_seconds=float("inf"), option="time_limit")
        changes: dict[str, Any] = {} if n_jobs is None else {"jobs": n_jobs}
        changes |= {"researchers": tuple(researchers)} if researchers else {}
        limits = SessionLimits(until=end, goal=None if goal is None else ScoreGoal.parse(goal), at_plateau=at_plateau)
        return GoOn(budget=budget, changes=tuple(changes.items()), metric=self.own_metric), limits

    def certify(self) -> "Lab":
        """Open the vault; returns a fresh Lab with the figure."""
        from assay.lab.lab import Lab
        from assay.lab.research_lab import certify_lab
        from assay.lab.run_context import RunContext

        certify_lab(self.path, context=RunContext())
        return Lab.open(self.path)

    # -- messages -----------------------------------------------------------------------------------------------

    def hint(self, text: str) -> "SentMessage":
        """Tell the researcher something in plain words; returns what was understood and what was not."""
        return self._send("say", text=text)

    def undo(self, hint: str | int) -> "SentMessage":
        """Take a hint back: "h4" or 4."""
        return self._send("undo", number=int(str(hint).removeprefix("h")))

    def pin(self, what: str | int) -> "SentMessage":
        """Keep a column, a step or an experiment."""
        return self._wish("keep", what)

    def forbid(self, what: str) -> "SentMessage":
        """Never use a column, a step or a family."""
        return self._wish("never", what)

    def veto(self, number: int) -> "SentMessage":
        """Take an experiment out of the lineage."""
        return self._wish("void", number)

    def add(self, recipe: Mapping[str, Any]) -> "SentMessage":
        """Add a recipe, to be tried next: as `lab[17].recipe` has one."""
        return self._send("add", recipe=dict(recipe))

    def pause(self) -> "SentMessage":
        """Pause the session that runs in this or another process."""
        return self._send("pause")

    def resume(self) -> "SentMessage":
        """Let a paused session go on."""
        return self._send("resume")

    def stop(self) -> "SentMessage":
        """End the running session with the best so far."""
        return self._send("stop")

    def _wish(self, kind: str, what: str | int) -> "SentMessage":
        from assay.lab.send_message import wish_of

        columns = tuple(column.name for column in self.task.schema.features)
        return self._send("wish", wishes=(wish_of(kind, str(what), self.state, columns),))

    def _send(self, kind: Any, **content: Any) -> "SentMessage":
        from assay.lab.send_message import send

        return send(self.path, kind, **content)
