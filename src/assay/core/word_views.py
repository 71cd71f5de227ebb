"""What words do to answers, with the words: values that the brief and `explain` render."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A part of a text on one line. effect: of a word or passage that moved the answer, else None: points of
    probability of the class `label`, or of a target of numbers ("") what it adds.
    """

    text: str
    effect: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A part of a cell. effect: of the passage as a whole, where it was left out as such."""

    runs: tuple[Run, ...]
    effect: float | None = None
    label: str = ""

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordView:
    """A word (see WordEffect). label: the class that it speaks for, "" for a target of numbers; effect, low, high: on
    the log odds of that class, or on the value; points: of probability, None for a value; excerpt: the word in a row,
    None where cells are not quoted.
    """

    label: str
    column: str
    word: str
    effect: float
    low: float
    high: float
    rows: int
    points: float | None
    excerpt: Excerpt | None

    @property
    def moved(self) -> float:
        """The figure that is shown."""
        return self.effect if self.points is None else self.points


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """A row (see RowEffect). number: from 1; truth, said: the classes, or values; chance: of the class said, None for
    a target of numbers.
    """

    number: int
    truth: str
    said: str
    chance: float | None
    column: str
    excerpts: tuple[Excerpt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsView:
    """As these members, which are `weight` of the model, answer together. is_class: words speak for classes, else they
    add to the value; labels_left: classes whose words were not sought; n_columns: columns with words.
    """

    told_by: tuple[int, ...]
    weight: float
    is_class: bool
    words: tuple[WordView, ...]
    rows: tuple[RowView, ...]
    looked_at: int
    labels_left: int
    n_columns: int

    def without_quotes(self) -> "WordsView":
        """The same without a text of a row: words alone, each in the texts of five rows or more."""
        return replace(self, words=tuple(replace(one, excerpt=None) for one in self.words), rows=())
