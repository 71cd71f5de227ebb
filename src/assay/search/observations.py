"""The history that researchers are told: z and gain in halves of the noise, and cut; no scores."""

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from math import isnan

import numpy as np

from assay.core.contract import Observation
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.research.portfolio import FLOOR
from assay.search import confirmation as confirm

MOST_Z, MOST_GAIN = 3.0, 20.0


def observations(
    state: LabState, *, sigma: float | None = None, higher_is_better: bool = True
) -> tuple[Observation, ...]:
    """Experiments that ended, as researchers see them; sigma: the unit of gains, None where the noise is unknown."""
    return Observed(higher_is_better=higher_is_better).of(state, sigma=sigma)


@dataclass
class Observed:
    """The observations of a lab, brought up to date where something changed: a record, the noise, the blend.

    Thousands of experiments are told of after every record, and all of their gains are in units of the noise, which
    moves with each comparison; rounded to halves, few of them move with it.
    """

    higher_is_better: bool = True
    _state: LabState | None = None
    _record: int = 0
    _sigma: float | None = None
    _origin: float | None = None
    _numbers: list[int] = field(default_factory=list)
    _seen: list[Observation] = field(default_factory=list)
    _shown: list[float] = field(default_factory=list)
    """By place: what a score gains over the origin, oriented, less the luck of its folds; NaN without a score."""
    _weights: dict[int, float] = field(default_factory=dict)
    _void: set[int] = field(default_factory=set)
    _history: tuple[Observation, ...] | None = None

    def of(self, state: LabState, *, sigma: float | None) -> tuple[Observation, ...]:
        """The observations after the state's last record."""
        origin = _origin(state)
        if not state.last_record or self._state is not state or self._record > state.last_record:
            self._begin(state, origin)
        elif self._record == state.last_record and self._sigma == sigma and self._history is not None:
            return self._history
        elif origin != self._origin or self._void != state.steering.void.keys():
            self._begin(state, origin)
        changed = [n for n in state.index.changed_since(self._record) if self._take(state.entries[n])]
        self._record = state.last_record
        changed += self._reweigh(state)
        if changed or sigma != self._sigma or self._history is None:
            self._sigma = sigma
            self._regain()
            self._history = tuple(self._seen)
        return self._history

    def _begin(self, state: LabState, origin: float) -> None:
        self._state, self._record, self._origin, self._history = state, -1, origin, None
        self._void = set(state.steering.void)
        self._numbers, self._seen, self._shown, self._weights = [], [], [], {}

    def _take(self, entry: ExperimentEntry) -> bool:
        """Tell of an experiment as it is now; False where there is nothing to tell."""
        if entry.result is None or entry.experiment.is_blend or entry.is_void:
            return False
        number, z, shown = entry.experiment.number, None, float("nan")
        if entry.result.score is not None and entry.verdict is not None:
            z = _rounded(confirm.shown_z(entry.verdict), MOST_Z)
            sign = 1.0 if self.higher_is_better else -1.0
            shown = sign * (entry.result.score - (self._origin or 0.0)) - confirm.luck(entry.verdict)
        one = Observation(
            experiment=entry.experiment, status=entry.status, z=z, gain=z, weight=self._weights.get(number, 0.0),
            wall_seconds=entry.result.wall_seconds,
        )  # fmt: skip
        place = bisect_left(self._numbers, number)
        if self._place(number) is None:
            self._numbers.insert(place, number)
            self._seen.insert(place, one)
            self._shown.insert(place, shown)
        self._seen[place], self._shown[place] = one, shown
        return True

    def _place(self, number: int) -> int | None:
        at = bisect_left(self._numbers, number)
        return at if at < len(self._numbers) and self._numbers[at] == number else None

    def _reweigh(self, state: LabState) -> list[int]:
        """Put in the weights of the current blend; returns the experiments whose weight changed."""
        blend = state.blend
        now = {} if blend is None else dict(zip(blend.numbers, blend.weights, strict=True))
        changed = [n for n in sorted({*now, *self._weights}) if now.get(n, 0.0) != self._weights.get(n, 0.0)]
        self._weights = now
        for number in changed:
            place = self._place(number)
            if place is not None:
                self._seen[place] = replace(self._seen[place], weight=now.get(number, 0.0))
        return changed

    def _regain(self) -> None:
        """Put in the gains by the current noise; without one, a gain is z."""
        if self._sigma:
            units = np.clip(np.asarray(self._shown) / self._sigma, -MOST_GAIN, MOST_GAIN)
            gains = [None if isnan(gain) else gain for gain in (np.rint(2 * units) / 2 + 0.0).tolist()]
        else:
            gains = [one.z for one in self._seen]
        for place, (one, gain) in enumerate(zip(self._seen, gains, strict=True)):
            if one.gain != gain:
                self._seen[place] = replace(one, gain=gain)


def _rounded(value: float, most: float) -> float:
    """To halves; cut first, as without noise a difference is infinite."""
    return round(2 * min(max(value, -most), most)) / 2


def _origin(state: LabState) -> float:
    """The score that gains are measured from: the baseline's, else that of the first model; any one would do."""
    base = None if state.baseline is None else state.entries[state.baseline]
    if base is None:
        scored = state.standing()
        base = next((e for e in scored if e.experiment.entry not in FLOOR), scored[0] if scored else None)
    score = None if base is None or base.result is None else base.result.score
    return 0.0 if score is None else score
