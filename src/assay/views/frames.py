"""Views as pandas frames, for people at a Python prompt."""

from typing import TYPE_CHECKING

from assay.core.views import Board

if TYPE_CHECKING:
    import pandas as pd


def leaderboard_frame(board: Board) -> "pd.DataFrame":
    """One row an experiment, best first."""
    import pandas as pd

    rows = [
        {
            "rank": row.rank, "tied": row.tied, "number": row.number, "what": row.what, "family": row.family,
            "score": row.score.value, "low": row.score.low, "high": row.score.high, "metric": board.metric,
            "kept": bool(row.kept), "by": row.by, "fit_seconds": row.fit_seconds, "row_ms": row.row_ms,
            "size_bytes": row.size_bytes,
        }
        for row in board.rows
    ]  # fmt: skip
    return pd.DataFrame(rows)
