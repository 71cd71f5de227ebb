"""What a kind of study is: the question it answers, what it needs, and what it hands back."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from assay.core.study import Findings
from assay.studies.study_context import StudyContext


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTraits:
    """Traits of a kind of study.

    question: its own, for people; asked_as: words and phrases by which a person's question names it, in lower case.
    rows, experiments: the fewest it can be run on. place: low ones come first where several are run. by_name: it is run
    only where a person asks for it.
    """

    question: str
    asked_as: tuple[str, ...] = ()
    rows: int = 100
    experiments: int = 1
    place: int = 50
    by_name: bool = False


class Study(Protocol):
    """One kind of study. It is given values and may run jobs; it has no ledger, so that it records nothing itself."""

    traits: ClassVar[StudyTraits]

    def why_not(self, context: StudyContext) -> str:
        """Why it cannot be run on this lab, in words that follow "it"; "" where it can."""
        ...

    def seconds(self, context: StudyContext) -> float:
        """Roughly what it takes."""
        ...

    def run(self, context: StudyContext) -> Findings:
        """Look. Whatever it raises is recorded as a failed study."""
        ...
