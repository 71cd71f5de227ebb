"""What is drawn about the experiments of a plot: uprights of hints and studies, a legend, labels that keep apart."""

from collections.abc import Mapping

from assay.core.long_run_views import LongRun
from assay.report.plot import SHAPES, Axis, Label, Mark, Primitive, Role, Stroke

TOP, BOTTOM = 52.0, 306.0
CHARACTER, HEIGHT = 7.2, 11.0
"""Room that a character of a label takes, and a line, in units of a plot at 8 points."""
NAME_CHARACTER, ROWS, ROW_HEIGHT = 6.6, 2, 14.0
"""Room that a character of a name takes in a legend, its rows, and their height."""
LEVELS = 3
"""Heights at which the names of uprights stand, so that near ones keep apart."""


def uprights(long: LongRun | None, x: Axis) -> list[Primitive]:
    """Thin dashed lines where a hint was given or a study was made, named at their top."""
    if long is None:
        return []
    marks: list[tuple[float, str, Role]] = [
        *((mark.at, mark.text, "human") for mark in long.hint_marks),
        *((mark.at, f"s{mark.number}", "study") for mark in long.studies),
    ]
    items, labels = list[Primitive](), list[Label]()
    for at, text, role in sorted(marks):
        place = min(max(x(at), x.start), x.end)
        items.append(Stroke(((place, TOP), (place, BOTTOM)), role, 0.7, dashed=True))
        heights = (TOP + 10 + HEIGHT * level for level in range(LEVELS))
        tried = (Label(place + 3, y, text, role, "start", 8) for y in heights)
        label = next((one for one in tried if not any(overlap(one, other) for other in labels)), None)
        if label is not None:
            labels.append(label)
    return [*items, *labels]


def legend(roles: Mapping[str, Role], x: float, y: float, *, width: float) -> list[Primitive]:
    """Who has which mark, in one or two rows; () for one alone, whom the text names. Names without room are left
    out."""
    names: dict[Role, str] = {}
    for name, role in roles.items():
        names[role] = f"{names[role]}/{name}" if role in names else name
    items: list[Primitive] = []
    at, row = x, 0
    for role, text in names.items() if len(roles) > 1 else ():
        room = 20 + NAME_CHARACTER * len(text)
        if at + room > x + width:
            at, row = x, row + 1
        if row < ROWS:
            place = y + ROW_HEIGHT * row
            items += [Mark(at, place, SHAPES[role], role, 8), Label(at + 9, place + 3.5, text, role, "start", 8)]
        at += room
    return items


def overlap(one: Label, other: Label) -> bool:
    """Whether two labels cover each other."""
    apart = (_width(one) + _width(other)) / 2
    return abs(_middle(one) - _middle(other)) < apart and abs(one.y - other.y) < HEIGHT


def _width(label: Label) -> float:
    return CHARACTER * len(label.text) * label.size / 8


def _middle(label: Label) -> float:
    shift = {"start": 0.5, "middle": 0.0, "end": -0.5}[label.anchor]
    return label.x + shift * _width(label)
