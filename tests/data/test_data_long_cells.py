"""Odd long cells are looked at once: a pattern that tries every way to share out their blanks would not end."""

import pandas as pd
import pytest

from assay.data.kind_guess import describe

OTHERS = {
    "amounts": ("numeric", [f"{n}.50 kg" for n in range(60)]),
    "ranges": ("ordinal", 20 * ["1-2", "3-4", "5 and more"]),
    "dates": ("datetime", [f"{d + 1:02d}.03.2012 12:{d:02d}" for d in range(28)] * 3),
}
LONG = ["1" + " " * 30_000 + "!", "<1" + " " * 30_000 + "1", "01.03.2012 12:30" + " " * 30_000 + "!"]


@pytest.mark.parametrize("others", OTHERS)
@pytest.mark.parametrize("long", LONG, ids=["number", "limit", "date"])
def test_a_cell_with_a_long_run_of_blanks_is_read_with_its_column(others, long):
    kind, cells = OTHERS[others]
    found = describe("c", pd.Series([*cells, long, long, long], name="c"))
    assert found.kind in {kind, "category"}
    assert found.kind == "category" or long in found.missing_marks


def test_a_column_of_long_runs_of_blanks_is_words():
    cells = [f"{n}.5" + " " * 30_000 + "@" for n in range(200)]
    assert describe("c", pd.Series(cells, name="c")).kind in {"identifier", "text", "category"}
