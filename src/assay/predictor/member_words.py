"""Readable descriptions of a predictor's members."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.core.contract import FittedEncoder
from assay.core.table import Table
from assay.features import registry as encoders
from assay.features.recurring_lines import FittedRecurringLines
from assay.models import registry as models
from assay.models.wording import Mark, Wording
from assay.predictor.bundle import Bundle
from assay.predictor.member import Member

MOST_LETTERS = 80
"""Of a line that is quoted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberWords:
    """One member. lines: the readable model, () where it is not readable; pieces: number of fits."""

    number: int
    name: str
    weight: float
    pieces: int
    lines: tuple[str, ...]

    @property
    def is_readable(self) -> bool:
        return bool(self.lines)


def in_words(bundle: Bundle, rows: Table | None) -> tuple[MemberWords, ...]:
    """Every member, the heaviest first; of a readable one with several fits the refit is described. rows: some by which
    what a bundle knows by number, as it holds no word of a text, is said in words.
    """
    passport = bundle.passport
    words = Wording.of(
        passport.schema, classes=tuple(str(label) for label in passport.classes), outcome=passport.target
    )  # fmt: skip
    return tuple(_member(member, bundle, words, rows) for member in bundle.members)


def _member(member: Member, bundle: Bundle, words: Wording, rows: Table | None) -> MemberWords:
    pieces = sorted(member.pieces, key=lambda piece: piece.source != "refit")
    state = bundle.states[pieces[0].model]
    describe = getattr(models.get(state.name).restore(state), "describe", None)
    lines: tuple[str, ...] = ()
    if describe is not None:
        states = [bundle.states[key] for key in pieces[0].encoders]
        wordy = any(one.name == FittedRecurringLines.stored_as for one in states)
        steps = [encoders.get(one.name).restore(one) for one in states] if wordy else []
        lines = tuple(describe(replace(words, marks=_marks(steps, rows))))
    return MemberWords(
        number=member.number, name=member.name, weight=member.weight, pieces=len(pieces), lines=lines
    )  # fmt: skip


def _marks(steps: Sequence[FittedEncoder], rows: Table | None) -> dict[str, Mark]:
    """Columns that say whether a text has a line, by that line; by its number where there are no rows to look it up
    in."""
    found = dict[str, Mark]()
    for step in steps:
        if isinstance(step, FittedRecurringLines):
            said = {} if rows is None else step.commonest(rows)
            found |= {name: _mark(name, *said.get(name, ("", ""))) for name in step.names}
        rows = None if rows is None else step.transform(rows)
    return found


def _mark(name: str, column: str, text: str) -> Mark:
    if not text:
        column, _, line = name.rpartition(":")
        return Mark(f"{column} has recurring {line}", f"{column} has not recurring {line}")
    shown = text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"
    return Mark(f'{column} says "{shown}"', f'{column} does not say "{shown}"')
