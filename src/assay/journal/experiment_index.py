"""What is asked of all experiments of a lab at every turn, kept record by record, so that no answer walks over all."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

from assay.core.event import Status
from assay.core.experiment import Experiment, Role
from assay.journal.experiment_entry import ExperimentEntry


class _Seen(NamedTuple):
    """What an experiment was counted as; status None: it has not ended."""

    role: Role
    status: Status | None
    family: str
    by: str
    is_searched: bool
    seconds: float


@dataclass
class Sorted:
    """Experiments by number, in order of number."""

    _entries: dict[int, ExperimentEntry] = field(default_factory=dict)
    _is_in_order: bool = True

    def hold(self, entry: ExperimentEntry, *, is_in: bool) -> None:
        """Put an experiment among them, or take it away."""
        number = entry.experiment.number
        if not is_in:
            self._entries.pop(number, None)
            return
        if number not in self._entries and self._entries:
            self._is_in_order &= number > next(reversed(self._entries))
        self._entries[number] = entry

    def values(self) -> Iterable[ExperimentEntry]:
        """In order of number."""
        if not self._is_in_order:
            self._entries = dict(sorted(self._entries.items()))
            self._is_in_order = True
        return self._entries.values()

    def __len__(self) -> int:
        return len(self._entries)


@dataclass
class ExperimentIndex:
    """roles: experiments by their role. outcomes: those that ended, by role and status.

    families: those that ended by family; failures: how many of these failed. proposers: experiments by who proposed
    them; ended_by, seconds_by: those of them that ended, and how long they took. searched: those that ended and came
    from no fixed pool.
    """

    last_number: int = 0
    roles: Counter[Role] = field(default_factory=Counter)
    open: Sorted = field(default_factory=Sorted)
    scored: Sorted = field(default_factory=Sorted)
    standing: Sorted = field(default_factory=Sorted)
    unjudged: Sorted = field(default_factory=Sorted)
    outcomes: Counter[tuple[Role, Status]] = field(default_factory=Counter)
    families: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    proposers: Counter[str] = field(default_factory=Counter)
    ended_by: Counter[str] = field(default_factory=Counter)
    seconds_by: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    searched: int = 0
    _seen: dict[int, _Seen] = field(default_factory=dict)
    _keys: set[str] = field(default_factory=set)
    _unkeyed: list[Experiment] = field(default_factory=list)
    _changed: dict[int, int] = field(default_factory=dict)
    """By experiment the last record of it, the latest last."""

    @classmethod
    def of(cls, entries: Iterable[ExperimentEntry]) -> "ExperimentIndex":
        """Of these experiments."""
        index = cls()
        for entry in entries:
            index.note(entry, record=0)
        return index

    @property
    def keys(self) -> Set[str]:
        """Of all proposed. Hashed when first asked for: a lab that is only looked at needs none."""
        self._keys.update(one.key for one in self._unkeyed)
        self._unkeyed.clear()
        return self._keys

    def changed_since(self, record: int) -> list[int]:
        """Experiments of which anything was recorded after a record, in order of number."""
        return sorted(number for number, _ in takewhile(lambda one: one[1] > record, reversed(self._changed.items())))

    def take(self, records: dict[int, int], entries: Mapping[int, ExperimentEntry]) -> None:
        """Note experiments of which something was recorded, by number with the last such record, and empty it."""
        for number, record in records.items():
            self.note(entries[number], record=record)
        records.clear()

    def note(self, entry: ExperimentEntry, *, record: int) -> None:
        """An experiment was asked for, or something more is known of it."""
        one, number = entry.experiment, entry.experiment.number
        self.last_number = max(self.last_number, number)
        if number not in self._seen:
            self._unkeyed.append(one)
        self.open.hold(entry, is_in=entry.result is None and not entry.is_void)
        self.scored.hold(entry, is_in=entry.is_scored)
        self.standing.hold(entry, is_in=entry.is_scored and not entry.is_void)
        self.unjudged.hold(entry, is_in=entry.is_unjudged)
        self._changed.pop(number, None)
        self._changed[number] = record
        status = None if entry.result is None else entry.status
        seconds = 0.0 if entry.result is None else entry.result.wall_seconds
        now = _Seen(one.role, status, one.recipe.model.name, one.by, one.pool != "fixed", seconds)
        before = self._seen.get(number)
        if before != now:
            self._count(before, -1)
            self._count(now, 1)
            self._seen[number] = now

    def _count(self, seen: _Seen | None, by: int) -> None:
        if seen is None:
            return
        self.roles[seen.role] += by
        self.proposers[seen.by] += by
        if seen.status is not None:
            self.outcomes[seen.role, seen.status] += by
            self.families[seen.family] += by
            self.failures[seen.family] += by * (seen.status == "failed")
            self.searched += by * seen.is_searched
            self.ended_by[seen.by] += by
            self.seconds_by[seen.by] += by * seen.seconds
