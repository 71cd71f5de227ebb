"""Paths of pictures, sounds and files, and addresses, are no categories."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from each import each

N = 120


def _column(cells: list[str], **options: object):
    frame = pd.DataFrame({"image": cells, "x": np.arange(N) % 7, "y": np.arange(N) % 2})
    return infer_schema(frame, TaskOptions(target="y", **options))["image"]  # type: ignore[arg-type]


PATHS = {
    "pictures": [f"{'cat' if i % 2 else 'dog'}/{i:03d}.JPG" for i in range(N)],
    "sounds": [rf"C:\calls\{i} Monday.wav" for i in range(N)],
    "films": [f"s3://bucket/{i}.mp4" for i in range(N)],
    "files": [f"./scans/{i}.{'pdf' if i % 3 else 'docx'}" for i in range(N)],
}


@each("what", PATHS)
def test_paths_are_left_out_and_not_kept_as_categories(what: str) -> None:
    column = _column(PATHS[what])
    assert (column.kind, column.reason) == ("identifier", f"paths of {what}, which no step reads")
    assert not column.is_string
    with pytest.raises(DataError, match="it would tell the folders and names") as error:
        _column(PATHS[what], keep=("image",))
    assert "--kind image=text" in error.value.do[1]
    assert _column(PATHS[what], kinds={"image": "text"}).kind == "text"


def test_pictures_that_come_again_are_paths_too_and_a_few_files_are_levels() -> None:
    assert _column([f"cat/{i % 40}.png" for i in range(N)]).kind == "identifier"
    assert _column([f"batch{i % 3}.csv" for i in range(N)]).kind == "category"


def test_addresses_are_keys_and_kept_as_texts() -> None:
    cells = [f"https://shop{i % 9}.example/item/{i}" for i in range(N)]
    assert _column(cells).kind == "identifier"
    assert _column(cells, keep=("image",)).kind == "text"


def test_no_advice_says_to_keep_paths() -> None:
    frame = pd.DataFrame({"image": PATHS["pictures"], "y": np.arange(N) % 2})
    with pytest.raises(DataError, match="no column to predict from") as error:
        prepare(read_table(frame), TaskOptions(target="y"))
    assert not any("keep" in line for line in error.value.do)
