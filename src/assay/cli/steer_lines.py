"""What became of a message, as lines and as a document."""

import shlex
from typing import TYPE_CHECKING

from assay.cli.json_documents import document
from assay.cli.line_layout import Line, LineLayout, Span, commands, labelled, line, wrap
from assay.core.codec import to_json
from assay.core.figure import number_text
from assay.core.hint import NotUnderstood, Wish
from assay.core.lab_views import HintStory
from assay.report.phrases import plural, seconds_text
from assay.search.next_slot import NextSlot
from assay.steering.message_intake import FOLLOWS
from assay.views.steering_views import wish_text

if TYPE_CHECKING:
    from assay.core.array import Json, JsonObject
    from assay.journal.steering_records import HintRecord
    from assay.lab.sent_message import SentMessage

NAME, KIND = 6, 8
WAITS = "The session has not looked yet; it takes every message, in order: assay status {lab} tells."


def sent_lines(layout: LineLayout, sent: "SentMessage", *, lab: str) -> list[Line]:
    """What was understood, what was not, what follows, and how to take it back."""
    if sent.answer is None:
        return [line(Span("Sent. ", "good"), WAITS.format(lab=lab))]
    if sent.message.kind in ("pause", "resume", "stop"):
        return _order(layout, sent, lab)
    lines: list[Line] = []
    if sent.hints and sent.message.kind != "undo":
        lines.append(line("Understood, for ", Span(lab, "number")))
        for hint in sent.hints:
            lines += _hint(layout, hint)
    if sent.answer.unknown:
        lines.append(line(Span("Not understood", "warn")))
        for one in sent.answer.unknown:
            lines += _unknown(layout, one, lab)
    return [*lines, *_end(layout, sent, lab)]


def _order(layout: LineLayout, sent: "SentMessage", lab: str) -> list[Line]:
    answer, kind = sent.answer, sent.message.kind
    assert answer is not None
    if answer.ended == "expired":
        lines = [line(f"{lab}: {answer.why}, so there is nothing to {kind}.")]
        return [*lines, *commands(layout, [(f"assay research {lab}", "goes on with it")])]
    if answer.why not in FOLLOWS.values():  # as it was before
        is_paused = kind == "pause" and answer.ended == "acted on"
        return [line(f"{lab}: {answer.why}."), *(_paused(layout, lab) if is_paused else ())]
    verb = {"pause": "Pausing", "resume": "Going on with", "stop": "Stopping"}[kind]
    lines = [line(f"{verb} {lab}: {answer.why}.")]
    return [*lines, *(_paused(layout, lab) if kind == "pause" else ())]


def _paused(layout: LineLayout, lab: str) -> list[Line]:
    """How a paused session goes on or ends."""
    return commands(layout, [(f"assay resume {lab}", "goes on"), (f"assay stop {lab}", "ends the session")])


def _hint(layout: LineLayout, hint: "HintRecord") -> list[Line]:
    wish = hint.wish
    head = f"{f'h{hint.number}':<{NAME - 2}}{wish.kind:<{KIND}}{wish_text(wish)}"
    replaces = "" if not hint.replaces else f"; in place of {', '.join(f'h{n}' for n in hint.replaces)}"
    return [line(f"  {layout.mark(head)}"), *labelled(layout, "", f"{hint.effect}{replaces}", indent=0, size=NAME)]


def _unknown(layout: LineLayout, one: NotUnderstood, lab: str) -> list[Line]:
    near = f"; near: {', '.join(one.near)}" if one.near else ""
    do = f"; say: {' or '.join(one.do)}" if one.do and not one.perhaps else ""
    lines = [line(f'  "{layout.mark(one.words)}"'), *labelled(layout, "", f"{one.why}{near}{do}", indent=0, size=NAME)]
    if one.perhaps:
        lines += commands(layout, [(f"assay hint {lab} {shlex.quote(one.perhaps)}", "if that is meant")])
    return lines


