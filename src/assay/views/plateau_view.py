"""What was measured at a plateau, as far as it still holds: of a champion that stands, without barred columns."""

from dataclasses import replace

from assay.core.views import MoreRows
from assay.journal.state import LabState
from assay.report.plateau_text import plateau_sentences
from assay.steering.steering_rules import SteeringRules


def would_help(state: LabState, *, metric: str) -> tuple[str, ...]:
    """What rows, columns and time brought the champion, in words; () where it was not measured. metric: its title."""
    found, more = state.plateau, more_rows_of(state)
    if found is None or found.number != state.champion:
        return ()
    barred = SteeringRules.of(state.hints).columns
    used = tuple(column for column in found.columns if column.name not in barred)
    same = more if more is not None and more.number == found.number else None
    return plateau_sentences(replace(found, columns=used), same, metric=metric)


def more_rows_of(state: LabState) -> MoreRows | None:
    """What more rows would bring, unless the experiment that was measured stands no more."""
    more = state.more
    return None if more is None or state.entries[more.number].is_void else more
