"""What a person said to a lab and what came of it, as the values that outputs draw."""

import shlex
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.core.errors import LabError
from assay.core.hint import Wish
from assay.core.lab_views import HintStory, HintView, InboxView
from assay.journal.find_labs import shown_path
from assay.journal.steering_records import MessageRecord
from assay.report.phrases import plural
from assay.search.turns import hint_credits
from assay.steering.inbox import Inbox, Unreadable
from assay.steering.message_intake import ORDERS

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab

MOST_ANSWERED = 5


def hint_views(lab: "OpenLab", *, every: bool = False, only: Collection[int] | None = None) -> tuple[HintView, ...]:
    """The hints that hold, in order; every: those that ended, too; only: of these numbers, ended or not."""
    steering = lab.state.steering
    if not steering.hints or (only is not None and not any(only)):
        return ()
    holding = {hint.number for hint in lab.state.hints}
    tried: dict[int, list[int]] = {}
    for number, entry in lab.state.entries.items():
        for hint in entry.experiment.hints:
            tried.setdefault(hint, []).append(number)
    views, credits_of = [], hint_credits(lab.state)
    for number, given in steering.hints.items():
        if number not in (only if only is not None else steering.hints if every else holding):
            continue
        own = [lab.state.entries[n] for n in tried.get(number, ())]
        kept = [e for e in own if e.status == "kept" and e.verdict is not None and e.verdict.against is not None]
        views.append(
            HintView(
                id=f"h{number}", kind=given.record.wish.kind, what=wish_text(given.record.wish),
                effect=given.record.effect, tries=len(own), kept=len(kept),
                gained=credits_of.get(number, 0.0),
                void=sum(by == number for by in steering.void.values()),
                ended="" if number in holding else given.ended or "expired",
            )
        )  # fmt: skip
    return tuple(views)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllVoid:
    """Experiments that ended, none of which stands: number of them, and the hints that made them void."""

    experiments: int
    hints: tuple[HintView, ...]

    @property
    def text(self) -> str:
        """One sentence: what is void, and by which hints."""
        by = ", ".join(f"{one.id} ({one.kind} {one.what})" for one in self.hints)
        said = "The only experiment is" if self.experiments == 1 else f"All {self.experiments:,} experiments are"
        return f"{said} void by {by}: nothing stands that could be looked at."


def all_void(lab: "OpenLab") -> AllVoid | None:
    """What to say where hints have made every experiment void; None where one stands, or none has ended."""
    ended = [entry for entry in lab.state.entries.values() if entry.result is not None]
    if not ended or not all(entry.is_void for entry in ended):
        return None
    by = {lab.state.steering.void.get(entry.experiment.number, 0) for entry in ended}
    return AllVoid(experiments=len(ended), hints=hint_views(lab, only=tuple(sorted(by - {0})), every=True))


def inbox_views(lab: "OpenLab") -> tuple[InboxView, ...]:
    """What waits in the folder, then the last messages that were answered."""
    steering = lab.state.steering
    waiting = [one for one in Inbox(lab.path).waiting() if one.id not in steering.answers]
    views = [
        InboxView(id=one.id, kind="unreadable" if isinstance(one, Unreadable) else one.kind,
                  what="" if isinstance(one, Unreadable) else message_text(one), state="waiting")
        for one in waiting
    ]  # fmt: skip
    for answer in list(steering.answers.values())[-MOST_ANSWERED:]:
        message = steering.messages.get(answer.id)
        if message is not None:
            views.append(
                InboxView(
                    id=answer.id, kind=message.kind, what=message_text(message), state=answer.ended, why=answer.why
                )
            )
    return tuple(views)


def message_text(message: MessageRecord) -> str:
    """What a message says, in one line."""
    if message.kind in ORDERS:
        return message.kind
    if message.kind == "undo":
        return f"undo h{message.number}"
    if message.kind == "wish":
        return "; ".join(f"{wish.kind} {wish_text(wish)}" for wish in message.wishes)
    return message.text or ("a recipe" if message.kind == "add" else "")


def wish_text(wish: Wish) -> str:
    """What a wish is about: "ratio of balance and age", "day", "knn, for 20 experiments"."""
    text = ", ".join(f"#{name}" if wish.subject == "experiment" else name for name in wish.names)
    if wish.columns:
        text += f" of {' and '.join(wish.columns)}"
    if wish.expires is not None:
        unit = ("try", "tries") if wish.kind == "try" else ("experiment", "experiments")
        text += f", for {plural(wish.expires, *unit)}"
    return text + (f" ({wish.why})" if wish.why else "")


def hint_story(lab: "OpenLab", number: int) -> HintStory:
    """What came of a hint; LabError where the lab has none of that number."""
    steering = lab.state.steering
    if number not in steering.hints:
        known = ", ".join(f"h{one}" for one in steering.hints) or "none"
        raise LabError(
            f"{lab.name} has no hint h{number}. Hints: {known}.",
            do=(f"assay status {shlex.quote(shown_path(lab.path))}",),
        )
    given = steering.hints[number]
    message = steering.messages.get(given.record.message)
    tries = tuple(
        (n, entry.experiment.what, entry.status if entry.verdict is None else f"{entry.status}: {entry.verdict.why}")
        for n, entry in lab.state.entries.items()
        if number in entry.experiment.hints
    )
    return HintStory(
        hint=hint_views(lab, only=(number,))[0], words=given.record.wish.words,
        by="" if message is None else message.by, at_experiment=given.proposed, tries=tries,
        void=tuple(n for n, by in sorted(steering.void.items()) if by == number),
    )  # fmt: skip
