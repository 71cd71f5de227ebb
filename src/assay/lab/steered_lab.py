"""What can be done with a lab from Python beside reading it: go on, steer, pause, certify."""

import math
import os
import threading
from abc import ABC
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypedDict, TypeVar, Unpack, overload

from assay.core.argument import listed_names
from assay.core.clock import Deadline
from assay.core.errors import LabError, UsageError
from assay.core.event import Noted, Understood
from assay.core.hint import Hint, WishKind
from assay.core.lab_views import HintStory
from assay.core.task import Notice
from assay.lab.python_progress import warn_of
from assay.views.open_lab import OpenLab

if TYPE_CHECKING:
    from assay.core.study import StudyNote
    from assay.lab.research_lab import GoOn
    from assay.lab.sent_message import SentMessage
    from assay.search.session_limits import SessionLimits

SAID = frozenset({"search/plateau", "search/no-plateau", "vault/still-sealed"})
"""Notices of a session that are in no summary."""
LOOK_SECONDS = 0.2
"""Between two looks whether there is something to say."""
AtPlateau = Literal["stop", "go-on", "ask"]
L = TypeVar("L", bound="SteeredLab")


class ResearchOptions(TypedDict, total=False):
    """time_limit, experiments: the lab's, over all its sessions; goal: a score, "roc_auc>=0.9"; at_plateau: what to do
    when nothing is gained any more; researchers: who may propose; n_jobs: worker processes.
    """

    time_limit: str | float
    experiments: int
    goal: str
    at_plateau: AtPlateau
    researchers: Sequence[str]
    n_jobs: int


@dataclass
class RunningSession(Generic[L]):
    """A session in a thread of this process, so that a notebook stays free. `Lab.research(wait=False)` makes one."""

    lab: L
    _work: Callable[[threading.Event, Callable[[object], None]], object]
    """Is given what stops it, and is to tell of each event, "understood" once it holds the lab."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _error: list[BaseException] = field(default_factory=list)
    _thread: threading.Thread | None = None
    _has_begun: threading.Event = field(default_factory=threading.Event)
    _noted: deque[Notice] = field(default_factory=deque)
    """What a person should know of it, and was not told."""

    def start(self) -> Self:
        """Begin; returns once the lab is held, and raises why it cannot be."""
        self._thread = threading.Thread(target=self._run, daemon=True, name="assay-session")
        self._thread.start()
        self._has_begun.wait()
        if self._error:
            raise self._error[0]
        try:
            self._warn()
        except BaseException:  # where warnings are errors; the caller gets no session that could be stopped
            self._stop.set()
            raise
        return self

    def _warn(self) -> None:
        """Warnings come from the thread that asks, as those of another would be nobody's."""
        warn_of([self._noted.popleft() for _ in range(len(self._noted))])

    def _run(self) -> None:
        try:
            self._work(self._stop, self._hear)
        except BaseException as error:  # raised again where the result is asked for
            self._error.append(error)
        finally:
            self._has_begun.set()

    def _hear(self, event: object) -> None:
        if isinstance(event, Noted) and (not self._has_begun.is_set() or event.notice.code in SAID):
            self._noted.append(event.notice)
        if isinstance(event, Understood):
            self._has_begun.set()

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def look(self) -> L:
        """The lab as it is now."""
        return self.lab.opened_again()

    def stop(self) -> L:
        """End it with the best so far, and hand the lab back."""
        self._stop.set()
        return self.wait()

    def wait(self, timeout: float | None = None) -> L:
        """The lab once the session has ended; raises what it raised, and LabError where it takes longer. What it says
        of a plateau meanwhile is a warning.
        """
        end = Deadline() if timeout is None else Deadline.after(timeout)
        while self.is_running and not end.is_over:
            self._join(min(LOOK_SECONDS, max(end.left, 0.0)))
            self._warn()
        if self.is_running:
            raise LabError(f"{self.lab.path.name} still runs.", do=("session.stop()", "session.wait()"))
        self._warn()
        if self._error:
            raise self._error[0]
        return self.lab.opened_again()

    def _join(self, seconds: float) -> None:
        if self._thread is not None:
            self._thread.join(seconds)

    def __repr__(self) -> str:
        return f"<session of {self.lab.path.name}, {'running' if self.is_running else 'ended'}>"


