"""The growth of time and memory with the rows, drawn from what scale.py measured."""

from pathlib import Path
from typing import Any

from outcome import Outcome

MEASURES = (("took", "seconds", "#1f5fa8"), ("pss_gib", "peak memory, GiB", "#b3541e"))
INK = "#555555"


def draw_growth(outcome: Outcome, path: Path) -> bool:
    """A PNG with both axes in logarithms, a measure beside the other; False where fewer than two sizes ran."""
    grown = outcome.details.get("growth", [])
    if len(grown) < 2:
        return False
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 2.6), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, measure in zip(figure.subplots(1, len(MEASURES)), MEASURES, strict=True):
        _draw(axes, grown, *measure)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    return True


def _draw(axes: Any, grown: list[dict[str, Any]], key: str, what: str, colour: str) -> None:
    rows, values = [one["rows"] for one in grown], [one[key] for one in grown]
    axes.loglog(rows, values, color=colour, marker="o", markersize=4, linewidth=1.5)
    straight = [values[0] * (n / rows[0]) for n in (rows[0], rows[-1])]
    axes.loglog([rows[0], rows[-1]], straight, color="#cccccc", linewidth=1, zorder=0)
    axes.annotate("as many times\nas the rows", (rows[-1], straight[-1]), color="#999999", fontsize=7, ha="right",
                  va="top", xytext=(-34, 0), textcoords="offset points")  # fmt: skip
    for n, value in zip(rows, values, strict=True):
        axes.annotate(f"{value:.3g}", (n, value), fontsize=8, color=colour, ha="center", va="bottom",
                      xytext=(0, 4), textcoords="offset points")  # fmt: skip
    axes.set_xlabel("rows", fontsize=8, color=INK)
    axes.set_title(what, fontsize=9, color=INK, loc="left")
    axes.margins(x=0.12, y=0.15)
    axes.tick_params(labelsize=8, colors=INK)
    axes.spines[["top", "right"]].set_visible(False)
