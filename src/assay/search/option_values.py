"""Options of a search as people give them, text or values, read in one way for the command line and the estimators."""

import math
from collections.abc import Mapping

import numpy as np

from assay.core.clock import Budget
from assay.core.durations_and_sizes import parse_bytes, parse_seconds
from assay.core.errors import UsageError, Where
from assay.core.labels import LabelCost, LabelRule


def budget_of(limit: object, experiments: int | None, *, default_seconds: float, option: str) -> Budget:
    """Seconds, or text such as "2h30m", and experiments; the default where neither is given. option: for errors."""
    if limit is None:
        seconds = default_seconds if experiments is None else math.inf
    elif isinstance(limit, str):
        seconds = parse_seconds(limit, option=option)
    elif isinstance(limit, int | float | np.number) and not isinstance(limit, bool):
        seconds = float(limit)
    else:
        raise UsageError(
            f"{option}={limit!r} is no time. Give seconds, or text such as '60s' or '2h30m'.",
            where=Where(option=option),
        )
    return Budget(seconds=seconds, experiments=experiments)


def bytes_of(size: int | str | None, *, option: str) -> int | None:
    """Bytes, as a number or as text such as "5MB"; None where none are given."""
    return parse_bytes(size, option=option) if isinstance(size, str) else size


def label_rule(threshold: float | None, cost: "str | Mapping[str, float] | None") -> LabelRule:
    """Which label rows of two classes are given. cost: {"fp": 1, "fn": 5}, or as text "fp=1,fn=5"."""
    if isinstance(cost, Mapping):
        cost = ",".join(f"{name}={value}" for name, value in cost.items())
    return LabelRule(threshold=threshold, cost=None if cost is None else LabelCost.parse(cost))
