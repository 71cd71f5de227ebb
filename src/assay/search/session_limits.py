"""What ends a session before the lab's budget does, and what a person wants then."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from assay.core.clock import Deadline
from assay.core.durations_and_sizes import DURATION_FORMS, parse_seconds
from assay.core.errors import UsageError, Where
from assay.search.score_goal import ScoreGoal

AtPlateau = Literal["stop", "go-on", "ask"]
"""What to do when nothing is gained any more: end, say so and go on, or pause until somebody says what to do."""


USUAL = "1h"
"""Of a session that is given no end."""
_CLOCK = re.compile(r"^\s*(\d{1,2}):(\d{2})\s*$")


def until_deadline(text: str | None, *, now: datetime | None = None) -> Deadline:
    """The moment that "2h" or "18:30" means from now on; never for None. A clock time is the next such, today's or
    tomorrow's. It is measured by the monotonic clock, so that one that is set later moves nothing. UsageError for all
    else.
    """
    if text is None:
        return Deadline()
    match = _CLOCK.match(text)
    if match is None:
        try:
            return Deadline.after(parse_seconds(text, option="--until"))
        except UsageError as error:
            raise UsageError(
                f"--until {text!r} is neither a duration ({DURATION_FORMS}) nor a clock time such as 18:30.",
                where=Where(option="--until"), do=("--until 2h", "--until 18:30"),
            ) from error  # fmt: skip
    hour, minute, now = int(match[1]), int(match[2]), now or datetime.now()
    if hour > 23 or minute > 59:
        raise UsageError(f"--until {text!r} is no time of day.", where=Where(option="--until"), do=("--until 18:30",))
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    then += timedelta(days=then <= now)
    return Deadline.after((then - now).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """until: the end of this session alone. goal: a score that ends the search. at_plateau: None as `patience` says."""

    until: Deadline = field(default=Deadline())
    is_by_clock: bool = False
    """Whether it is a time of day, which a pause does not move."""
    goal: ScoreGoal | None = None
    at_plateau: AtPlateau | None = None

    @classmethod
    def of(
        cls, until: str | float | None, *, ends_otherwise: bool, goal: str | None = None,
        at_plateau: AtPlateau | None = None,
    ) -> "SessionLimits":  # fmt: skip
        """As a person gives them: seconds or text; an hour where nothing else ends the session either. UsageError for
        what is no time, no score, or nothing that could follow a plateau.
        """
        if at_plateau is not None and at_plateau not in get_args(AtPlateau):
            raise UsageError(
                f"--at-plateau {at_plateau!r} is none of {', '.join(get_args(AtPlateau))}.",
                where=Where(option="--at-plateau"),
            )
        given = USUAL if until is None and not ends_otherwise else until
        end = Deadline.after(float(given)) if isinstance(given, int | float) else until_deadline(given)
        return cls(
            until=end, is_by_clock=isinstance(given, str) and ":" in given,
            goal=None if goal is None else ScoreGoal.parse(goal), at_plateau=at_plateau,
        )  # fmt: skip
