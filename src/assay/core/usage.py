"""What the model that ships uses: the value that the brief, `explain`, the line "learned" and JSON are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from assay.core.word_views import WordsView

MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLoss:
    """Permutation importance of one column on out-of-fold predictions, oriented: positive is a loss when shuffled."""

    name: str
    loss: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """columns: what shuffling each costs, the largest loss first; unread: those that the model that ships does not
    read, whatever its models of folds read; by_time: those that tell no more than when a row was, so that what they
    seem to carry is drift. told_by: the members whose columns were shuffled, which are `weight` of the model.
    """

    columns: tuple[ColumnLoss, ...] = ()
    unread: tuple[str, ...] = ()
    by_time: tuple[str, ...] = ()
    told_by: tuple[int, ...] = ()
    weight: float = 1.0
    words: WordsView | None = None

    @property
    def whose(self) -> str:
        """Of whom the losses are."""
        return whose_text(self.told_by, self.weight)


def whose_text(numbers: Sequence[int], weight: float) -> str:
    """ ", of #4 #7 (0.82 of the model)" where not the whole model was asked; else ""."""
    if not numbers or weight > 0.995:
        return ""
    return f", of {' '.join(f'#{number}' for number in numbers)} ({weight:.2f} of the model)"


def learned_line(columns: Sequence[ColumnLoss]) -> str:
    """The columns whose loss excludes zero, and one that makes no visible difference; "" when nothing was measured."""
    if not columns:
        return ""
    carried = [one.name for one in columns if is_certain(one, len(columns))][:MOST_NAMED]
    idle = [one.name for one in columns if one.low <= 0 <= one.high]
    if not carried:
        return "no single column is certain to matter on these rows"
    line = f"{', '.join(carried)} {'matters' if len(carried) == 1 else 'matter'} most"
    return f"{line}; {idle[-1]} makes no visible difference" if idle else line


def is_certain(one: ColumnLoss, n_columns: int) -> bool:
    """Whether a loss is above zero at 5 % for all columns together (Bonferroni), as one is named out of many."""
    sigma = (one.high - one.low) / (2 * NormalDist().inv_cdf(0.975))
    return one.loss > NormalDist().inv_cdf(1 - 0.05 / n_columns) * sigma
