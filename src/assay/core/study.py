"""What a study found: facts with figures, moves it raises or lowers, proposals; what researchers read of it."""

from dataclasses import dataclass

from assay.core.recipe import Recipe, Step

MOST_PROPOSALS = 5
"""Experiments that one study may propose."""
PLATEAU = "plateau"
"""Who asks for a study where nothing is gained any more."""
NOTHING_FOUND = "nothing found"
"""What a study says that looked and saw nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFact:
    """One thing that was measured.

    code: what kind of thing it is, one word that tests and researchers go by, e.g. "slice", "label_noise"; says: a
    sentence for people. value with low and high (95 %): the figure, in `unit`; sigma: its standard error; p: for there
    being nothing, corrected for all that was looked at, None where nothing was tested. columns: those it is about;
    where: the rows it is about, as a readable condition, "" for all. experiments: numbers it was read from. rows: some
    of the rows it is about, by position in the lab's table, for the person to look at. is_measure: a figure that every
    table has (what a column carries, what more rows would bring), no fault or structure that was found.
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
    rows: tuple[int, ...] = ()
    is_measure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """A move that a study raises (factor above 1) or lowers (below 1), and why."""

    move: str
    factor: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyProposal:
    """An experiment that a study proposes. cites: the numbers of the experiments that it follows from; adds: the steps
    of the engineered columns that it tries (Experiment.adds).
    """

    recipe: Recipe
    what: str
    question: str
    cites: tuple[int, ...]
    move: str = ""
    adds: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a study hands back: what it measured, which moves it raises or lowers, what should be tried. All empty where
    it saw nothing."""

    facts: tuple[StudyFact, ...] = ()
    leanings: tuple[Leaning, ...] = ()
    proposals: tuple[StudyProposal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyNote:
    """A study that ended. number: from 1 in a lab; kind: the kind of study; question: as asked, or its own; asked_by:
    "plateau", or "person". seconds: what it took. facts: () where it found nothing; leanings, proposals (MOST_PROPOSALS
    at most, the most promising first): what the director reads. at_experiment: the last number of the lab at that time;
    of: the champion of that time. failed: why there is no answer, or "".
    """

    number: int
    kind: str
    question: str
    asked_by: str = PLATEAU
    facts: tuple[StudyFact, ...] = ()
    leanings: tuple[Leaning, ...] = ()
    proposals: tuple[StudyProposal, ...] = ()
    seconds: float = 0.0
    at_experiment: int = 0
    of: int | None = None
    failed: str = ""

    @property
    def found(self) -> tuple[StudyFact, ...]:
        """The faults and structures among its facts; () where it found nothing."""
        return tuple(fact for fact in self.facts if not fact.is_measure)