def _end(layout: LineLayout, sent: "SentMessage", lab: str) -> list[Line]:
    answer, kind = sent.answer, sent.message.kind
    assert answer is not None
    if answer.ended != "acted on" or not (sent.hints or kind in ("undo", "add")):
        return [line(part) for part in wrap(layout, f"Nothing was changed: {answer.why}.", indent=0)]
    if kind in ("undo", "add"):
        done = f"h{sent.message.number} holds no more" if kind == "undo" else "the recipe is queued"
        when = f"; {'it' if kind == 'add' else 'this'} {answer.when}" if answer.when else ""
        return [line(f"{lab}: {done}{when}.")]
    lines = [line(part) for part in wrap(layout, f"But {answer.why}.", indent=0)] if answer.why else []
    if answer.when:
        lines += [line(f"It {answer.when}." if len(sent.hints) == 1 else f"They {answer.when.replace('acts', 'act')}.")]
    if sent.has_model and not sent.is_running and any(hint.wish.binds for hint in sent.hints):
        lines.append(line(f"The model in {lab} is older than this; assay research {lab} makes one that keeps to it."))
    return [
        *lines,
        *commands(layout, [(f"assay hint {lab} --undo h{hint.number}", "takes it back") for hint in sent.hints]),
    ]


def sent_document(sent: "SentMessage", lab: str) -> "JsonObject":
    """hint/1: what was understood, what was not, what became of the message."""
    answer = sent.answer
    understood: list[Json] = [
        {"id": f"h{hint.number}", **_wish(hint.wish), "effect": hint.effect,
         "replaces": [f"h{number}" for number in hint.replaces]}
        for hint in sent.hints
    ]  # fmt: skip
    return document("hint", lab, {
        "message": sent.message.id, "kind": sent.message.kind, "state": "waiting" if answer is None else answer.ended,
        "why": "" if answer is None else answer.why, "when": "" if answer is None else answer.when,
        "understood": understood,
        "unknown": [] if answer is None else [to_json(one) for one in answer.unknown],
        "is_running": sent.is_running, "holding": [{"id": one.name, **_wish(one.wish)} for one in sent.holding],
    })  # fmt: skip


def _wish(wish: Wish) -> "JsonObject":
    return {
        "kind": wish.kind, "subject": wish.subject, "what": list(wish.names), "columns": list(wish.columns),
        "strength": wish.strength, "expires": wish.expires, "why": wish.why, "words": wish.words,
    }  # fmt: skip


def hint_lines(layout: LineLayout, story: HintStory) -> list[Line]:
    """A hint and what came of it."""
    hint = story.hint
    said = f' "{story.words}"' if story.words else ""
    by = f", by {story.by}" if story.by else ""
    ended = f"; {hint.ended}" if hint.ended else ""
    lines = [line(Span(hint.id, "number"), f"{said}{by}, after {plural(story.at_experiment, 'experiment')}{ended}")]
    lines += labelled(layout, hint.kind, f"{hint.what}; {hint.effect}", size=KIND)
    for number, what, verdict in story.tries:
        lines += labelled(layout, f"#{number}", f"{what}: {verdict}", size=KIND)
    if story.tries:
        gained = f"{number_text(hint.gained, 1, signed=True)} σ" if hint.kept else "nothing"
        lines += labelled(layout, "credit", f"{hint.kept} of {len(story.tries)} kept, gained {gained}", size=KIND)
    if story.void:
        lines += labelled(layout, "void", " ".join(f"#{number}" for number in story.void), size=KIND)
    return lines


def next_lines(layout: LineLayout, found: NextSlot) -> list[Line]:
    """What would be tried next, why, and how those who search stand."""
    one = found.experiment
    if one is None:
        lines = [line("Nothing is left to propose; more rows, other columns or a hint would change that.")]
    else:
        lines = [line("Next: ", Span(one.what, "number"), f", by {one.by}")]
        lines += labelled(layout, "question", one.question, size=NAME + 5)
        lines += labelled(layout, "slot", found.reason, size=NAME + 5)
    for place, turns in enumerate(found.proposers):
        said = f"{turns.name}: {plural(turns.slots, 'slot')}, {turns.keeps} kept"
        said += f", expected {number_text(turns.mean, 2, signed=True)} σ in {seconds_text(turns.seconds)}"
        lines += labelled(layout, "who earns" if place == 0 else "", said, size=NAME + 5)
    return lines