@dataclass(frozen=True)
class SteeredLab(OpenLab, ABC):
    """The part of a Lab that changes what the folder holds; the value itself stays the snapshot that it is."""

    def opened_again(self) -> Self:
        """The lab as it is now."""
        return type(self).open(self.path, metric=self.own_metric)

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What a person said and what holds."""
        return self.state.hints

    def hint_story(self, number: int) -> HintStory:
        """What came of a hint: h4 is number 4."""
        from assay.views.steering_views import hint_story

        return hint_story(self, number)

    @overload
    def research(
        self, *, until: str | float | None = None, wait: Literal[True] = True, **options: Unpack[ResearchOptions]
    ) -> Self: ...
    @overload
    def research(
        self, *, until: str | float | None = None, wait: Literal[False], **options: Unpack[ResearchOptions]
    ) -> RunningSession[Self]: ...
    def research(
        self, *, until: str | float | None = None, wait: bool = True, **options: Unpack[ResearchOptions]
    ) -> Self | RunningSession[Self]:
        """Go on with the lab, an hour where no end is given; returns a fresh Lab, or with wait=False a RunningSession.

        until: this session's end, seconds or text such as "30m" or "18:30". Ctrl-C keeps the best. Raises at once, with
        wait=False too, LabError where another process works on it, and UsageError where nothing can begin as asked.
        """
        from assay.lab.research_lab import research_lab
        from assay.lab.run_context import RunContext

        asked, limits = self._go_on(until, options)

        def work(stop: threading.Event, hear: Callable[[object], None]) -> object:
            context = RunContext(interrupt=stop, limits=limits, listener=hear)
            return research_lab(self.path, asked, context=context)

        session = RunningSession(self, work)
        try:
            session.start()
            return session.wait() if wait else session
        except KeyboardInterrupt:
            return session.stop()

    def _go_on(self, until: str | float | None, options: ResearchOptions) -> "tuple[GoOn, SessionLimits]":
        from assay.lab.research_lab import GoOn
        from assay.search.option_values import budget_of
        from assay.search.session_limits import SessionLimits

        strange = sorted(set(options) - set(ResearchOptions.__annotations__))
        if strange:
            known = ", ".join(ResearchOptions.__annotations__)
            raise UsageError(f"research() takes no {strange[0]}; it takes until, wait, {known}.")
        limit, experiments = options.get("time_limit"), options.get("experiments")
        budget = budget_of(limit, experiments, default_seconds=math.inf, option="time_limit")
        changes: dict[str, Any] = {"jobs": options["n_jobs"]} if "n_jobs" in options else {}
        if options.get("researchers"):
            names = options["researchers"]
            changes["researchers"] = listed_names([names] if isinstance(names, str) else list(names))
        limits = SessionLimits.of(
            until, ends_otherwise=limit is not None or experiments is not None, goal=options.get("goal"),
            at_plateau=options.get("at_plateau", "go-on"),
        )  # fmt: skip
        return GoOn(budget=budget, changes=tuple(changes.items()), metric=self.own_metric), limits

    def study(
        self, question: str = "", *, kind: str = "", time_limit: str | float | None = None,
        read: "str | os.PathLike[str] | None" = None,
    ) -> "tuple[StudyNote, ...]":  # fmt: skip
        """Look into what the lab stored: its errors, its rows, its experiments. Returns what was found, which is also
        recorded: what it proposes comes first when the search goes on.

        question: in plain words, "where does it fail?"; kind: of study, instead; neither: all that suit. time_limit: a
        minute where none is given; read: a file or folder of notes. Raises UsageError for a question that is not
        understood, or a time that is too short, LabError where another process works on the lab.
        """
        from assay.lab.study_lab import AskedStudy, study_lab

        return study_lab(
            self.path, AskedStudy.of(question, kind=kind, seconds=time_limit, read=read), metric=self.own_metric
        )

    def certify(self) -> Self:
        """Open the vault; returns a fresh Lab with the figure."""
        from assay.lab.research_lab import certify_lab
        from assay.lab.run_context import RunContext

        certify_lab(self.path, context=RunContext(), metric=self.own_metric)
        return self.opened_again()

    # -- messages -----------------------------------------------------------------------------------------------

    def hint(self, text: str) -> "SentMessage":
        """Tell the researcher something in plain words; returns what was understood and what was not."""
        return self._send("say", text=text)

    def undo(self, hint: str | int) -> "SentMessage":
        """Take a hint back: "h4" or 4; UsageError for what names no hint."""
        number = str(hint).removeprefix("h")
        if not number.isdecimal():
            do = ("lab.status().hints lists them",)
            raise UsageError(f"{hint!r} names no hint; hints are named h1, h2, …", do=do)
        return self._send("undo", number=int(number))

    def pin(self, what: str | int) -> "SentMessage":
        """Keep a column, a step or an experiment."""
        return self._wish("keep", what)

    def forbid(self, what: str) -> "SentMessage":
        """Never use a column, a step or a family."""
        return self._wish("never", what)

    def veto(self, number: int) -> "SentMessage":
        """Take an experiment out of the lineage."""
        return self._wish("void", number)

    def add(
        self, what: "Mapping[str, Any] | Callable[..., object] | str | os.PathLike[str] | None" = None, *,
        expression: str = "", on: int | None = None, to: int | None = None, trust: bool = False,
        sandbox: Literal["any", "required"] = "any",
    ) -> "SentMessage":  # fmt: skip
        """Add what is to be tried next: a recipe, as `lab[17].recipe` has one; a function, or the path of a .py file
        with functions (docs/howto/your-code.md); or a column as an expression.

        on: the experiment whose predictions a model corrects; to: the experiment that columns are added to, None: the
        best. trust: the file is one's own, and runs without the sandbox on this machine; sandbox: "required" where only
        one that holds everything will do. Raises CodeError for functions that are refused or fail on some rows.
        """
        from assay.lab.add_code import CodeToAdd, add_code, add_expression, source_of
        from assay.search.settings import check_rule

        is_alone = on is None and to is None and not trust and not expression
        if isinstance(what, Mapping) and is_alone:
            return self._send("add", recipe=dict(what))
        if isinstance(what, Mapping) or (expression and what is not None):
            raise UsageError(
                "add() takes one thing at a time: a recipe, which holds everything itself, functions, or expression=."
            )
        if expression:
            return add_expression(self, expression, to=to, send=self._send)
        if what is None:
            raise UsageError("add() takes a recipe, a function, the path of a .py file, or expression=.")
        check_rule(sandbox)
        asked = CodeToAdd(source=source_of(what), on=on, to=to, trusted=trust, required=sandbox == "required")
        return add_code(self, asked, self._send).sent

    def pause(self) -> "SentMessage":
        """Pause the session that runs in this or another process."""
        return self._send("pause")

    def resume(self) -> "SentMessage":
        """Let a paused session go on."""
        return self._send("resume")

    def stop(self) -> "SentMessage":
        """End the running session with the best so far."""
        return self._send("stop")

    def _wish(self, kind: WishKind, what: str | int) -> "SentMessage":
        from assay.steering.named_wish import wish_of

        columns = tuple(column.name for column in self.task.schema.features)
        wish = wish_of(kind, str(what), columns, self.task.schema.names, target=self.task.target)
        return self._send("wish", wishes=(wish,))

    def _send(self, kind: Any, **content: Any) -> "SentMessage":
        from assay.lab.send_message import send

        return send(self.path, kind, metric=self.own_metric, **content)
