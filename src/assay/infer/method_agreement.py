"""Checks of a named effect: do regression and double machine learning agree, and do the two arms overlap."""

from collections.abc import Iterator, Sequence

from assay.core.figure import decimals_for, number_text
from assay.infer.double_ml import MOST_TRIMMED, OVERLAP
from assay.infer.inference_result import Assumption, Coefficient, MachineEffect


def agreement_checks(
    effects: Sequence[Coefficient], machine: Sequence[MachineEffect], *, rows: int
) -> Iterator[Assumption]:
    """Checks of a named effect that double machine learning estimated, too; none otherwise.

    effects: the named effect's coefficients. Where the link is not the identity, average marginal effects are compared,
    which are on the scale of double machine learning: the target's own, or its share.
    """
    if not machine:
        return
    yield from _overlap(machine[0], rows)
    if len(effects) == 1:
        yield from _agree(effects[0], machine)


def _overlap(found: MachineEffect, rows: int) -> Iterator[Assumption]:
    if found.outside is None:
        return
    share = found.outside / rows
    bounds = f"propensities within {OVERLAP[0]:g} and {OVERLAP[1]:g}"
    if not found.outside:
        yield Assumption(
            name="overlap", verdict="good", message=f"every row has a counterpart: {bounds}", statistic=0.0
        )
        return
    text = (
        f"{found.outside:,} of {rows:,} rows ({share:.0%}) have hardly a counterpart with the other value of the "
        f"effect (not {bounds}): "
    )
    if share <= MOST_TRIMMED:
        yield Assumption(name="overlap", verdict="look", statistic=share, do="say which rows an average speaks of",
                         message=f"{text}the average effect leaves them out")  # fmt: skip
        return
    yield Assumption(
        name="overlap", verdict="bad", statistic=share, do="ask about rows that could have had either value",
        message=f"{text}no average effect is told, and the others rest on what straight lines or models say of rows "
        "nobody saw",
    )  # fmt: skip


def _agree(effect: Coefficient, machine: Sequence[MachineEffect]) -> Iterator[Assumption]:
    low, high = effect.average_low, effect.average_high
    if effect.average is None:
        low, high = effect.shown.low, effect.shown.high
    if low is None or high is None:
        return
    apart = [one for one in machine if one.p is not None and (one.high < low or one.low > high)]
    if not apart:
        return
    one = apart[0]
    d = decimals_for(min(one.high - one.low, high - low) / 4) + 1
    own, other = (f"{number_text(a, d, signed=True)} to {number_text(b, d, signed=True)}"
                  for a, b in ((low, high), (one.low, one.high)))  # fmt: skip
    yield Assumption(
        name="agreement", verdict="bad", do="quote both, and look at the form of the other columns: assay fit",
        message=f"on one scale the model above says {own}, double machine learning ({one.method}) {other}: they "
        "exclude one another. Other columns act in bends or together, which straight lines do not take away, or the "
        "effect differs between rows, of which each is another average",
    )  # fmt: skip
