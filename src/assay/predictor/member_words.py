"""Readable descriptions of a predictor's members."""

from dataclasses import dataclass

from assay.models import registry as models
from assay.models.wording import Wording
from assay.predictor.bundle import Bundle
from assay.predictor.member import Member


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


def in_words(bundle: Bundle) -> tuple[MemberWords, ...]:
    """Every member, the heaviest first; of a readable one with several fits the refit is described."""
    passport = bundle.passport
    words = Wording.of(
        passport.schema, classes=tuple(str(label) for label in passport.classes), outcome=passport.target
    )  # fmt: skip
    return tuple(_member(member, bundle, words) for member in bundle.members)


def _member(member: Member, bundle: Bundle, words: Wording) -> MemberWords:
    pieces = sorted(member.pieces, key=lambda piece: piece.source != "refit")
    state = bundle.states[pieces[0].model]
    describe = getattr(models.get(state.name).restore(state), "describe", None)
    lines = tuple(describe(words)) if describe is not None else ()
    return MemberWords(
        number=member.number, name=member.name, weight=member.weight, pieces=len(pieces), lines=lines
    )  # fmt: skip
