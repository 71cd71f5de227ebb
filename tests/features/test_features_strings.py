"""Codes, keys and names taken apart, and compared by their spelling."""

import numpy as np
import pytest

from assay.core.block.strings import Strings
from assay.core.contract import FittedEncoder
from assay.core.errors import BundleError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.string_parts import host, pattern


def strings(*texts: str | None, name: str = "code") -> Table:
    position: dict[str, int] = {}
    codes = [-1 if text is None else position.setdefault(text, len(position)) for text in texts]
    return Table.of(strings=Strings.of([(name, np.array(codes, dtype=np.int32), list(position))]))


def fit(table: Table, name: str, **params: object) -> FittedEncoder:
    return registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0))


def part(table: Table, name: str) -> list[float]:
    if name in table.code_names:
        return table.codes[:, table.code_names.index(name)].tolist()
    return table.numeric[:, table.numeric_names.index(name)].tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("C85", "A9"), ("A/5 21171", "A/9 9"), ("", ""), ("ab-12-CD", "a-9-A"), ("DE44556", "A9"), ("é9", "a9")],
)
def test_a_pattern_names_each_run_once(text: str, expected: str) -> None:
    assert pattern(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann.Lee@Mail.Example.org", "mail.example.org"), ("https://www.example.com/a?b=1", "example.com"),
        ("http://user@shop.example.co.uk:8080/x", "shop.example.co.uk"), ("www.a-b.de", "a-b.de"),
        ("C85", ""), ("two words", ""), ("3.5", ""),
    ],
)  # fmt: skip
def test_an_address_has_a_host(text: str, expected: str) -> None:
    assert host(text) == expected


def test_a_cabin_is_a_letter_and_a_number() -> None:
    rows = [f"{letter}{number}" for letter in "ABC" for number in (3, 18, 85, 104)]
    out = fit(strings(*rows, None), "string_parts").transform(strings("C85", "A7", None, "Z1", "C104"))
    assert part(out, "code:number") == pytest.approx([85, 7, np.nan, 1, 104], nan_ok=True)
    assert part(out, "code:letters") == [2, 0, -1, 3, 2]


def test_the_second_digit_of_a_key_never_seen_is_known() -> None:
    rng = np.random.default_rng(0)
    keys = [f"{k:05d}" for k in rng.choice(100_000, 400, replace=False)]
    fitted = fit(strings(*keys), "string_parts")
    out = fitted.transform(strings("17000", "27999", "30000"))
    second = part(out, "code:character 2")
    assert second[0] == second[1] != second[2]
    assert out.levels[out.code_names.index("code:character 2")] == 10


def test_whole_numbers_that_are_codes_have_digits_and_measures_have_none() -> None:
    rng = np.random.default_rng(0)
    table = Table.empty(500).with_numeric(
        np.column_stack([rng.integers(10_000, 100_000, 500), rng.lognormal(5, 1, 500).round(), rng.normal(size=500)]),
        ("zip", "price", "z"),
    )
    out = fit(table, "string_parts").transform(table)
    assert out.code_names == tuple(f"zip:character {k}" for k in range(1, 6))
    assert fit(table, "string_parts", numbers=False).transform(table).code_names == ()


def test_addresses_have_their_domain_and_no_characters() -> None:
    rows = [f"{k}name@{host}" for k, host in enumerate(["a.org", "b.org", "c.com"] * 20)]
    out = fit(strings(*rows), "string_parts").transform(strings("new@c.com", "x@unknown.net"))
    assert out.code_names == ("code:host", "code:top")
    assert part(out, "code:host") == [2, 3]


def test_a_part_that_says_the_same_as_an_earlier_one_is_not_added() -> None:
    rows = [letter * 3 for letter in "ABCD" for _ in range(5)] + [f"{letter}xx" for letter in "ABCD" for _ in range(5)]
    names = fit(strings(*rows), "string_parts").transform(strings(*rows)).code_names
    assert "code:first 2" not in names
    assert "code:character 3" not in names


def test_spellings_of_one_name_are_near_each_other() -> None:
    names = ["Zurich", "Geneva", "Basel", "Lausanne"] * 10
    encoded = fit(strings(*names), "similarity").transform(strings("Zürich", "zurich ", "Genf", None)).numeric
    assert encoded[:3].argmax(axis=1).tolist() == [0, 0, 1]
    assert encoded[1].max() == 1.0
    assert np.isnan(encoded[3]).all()


def test_min_hashes_agree_as_often_as_runs_are_shared() -> None:
    table = strings("police officer", "police officers", "florist")
    block = fit(table, "min_hash", components=400).transform(table).numeric
    assert (block[0] == block[1]).mean() > 0.7
    assert (block[0] == block[2]).mean() < 0.1


@pytest.mark.parametrize("pieces", [[{"column": "a"}], [3], "x"])
def test_a_damaged_piece_is_refused(pieces: object) -> None:
    state = fit(strings("a"), "string_parts").state()
    with pytest.raises(BundleError, match="string_parts"):
        registry.get("string_parts").restore(type(state)("string_parts", {"pieces": pieces}))
