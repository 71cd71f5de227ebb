"""Small tables and targets with a known signal, for the contract suites and for authors of plug-ins."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from assay.core.array import Codes, Floats, Index, Objects
from assay.core.block.columns import MISSING_CODE, CodeBlock, DateBlock, NumericBlock, TextBlock
from assay.core.block.moment import MomentBlock
from assay.core.block.strings import Strings
from assay.core.contract import Seeds, Table, Target

Asked = Literal["binary", "multiclass", "regression"]
"""What a tiny target asks."""
PROBLEMS: tuple[Asked, ...] = ("binary", "multiclass", "regression")
N_HIGH = 60
"""Levels of the wide code column `city`: more than the 50 that count as few."""

_WORDS = (
    "red",
    "green",
    "blue",
    "late",
    "early",
    "refund",
    "thanks",
    "broken",
    "fast",
    "slow",
    "great",
    "poor",
    "order",
)


def _numbers(rng: np.random.Generator, n: int) -> Floats:
    """(n, 4): a normal with missing cells, a skewed positive one, small whole numbers, pure noise."""
    numbers = np.column_stack(
        [rng.normal(40.0, 12.0, n), rng.lognormal(3.0, 0.8, n), rng.integers(0, 9, n), rng.normal(0.0, 1.0, n)]
    )
    numbers[rng.random(n) < 0.1, 0] = np.nan
    return numbers


def _codes(rng: np.random.Generator, n: int) -> Codes:
    """(n, 3): two levels, five levels with missing cells, N_HIGH levels by falling frequency with unseen cells."""
    few = rng.choice(5, n, p=[0.4, 0.25, 0.2, 0.1, 0.05])
    few[rng.random(n) < 0.05] = MISSING_CODE
    falling = 1.0 / np.arange(1, N_HIGH + 2)
    high = rng.choice(N_HIGH + 1, n, p=falling / falling.sum())
    return np.column_stack([rng.integers(0, 2, n), few, high]).astype(np.int32)


def _sentences(rng: np.random.Generator, n: int) -> Objects:
    """(n, 1): up to six words each, one in ten cells empty."""
    lengths = np.where(rng.random(n) < 0.1, 0, rng.integers(1, 7, n))
    texts = np.empty((n, 1), dtype=object)
    for i, length in enumerate(lengths):
        texts[i, 0] = " ".join(rng.choice(_WORDS, int(length)))
    return texts


def _cabins(rng: np.random.Generator, n: int) -> Strings:
    """(n, 2): cabins such as "C85" with missing cells, and the e-mail address of each row."""
    cabins = np.array([f"{letter}{number}" for letter in "ABCDEF" for number in (3, 18, 27, 85, 104)])
    hosts = ("example.org", "mail.test", "b\u00fcro.example")
    chosen = rng.integers(-4, len(cabins), n).astype(np.int32)
    return Strings.of([
        ("cabin", np.maximum(chosen, -1).astype(np.int32), cabins.tolist()),
        ("address", np.arange(n, dtype=np.int32), [f"p{i}@{hosts[k]}" for i, k in enumerate(rng.integers(0, 3, n))]),
    ])  # fmt: skip


def tiny_table(seed: int = 0, n: int = 200, *, plain: bool = False) -> Table:
    """A table with a column of every sort, missing and unseen cells among them.

    Numeric age (NaN), fare, parcels, noise; codes member (2 levels), grade (5, missing), city (N_HIGH, unseen); dates
    joined (NaN); text note; strings cabin (missing) and address, a key; moments of which some are equal. plain: as a
    model sees it after its steps, without dates and text.
    """
    rng = Seeds(seed).child("tiny_table").rng()
    joined = rng.uniform(18_000.0, 20_000.0, (n, 1))
    joined[rng.random(n) < 0.05] = np.nan
    others = Seeds(seed).child("tiny_table", "strings").rng()
    table = Table.of(
        numeric=NumericBlock(_numbers(rng, n).astype(np.float32), ("age", "fare", "parcels", "noise")),
        codes=CodeBlock(_codes(rng, n), ("member", "grade", "city"), (2, 5, N_HIGH)),
        dates=DateBlock(joined, ("joined",)), text=TextBlock(_sentences(rng, n), ("note",)),
        strings=_cabins(others, n), moment=MomentBlock(others.integers(0, max(1, n // 2), n).astype(np.float64)),
    )  # fmt: skip
    return only(table, "numeric", "codes") if plain else table


def signal(table: Table) -> Floats:
    """(n,) what the targets of a tiny table follow, near unit variance: fare, its product with member, grade, city."""
    fare = (np.log(table.numeric[:, 1].astype(np.float64)) - 3.0) / 0.8
    member = table.codes[:, 0] * 2.0 - 1.0
    grade = np.array([1.0, 0.3, -0.2, -0.8, -1.5, 0.0])[table.codes[:, 1]]
    city = np.cos(2.4 * table.codes[:, 2])
    return np.asarray(0.5 * fare + 0.5 * fare * member + 0.6 * grade + 0.5 * city)


def tiny_target(problem: Asked, table: Table, *, seed: int = 0, n_classes: int = 4, noise: float = 0.5) -> Target:
    """A target that follows `signal(table)` plus normal noise of that sd; classes are cut at equal shares of the rows.

    Every class has a row as long as there are n_classes rows. noise=inf: nothing but noise.
    """
    draws = Seeds(seed).child("tiny_target").rng().normal(0.0, 1.0, table.n_rows)
    values = draws if np.isinf(noise) else signal(table) + noise * draws
    if problem == "regression":
        return Target(100.0 + 20.0 * values)
    k = 2 if problem == "binary" else n_classes
    rank: Index = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return Target((rank * k // max(1, table.n_rows)).astype(np.int32), k)


def folds_of(n: int, n_folds: int = 3) -> Index:
    """(n,) fold numbers 0, 1, 2, 0, 1, 2, …: for tiny tables, whose rows are independent draws."""
    return np.arange(n, dtype=np.int64) % n_folds


def only(table: Table, *blocks: str) -> Table:
    """The same rows with these blocks and no others."""
    return table.without(*(name for name in table.blocks if name not in blocks))


def all_missing(table: Table) -> Table:
    """The same columns without a single value."""
    table = table.without("moment").with_cells(
        numeric=np.full_like(table.numeric, np.nan), codes=np.full_like(table.codes, MISSING_CODE),
        dates=np.full_like(table.dates, np.nan), text=np.full_like(table.text, ""),
    )  # fmt: skip
    if table.strings is None:
        return table
    return table.with_blocks(strings=replace(table.strings, codes=np.full_like(table.strings.codes, -1)))


def all_unseen(table: Table) -> Table:
    """The same rows with every code and every string unseen in training, none of them at a known moment."""
    codes = np.tile(np.array(table.levels, dtype=np.int32), (table.n_rows, 1))
    table = table.without("moment").with_cells(codes=codes)
    if table.strings is None:
        return table
    place = np.zeros(table.n_rows, dtype=np.int32)
    return table.with_blocks(strings=Strings.of([(name, place, ["Zürich/7-x y"]) for name in table.strings.names]))


def strange_texts() -> Objects:
    """(n, 1): what texts come as: empty, of spaces alone, long, repeated, in scripts without case or spaces, from right
    to left, with marks, pictures, control characters, HTML, labels of speakers, and halves of surrogate pairs.
    """
    texts = (
        "", " ", "\n\r\n\t", "x", "\x00\x07\x1b[31m", "<p>late&nbsp;order</p>", "日本語のテキスト。本当？",
        "注文が遅い！", "كان الطلب متأخراً؟ \u200f123", "ההזמנה איחרה", "क्या ऑर्डर देर से आया?", "สั่งซื้อช้า",
        "👩\u200d👩\u200d👧 great 😀😀", "e\u0301te\u0301 été", "\ud800 half", "İstanbul STRASSE Straße",
        "REP: late?\nLEAD: yes -\nREP: refund",
        "REP: order\nLEAD: thanks", "late " * 4_000, "\U0010fffd\ufeff", "don't – “won’t” … 3.14", "=1+1",
    )  # fmt: skip
    out = np.empty((len(texts), 1), dtype=object)
    out[:, 0] = texts
    return out


def transcripts(seed: int = 0, n: int = 60) -> Objects:
    """(n, 1): talks of two speakers whose lines begin with their labels, some empty, some without labels."""
    rng = Seeds(seed).child("transcripts").rng()
    texts = np.empty((n, 1), dtype=object)
    for row, kind in enumerate(rng.integers(0, 10, n)):
        said = (" ".join(rng.choice(_WORDS, int(rng.integers(1, 6)))) for _ in range(rng.integers(3, 9)))
        marks = (str(rng.choice(["", ".", "?", " -"])) for _ in iter(int, 1))
        lines = [f"{rng.choice(['Agent: ', 'Kunde: '])}{line}{mark}" for line, mark in zip(said, marks, strict=False)]
        texts[row, 0] = "" if kind == 0 else "late order" if kind == 1 else "\n".join(lines)
    return texts


def tables_of_every_kind(seed: int = 0, n: int = 60) -> Mapping[str, Table]:
    """Named tables that steps stumble over: single blocks, no columns, nothing but missing, constant, wide, one row,
    strange texts, transcripts."""
    mixed = tiny_table(seed, n)
    rng, strange = Seeds(seed).child("wide").rng(), strange_texts()
    return {
        "mixed": mixed,
        "numbers": only(mixed, "numeric"),
        "categories": only(mixed, "codes"),
        "dates": only(mixed, "dates"),
        "texts": only(mixed, "text"),
        "strings": only(mixed, "strings"),
        "no columns": only(mixed),
        "missing": all_missing(mixed),
        "unseen": all_unseen(mixed),
        "constant": mixed.take(np.zeros(n, dtype=np.int64)),
        "wide": mixed.with_numeric(rng.normal(0.0, 1.0, (n, 12)), tuple(f"noise {j}" for j in range(12))),
        "one row": mixed.take(np.array([n // 2])),
        "strange texts": only(mixed.take(np.arange(len(strange)) % n).with_cells(text=strange), "text", "numeric"),
        "transcripts": only(mixed.with_cells(text=transcripts(seed, n)), "text", "numeric"),
    }
