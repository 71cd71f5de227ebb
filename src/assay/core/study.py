"""What a study found: facts with figures, moves it raises or lowers, proposals; what researchers read of it."""

from dataclasses import dataclass

from assay.core.recipe import Recipe

NOTHING_FOUND = "nothing found"
"""What a study says that looked and saw nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFact:
    """One thing that was measured.

    code: what kind of thing it is, one word that tests and researchers go by, e.g. "slice", "label_noise"; says: a
    sentence for people. value with low and high (95 %): the figure, in `unit`; sigma: its standard error; p: for there
    being nothing, corrected for all that was looked at, None where nothing was tested. columns: those it is about;
    where: the rows it is about, as a readable condition, "" for all. experiments: numbers it was read from.
    """

    code: str
    says: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    sigma: float | None = None
    unit: str = ""
    p: float | None = None
    columns: tuple[str, ...] = ()
    where: str = ""
    experiments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """A move that a study raises (factor above 1) or lowers (below 1), and why."""

    move: str
    factor: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyProposal:
    """An experiment that a study proposes. cites: the numbers of the experiments that it follows from."""

    recipe: Recipe
    what: str
    question: str
    cites: tuple[int, ...]
    move: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyNote:
    """A study that ended. number: from 1 in a lab; kind: the kind of study; question: as asked, or its own; asked_by:
    "plateau", or who asked. seconds: what it took. facts: () where it found nothing; leanings, proposals (five at most,
    the most promising first): what the director reads. failed: why there is no answer, or "".
    """

    number: int
    kind: str
    question: str
    asked_by: str = "plateau"
    facts: tuple[StudyFact, ...] = ()
    leanings: tuple[Leaning, ...] = ()
    proposals: tuple[StudyProposal, ...] = ()
    seconds: float = 0.0
    at_experiment: int = 0
    failed: str = ""
