"""Rows are numbered as in the file that a lab was made of: what `study` prints is what `explain --row` takes."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.file_rows import file_rows
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from assay.vault.vault import vault_at


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A lab of a file of 1000 rows, of which 40 have no target and a fifth of the others lie in a vault."""
    folder = tmp_path_factory.mktemp("numbered")
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"weight": rng.normal(size=1000).round(4), "city": rng.choice(["Bern", "Oslo", "Riga"], 1000)})
    price = 10 + table["weight"] + (table["city"] == "Oslo") + rng.normal(size=1000)
    table["price"] = price.round(3).mask(np.isin(np.arange(1000), rng.permutation(1000)[:40]))
    table.to_csv(folder / "post.csv", index=False)
    settings = FitSettings(
        budget=Budget(experiments=2), out=str(folder / "post.lab"), families=frozenset({"linear"}), vault=0.2
    )
    fit(str(folder / "post.csv"), TaskOptions(target="price"), settings,
        context=RunContext(inline=True, write_brief=False))  # fmt: skip
    return folder


def explained(capsys, folder, *words):
    assert main(["explain", str(folder / "post.lab"), *words, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["row"]
    return {one["column"]: one["cell"] for one in row["columns"]["values"]}, row


def refused(capsys, folder, *words):
    assert main(["explain", str(folder / "post.lab"), *words, "--width", "300"]) != 0
    return capsys.readouterr().err


def test_a_row_of_the_lab_is_asked_for_by_its_number_in_the_file(folder, capsys):
    table, rows = pd.read_csv(folder / "post.csv"), file_rows(Lab.open(folder / "post.lab"))
    assert rows[100] != 100, "rows of the vault and without a target come before it"
    for at in (rows[0], rows[100], rows[-1]):
        cells, row = explained(capsys, folder, "--row", str(at + 1))
        assert cells["city"] == table["city"][at]
        assert float(cells["weight"]) == pytest.approx(table["weight"][at], abs=1e-4)
        assert row["rows_of"] == "post.csv"


def test_rows_that_are_none_of_the_labs_are_refused_in_words(folder, capsys):
    table, rows = pd.read_csv(folder / "post.csv"), file_rows(Lab.open(folder / "post.lab"))
    empty = int(np.flatnonzero(table["price"].isna())[0])
    aside = int(np.setdiff1d(np.flatnonzero(table["price"].notna()), rows)[0])
    said = refused(capsys, folder, "--row", str(empty + 1))
    assert f"Row {empty + 1:,} of post.csv has no price" in said
    assert f"--row {empty + 1}  (explains it as a new row)" in said
    said = refused(capsys, folder, "--row", str(aside + 1))
    assert f"Row {aside + 1:,} of post.csv is set aside in the vault" in said
    assert f"--row {aside + 1}  (explains it as a new row)" in said
    assert "There is no row 1,001: post.csv has 1,000 rows" in refused(capsys, folder, "--row", "1001")


def test_a_file_of_new_rows_is_counted_as_the_labs_own_rows_of_an_opened_vault_too(folder, capsys, tmp_path):
    own, table = str(folder / "post.csv"), pd.read_csv(folder / "post.csv")
    rows = file_rows(Lab.open(folder / "post.lab"))
    aside = int(np.setdiff1d(np.flatnonzero(table["price"].notna()), rows)[0])
    empty = int(np.flatnonzero(table["price"].isna())[0])
    for at in (empty, aside, int(rows[100])):
        assert explained(capsys, folder, "--file", own, "--row", str(at + 1))[0]["city"] == table["city"][at]
    table[["city", "weight"]].iloc[::-1].to_csv(tmp_path / "new.csv", index=False)
    cells, row = explained(capsys, folder, "--file", str(tmp_path / "new.csv"), "--row", "2")
    assert (cells["city"], row["rows_of"]) == (table["city"][998], str(tmp_path / "new.csv"))


def test_the_numbers_are_those_that_the_vault_deals_again_and_need_no_file(folder, tmp_path):
    lab = Lab.open(folder / "post.lab")
    stored = file_rows(lab)
    from assay.data.read import read_table

    raw = read_table(str(folder / "post.csv"))
    seen, vault = vault_at(lab.path, raw, TaskOptions(target="price"), None, begun=True)
    assert vault is not None
    assert seen.rows is not None
    assert stored.tolist() == seen.rows[seen.frame["price"].notna().to_numpy()].tolist()
    assert not set(stored) & set(vault.usable[vault.inside])
    (lab.path / "data" / "file_rows.npy").rename(tmp_path / "away.npy")
    try:
        assert file_rows(Lab.open(lab.path)).tolist() == stored.tolist(), "as for a lab of an earlier version"
    finally:
        (tmp_path / "away.npy").rename(lab.path / "data" / "file_rows.npy")


def test_where_the_file_is_unknown_the_labs_rows_are_counted_and_said_so(folder, capsys, tmp_path):
    import shutil

    copy = shutil.copytree(folder / "post.lab", tmp_path / "post.lab")
    (copy / "data" / "file_rows.npy").unlink()
    (copy / "data" / "source.json").unlink()
    table = Lab.open(copy).folder.table
    cells, row = explained(capsys, tmp_path, "--row", "101")
    assert float(cells["weight"]) == pytest.approx(table.column("weight")[100], abs=1e-4)
    assert row["rows_of"] == "the rows that post.lab stores (those of its file are unknown)"
