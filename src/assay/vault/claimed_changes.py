"""The changes from the baseline to what was certified that may be claimed, each for itself.

The chain is chosen by the search's evidence; the vault's rows test it once, behind the gate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.core.array import AnyArray
from assay.core.contract import Metric
from assay.core.figure import Difference
from assay.evidence.evaluation_rows import Rows
from assay.evidence.findings import claims
from assay.evidence.paired import compare
from assay.evidence.seal import shown_difference
from assay.journal.shipped_model import shipped_number
from assay.journal.state import LabState
from assay.journal.vault_record import ChangeRecord
from assay.search.time_reserve import refit_seconds

MOST_CHANGES = 12
"""More than these are merged with their neighbours: each costs every other some of its power."""
TIME_SHARE = 0.4
"""Share of the time left at an opening; the fit on all rows needs some, too."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainLink:
    """A model of the chain and its predictions for the opened rows; the first is the baseline."""

    number: int
    prediction: AnyArray


def chain(state: LabState) -> tuple[int, ...]:
    """Experiments from the baseline over the champions that followed each other to what ships, at most 12 changes.

    A champion whose gain the search was least sure of leaves the chain, its change merged with the next. () without a
    baseline, or where the baseline itself ships.
    """
    last = shipped_number(state)
    if state.baseline is None or last is None or last == state.baseline:
        return ()
    stairs = [number for number in _champions(state) if number not in (state.baseline, last)]
    return (state.baseline, *_strongest(state, stairs, MOST_CHANGES - 1), last)


def affordable(state: LabState, numbers: Sequence[int], *, seconds: float, growth: float) -> tuple[int, ...]:
    """The chain without the champions, weakest first, whose fits take longer than there is; both ends stay."""
    inner = list(numbers[1:-1])
    while inner and sum(refit_seconds(state, number, growth=growth) for number in inner) > seconds:
        inner = list(_strongest(state, inner, len(inner) - 1))
    return (*numbers[:1], *inner, *numbers[-1:])


def links_of(
    numbers: Sequence[int], *, baseline: AnyArray, certified: AnyArray, predicted: Callable[[int], AnyArray | None]
) -> tuple[ChainLink, ...]:
    """The chain's predictions; a champion that could not be fitted in time leaves it."""
    inner = [(number, predicted(number)) for number in numbers[1:-1]]
    known = [ChainLink(number=number, prediction=prediction) for number, prediction in inner if prediction is not None]
    ends = ChainLink(number=numbers[0], prediction=baseline), ChainLink(number=numbers[-1], prediction=certified)
    return (ends[0], *known, ends[1])


def judged(
    metric: Metric, rows: Rows, links: Sequence[ChainLink], *, level: float, put: Callable[[AnyArray], str]
) -> tuple[ChangeRecord, ...]:
    """Each change of the chain: found by Benjamini and Hochberg at twice the level, firm by Holm at the level.

    For the rows of one opening, and only after its gate was passed at that level. put: stores predictions, for audits.
    """
    gains = [compare(metric, rows, one.prediction, other.prediction, over=one.number) for one, other in pairwise(links)]
    found, firm = claims([1.0 if gain.p is None else gain.p for gain in gains], level=level)
    return tuple(
        ChangeRecord(
            number=link.number, gain=shown_difference(gain), found=bool(found[place]),
            firm=bool(firm[place]), prediction=put(link.prediction),
        )
        for place, (link, gain) in enumerate(zip(links[1:], gains, strict=True))
    )  # fmt: skip


def _champions(state: LabState) -> list[int]:
    """From the first to the last: each was kept over the one before. Those before the baseline are left out, and those
    that a hint made void since: their change is merged with the next.
    """
    stairs: list[int] = []
    number, seen = state.champion, set[int]()
    while number is not None and number != state.baseline and number not in seen:
        seen.add(number)
        entry = state.entries[number]
        if not (entry.is_void or entry.experiment.recipe.on):  # a second level reads predictions of search rows alone
            stairs.append(number)
        against = _gain(state, number)
        number = None if against is None else against.over
    return stairs[::-1]


def _gain(state: LabState, number: int) -> Difference | None:
    verdict = state.entries[number].verdict
    return None if verdict is None else verdict.against


def _strongest(state: LabState, numbers: Sequence[int], most: int) -> tuple[int, ...]:
    """So many of the numbers, in order, that the search was surest of."""

    def sureness(number: int) -> float:
        gain = _gain(state, number)
        return 0.0 if gain is None else gain.z

    chosen = set(sorted(numbers, key=sureness, reverse=True)[:most])
    return tuple(number for number in numbers if number in chosen)
