"""Calibration plot: predicted against observed means, one dot per tenth of the rows, with the diagonal."""

from assay.core.figure import number_text
from assay.core.quality import Quality
from assay.core.views import Brief
from assay.report.plot import Axis, Drawing, Label, Mark, Primitive, Stroke, tick_decimals, ticks

LEFT, RIGHT, TOP, BOTTOM = 60.0, 420.0, 36.0, 276.0
BESIDE = 20.0


def calibration(brief: Brief) -> Drawing:
    """Predicted means to the right, observed means upwards, with 95 % intervals."""
    quality = brief.quality
    if quality is None:
        raise ValueError("A brief without out-of-fold answers has no picture of predicted and observed.")
    low, high = _range(quality)
    across, up = Axis(low, high, LEFT, RIGHT), Axis(low, high, BOTTOM, TOP)
    decimals = tick_decimals(low, high)
    items: list[Primitive] = [
        Stroke(((LEFT, BOTTOM), (RIGHT, BOTTOM)), "dim", 0.8), Stroke(((LEFT, BOTTOM), (LEFT, TOP)), "dim", 0.8),
        Stroke(((across(low), up(low)), (across(high), up(high))), "faint", 1.0, dashed=True),
        Label((LEFT + RIGHT) / 2, BOTTOM + 34, "predicted", "dim", "middle", 9),
        Label(LEFT - 44, TOP - 16, "observed", "dim", "start", 9),
    ]  # fmt: skip
    for value in ticks(low, high):
        text = number_text(value, decimals)
        items += [
            Label(across(value), BOTTOM + 16, text, "dim", "middle", 8),
            Label(LEFT - 6, up(value) + 3, text, "dim", "end", 8),
        ]
    for tenth in quality.tenths:
        x = across(tenth.predicted)
        if tenth.low is not None and tenth.high is not None:
            items.append(Stroke(((x, up(tenth.low)), (x, up(tenth.high))), "portfolio", 1.5))
        items.append(Mark(x, up(tenth.observed), "disc", "portfolio", 7))
    return Drawing(tuple(items), "Predicted and observed", width=RIGHT + BESIDE, height=BOTTOM + 46)


def _range(quality: Quality) -> tuple[float, float]:
    if quality.classes:
        return 0.0, 1.0
    places = [end for t in quality.tenths for end in (t.predicted, t.observed, t.low, t.high)]
    ends = [end for end in places if end is not None]
    low, high = min(ends), max(ends)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
