"""Who lies in a vault: dealt by what rows say, by their group, or by time, and never on both sides."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.codec import from_json, to_json
from assay.core.errors import AssayError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.data.row_identity import RowIdentity
from assay.journal.vault_record import VaultRecord
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.predictor.storage import read_bundle
from assay.search.settings import FitSettings
from assay.vault.key import VaultKey
from assay.vault.vault import set_aside
from each import each

KEY = VaultKey(bytes(range(32)))


def buyers(n):
    """No two rows are alike; a tells of the answer."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=n).round(3), "b": rng.normal(size=n).round(3)})
    return frame.assign(bought=np.where(frame["a"] + rng.normal(size=n) > 0, "yes", "no"))


def test_rows_are_dealt_by_content_so_their_order_changes_nothing():
    options = TaskOptions(target="bought")
    _, one = set_aside(read_table(buyers(600)), options, 0.25, key=KEY)
    _, other = set_aside(read_table(buyers(600).sample(frac=1, random_state=3)), options, 0.25, key=KEY)
    one, other = (set(map(tuple, vault.table.frame[["a", "b"]].to_numpy())) for vault in (one, other))
    assert one == other


SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
LATE = buyers(900).assign(day=pd.date_range("2023-01-01", periods=900, freq="D").astype(str))


def search_in_time(path, **settings):
    return fit(
        LATE.sample(frac=1, random_state=1).reset_index(drop=True), TaskOptions(target="bought", order_by="day"),
        FitSettings(budget=Budget(experiments=3), out=str(path), without=SLOW, **settings),
        context=RunContext(inline=True, write_brief=False),
    )  # fmt: skip


@pytest.mark.slow
def test_the_vault_of_rows_in_order_of_time_is_the_last_of_them(tmp_path):
    options = TaskOptions(target="bought", order_by="day")
    seen, vault = set_aside(read_table(LATE), options, 0.2)
    assert seen.frame.day.max() < vault.table.frame.day.min()
    assert vault.record.rows == 180
    assert "one season" in vault.record.notes[0]
    assert len(np.unique(vault.rows(("no", "yes"), seed=0).groups)) == 30  # blocks of 6 days
    summary = search_in_time(tmp_path / "late.lab", vault=0.2)
    assert (summary.expect.origin, summary.expect.rows) == ("vault", 180)
    assert summary.vault.shipped.startswith("the same recipe retrained on all 900 rows")
    assert Lab.open(tmp_path / "late.lab").audit().ok


