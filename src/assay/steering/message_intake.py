"""What happens to messages: each is recorded, made into hints, voids or recipes to try, and answered, once."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from assay.core.codec import to_json
from assay.core.experiment import Experiment
from assay.core.hint import Hint, Understanding, Wish
from assay.journal.journal import Journal
from assay.journal.state import LabState
from assay.journal.steering_records import (
    AnswerRecord,
    Ended,
    HintRecord,
    MessageRecord,
    QueuedRecord,
    UndoneRecord,
    VoidRecord,
)
from assay.steering.added_recipe import added_recipe, added_steps, may_be_read
from assay.steering.code_intake import CodeIntake
from assay.steering.contradictions import clashes, equal_hint, rest_of
from assay.steering.effects import effect_of, refusal_of
from assay.steering.inbox import Inbox, Unreadable, malformed
from assay.steering.steering_rules import SteeringRules
from assay.user_code.source import CodeSource

Order = Literal["pause", "resume", "stop"]
"""What a message wants of the session."""
ORDERS: tuple[Order, ...] = ("pause", "resume", "stop")
FOLLOWS: Mapping[Order, str] = {
    "pause": "the jobs that run end first", "resume": "the search goes on", "stop": "the best so far is saved",
}  # fmt: skip
NO_SESSION = "no session is running"
STOPPING = "it is stopping"
NOTHING: Mapping[Order, str] = {
    "pause": "it is paused already", "resume": "it runs, so there is nothing to resume", "stop": f"{STOPPING} already",
}  # fmt: skip
"""Of an order to do what is so: it is acted on, and changes nothing."""
MOST_TITLE = 200
"""Characters of what a person calls a recipe."""
USED = "its name was used before, by another message"


@dataclass
class Intake:
    """Takes what waits in the inbox of a lab that this process holds.

    parse: of plain words; when: says when a hint acts and what is left, for the answers. is_running: whether a session
    listens to orders.
    """

    journal: Journal
    inbox: Inbox
    columns: tuple[str, ...]
    parse: Callable[[str], Understanding]
    code: CodeIntake
    """Takes sources that come with messages."""
    others: tuple[str, ...] = ()
    """Columns of the table that are no features: left out, identifiers, groups."""
    has_levels: bool = True
    n_folds: int = 0
    """Whether a recipe may be a second level: rows are dealt to folds, and not in order of time."""
    when: Callable[[], str] = lambda: ""
    is_running: bool = False
    orders: list[Order] = field(default_factory=list)

    @property
    def state(self) -> LabState:
        return self.journal.state

    def turn(self) -> tuple[Order, ...]:
        """Take all that waits; returns the orders to the session, in order."""
        self._expire()
        if self.inbox.is_empty():
            return ()
        self.orders = []
        for message in self.inbox.waiting():
            self._take(message)
        return tuple(self.orders)

    def _expire(self) -> None:
        for number, given in self.state.steering.hints.items():
            if not given.ended and self.state.steering.is_over(given, self.state.proposed):
                self._end(number, message="")

    def _take(self, message: MessageRecord | Unreadable) -> None:
        steering = self.state.steering
        if isinstance(message, Unreadable):
            self._put_aside(message.id, message.why)
            return
        if not _is_as(steering.messages.get(message.id), message):
            self._put_aside(message.id, USED, is_used=True)
            return
        if message.id not in steering.answers:
            if message.id not in steering.messages:
                self.journal.write("message", message, durable=True)
            why = malformed(message)
            if why:
                self._answer(message.id, "refused", why)
            else:
                self._act(message)
        self.inbox.done(message.id)

    def _put_aside(self, name: str, why: str, *, is_used: bool = False) -> None:
        """Refuse a file as it came, under its name or, where that was used, the next one: `name-2`. What was recorded
        before a process was killed is not recorded again.
        """
        aside = self.inbox.free_name(name, is_used=is_used)
        if aside not in self.state.steering.answers:
            self.journal.write("message", MessageRecord(id=aside, kind="say"))
            self._answer(aside, "refused", why)
        self.inbox.refuse(name, aside)

    def _act(self, message: MessageRecord) -> None:
        if message.kind in ORDERS:
            self._order(message.id, message.kind)
        elif message.kind == "undo":
            self._undo(message)
        elif message.kind == "add":
            self._add(message)
        else:
            self._hear(message)

    def _answer(self, message: str, ended: Ended, why: str = "") -> None:
        self.journal.write("answered", AnswerRecord(id=message, ended=ended, why=why), durable=True)

    def _acted(self, message: str, *, hints: tuple[int, ...] = ()) -> None:
        answer = AnswerRecord(id=message, ended="acted on", when=self.when(), hints=hints)
        self.journal.write("answered", answer, durable=True)

    # -- orders -------------------------------------------------------------------------------------------------

    def _order(self, message: str, order: Order) -> None:
        if not self.is_running:
            self._answer(message, "expired", NO_SESSION)
            return
        will_be: Order = "pause" if self.state.steering.paused else "resume"
        if self.orders:
            will_be = "stop" if "stop" in self.orders else self.orders[-1]
        if order == will_be:
            self._answer(message, "acted on", NOTHING[order])
        elif will_be == "stop":
            self._answer(message, "refused", STOPPING)
        else:
            self.orders.append(order)
            self._answer(message, "acted on", FOLLOWS[order])

    # -- hints --------------------------------------------------------------------------------------------------

    def _hear(self, message: MessageRecord) -> None:
        understood = Understanding(wishes=message.wishes)
        if message.kind == "say":
            understood = self.parse(message.text)
        known = {record.place for record in self.state.steering.of_message(message.id)}
        refusals, renewed = [], []
        for place, wish in enumerate(understood.wishes):
            same = equal_hint(wish, self.state.hints) if place not in known else None
            why = "" if same else refusal_of(wish, self.state, self.columns, self.others)
            part = f'"{wish.words}": ' if wish.words and len(understood.wishes) > 1 else ""
            refusals += [f"{part}{why}"] if why and place not in known else []
            renewed += [f"{same.name} says so already"] if same else []
            if not why and not same:
                self._hint(message.id, place, wish)
        made = tuple(record.number for record in self.state.steering.of_message(message.id))
        why = "; ".join([*refusals, *renewed])
        if not made and not understood.wishes:
            why = why or "nothing in it was understood"
        answer = AnswerRecord(
            id=message.id, ended="acted on" if made or renewed else "refused", why=why, hints=made,
            when=self.when() if made else "",
            unknown=understood.unknown,
        )  # fmt: skip
        self.journal.write("answered", answer, durable=True)

    def _hint(self, message: str, place: int, wish: Wish) -> None:
        """A wish and what follows from it; what is recorded already is not recorded again."""
        steering = self.state.steering
        record = next((one for one in steering.of_message(message) if one.place == place), None)
        if record is None:
            number = steering.next_hint
            found = clashes(wish, self.state.hints)
            record = HintRecord(
                number=number, message=message, place=place, wish=wish, effect=effect_of(wish, self.state),
                replaces=tuple(one.hint.number for one in found),
            )  # fmt: skip
            self.journal.write("hint", record)
        for number in record.replaces:
            self._replace(steering.hints[number].hint, record)
        self._void(record)

    def _replace(self, earlier: Hint, record: HintRecord) -> None:
        """End a hint that is contradicted; what is left of it holds on, as a hint of its own. What was recorded before
        a process was killed is not recorded again.
        """
        steering, message = self.state.steering, record.message
        rest = rest_of(earlier.wish, record.wish)
        known = [one for one in steering.of_message(message) if one.place == -earlier.number]
        if rest is not None and not known:
            known = [
                HintRecord(
                    number=steering.next_hint, message=message, place=-earlier.number, wish=rest,
                    effect=f"what is left of {earlier.name}",
                )
            ]  # fmt: skip
            self.journal.write("hint", known[0])
        if not steering.hints[earlier.number].ended:
            self._end(earlier.number, message=message)
        for one in known:
            self._void(one)

    def _void(self, record: HintRecord) -> None:
        found = voided_by(record.wish, self.state)
        new = tuple(number for number in found if number not in self.state.steering.void)
        if new:
            why = record.wish.why or record.wish.words or record.effect
            self.journal.write("void", VoidRecord(experiments=new, hint=record.number, why=why), durable=True)

    def _end(self, number: int, *, message: str) -> None:
        """A hint holds no more: what it alone made void stands again."""
        restored = restored_by(number, self.state)
        self.journal.write("undone", UndoneRecord(number=number, message=message, restored=restored), durable=True)

    def _undo(self, message: MessageRecord) -> None:
        given = self.state.steering.hints.get(message.number or 0)
        if given is None:
            names = ", ".join(hint.name for hint in self.state.hints) or "none"
            self._answer(message.id, "refused", f"there is no hint h{message.number}; those that hold: {names}")
        elif given.ended_by == message.id:  # before a process was killed
            self._acted(message.id, hints=(given.record.number,))
        elif given.ended:
            self._answer(message.id, "refused", f"h{message.number} holds no more: {given.ended}")
        else:
            self._end(given.record.number, message=message.id)
            self._acted(message.id, hints=(given.record.number,))

    # -- recipes ------------------------------------------------------------------------------------------------

    def _add(self, message: MessageRecord) -> None:
        if any(one.message == message.id for one in self.state.steering.queue):
            self._acted(message.id)
            return
        try:
            source = self.code.read(message)
            if source is not None and not message.recipe:  # a metric: nothing to try
                self.code.record(source, message)
                self._acted(message.id)
                return
            queued = self._queued(message, source)
        except ValueError as error:
            self._answer(message.id, "refused", str(error))
            return
        self.code.record(source, message)
        self.journal.write("queued", queued)
        self._acted(message.id)

    def _queued(self, message: MessageRecord, source: CodeSource | None) -> QueuedRecord:
        entries = self.state.entries
        able = {n for n, e in entries.items() if may_be_read(e, entries, n_folds=self.n_folds)}
        if message.recipe.get("on") and not self.has_levels:
            raise ValueError(
                "it reads predictions of others; where rows are in order of time, or held out once, these learned from "
                "later rows, or are few"
            )
        rules = SteeringRules.of(self.state.hints)
        recipe = rules.bound(rules.seen(added_recipe(message.recipe, able=able, columns=self.columns)))
        self.code.check_known(recipe, source)
        probe = Experiment(number=0, recipe=recipe, what="", question="", by="")
        broken = rules.broken_by(probe)
        if broken:
            raise ValueError(f"a rule forbids it: {broken}")
        same = next((n for n, e in entries.items() if e.experiment.key == recipe.key and not e.is_void), None)
        if same is not None:
            raise ValueError(f"#{same} is this recipe already")
        if any(one.recipe.key == recipe.key for one in self.state.steering.queue):
            raise ValueError("this recipe waits already")
        title = " ".join(message.text.split())[:MOST_TITLE]
        return QueuedRecord(
            message=message.id, recipe=recipe, what=title or f"{recipe.model.name}, added by hand",
            by=message.by, to=message.to if message.to in entries else None,
            adds=() if message.to not in entries else added_steps(recipe, entries[message.to].experiment.recipe),
        )  # fmt: skip


def voided_by(wish: Wish, state: LabState) -> tuple[int, ...]:
    """The experiments of a lab that a wish voids."""
    return SteeringRules().voids({number: entry.experiment for number, entry in state.entries.items()}, wish)


def restored_by(number: int, state: LabState) -> tuple[int, ...]:
    """The experiments that stand again when a hint holds no more: the void ones that no other makes so."""
    others = [hint.wish for hint in state.hints if hint.number != number]
    still = {n for wish in others for n in voided_by(wish, state)}
    return tuple(sorted(state.steering.void.keys() - still))


def turns_of(orders: Sequence[Order]) -> Iterator[Order]:
    """The orders of one turn, as one: a stop is final, else the last counts; a pause that was taken back is none."""
    if "stop" in orders:
        yield "stop"
    elif orders and (orders[0], orders[-1]) != ("pause", "resume"):
        yield orders[-1]


def _is_as(known: MessageRecord | None, message: MessageRecord) -> bool:
    """Whether a name is free, or that of this very message, whose file a killed process left."""
    return known is None or json.dumps(to_json(known)) == json.dumps(to_json(message))
