"""One sentence for each event of a search."""

from assay.core.event import Scored
from assay.report.phrases import bracketed, count_text


def as_sentence(text: str) -> str:
    """The text with a capital and a full stop; empty stays empty."""
    ended = with_stop(text)
    return ended[:1].upper() + ended[1:]


def with_stop(text: str) -> str:
    """The text with a full stop; it may begin with a column's name, so its first letter is kept."""
    stripped = text.strip()
    return stripped if not stripped or stripped.endswith((".", "?")) else f"{stripped}."


def scored_text(event: Scored) -> str:
    """ "kept #17 catboost depth 6, 0.8068 out-of-fold (+0.0019 over #9)" """
    score = "" if event.score is None else f", {event.score.text} out-of-fold"
    against = event.against
    over = "" if against is None or against.over is None else f"{against.text} over #{against.over}"
    detail = f": {event.detail}" if event.detail and event.score is None else ""
    return f"{event.status} #{event.number} {event.what}{score}{bracketed(over)}{detail}"


def stop_text(experiments: int, *, by_key: bool = True) -> str:
    """The message after the first Ctrl-C; by_key: False where a signal asked, so that no key can be pressed."""
    saving = f": saving the best of {count_text(experiments)}" if experiments else ""
    return f"Stopping{saving}." + (" Ctrl-C again to leave now." if by_key else "")
