"""A large file is read where it lies, in blocks, and gives the table that its bytes give all at once."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError
from assay.data import delimited
from assay.data import file_formats as files
from assay.data.plain_text import PlainText, count_text
from assay.data.read import read_table
from each import at_most

CELLS = (
    "1", "2.5", "", "a", "NA", "é", '"b"', '"c ""d"""', '"i,j"', '3" k',
    '"e\nf"', '"g\n\nh"', '"l\r\nm"', '"n\ro"',
)  # fmt: skip
"""As files have them: quoted, over lines, with a mark that is no quote."""
LINES = st.lists(st.tuples(*[st.sampled_from(CELLS)] * 3).map(",".join), min_size=6, max_size=40)
ENDS = st.sampled_from(("\n", "\r\n"))
BEFORE = ("p,q,r", *["0,0,0"] * 210)
"""More plain records than are looked at for those that go over lines."""
QUIET = settings(deadline=None, max_examples=at_most(60), suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as large, in blocks of a few lines."""
    for module in (delimited, files):
        monkeypatch.setattr(module, "LARGE", 1)
    monkeypatch.setattr(delimited, "_BLOCK", 40)


def written(path: Path, body: bytes) -> Path:
    file = path / "t.csv"
    file.write_bytes(body)
    return file


def told(source: object) -> tuple[object, ...]:
    """The cells and what was said, or the refusal."""
    try:
        raw = read_table(source)
    except DataError as error:
        return (str(error),)
    frame = raw.frame
    types = [str(dtype) for dtype in frame.dtypes]
    return tuple(frame.columns), types, frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


@pytest.mark.slow
@QUIET
@given(lines=LINES, end=ENDS, mark=st.sampled_from(("", "\ufeff")), tail=st.sampled_from(("", "\n", "\n\n")))
def test_blocks_give_what_one_piece_gives(lines, end, mark, tail, tmp_path, all_are_large):
    body = (mark + end.join((*BEFORE, *lines)) + tail).encode()
    path = written(tmp_path, body)
    found = told(path)
    with pytest.MonkeyPatch.context() as patch:
        for module in (delimited, files):
            patch.setattr(module, "LARGE", 1 << 40)
        assert found == told(path)


@QUIET
@given(text=st.text(st.sampled_from('a,"\n\r'), max_size=60), step=st.integers(1, 9))
def test_lines_and_quotation_marks_are_counted_as_in_the_whole_text(text, step):
    numbers = np.frombuffer(text.encode(), dtype=np.uint8)
    found = count_text(numbers[at : at + step] for at in range(0, len(numbers), step))
    lines = [line for line in text.encode().splitlines() if line]
    assert (found.quotes, found.lines, found.has_returns) == (text.count('"'), len(lines), "\r" in text)


def test_the_last_cell_may_be_the_first_oddity(tmp_path, all_are_large):
    rows = "".join(f"{i},{i}\n" for i in range(500))
    for last, kind in (("7,x", "str"), ("7,2.5", "float64"), ("7,99999999999999999999", "str")):
        frame = read_table(written(tmp_path, f"a,b\n{rows}{last}\n".encode())).frame
        assert str(frame["b"].dtype) == kind
        assert (len(frame), str(frame["b"].iloc[0])) == (501, "0.0" if kind == "float64" else "0")


def test_a_cell_over_lines_in_the_last_record_stays_one(tmp_path, all_are_large):
    rows = "".join(f'{i},"x"\n' for i in range(500))
    frame = read_table(written(tmp_path, f'a,b\n{rows}500,"y\nz, w"\n'.encode())).frame
    assert (len(frame), frame["b"].iloc[-1]) == (501, "y\nz, w")


def test_bytes_that_need_mending_are_mended_in_large_files_too(tmp_path, all_are_large):
    rows = "".join(f"{i},größe\n" for i in range(500))
    frame = read_table(written(tmp_path, f"a,b\n{rows}".encode("cp1252"))).frame
    assert set(frame["b"]) == {"größe"}
    damaged = read_table(written(tmp_path, f"a,b\n{rows}".encode() + b"500,gr\xff\n"))
    assert any(notice.code == "data/bad-bytes" for notice in damaged.notices)


def test_a_quotation_mark_left_open_is_refused_in_large_files_too(tmp_path, all_are_large):
    rows = "".join(f"{i},x\n" for i in range(500))
    with pytest.raises(DataError, match="line 502: a quotation mark opens a cell and never ends"):
        read_table(written(tmp_path, f'a,b\n{rows}500,"x\n'.encode()))


def test_other_kinds_of_files_are_not_taken_for_text(tmp_path, all_are_large):
    frame = pd.DataFrame({"a": range(300), "b": ["x"] * 300})
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv.gz", index=False)
    frame.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    for name in ("t.parquet", "t.csv.gz", "t.jsonl"):
        assert read_table(tmp_path / name).frame.astype({"b": object}).equals(frame.astype({"b": object}))


def test_a_file_of_text_is_looked_at_without_its_bytes_in_memory(tmp_path):
    found = PlainText.of_file(written(tmp_path, b"a,b\n" + b"1,x\n" * 100_000))
    assert found is not None
    assert isinstance(found.source, Path)
    assert (found.size, found.counts.lines, len(found.head)) == (400_004, 100_001, 200_000)


def test_a_nul_byte_far_down_is_left_out_and_told(tmp_path, all_are_large):
    rows = "".join(f"{i},{i}\n" for i in range(5000))
    found = read_table(written(tmp_path, f"a,b\n{rows}7,8\0\n".encode()))
    assert found.frame["b"].iloc[-1] == 8
    assert "1 NUL byte" in found.notices[0].message
