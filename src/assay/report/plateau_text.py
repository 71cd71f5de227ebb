"""What was measured where a search gained nothing any more, in words: only what was measured, with its interval."""

from collections.abc import Sequence

from assay.core.figure import Z95, decimals_for, number_text
from assay.core.usage import is_certain
from assay.core.views import MoreRows, Plateau
from assay.report.figure_text import gain_text
from assay.report.phrases import plural, seconds_text, share_text

MOST_NAMED = 3


def plateau_sentences(plateau: Plateau, more: MoreRows | None, *, metric: str) -> tuple[str, ...]:
    """What rows, columns and time brought, a sentence each; those that were not measured are left out. more: of the
    same champion; metric: its title.
    """
    found = (_rows(plateau, more, metric), _columns(plateau), _time(plateau, metric))
    return tuple(sentence for sentence in found if sentence)


def _rows(plateau: Plateau, more: MoreRows | None, metric: str) -> str:
    if more is None or not more.of_rows:
        seconds = plateau.unmeasured
        return f"rows: not measured, as a learning curve would take about {seconds_text(seconds)}" if seconds else ""
    decimals = _decimals(more.half_low, more.half_high)
    interval = f"95 % {number_text(more.half_low, decimals)} to {number_text(more.half_high, decimals)}"
    worse = f"{number_text(more.half, decimals)} worse" if more.half_low > 0 else "not visibly worse"
    measured = f"with {more.half_rows:,} instead of {more.of_rows:,} training rows #{more.number} is {worse}"
    return f"rows: {measured} in {metric} ({interval}); {_expected(more)}"


def _expected(more: MoreRows) -> str:
    """What the curve expects of more rows than there are."""
    if not more.is_visible:
        return f"its learning curve expects no visible gain of {more.rows:,} more"
    decimals = _decimals(more.low, more.high)
    low, high = number_text(more.low, decimals), number_text(more.high, decimals)
    value = number_text(more.value, decimals, signed=True)
    may = f"{more.rows:,} more may bring {value} (95 % {low} to {high})"
    return f"{may}, by its learning curve; that is expected, not measured"


def _columns(plateau: Plateau) -> str:
    """Which columns carry the champion: those whose loss is certain, and their share of all that is lost."""
    columns = sorted(plateau.columns, key=lambda one: -one.loss)
    if not columns:
        return ""
    certain = [one for one in columns if is_certain(one, len(columns))][:MOST_NAMED]
    if not certain:
        return f"columns: none of {len(columns)} makes a visible difference to #{plateau.number} when it is shuffled"
    lost = sum(max(one.loss, 0.0) for one in columns)
    share = share_text(sum(one.loss for one in certain) / lost, 0)
    carry = f"{_joined([one.name for one in certain])} {'carries' if len(certain) == 1 else 'carry'} {share}"
    idle = sum(one.low <= 0.0 <= one.high for one in columns)
    makes = "makes" if idle == 1 else "make"
    rest = f"; {idle} of {len(columns)} {makes} no visible difference" if idle else ""
    return f"columns: {carry} of what #{plateau.number} loses when columns are shuffled one at a time{rest}"


def _time(plateau: Plateau, metric: str) -> str:
    if plateau.gain is None:
        return ""
    spent = f"{plural(plateau.experiments, 'experiment')} in {seconds_text(plateau.seconds)}"
    return f"time: {spent} moved the blend by {gain_text(plateau.gain)} in {metric}"


def _joined(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))


def _decimals(low: float, high: float) -> int:
    return decimals_for((high - low) / (2 * Z95))
