"""The rows that a promise is of: the next ones in order of time, where it is of so many."""

from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Bools
from assay.core.errors import DataError
from assay.data.number_format import NumberReader
from assay.data.row_groups import order_of
from assay.data.vectorized import date_days, plain, raw_numbers
from assay.predictor.passport import Passport

if TYPE_CHECKING:
    import pandas as pd


def moments_of(passport: Passport, frame: "pd.DataFrame") -> AnyArray | None:
    """(n,) when each row was, read as the rows that were learned from; None where that is not known of all."""
    column = next((one for one in passport.schema if one.orders_rows and one.name in frame.columns), None)
    if column is None:
        return None
    if column.kind == "time":  # orders the rows and is left out: nothing of its form was kept
        try:
            return order_of(frame, column.name)
        except DataError:
            return None
    cells = plain(frame[column.name])
    is_date = column.kind == "datetime"
    moments = date_days(cells, column) if is_date else raw_numbers(cells, NumberReader(column))
    return None if np.isnan(moments).any() else moments


def next_rows(moments: AnyArray, ahead: int) -> Bools | None:
    """(n,) which are the first `ahead` rows in order of time, those of the last one's moment among them; None where
    there are no more than that.
    """
    if len(moments) <= ahead:
        return None
    first = np.asarray(moments <= np.sort(moments)[ahead - 1])
    return None if first.all() else first
