"""Many rows predicted in chunks, by one thread of the linear algebra library."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from threadpoolctl import ThreadpoolController

from assay.core.array import Floats
from assay.core.table import Table
from assay.predictor.prediction_plan import PredictionPlan
from assay.predictor.stacked_plan import StackedPlan

CHUNK_ROWS = 4_096
"""Rows per chunk. Chunks run one after the other: tree models make thousands of short calls, and threads that alternate
in them are slower than one."""
A_FEW = 32
"""Rows up to which BLAS's threads are not limited, as finding them costs more than they can."""


@dataclass(frozen=True)
class PredictionChunks:
    """A plan, given so many rows at a time that memory does not grow with the rows."""

    plan: PredictionPlan | StackedPlan

    def of(self, table: Table) -> Floats:
        """As the plan's `predict`."""
        if table.n_rows <= A_FEW:
            return self.plan.predict(table)
        # small products: threads wait for each other, twice the time
        with self._threads.limit(limits=1, user_api="blas"):
            if table.n_rows <= CHUNK_ROWS:
                return self.plan.predict(table)
            chunks = (np.arange(at, min(at + CHUNK_ROWS, table.n_rows)) for at in range(0, table.n_rows, CHUNK_ROWS))
            return np.concatenate([self.plan.predict(table.take(chunk)) for chunk in chunks])

    @cached_property
    def _threads(self) -> ThreadpoolController:
        """Cached, as scanning the libraries of a process takes milliseconds."""
        return ThreadpoolController()
