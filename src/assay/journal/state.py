"""The state of a lab, as a fold over its ledger: the same function makes it live and after a crash."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assay.core.array import JsonObject
from assay.core.codec import from_json
from assay.core.contract import LedgerRecord
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.hint import Hint
from assay.core.recipe import Step
from assay.core.result import Result
from assay.core.study import StudyNote
from assay.core.views import MoreRows, Plateau
from assay.ensemble.candidate import Blend
from assay.evidence.noise import NoiseHistory
from assay.evidence.seal import Shown
from assay.journal.adaptive import CHANGED, STEERED, UNCONFIRMED, why_adaptive
from assay.journal.digest_records import BRIEF, BriefRecord, RowsRecord, ShippedRecord
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.experiment_index import ExperimentIndex
from assay.journal.left_open import LEFT
from assay.journal.records import EndRecord, GuardRecord, LateRecord, ModelRecord, SessionRecord, VerdictRecord
from assay.journal.steering_state import SteeringState
from assay.journal.unchanged import Ending, UnchangedRecord
from assay.journal.vault_record import CertifiedRecord, CopyRecord, OpeningRecord, VaultRecord
from assay.ledger.anchor import Anchor

_Steps = tuple[Step, ...]

LATEST: Mapping[str, type] = {
    "blend": Blend, BRIEF: BriefRecord, "more": MoreRows, "plateau": Plateau, "shipped": ShippedRecord,
}  # fmt: skip
"""Records of which the state holds the latest under their kind."""


@dataclass
class LabState:
    """The folded state, changed by `apply` alone, which takes one record."""

    entries: dict[int, ExperimentEntry] = field(default_factory=dict)
    champion: int | None = None
    baseline: int | None = None
    blend: Blend | None = None
    model: ModelRecord | None = None
    end: EndRecord | None = None
    end_record: int = 0
    ending: Ending = field(default_factory=Ending)
    late: tuple[int, ...] = ()
    """Members of the last blend that did not ship: their fit on all rows was not done in time."""
    has_shown: bool = False
    """Whether any session so far ended with a figure; a later one that was killed does not take it back."""
    session: SessionRecord | None = None
    seconds: float = 0.0
    last_record: int = 0
    vault: VaultRecord | None = None
    openings: list[Shown] = field(default_factory=list)
    """Of each opening of the vault: the settings of its session, and how many bits its report disclosed."""
    copies: list[CopyRecord] = field(default_factory=list)
    begun_opening: OpeningRecord | None = None
    """An opening killed before its figure, nothing proposed, said or set since: it is ended, not paid for again."""
    certified: CertifiedRecord | None = None
    claimed: tuple[tuple[int, int | None], ...] = ()
    """Changes that the last opening let claim: the experiment that made each, and the one before it."""
    more: MoreRows | None = None
    plateau: Plateau | None = None
    """What was last measured where nothing was gained any more; of the champion of that time."""
    rows: RowsRecord | None = None
    shipped: ShippedRecord | None = None
    """The files beside the ledger since the last search ended; None where anything was recorded of it since."""
    brief: BriefRecord | None = None
    adaptive: dict[str, str] = field(default_factory=dict)
    """Why the search left what was fixed in advance, by its cause. Entries are never removed."""
    again: dict[int, list[int]] = field(default_factory=dict)
    """By a recipe's first experiment: its repeats, which its predictions are averaged with."""
    runs: dict[tuple[int, int], int] = field(default_factory=dict)
    """By a recipe's first experiment and a partition: the complete run there, a repeat or a confirmation."""
    confirming: dict[int, int] = field(default_factory=dict)
    """Experiments whose keep had to be confirmed on other folds, numbered in order of arrival."""
    heard: NoiseHistory = field(default_factory=NoiseHistory)
    """What the verdicts so far showed of the noise."""
    sets: dict[_Steps, _Steps] = field(default_factory=dict)
    """By the steps of a recipe: those among them that form a set of engineered columns that was proposed."""
    guards: dict[int, GuardRecord] = field(default_factory=dict)
    keeps: list[int] = field(default_factory=list)
    """Experiments that were the champion, in order."""
    steering: SteeringState = field(default_factory=SteeringState)
    studies: list[StudyNote] = field(default_factory=list)
    """Those that ended, in order."""
    is_steered: bool = False
    """Whether a person said anything after scores could be seen."""

    _steps: dict[_Steps, _Steps] = field(default_factory=dict, init=False, repr=False, compare=False)
    _head: LedgerRecord | None = field(default=None, init=False, repr=False)
    _tip: LedgerRecord | None = field(default=None, init=False, repr=False)
    _index: ExperimentIndex = field(default_factory=ExperimentIndex, init=False, repr=False, compare=False)
    _unnoted: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By experiment its last record that the index does not know of, the latest last."""

    @property
    def head(self) -> Anchor | None:
        """The last record other than those of a brief, which names it."""
        return None if self._head is None else Anchor.of(self._head)

    @property
    def tip(self) -> Anchor | None:
        """The very last record."""
        return None if self._tip is None else Anchor.of(self._tip)

    @property
    def index(self) -> ExperimentIndex:
        """What is asked of all experiments at every turn; of a state without records, its entries are walked over."""
        if not self.last_record:
            return ExperimentIndex.of(self.entries.values())
        self._index.take(self._unnoted, self.entries)
        return self._index

    def _note(self, number: int, record: LedgerRecord) -> None:
        """Something more is known of an experiment."""
        self._unnoted.pop(number, None)
        self._unnoted[number] = record.number

    @property
    def next_number(self) -> int:
        return self.index.last_number + 1

    @property
    def proposed(self) -> int:
        """Experiments that count against a budget: all but blends made at the end and runs that confirm a keep."""
        return self.index.roles["proposal"]

    def scored(self) -> list[ExperimentEntry]:
        """Experiments with a score on every fold, in order."""
        return list(self.index.scored.values())

    def repeats(self, number: int) -> list[int]:
        """Complete experiments that fitted the recipe of this one on other folds, in order."""
        return sorted(self.again.get(number, ()))

    def standing(self) -> list[ExperimentEntry]:
        """Those of `scored` that are not void: what may be a parent, a member, the champion."""
        return list(self.index.standing.values())

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What a person said and what holds now."""
        return self.steering.holding(self.proposed)

    def open(self) -> list[ExperimentEntry]:
        """Begun and not yet ended, in order; what is void is not taken up."""
        return list(self.index.open.values())

    @property
    def asks(self) -> Shown:
        """The settings of the current session."""
        session, said = self.session, self.steering.said
        return Shown() if session is None else Shown(asked=session.asked, without=session.without, steered=said)

    def leave(self, why: str) -> None:
        """Mark what is open as left: it has not ended, and a later session takes it up again."""
        for entry in self.open():
            entry.left = entry.left or why

    def unjudged(self) -> list[ExperimentEntry]:
        """Experiments with a result, or a guard's, that have no verdict yet: a process was killed in between."""
        return list(self.index.unjudged.values())

    def weight_of(self, number: int) -> float:
        """An experiment's share of the current blend."""
        return 0.0 if self.blend is None else self.blend.weight_of(number)

    def apply(self, record: LedgerRecord) -> None:
        """Apply one record; kinds of a later version are passed over."""
        self.last_record, self._tip = record.number, record
        if record.kind != BRIEF:
            self._head, self.brief = record, None
        seconds = record.body.get("seconds_in")
        if isinstance(seconds, int | float):
            self.seconds = max(self.seconds, float(seconds))
        body = record.body.get("value")
        take = getattr(self, f"_take_{record.kind}", None)
        if record.kind in LATEST and isinstance(body, dict):
            setattr(self, record.kind, from_json(LATEST[record.kind], body))
        elif take is not None and isinstance(body, dict):
            take(record, body)
        elif isinstance(body, dict) and self.steering.take(record.kind, body, proposed=self.proposed):
            self._steered(record)
        if record.experiment in self.entries:
            self._note(record.experiment, record)

    def _steered(self, record: LedgerRecord) -> None:
        """After a record of steering: what is void stands no more, what is not stands again. What a finished search
        said and shipped stays as it was until the next session, which a hint after scores makes a person's choice.
        """
        if record.kind in ("hint", "queued") or (record.kind == "undone" and self.steering.is_by_person(record)):
            self.begun_opening = None
            self.is_steered = self.is_steered or bool(self.index.outcomes)
        if record.kind in ("void", "undone"):
            for number, entry in self.entries.items():
                is_void = number in self.steering.void
                if entry.is_void != is_void:
                    entry.is_void = is_void
                    self._note(number, record)
        if self.end is None:
            self._stand_anew()

    def _stand_anew(self) -> None:
        """The champion, the baseline and the blend among what stands."""
        if self.is_steered:
            self.adaptive.setdefault("hint", STEERED)
        if not self.steering.voids:
            return
        self.heard = NoiseHistory()
        for number, entry in self.entries.items():
            verdict, one = entry.verdict, entry.experiment
            if verdict is not None and verdict.against is not None and not (entry.is_void or one.is_blend):
                self.heard.take(number, verdict.against, verdict.excess, is_same=one.repeat_of is not None)
        standing = [number for number in self.keeps if not self.entries[number].is_void]
        self.champion = standing[-1] if standing else None
        self.baseline = next((e.experiment.number for e in self.standing() if e.is_baseline), None)
        if self.blend is not None and any(self.entries[number].is_void for number in self.blend.numbers):
            self.blend = None

    def _take_session(self, record: LedgerRecord, body: JsonObject) -> None:
        before, session = self.asks, self.session
        self.session = from_json(SessionRecord, body)
        if not before.is_as(self.asks):
            self.begun_opening = None
            if self.has_shown or self.index.outcomes:
                self.adaptive.setdefault("session", CHANGED)
        self.ending = self.ending if self.end is None else replace(Ending.of(self), session=session)
        self.end = self.certified = self.shipped = None
        self.steering.paused = ""
        self._stand_anew()
        for entry in self.open():
            entry.left = ""
        self.late = ()

    def _take_unchanged(self, record: LedgerRecord, body: JsonObject) -> None:
        self.ending.restore(self)
        self.leave(LEFT[from_json(UnchangedRecord, body).stopped_by])

    def _take_asked(self, record: LedgerRecord, body: JsonObject) -> None:
        experiment = self._sharing(from_json(Experiment, body))
        self.entries[experiment.number] = ExperimentEntry(experiment, self.seconds)
        if experiment.role == "proposal":
            self.begun_opening = None
        self.steering.tries.update(experiment.hints)
        if why := why_adaptive(experiment):
            self.adaptive.setdefault(experiment.by, why)
        if experiment.adds:
            self.sets.setdefault(experiment.recipe.steps, experiment.adds)

    def _sharing(self, experiment: Experiment) -> Experiment:
        """The same experiment; where its steps are those of another they are the same objects, as most of thousands
        have the same few sets of steps."""
        recipe = experiment.recipe
        steps = self._steps.setdefault(recipe.steps, recipe.steps)
        return experiment if steps is recipe.steps else replace(experiment, recipe=replace(recipe, steps=steps))

    def _take_fold(self, record: LedgerRecord, body: JsonObject) -> None:
        score = from_json(FoldScore, body)
        self._entry(record).begun[score.fold] = score

    def _take_result(self, record: LedgerRecord, body: JsonObject) -> None:
        entry = self._entry(record)
        entry.take(from_json(Result, body))
        first = entry.experiment.repeat_of
        if first is not None and entry.is_scored:
            self.runs.setdefault((first, entry.experiment.partition), entry.experiment.number)
            if not entry.experiment.is_confirmation:
                self.again.setdefault(first, []).append(entry.experiment.number)
        if self.baseline is None and entry.is_baseline:
            self.baseline = entry.experiment.number

    def _take_verdict(self, record: LedgerRecord, body: JsonObject) -> None:
        entry = self._entry(record)
        is_second = entry.verdict is not None  # a guard's result; its comparison was counted before
        entry.verdict, entry.has_news = from_json(VerdictRecord, body), False
        if entry.verdict.kept and not entry.experiment.is_blend:
            self.keeps.append(entry.experiment.number)
            self.champion = self.champion if entry.is_void else entry.experiment.number
        against, experiment = entry.verdict.against, entry.experiment
        if entry.verdict.rule == UNCONFIRMED:
            self.confirming.setdefault(experiment.number, len(self.confirming))
        if against is not None and not experiment.is_blend and not is_second:
            is_same = experiment.repeat_of is not None
            self.heard.take(experiment.number, against, entry.verdict.excess, is_same=is_same)

    def _take_guard(self, record: LedgerRecord, body: JsonObject) -> None:
        entry = self._entry(record)
        self.guards[entry.experiment.number] = from_json(GuardRecord, body)
        entry.has_news = True

    def _take_late(self, record: LedgerRecord, body: JsonObject) -> None:
        self.late = tuple(from_json(LateRecord, body).members)

    def _take_model(self, record: LedgerRecord, body: JsonObject) -> None:
        self.model, self.shipped = from_json(ModelRecord, body), None

    def _take_study(self, record: LedgerRecord, body: JsonObject) -> None:
        self.studies.append(from_json(StudyNote, body))

    def _take_rows(self, record: LedgerRecord, body: JsonObject) -> None:
        self.rows = self.rows or from_json(RowsRecord, body)

    def _take_end(self, record: LedgerRecord, body: JsonObject) -> None:
        self.end, self.has_shown = from_json(EndRecord, body), True
        self.end_record, self.steering.turns_at_end = record.number, self.steering.turns
        self.leave(LEFT[self.end.stopped_by])

    def _take_vault(self, record: LedgerRecord, body: JsonObject) -> None:
        self.vault = from_json(VaultRecord, body)

    def _take_copy(self, record: LedgerRecord, body: JsonObject) -> None:
        copy = from_json(CopyRecord, body)
        self.copies.append(copy)
        self.openings += copy.openings

    def _take_opening(self, record: LedgerRecord, body: JsonObject) -> None:
        opened = from_json(OpeningRecord, body)
        self.openings.append(replace(self.asks, seal=opened.seal, numbers=opened.numbers))
        self.begun_opening = opened if opened.certifies else None

    def _take_certified(self, record: LedgerRecord, body: JsonObject) -> None:
        self.certified, self.begun_opening = from_json(CertifiedRecord, body), None
        self.claimed = tuple((change.number, change.gain.over) for change in self.certified.changes if change.found)
        if self.openings:
            self.openings[-1] = replace(self.openings[-1], numbers=self.certified.numbers)

    def _entry(self, record: LedgerRecord) -> ExperimentEntry:
        if record.experiment is None or record.experiment not in self.entries:
            raise ValueError(f"Record {record.number} speaks of experiment {record.experiment}, which was never asked.")
        return self.entries[record.experiment]