def test_a_group_that_goes_on_into_the_vault_is_not_learned_from():
    table = LATE.assign(customer=np.arange(900) // 10 % 60)  # each comes back after 600 days
    options = TaskOptions(target="bought", order_by="day", group="customer")
    seen, vault = set_aside(read_table(table), options, 0.2)
    assert not set(seen.frame.customer) & set(vault.table.frame.customer)
    assert seen.frame.day.max() < vault.table.frame.day.min()
    assert vault.waiting.sum() > 0
    assert len(seen.frame) + vault.record.rows + vault.waiting.sum() == 900
    assert "wait for the final fit" in vault.record.notes[-1]


def test_a_class_that_only_the_vault_would_know_is_refused():
    table = LATE.assign(bought=np.where(np.arange(900) < 700, "no", "yes"))
    with pytest.raises(AssayError, match="All rows with 'yes' would lie in the vault"):
        set_aside(read_table(table), TaskOptions(target="bought", order_by="day"), 0.3)


def test_a_group_is_never_divided():
    table = buyers(600).assign(customer=np.arange(600) // 5)
    seen, vault = set_aside(read_table(table), TaskOptions(target="bought", group="customer"), 0.25)
    assert not set(seen.frame.customer) & set(vault.table.frame.customer)
    assert vault.rows(("no", "yes"), seed=0).groups is not None


def test_a_new_vault_of_groups_without_a_class_is_refused_before_anything_is_searched():
    table = buyers(600).assign(customer=np.arange(600) // 5)
    table["bought"] = np.where(table["customer"].isin([3, 50]), "yes", "no")
    options = TaskOptions(target="bought", group="customer")
    keys = [VaultKey(bytes([number]) * 32) for number in range(12)]
    refused = 0
    for key in keys:
        try:
            _, vault = set_aside(read_table(table), options, 0.25, key=key)
        except AssayError as error:
            refused += "with 'yes' would lie in the vault" in str(error)
            set_aside(read_table(table), options, 0.25, key=key, one=RowIdentity()) if "No row" in str(error) else None
        else:
            assert (vault.table.frame["bought"] == "yes").any()
    assert 3 <= refused < 12  # both groups on one side: five times in eight


def doubled(number: str) -> pd.DataFrame:
    """Every row twice in some order, and a number for each."""
    frame = pd.concat([buyers(700)] * 2).sample(frac=1, random_state=1).reset_index(drop=True)
    frame.insert(0, number, np.arange(len(frame)))
    return frame


@each("number", ["row_id", "Unnamed: 0", "nr", "Column1", "column 1", "value", "  "])
@each("order", ["as numbered", "shuffled"])
def test_a_copy_of_a_row_under_another_number_is_never_on_the_other_side(number, order):
    table = doubled(number) if order == "as numbered" else doubled(number).sample(frac=1, random_state=5)
    raw, options = read_table(table), TaskOptions(target="bought")
    seen, vault = set_aside(raw, options, 0.25, key=KEY)
    known = set(map(tuple, seen.frame[["a", "b"]].to_numpy()))
    assert not any(tuple(row) in known for row in vault.table.frame[["a", "b"]].to_numpy())
    assert vault.record.apart == (raw.frame.columns[0],)
    assert vault.record.units == vault.record.rows // 2
    again, _ = set_aside(raw, options, 0.25, key=KEY, one=RowIdentity())
    assert (
        len(again.frame.merge(vault.table.frame, on=raw.frame.columns[0])) > 0
    )  # labs of versions before go on as they were dealt


@pytest.mark.parametrize("differing", ["noise", "digits", "spelling"])
def test_a_copy_of_a_row_that_differs_is_never_on_the_other_side(differing):
    rng = np.random.default_rng(4)
    table = pd.concat([buyers(500)] * 2, ignore_index=True)
    table["row"] = np.arange(1000) % 500
    note = np.array([f"order {a} of {b}" for a, b in rng.integers(0, 9_000, (500, 2))])[table["row"]]
    if differing == "noise":
        table["e"] = rng.normal(size=1000)
    elif differing == "digits":
        table["b"] = table["b"] + 1e-6 * rng.normal(size=1000)
    else:
        table["note"] = [text.upper() if rng.random() < 0.5 else f" {text}" for text in note]
    table = table.sample(frac=1, random_state=7).reset_index(drop=True)
    options = TaskOptions(target="bought", drop=("row",))
    seen, vault = set_aside(read_table(table), options, 0.25, key=KEY)
    assert not set(seen.frame["row"]) & set(vault.table.frame["row"])
    assert vault.record.units == vault.record.rows // 2
    again = vault.record.one_row()
    assert set_aside(read_table(table), options, 0.25, key=KEY, one=again)[1].units == vault.units


def test_a_measured_number_tells_rows_apart_however_many_repeat_in_the_rest():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"kind": rng.choice(["x", "y"], 900), "size": rng.normal(size=900)})
    frame["bought"] = np.where(frame["size"] + rng.normal(size=900) > 0, "yes", "no")
    frame.insert(0, "row_id", np.arange(900))
    _, vault = set_aside(read_table(frame), TaskOptions(target="bought"), 0.25, key=KEY)
    assert vault.record.apart == ("row_id",)
    assert vault.record.units == vault.record.rows
    _, vault = set_aside(read_table(frame.drop(columns="size")), TaskOptions(target="bought"), 0.25, key=KEY)
    assert vault.record.apart == ()  # without it hardly two rows differ: such rows repeat


@pytest.mark.slow
def test_what_ships_after_an_opening_corrects_the_mean_as_what_was_certified(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=900)
    path = tmp_path / "price.lab"
    VaultKey(bytes([3] * 32)).write(path)  # of some keys the best model learns prices as they are
    fit(
        {"x": x, "z": rng.normal(size=900), "price": np.exp(1.0 + x + rng.normal(size=900))},
        TaskOptions(target="price"),
        FitSettings(
            budget=Budget(experiments=4), out=str(path), vault=0.3,
            without=SLOW | {"linear", "gam", "rule"},
        ),
        context=RunContext(inline=True, write_brief=False),
    )  # fmt: skip
    shipped, certified = (read_bundle(path / name)[0] for name in ("model", "certified"))
    learned = [piece for member in shipped.members for piece in member.pieces if piece.source == "refit"]
    known = [piece for member in certified.members for piece in member.pieces if piece.source == "refit"]
    assert [piece.model for piece in learned] != [piece.model for piece in known]
    assert any(piece.target.name != "identity" for piece in learned)
    for piece, before in zip(learned, known, strict=True):
        assert piece.target.name == before.target.name
        assert piece.target.shift == before.target.shift
        assert (piece.target.shift is not None) == (piece.target.name != "identity")


def test_a_measured_whole_number_tells_rows_apart_though_hardly_two_are_alike():
    rng = np.random.default_rng(2)
    frame = buyers(600).assign(price=rng.choice(40_000, 600, replace=False), year=rng.integers(0, 1800, 600))
    _, vault = set_aside(read_table(frame), TaskOptions(target="bought"), 0.25, key=KEY)
    assert vault.record.apart == ()


COPIED = VaultKey(bytes([9]) * 32)


def nearly_copied():
    """Every row twice, numbers moved in their last digits; a number of the pair that is no feature."""
    rng = np.random.default_rng(4)
    table = pd.concat([buyers(500).assign(pair=np.arange(500), pieces=rng.integers(1, 9, 500))] * 2, ignore_index=True)
    return table.assign(b=table["b"] + 1e-8 * rng.normal(size=1000))


def units_by_pair(table, one):
    """The units of the rows, by what they say, and the vault."""
    options = TaskOptions(target="bought", drop=("pair",))
    raw = read_table(table)
    _, vault = set_aside(raw, options, 0.25, key=COPIED, one=one)
    rows = [tuple(row) for row in raw.frame.iloc[vault.usable][["pair", "b"]].to_numpy(dtype=float).tolist()]
    return dict(zip(rows, vault.units, strict=True)), vault


def appended(table):
    """With as many other rows, which spread ten times as wide, one of them with gaps."""
    more = buyers(1000).assign(pair=np.arange(1000, 2000), pieces=3)
    more[["a", "b"]] = 10 * more[["a", "b"]] + 0.0137
    more["pieces"] = more["pieces"].astype("float64").where(more["pair"] != 1500)
    return pd.concat([table, more], ignore_index=True)


@pytest.mark.parametrize("how", ["appended to", "shuffled", "saved and read", "columns in another order"])
@pytest.mark.parametrize("rows", ["copies", "all different"])
def test_old_rows_stay_the_units_they_were(how, rows, tmp_path):
    table = nearly_copied() if rows == "copies" else nearly_copied().iloc[:500]
    before, vault = units_by_pair(table, None)
    assert (vault.record.grid is not None) == (rows == "copies")
    if how == "appended to":
        again = appended(table)
    elif how == "shuffled":
        again = table.sample(frac=1, random_state=2)
    elif how == "columns in another order":
        again = table[sorted(table.columns)]
    else:
        table.to_csv(tmp_path / "again.csv", index=False)
        again = tmp_path / "again.csv"
    after, _ = units_by_pair(again, vault.record.one_row())
    assert all(after[row] == unit for row, unit in before.items())


def in_three_units(n=400):
    """Rows of four measures and a coin, three times each in another unit; row: which one each is a copy of."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(n, 4)).round(3), columns=list("abcd"))
    frame = frame.assign(bought=rng.choice(["yes", "no"], n))
    parts = [frame.assign(**{c: (frame[c] * factor).round(3) for c in "abcd"}) for factor in (1.0, 1.08, 0.85)]
    return pd.concat(parts).sample(frac=1, random_state=0).rename_axis("row").reset_index()


def test_copies_in_another_unit_lie_on_one_side_and_are_dealt_alike_again():
    frame = in_three_units()
    raw, options = read_table(frame.drop(columns="row")), TaskOptions(target="bought")
    _, vault = set_aside(raw, options, 0.25, key=KEY)
    held = pd.Series(np.isin(np.arange(len(frame)), vault.usable[vault.inside])).groupby(frame["row"]).nunique()
    assert (held == 1).mean() > 0.98
    record = from_json(VaultRecord, json.loads(json.dumps(to_json(vault.record))))
    assert record == vault.record
    _, again = set_aside(raw, options, 0.25, key=KEY, one=record.one_row())
    assert np.array_equal(again.inside, vault.inside)
