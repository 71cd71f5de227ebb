"""Packed files are read, and other formats, folders and addresses are named, with what to type."""

import bz2
import gzip
import io
import lzma
import tarfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from assay.core.errors import AssayError, DataError, UsageError
from assay.data.file_formats import read_content
from assay.data.read import read_table
from each import each

FRAME = pd.DataFrame({"x": range(300), "y": [0, 1] * 150})
TEXT = FRAME.to_csv(index=False).encode()
PACKED = {
    "bz2": bz2.compress(TEXT), "xz": lzma.compress(TEXT), "zst": pa.compress(TEXT, codec="zstd", asbytes=True),
    "bz2 in xz": lzma.compress(bz2.compress(TEXT)),
}  # fmt: skip


@pytest.mark.parametrize("kind", PACKED)
def test_packed_tables_are_read(kind: str) -> None:
    assert read_content(PACKED[kind], name="t").frame["x"].tolist() == list(range(300))


@pytest.mark.parametrize("kind", ["bz2", "xz", "zst"])
def test_a_damaged_one_is_said(kind: str) -> None:
    with pytest.raises(DataError, match=f"t is a damaged {kind} file"):
        read_content(PACKED[kind][:-20], name="t")


def _orc() -> bytes:
    made = io.BytesIO()
    orc.write_table(pa.Table.from_pandas(FRAME), made)
    return made.getvalue()


def _stata(version: int) -> bytes:
    made = io.BytesIO()
    FRAME.to_stata(made, write_index=False, version=version)  # type: ignore[arg-type]  # a Literal of theirs
    return made.getvalue()


def _tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry = tarfile.TarInfo("t.csv")
        entry.size = len(TEXT)
        archive.addfile(entry, io.BytesIO(TEXT))
    return made.getvalue()


@each(
    ("content", "what", "typed"),
    [
        (_orc(), "an ORC file", "read_orc"), (_stata(114), "a Stata file", "read_stata"),
        (_stata(118), "a Stata file", "read_stata"),
        (_tar(), "a tar archive", "tar -xf t"), (bz2.compress(_tar()), "a tar archive", "tar -xf t"),
        (b"\x04\x22\x4d\x18" + TEXT, "an lz4 file", "lz4 -d t"), (b"$FL2@(#)" + TEXT, "an SPSS file", "read_spss"),
        (b"\0" * 12 + b"\xc2\xea\x81\x60" + TEXT, "a SAS file", "read_sas"),
        (b'<?xml version="1.0"?>\n<data><row><x>1</x></row></data>\n', "an XML file", "read_xml"),
    ],
)  # fmt: skip
def test_other_formats_are_named_with_what_to_type(content: bytes, what: str, typed: str) -> None:
    with pytest.raises(DataError, match=f"t is {what}, which is not read") as error:
        read_content(content, name="t")
    assert typed in error.value.do[0]


def test_a_file_that_is_packed_again_and_again_ends_in_a_sentence() -> None:
    packed = TEXT
    for _ in range(1_200):  # as one that unpacks to itself does
        packed = gzip.compress(packed, 1)
    with pytest.raises(DataError, match="t is packed 4 times or more"):
        read_content(packed, name="t")


def test_what_to_type_fits_the_kind_of_file_and_runs_nothing_that_its_name_says() -> None:
    with pytest.raises(DataError) as of_many:
        read_content(b"RDX3\nX\n" + TEXT, name="t.RData")
    assert "get(load('t.RData'))" in of_many.value.do[0]
    with pytest.raises(DataError) as hostile:
        read_content(b"\x04\x22\x4d\x18" + TEXT, name="t; touch planted.lz4")
    assert hostile.value.do == ("lz4 -d FILE",)


def test_a_table_whose_first_column_is_called_like_a_format_is_read() -> None:
    assert list(read_content(b"ORCID,y\n1,2\n3,4\n", name="t").frame) == ["ORCID", "y"]


@each("parts", ["0", "01"])
def test_a_folder_of_parquet_files_is_one(tmp_path: Path, parts: str) -> None:
    for part in parts:
        (tmp_path / parts / f"year={part}").mkdir(parents=True)
        pq.write_table(pa.Table.from_pandas(FRAME), tmp_path / parts / f"year={part}" / "part.parquet")
    with pytest.raises(UsageError, match="is a folder of Parquet files") as error:
        read_table(tmp_path / parts)
    assert "pyarrow.dataset" in error.value.do[0]


@each(
    ("address", "typed"),
    [
        ("https://example.invalid/t.csv", "curl"), ("s3://bucket/t.parquet", "aws s3 cp"),
        ("gs://bucket/t.csv", "gcloud storage cp"),
        ("abfss://a@b.dfs.net/t.csv", "-s https://b.blob.net/a/t.csv -d"), ("hdfs://a/t.csv", "hdfs"),
    ],
)  # fmt: skip
def test_an_address_is_no_database(address: str, typed: str) -> None:
    with pytest.raises(UsageError, match="is an address, and tables are read from files") as error:
        read_table(address)
    assert typed in error.value.do[0]
    assert "t." in error.value.do[1]


def test_a_file_whose_name_looks_like_an_address_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s3:data.csv").write_bytes(TEXT)
    assert len(read_table("s3:data.csv").frame) == 300


def test_a_file_address_is_its_file_and_a_database_one_is_a_database(tmp_path: Path) -> None:
    (tmp_path / "t 1.csv").write_bytes(TEXT)
    assert len(read_table(f"file://{tmp_path}/t%201.csv").frame) == 300
    with pytest.raises(AssayError, match="is a database"):
        read_table("sqlite:///shop.db")
