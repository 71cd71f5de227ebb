"""The gate that the search's settings file changes through: a paired test on tasks that a change was not chosen on.

Whoever proposes a change, a person or a search over settings, has seen scores on some tasks, where luck looks like a
gain. So only other tasks count, each scored with the settings of before and with the changed ones, and without a clear
gain there everything stays as it is. What was before is kept, byte for byte.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assay.core.atomic_files import write_synced
from assay.core.errors import LabError, UsageError
from assay.research.search_settings import SearchSettings

LEVEL, FEWEST_TASKS = 0.05, 8
"""Chance at which a change without effect is adopted, and the fewest tasks that can decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """Whether a change is adopted, and why (not). gain, sigma: the mean gain over tasks and its standard error, NaN
    without a test; p: of a gain that large by chance, one-sided; tasks: that were tested on."""

    is_adopted: bool
    why: str
    gain: float = math.nan
    sigma: float = math.nan
    p: float = 1.0
    tasks: int = 0


def gate(
    before: str, proposed: str, scores_before: Mapping[str, float], scores_after: Mapping[str, float], *,
    chosen_on: frozenset[str],
) -> GateAnswer:  # fmt: skip
    """Judge a change of the settings file. before, proposed: texts of the file; scores: by name of the task, higher is
    better, on one scale; chosen_on: tasks that whoever proposes it has looked at.

    A proposal that is no settings file, or has anything in it that is no setting, such as a seed, is refused, too.
    """
    try:
        now, then = SearchSettings.read(proposed), SearchSettings.read(before)
    except UsageError as error:
        return GateAnswer(is_adopted=False, why=error.message)
    if now == then:
        return GateAnswer(is_adopted=False, why="it changes nothing")
    return paired(scores_before, scores_after, chosen_on=chosen_on)


def paired(
    scores_before: Mapping[str, float], scores_after: Mapping[str, float], *, chosen_on: frozenset[str]
) -> GateAnswer:
    """A one-sided paired t-test over the tasks that both were scored on and nobody chose on."""
    tasks = sorted((set(scores_before) & set(scores_after)) - chosen_on)
    found = [scores_after[task] - scores_before[task] for task in tasks]
    n = len(found)
    if n < FEWEST_TASKS:
        return GateAnswer(
            is_adopted=False, why=f"{n} tasks were not chosen on, and {FEWEST_TASKS} are the fewest", tasks=n
        )  # fmt: skip
    if not all(map(math.isfinite, found)):
        return GateAnswer(is_adopted=False, why="a task has no score with one of the two", tasks=n)
    gain = sum(found) / n
    sigma = math.sqrt(sum((one - gain) ** 2 for one in found) / (n - 1) / n)
    p = _p(gain, sigma, n - 1)
    is_adopted = gain > 0 and p <= LEVEL
    why = f"gains {gain:.3g} ± {sigma:.2g} on {n} tasks that it was not chosen on (p = {p:.2g})"
    return GateAnswer(
        is_adopted=is_adopted, why=why if is_adopted else f"no clear gain: {why}", gain=gain, sigma=sigma, p=p, tasks=n
    )  # fmt: skip


def _p(gain: float, sigma: float, df: int) -> float:
    if not sigma:
        return 0.0 if gain > 0 else 1.0
    from scipy import stats

    return float(stats.t.sf(gain / sigma, df))


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A settings file, and the folder with what it was before, numbered from 1."""

    file: Path
    before: Path

    def adopt(self, proposed: str, answer: GateAnswer) -> None:
        """Put a change in place that the gate let through; LabError for any other."""
        if not answer.is_adopted:
            raise LabError(f"The change of {self.file.name} is refused: {answer.why}.")
        text = SearchSettings.read(proposed).as_text()
        self.before.mkdir(parents=True, exist_ok=True)
        write_synced(self.before / f"{len(self._numbers()) + 1:04d}.json", self.file.read_bytes())
        write_synced(self.file, text.encode())

    def roll_back(self) -> None:
        """Undo the last change, byte for byte; LabError where there was none."""
        numbers = self._numbers()
        if not numbers:
            raise LabError(f"{self.file.name} was never changed: there is nothing to go back to.")
        last = self.before / f"{numbers[-1]:04d}.json"
        write_synced(self.file, last.read_bytes())
        last.unlink()

    def _numbers(self) -> list[int]:
        found = self.before.glob("*.json") if self.before.is_dir() else ()
        return sorted(int(one.stem) for one in found if re.fullmatch(r"\d{4}", one.stem))
