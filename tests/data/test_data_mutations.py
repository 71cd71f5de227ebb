"""A clean table, written in the many ways of spreadsheets, surveys and exports, is read back; damage is named."""

import csv
import datetime
import gzip
import io
import math
import random
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import AssayError
from assay.data.encode import encode_frame, encode_rows
from assay.data.file_formats import read_content
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from each import each

ROWS = 60
NAMES = ("age", "income", "city", "signed_up", "churn")
CITIES = ("Köln", "Lyon", "Málaga")
_DICE = random.Random(5)
CLEAN = tuple(
    (
        _DICE.randint(18, 80),
        round(_DICE.uniform(1000, 90000), 2),
        _DICE.choice(CITIES),
        datetime.date(2021, 1, 1) + datetime.timedelta(days=_DICE.randint(0, 700)),
        ("no", "yes")[_DICE.random() < 0.4],
    )
    for _ in range(ROWS)
)
"""Rows of age, income, city, signed_up, churn."""

Cell = Callable[[object], str]


def _swapped(text: str, thousands: str, decimal: str) -> str:
    return text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)


MONEY: dict[str, Cell] = {
    "plain": lambda x: f"{x:.2f}",
    "dollars": lambda x: f"${x:,.2f}",
    "dollars after a code": lambda x: f"USD {x:,.2f}",
    "euros": lambda x: _swapped(f"{x:,.2f}", ".", ",") + " €",
    "spaces": lambda x: _swapped(f"{x:,.2f}", "\u00a0", ","),
    "apostrophes": lambda x: _swapped(f"{x:,.2f}", "'", "."),
    "decimal comma": lambda x: f"{x:.2f}".replace(".", ","),
    "kilograms": lambda x: f"{x:.2f} kg",
    "pounds": lambda x: f"£{x:.2f}",
    "signed": lambda x: f"+{x:.2f}",
    "padded": lambda x: f"  {x:.2f} ",
    "exponent": lambda x: f"{x:.7e}",
}
DATES: dict[str, Cell] = {
    "iso": lambda d: d.isoformat(),
    "day first": lambda d: d.strftime("%d/%m/%Y"),
    "month first": lambda d: d.strftime("%m/%d/%Y"),
    "dots": lambda d: d.strftime("%d.%m.%Y"),
    "words": lambda d: d.strftime("%b %d, %Y"),
    "day month word": lambda d: d.strftime("%d %B %Y"),
    "with a time": lambda d: d.strftime("%Y-%m-%d 00:00:00"),
    "zulu": lambda d: d.strftime("%Y-%m-%dT00:00:00Z"),
    "compact": lambda d: d.strftime("%Y%m%d"),
    "slashes": lambda d: d.strftime("%Y/%m/%d"),
    "three formats": lambda d: d.strftime(("%Y-%m-%d", "%d.%m.%Y", "%b %d %Y")[d.toordinal() % 3]),
}
MISSING = ("", "NA", "N/A", "?", "-", "null", "#N/A", "NaN", "n/a", "unknown", " ")
DELIMITERS = (",", ";", "\t", "|")
ENDS = ("\n", "\r\n", "\r")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252", "utf-16-le", "utf-16-be")
PACKINGS = ("none", "gzip", "zip")
LAYOUTS = ("none", "title", "titles", "total", "header again", "blank lines", "trailing delimiter", "sep line",
           "padded header", "all quoted", "source line")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One way to write the clean table; every choice can be read back without loss. blanks: ages left empty."""

    money: str = "plain"
    dates: str = "iso"
    missing: str = ""
    delimiter: str = ","
    end: str = "\n"
    encoding: str = "utf-8"
    packing: str = "none"
    layout: str = "none"
    blanks: tuple[int, ...] = field(default=())

    @classmethod
    def drawn(cls, seed: int) -> "Mutation":
        dice = random.Random(seed)
        blanks = tuple(sorted(dice.sample(range(2, ROWS), dice.choice((0, 0, 3, 6)))))
        return cls(
            money=dice.choice(list(MONEY)), dates=dice.choice(list(DATES)), missing=dice.choice(MISSING),
            delimiter=dice.choice(DELIMITERS), end=dice.choice(ENDS), encoding=dice.choice(ENCODINGS),
            packing=dice.choice(PACKINGS), layout=dice.choice(LAYOUTS), blanks=blanks,
        )  # fmt: skip

    def records(self) -> list[list[str]]:
        """Header and rows as texts."""
        pad = "  " if self.layout == "padded header" else ""
        out = [[f"{pad}{name}{pad}" for name in NAMES]]
        for i, (age, income, city, date, churn) in enumerate(CLEAN):
            years = self.missing if i in self.blanks else str(age)
            out.append([years, MONEY[self.money](income), city, DATES[self.dates](date), churn])
        return self._arranged(out)

    def _arranged(self, out: list[list[str]]) -> list[list[str]]:
        extra = {
            "title": lambda: [["Customer report"], *out],
            "titles": lambda: [["Customer report 2024"], ["made by", "CRM"], [], *out],
            "total": lambda: [*out, ["Total", "", "", "", ""]],
            "source line": lambda: [*out, ["Source: the CRM"]],
            "header again": lambda: [*out[:30], out[0], *out[30:]],
            "blank lines": lambda: [*out[:10], [], *out[10:], [], []],
            "trailing delimiter": lambda: [[*row, ""] for row in out],
            "sep line": lambda: [[f"sep={self.delimiter}"], *out],
        }
        return extra.get(self.layout, lambda: out)()

    def content(self) -> bytes:
        """The bytes of the file."""
        text = io.StringIO(newline="")
        quoting = csv.QUOTE_ALL if self.layout == "all quoted" else csv.QUOTE_MINIMAL
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.end, quoting=quoting)
        for row in self.records():
            if row and row[0].startswith("sep="):
                text.write(row[0] + self.end)
            else:
                writer.writerow(row)
        body = text.getvalue().encode(self.encoding, errors="replace")
        if self.packing == "gzip":
            return gzip.compress(body)
        if self.packing == "zip":
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                archive.writestr("table.csv", body)
            return packed.getvalue()
        return body


def spoiled(seed: int) -> bytes:
    """A drawn file with damage that nobody can undo: bytes changed, cut, NULs, open quotes, lines torn."""
    dice = random.Random(seed)
    body = bytearray(Mutation.drawn(seed).content())
    if dice.random() < 0.6:
        body = bytearray(replace(Mutation.drawn(seed), packing="none").content())
    kind = dice.choice(("bytes", "cut", "nul", "quote", "lines", "scripts", "nothing but marks"))
    if kind == "bytes":
        for _ in range(dice.randint(1, 60)):
            body[dice.randrange(len(body))] = dice.randrange(256)
    elif kind == "cut":
        del body[dice.randrange(len(body)) :]
    elif kind == "nul":
        for _ in range(dice.randint(1, 5)):
            body.insert(dice.randrange(len(body)), 0)
    elif kind == "quote":
        body.insert(dice.randrange(len(body)), ord('"'))
    elif kind == "lines":
        lines = bytes(body).split(b"\n")
        dice.shuffle(lines)
        return b"\n".join(line[: dice.randint(0, 80)] for line in lines)
    elif kind == "scripts":
        body[0:0] = "Ελλάδα,日本,עברית,😀\n".encode()
    else:
        return bytes(dice.choices(b',;\t|"\n\r ', k=dice.randint(1, 400)))
    return bytes(body)


EPOCH = datetime.date(1970, 1, 1).toordinal()
KINDS = {"age": "numeric", "income": "numeric", "city": "category", "signed_up": "datetime", "churn": "target"}
BATCH = 25


def understood(content, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return prepare(read_content(content, name="t.csv"), TaskOptions(target="churn", **options))


@pytest.mark.parametrize("first", range(0, 400, BATCH))
def test_every_spelling_of_a_table_gives_the_same_cells(first):
    for seed in range(first, first + BATCH):
        mutation = Mutation.drawn(seed)
        result = understood(mutation.content())
        schema, table = result.task.schema, result.table
        assert {c.name: c.kind for c in schema} == KINDS, mutation
        incomes = table.numeric[:, table.numeric_names.index("income")].astype(float)
        column = schema["income"]
        np.testing.assert_allclose(incomes * column.scale + column.shift, [row[1] for row in CLEAN], rtol=1e-6)
        ages = [math.nan if i in mutation.blanks else row[0] for i, row in enumerate(CLEAN)]
        np.testing.assert_array_equal(table.numeric[:, table.numeric_names.index("age")], ages, str(mutation))
        np.testing.assert_array_equal(table.dates[:, 0], [row[3].toordinal() - EPOCH for row in CLEAN], str(mutation))


def refusal_of(content):
    """The error for people that these bytes meet, None where they are read; any other exception is a fault."""
    try:
        understood(content)
    except AssayError as error:
        return error
    return None


@pytest.mark.parametrize("first", range(0, 400, BATCH))
def test_a_damaged_file_is_read_or_refused_in_words(first):
    for seed in range(first, first + BATCH):
        said = refusal_of(spoiled(seed))
        assert said is None or (said.message and (said.do or said.nearest)), said


@each("seed", range(0, 40, 4))
def test_a_schema_learned_from_a_dirty_file_reads_its_clean_twin_alike(seed):
    dirty = replace(Mutation.drawn(seed), layout="none", blanks=())
    schema = understood(dirty.content()).task.schema
    clean = replace(dirty, money="plain")
    tables = [encode_frame(schema, read_content(m.content(), name="t.csv").frame) for m in (dirty, clean)]
    rows = read_content(dirty.content(), name="t.csv").frame.to_dict("records")
    for table in (tables[1], encode_rows(schema, rows)):
        np.testing.assert_array_equal(tables[0].numeric, table.numeric)
        np.testing.assert_array_equal(tables[0].codes, table.codes)
        np.testing.assert_array_equal(tables[0].dates, table.dates)


def test_a_cell_of_a_megabyte_is_a_cell():
    body = "a,b,y\n" + "".join(f"{i},{'x' * 1_000_000 if i == 5 else 'w'},{i % 2}\n" for i in range(60))
    assert len(read_content(body.encode(), name="t.csv").frame) == 60


def test_more_columns_than_can_be_looked_at_are_refused_with_their_number():
    frame = pd.DataFrame(np.zeros((2, 20_001)))
    with pytest.raises(AssayError, match=r"20,001 columns; 20,000"):
        prepare(RawTable(frame=frame.set_axis(frame.columns.astype(str), axis=1), name="t"), TaskOptions(target="0"))


def test_a_quotation_mark_that_never_ends_is_named_by_its_line():
    body = "a,b,y\n" + "".join(f"{i},{chr(34) if i == 5 else ''}w,{i % 2}\n" for i in range(60))
    with pytest.raises(AssayError, match="line 7: a quotation mark opens"):
        read_content(body.encode(), name="t.csv")


def test_a_mark_for_inches_is_a_character_like_others():
    body = "size,y\n" + "".join(f"{20 + i % 5}{chr(34) if i == 3 else ''},{i % 2}\n" for i in range(40))
    assert len(read_content(body.encode(), name="t.csv").frame) == 40
