"""What ends a session before the lab's budget does, and what a person wants then."""

from dataclasses import dataclass, field
from typing import Literal

from assay.core.clock import Deadline
from assay.search.score_goal import ScoreGoal

AtPlateau = Literal["stop", "go-on", "ask"]
"""What to do when nothing is gained any more: end, say so and go on, or pause until somebody says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """until: the end of this session alone. goal: a score that ends the search. at_plateau: None as `patience` says."""

    until: Deadline = field(default=Deadline())
    goal: ScoreGoal | None = None
    at_plateau: AtPlateau | None = None
