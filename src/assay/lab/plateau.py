"""What would help where a search gains nothing any more: measured within the session's limits, and recorded."""

import math
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace

from assay.core.clock import Deadline
from assay.core.figure import Difference
from assay.core.result import Shuffled
from assay.core.task import Notice
from assay.core.usage import ColumnLoss
from assay.core.views import Plateau
from assay.journal.find_labs import short_name, shown_path
from assay.report.event_text import as_sentence
from assay.report.phrases import plural
from assay.search.detectable_gain import advice_of, sight_of
from assay.search.known_so_far import since_keep
from assay.search.learning_curve import ended, more_rows, seconds_of
from assay.search.loop import Loop
from assay.search.second_level import explained
from assay.search.session import Session
from assay.search.session_limits import AtPlateau
from assay.ship.column_importance import MOST_SECONDS, Importance
from assay.views.plateau_view import would_help

SHARE = 0.1
"""Of the time that is left, what measuring may take by its plan."""
LATE, SPARE_SECONDS = 4.0, 10.0
"""How many times what was expected a learning curve may take, and how much longer."""


@dataclass(frozen=True)
class PlateauMeasurement:
    """Of the champion at a plateau. announce: called ten times a second, so that displays move on.

    A learning curve costs about as much as one experiment, columns some seconds. What was measured of this champion
    before is taken from the ledger. Not for exact runs, which know no plateau, as they read no clock.
    """

    session: Session
    loop: Loop
    announce: Callable[[Loop], None]

    def record(self) -> None:
        """Measure what is lacking, and record it; nothing where there is no champion, or nothing is new."""
        state, number = self.session.state, self.session.state.champion
        if number is None:
            return
        known = state.plateau if state.plateau is not None and state.plateau.number == number else None
        found = known or Plateau(number=number)
        if state.more is None or state.more.number != number:
            found = replace(found, unmeasured=self._rows())
        if not found.columns:
            found = replace(found, columns=self._columns(number))
        found = self._with_time(found)
        if found != known:
            self.session.journal.write("plateau", found)

    def goes_on(self) -> bool:
        """Whether the search still waits for it: nobody said a word or stopped it, and its time is not over."""
        self.announce(self.loop)
        rule, intake = self.loop.stop_rule, self.loop.intake
        if intake is not None and not intake.inbox.is_empty():
            return False
        return not (rule.interrupt.is_set() or rule.until.is_over or rule.freeze().is_over)

    def left(self) -> float:
        """Seconds that measuring is planned to take at most."""
        rule = self.loop.stop_rule
        return SHARE * max(min(rule.freeze().left, rule.until.left), 0.0)

    def _rows(self) -> float:
        """Record the champion's learning curve; returns the seconds it would take where these are too many, else 0."""
        session, state = self.session, self.session.state
        seconds, left = seconds_of(state, session.workers), self.left()
        if seconds is None:
            return 0.0
        if seconds > left:
            return seconds
        end = Deadline.after(min(LATE * seconds + SPARE_SECONDS, left / SHARE), session.journal.clock)
        more = more_rows(session.folder, state, session.scorer, session.executor, end, self.goes_on)
        if more is not None:
            session.journal.write("more", more)
        return 0.0

    def _columns(self, number: int) -> tuple[ColumnLoss, ...]:
        """What is lost when a column is shuffled, of the champion, or of what it reads; () where time or its fold
        models are lacking.
        """
        session, seconds = self.session, min(MOST_SECONDS, self.left())
        able = [n for n in explained(session.state, [number]) if n in self.loop.recorder.models.sizes]
        if not able or seconds <= 0.0:
            return ()
        importance = Importance(session)
        job = importance.job_of(able[0], seconds=seconds)
        future = session.executor.submit(job, deadline=Deadline.after(LATE * seconds, session.journal.clock))
        if not ended([future], self.goes_on):
            return ()
        outcome = future.result()
        shuffled = outcome if isinstance(outcome, Shuffled) else None
        return importance.effects(session.scorer, shuffled)

    def _with_time(self, found: Plateau) -> Plateau:
        """How the blend moved in the window without a gain, and how many experiments that took."""
        recorder, journal, patience = self.loop.recorder, self.session.journal, self.loop.stop_rule.patience
        now = journal.session_seconds
        since, span = recorder.plateau.since(now, patience), recorder.plateau.span(now, patience)
        if since is None or span is None or not math.isfinite(patience):
            return found
        noise = self.session.scorer.noise(self.session.state)
        gain: Difference = self.session.scorer.compare(*span, noise=noise)
        tried = [
            entry
            for entry in self.session.state.entries.values()
            if entry.asked_seconds >= journal.before + since and entry.result is not None
            and entry.experiment.role == "proposal"
        ]  # fmt: skip
        return replace(found, experiments=len(tried), seconds=round(now - since, 3), gain=gain)


def no_plateau(session: Session, asked: AtPlateau | None) -> Notice | None:
    """That what was asked for at a plateau will not come: an exact run knows none. None where one may come, or nothing
    was asked for.
    """
    if not session.is_exact or asked not in ("ask", "stop"):
        return None
    return Notice(
        code="search/no-plateau",
        message=f"--at-plateau {asked} does nothing here: with --experiments alone no decision reads a clock, and a "
        "plateau is a time without a gain",
        do="--time-limit beside it ends the search by either",
    )


def plateau_notice(session: Session, *, waits: bool) -> Notice:
    """That nothing is gained any more, and what was measured of what would help; waits: whether it is paused."""
    state, lab = session.state, shlex.quote(short_name(shown_path(session.folder.path)))
    advice = advice_of(state, sight_of(state, session.scorer))
    since = plural(since_keep(state) if advice is None else advice.since, "experiment")
    said = f"{since} since the last keep, and the blend moves by less than can be seen"
    promise = [] if advice is None or advice.stop is None else [advice.why]
    measured = [
        as_sentence(sentence) for sentence in (*promise, *would_help(state, metric=session.scorer.metric.title))
    ]
    do = f'It waits: assay resume {lab}, assay stop {lab}, or assay hint {lab} "…"' if waits else ""
    return Notice(code="search/plateau", message=" ".join([as_sentence(said), *measured]), do=do)
