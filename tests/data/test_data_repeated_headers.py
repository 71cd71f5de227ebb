"""Files that were pasted together: marks of encodings, headers and comments between their rows."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError
from assay.data.read import read_table

N = 60
RNG = np.random.default_rng(0)
MARK = "\ufeff"


def table(n=N):
    return pd.DataFrame({"size": RNG.normal(20, 3, n).round(2), "city": RNG.choice(["Rome", "Oslo"], n),
                         "sold": RNG.choice(["yes", "no"], n)})  # fmt: skip


def read(tmp_path, text, encoding="utf-8", raw=()):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return read_table(path, raw=raw)


def codes(raw):
    return [notice.code for notice in raw.notices]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_mark_of_a_second_file_is_no_part_of_its_first_cell(tmp_path, encoding, end):
    first, second = table(), table()
    whole = pd.concat([first, second], ignore_index=True)
    text = first.to_csv(index=False, lineterminator=end) + MARK
    raw = read(tmp_path, text + second.to_csv(index=False, header=False, lineterminator=end), encoding)
    pd.testing.assert_frame_equal(raw.frame, whole)
    assert codes(raw) == ["data/inner-mark"]
    assert "line 62" in raw.notices[0].message
    raw = read(tmp_path, MARK + text + second.to_csv(index=False, lineterminator=end), encoding)
    pd.testing.assert_frame_equal(raw.frame, whole)
    assert codes(raw) == ["data/inner-mark", "data/repeated-header"]


def test_a_mark_before_a_quoted_cell_does_not_cut_it(tmp_path):
    raw = read(tmp_path, 'name,n\n"a, b",1\n' + MARK + '"c, d",2\n')
    assert raw.frame["name"].tolist() == ["a, b", "c, d"]


def test_a_large_file_loses_its_inner_marks_too(tmp_path):
    line = '"Rome, Italy",12.5,yes\n'
    text = "city,size,sold\n" + line * 500_000 + MARK + line * 500_000
    raw = read(tmp_path, text)
    assert raw.frame["city"].nunique() == 1
    assert len(raw.frame) == 1_000_000
    assert codes(raw) == ["data/inner-mark"]


@pytest.mark.parametrize("names", [["city", "size", "sold"], ["size", "town", "sold"]])
def test_a_second_table_with_other_columns_is_refused_by_its_row(tmp_path, names):
    second = table().set_axis(["size", "city" if "city" in names else "town", "sold"], axis=1)[names]
    text = table().to_csv(index=False) + second.to_csv(index=False)
    with pytest.raises(DataError, match=r"row 61 .*names of columns") as caught:
        read(tmp_path, text)
    assert ", ".join(names) in str(caught.value)
    assert "t.csv" in str(caught.value)
    assert any("--raw repeated-header" in step for step in caught.value.do)


def test_as_raw_a_second_header_is_a_row_like_others(tmp_path):
    text = table().to_csv(index=False) + table()[["city", "size", "sold"]].to_csv(index=False)
    assert len(read(tmp_path, text, raw=("repeated-header",)).frame) == 2 * N + 1


def test_cells_that_are_names_of_columns_everywhere_are_data(tmp_path):
    ranks = [RNG.permutation(["apple", "pear", "plum"]) for _ in range(N)]
    raw = read(tmp_path, pd.DataFrame(ranks, columns=["apple", "pear", "plum"]).to_csv(index=False))
    assert len(raw.frame) >= N / 2


def test_comments_between_rows_are_left_out_where_the_title_is_one(tmp_path):
    lines = table().to_csv(index=False).splitlines()
    text = "\n".join(["# exported by the lab", lines[0], "# units: mm, -, -", *lines[1:30], "# page 2", *lines[30:]])
    raw = read(tmp_path, text + "\n")
    assert pd.api.types.is_float_dtype(raw.frame["size"])
    assert set(raw.frame["sold"]) == {"yes", "no"}
    assert "data/comment-lines" in codes(raw)


def test_cells_with_a_hash_are_data_where_no_title_is_a_comment(tmp_path):
    raw = read(tmp_path, "tag,n,m\n" + "#a,1,2\nb,3,4\n" * 20)
    assert len(raw.frame) == 40
