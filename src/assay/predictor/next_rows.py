"""The rows that a promise is of: the next ones in order of time, where it is of so many."""

from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Bools
from assay.data.number_format import NumberReader
from assay.data.vectorized import date_days, is_number, plain, raw_numbers
from assay.predictor.passport import Passport

if TYPE_CHECKING:
    import pandas as pd


def next_rows(passport: Passport, frame: "pd.DataFrame", ahead: int) -> Bools | None:
    """(n,) which are the first `ahead` of these rows in order of time, those of the last one's moment among them; None
    where there are no more than that, or when a row was is not known of all.
    """
    column = next((one for one in passport.schema if one.orders_rows and one.name in frame.columns), None)
    if column is None or len(frame) <= ahead:
        return None
    cells = plain(frame[column.name])
    if column.kind == "datetime":
        moments = date_days(cells, column)
    elif is_number(cells):
        moments = raw_numbers(cells, NumberReader(column))
    else:
        return None
    if np.isnan(moments).any():
        return None
    first = np.asarray(moments <= np.sort(moments)[ahead - 1])
    return None if first.all() else first
