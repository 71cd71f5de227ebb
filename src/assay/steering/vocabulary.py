"""What a lab knows by name: columns, families, steps, moves, metrics, experiments, and what people call them."""

from dataclasses import dataclass, field

from assay.core.hint import Subject
from assay.core.schema import FEATURES, KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Nameable:
    """A thing with a name. called: what people call it in plain words, in the singular; several things may share one,
    which then names all of them ("neural network"). by_hand: it is there only where a person added it, so that "only
    linear models" does not speak of it.
    """

    subject: Subject
    name: str
    called: tuple[str, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Names of one lab. columns: all but the target, in the table's order; kinds: theirs, () where nobody knows.

    target: the column that is predicted, "" for none. things: families, steps, moves and metrics. experiments: how many
    the lab has, numbered from 1.
    """

    columns: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    target: str = ""
    things: tuple[Nameable, ...] = field(default=(), repr=False)
    experiments: int = 0

    def __post_init__(self) -> None:
        if self.kinds and len(self.kinds) != len(self.columns):
            raise ValueError(f"{len(self.columns)} columns have {len(self.kinds)} kinds. Give one for each, or none.")

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Columns of these kinds; none where nobody knows the kinds."""
        return tuple(name for name, kind in zip(self.columns, self.kinds, strict=False) if kind in kinds)

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that models may read; all where nobody knows the kinds."""
        if not self.kinds:
            return self.columns
        pairs = zip(self.columns, self.kinds, strict=True)
        return tuple(name for name, kind in pairs if kind in FEATURES or kind not in KINDS)

    def names(self, subject: Subject) -> tuple[str, ...]:
        """All names of that subject."""
        if subject == "column":
            return self.columns
        if subject == "experiment":
            return tuple(str(number) for number in range(1, self.experiments + 1))
        return tuple(dict.fromkeys(known.name for known in self.things if known.subject == subject))

    def proposed(self, subject: Subject) -> tuple[str, ...]:
        """Names of that subject, without those that are there only where a person added them."""
        by_hand = {known.name for known in self.things if known.subject == subject and known.by_hand}
        return tuple(name for name in self.names(subject) if name not in by_hand)
