"""What commands say of a lab all of whose experiments a hint made void."""

import shlex
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Span, line, wrap

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab


def void_lines(layout: LineLayout, lab: "OpenLab") -> list[Line]:
    """Why there is nothing to look at, and what to do; [] where an experiment stands, or none has ended."""
    from assay.journal.find_labs import shown_path
    from assay.views.steering_views import all_void

    found = all_void(lab)
    if found is None:
        return []
    name = shlex.quote(shown_path(lab.path))
    said = [line(Span(part, "warn")) for part in wrap(layout, found.text, indent=0)]
    undo = [line(f"  assay hint {name} --undo {one.id}  (takes the hint back)") for one in found.hints]
    return [*said, line(f"  assay research {name}  (tries what the hints allow)"), *undo]
