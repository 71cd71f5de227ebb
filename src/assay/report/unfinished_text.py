"""What a search did not reach, in words."""

from assay.core.views import StoppedBy, Unfinished
from assay.report.phrases import name_list, share_text

LONG, SHORT = 6, 2
ENDED = {"interrupt": "stopped by hand", "goal": "the goal was reached before", "until": "the session ended before"}


def unfinished_wordings(left: tuple[Unfinished, ...], stopped_by: StoppedBy) -> tuple[str, ...]:
    """One sentence in several lengths, the longest first; () where nothing is left.

    "standard LightGBM (2 of 5 folds), catboost, realmlp (not begun): out of time, the machine was busy (fits had 45 %
    of a core)"
    """
    if not left:
        return ()
    busy = next((one.busy for one in left if one.busy is not None), None)
    ended = ENDED.get(stopped_by, "out of time")
    because = "" if all(one.why == "failed" for one in left) else ended
    long = short = because
    if busy is not None:
        long = f"{because}, the machine was busy (fits had {share_text(busy, 0)} of a core)"
        short = f"{because}, the machine was busy"
    return tuple(
        f"{_families(left, at_most)}{f': {why}' if why else ''}"
        for at_most, why in ((LONG, long), (SHORT, long), (SHORT, short), (1, short), (1, because))
    )


def _families(left: tuple[Unfinished, ...], at_most: int) -> str:
    """Begun families one by one; failed ones and those not begun together."""
    begun = [f"{_name(one)} ({one.folds} of {one.n_folds} folds)" for one in left if one.why == "cut off"]
    parts = [name_list(tuple(begun), at_most)] if begun else []
    for why in ("failed", "not begun"):
        names = tuple(_name(one) for one in left if one.why == why)
        parts += [f"{name_list(names, at_most)} ({why})"] if names else []
    return "; ".join(parts)


def _name(one: Unfinished) -> str:
    return "standard LightGBM" if one.is_baseline else one.family
