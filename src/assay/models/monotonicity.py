"""Monotone constraints in the form that families take."""

import numpy as np

from assay.core.array import Index
from assay.core.contract import Facts, FoldView, Table


def signs_of(table: Table, facts: Facts) -> Index:
    """(numeric + code columns,) 1 where the prediction may only rise with the column, -1 only fall, 0 either."""
    wanted = dict(facts.monotone)
    numeric = [wanted.get(name, 0) for name in table.numeric_names]
    return np.array([*numeric, *[0] * len(table.code_names)], dtype=np.int64)


def signs_wanted(view: FoldView) -> list[int] | None:
    """signs_of the training rows as a list for libraries; None without constraints, in which case no table is
    requested, as the training table is a copy that models of a shared design do not need."""
    return signs_of(view.table("train"), view.facts).tolist() if view.facts.monotone else None
