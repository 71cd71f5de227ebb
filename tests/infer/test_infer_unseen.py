"""Rows that a lab's search has not seen: its own rows are known again however the file around them is read."""

import io

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.errors import LabError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.lab.unseen_rows import unseen_rows
from assay.search.settings import FitSettings

N = 300


@pytest.fixture(scope="module")
def text():
    """Lines of whole numbers, numbers with zeros at their end, truth values, days and words."""
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, N), unit="D")
    columns = {
        "visits": rng.integers(0, 50, N), "price": [f"{price:.2f}" for price in rng.uniform(1, 9, N)],
        "member": rng.choice(["True", "False"], N), "since": days.strftime("%Y-%m-%d"),
        "city": rng.choice(["Bern", "Oslo", "Riga"], N), "spent": rng.integers(0, 2, N),
    }  # fmt: skip
    return pd.DataFrame(columns).to_csv(index=False)


@pytest.fixture(scope="module")
def lab(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unseen")
    (folder / "own.csv").write_text(text)
    settings = FitSettings(budget=Budget(experiments=1), out=str(folder / "own.lab"), jobs=1)
    fit(str(folder / "own.csv"), TaskOptions(target="spent"), settings, context=RunContext(inline=True))
    opened = Lab.open(folder / "own.lab")
    yield opened
    opened.close()


def unseen(lab, folder, content, **asked):
    file = folder / "new.csv"
    file.write_text(content)
    found = unseen_rows(lab, read_table(str(file), **asked), **asked)
    return found.rows.tolist()


@pytest.mark.parametrize(
    "line",
    ["7,0.50,True,2024-01-05,Bern,1", ",0.50,True,2024-01-05,Bern,1", "7,,True,2024-01-05,Bern,1",
     "7,0.50,,2024-01-05,Bern,1", "7,0.50,True,,Bern,1", "7,0.50,True,2024-01-05,,1", "7,0.50,True,2024-01-05,Bern,",
     "7.5,0.50,True,2024-01-05,Bern,1", "7,0.50,True,2024-01-05 10:30,Bern,1"],
    ids=["full", "no visits", "no price", "no member", "no since", "no city", "no spent", "half a visit", "an hour"],
)  # fmt: skip
def test_of_the_old_file_and_one_more_row_only_that_row_is_new(lab, text, tmp_path, line):
    assert unseen(lab, tmp_path, text + line + "\n") == [N]


def test_rows_are_known_again_from_another_format(lab, text, tmp_path):
    frame = pd.read_csv(io.StringIO(text), parse_dates=["since"], dtype={"city": "category", "price": "float32"})
    frame.to_parquet(tmp_path / "new.parquet")
    assert not len(unseen_rows(lab, read_table(str(tmp_path / "new.parquet"))).rows)


@pytest.mark.parametrize(
    ("line", "column"),
    [("many,0.50,True,2024-01-05,Bern,1", "visits"), ("7,cheap,True,2024-01-05,Bern,1", "price"),
     ("7,0.50,perhaps,2024-01-05,Bern,1", "member"), ("7,0.50,True,once,Bern,1", "since")],
)  # fmt: skip
def test_where_a_column_changed_its_kind_no_row_is_called_new(lab, text, tmp_path, line, column):
    with pytest.raises(LabError, match=f'"{column}" holds .* which rows own.lab saw cannot be told') as caught:
        unseen(lab, tmp_path, text + line + "\n")
    assert any("--missing" in advice for advice in caught.value.do)


def test_a_text_that_means_missing_here_means_it_in_the_labs_file_too(lab, text, tmp_path):
    assert unseen(lab, tmp_path, text + "many,0.50,True,2024-01-05,Bern,1\n", missing=("many", "Riga")) == [N]
