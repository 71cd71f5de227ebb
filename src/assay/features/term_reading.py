"""Steps that learn and weigh terms of texts, told where the terms of texts that were read before are kept."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar, runtime_checkable

from assay.core.contract import FittedEncoder, Seeds, State, StepTraits, Table, Target
from assay.terms.kept_terms import TermReader

T = TypeVar("T")


@runtime_checkable
class ReadsTerms(Protocol):
    """A step, or one that is fitted, that counts terms."""

    def reading(self, terms: TermReader) -> Self:
        """The same, reading by these."""
        ...


class LearnsTerms(Protocol):
    """A step that counts terms to learn its columns."""

    traits: ClassVar[StepTraits]

    def learned(self, table: Table, terms: TermReader, *, seeds: Seeds) -> FittedEncoder: ...
    @classmethod
    def restore(cls, state: State) -> FittedEncoder: ...


@dataclass(frozen=True)
class ReadingStep:
    """Such a step, with what it reads by."""

    step: LearnsTerms
    terms: TermReader

    @property
    def traits(self) -> StepTraits:
        return self.step.traits

    def reading(self, terms: TermReader) -> "ReadingStep":
        return ReadingStep(self.step, terms)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedEncoder:
        """See core.contract.Encoder."""
        return self.step.learned(table, self.terms, seeds=seeds)

    def restore(self, state: State) -> FittedEncoder:
        """See core.contract.Encoder."""
        return self.step.restore(state)


def reading(piece: T, terms: TermReader) -> T:
    """The step, told where terms are kept where it reads any."""
    return piece.reading(terms) if isinstance(piece, ReadsTerms) else piece
