"""A vault: what workers cannot reach, what is said when it is opened, and what that costs."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.errors import AssayError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.execute.inline import InlineExecutor
from assay.lab.audit import audit
from assay.lab.fit import Call, fit
from assay.lab.lab import Lab
from assay.lab.settings import FitSettings
from assay.lab.vault import set_aside
from assay.predictor.predictor import Predictor

FAMILIES = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})


def shop(n=600, seed=0):
    """Rows with a number of their own, so that one can be recognised wherever it turns up."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 9, n)
    bought = rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 6))
    return pd.DataFrame({"age": age, "noise": rng.normal(size=n), "bought": np.where(bought, "yes", "no")})


def search(path, experiments=3, *, source=None, **settings):
    return fit(
        shop() if source is None else source, TaskOptions(target="bought"),
        FitSettings(**{"budget": Budget(experiments=experiments), "out": str(path), "without": FAMILIES, **settings}),
        call=Call(inline=True, write_brief=False),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "shop.lab"
    return search(path, vault=0.25), path


def test_the_figure_is_the_vaults_and_what_ships_is_named_apart(made):
    summary, path = made
    assert summary.expect.origin == "vault"
    assert summary.expect.certified
    assert summary.expect.rows == summary.vault.rows == pytest.approx(150, abs=2)
    assert summary.optimism == pytest.approx(summary.search.value - summary.expect.value)
    assert summary.vault.shipped == "the same recipe retrained on all 600 rows, itself not tested"
    certified, shipped = (Predictor.load(path / name) for name in ("certified", "model"))
    assert certified.expected == shipped.expected == summary.expect
    rows = shop()
    assert not np.allclose(certified.predict_proba(rows), shipped.predict_proba(rows), atol=1e-6)


def test_the_certified_model_is_what_the_figure_says(made):
    summary, path = made
    _, vault = set_aside(read_table(shop()), TaskOptions(target="bought"), 0.25)
    p = Predictor.load(path / "certified").predict_proba(vault.table.frame)[:, 1]
    truth = (vault.table.frame.bought == "yes").to_numpy()
    wins = (p[truth][:, None] > p[~truth]).mean() + 0.5 * (p[truth][:, None] == p[~truth]).mean()
    assert summary.expect.value == pytest.approx(wins, abs=1e-6)


def test_an_opening_is_recorded_before_it_is_made_and_an_audit_makes_it_again(made):
    _, path = made
    lab = Lab.open(path)
    kinds = [record.kind for record in lab.ledger.records()]
    assert kinds.index("vault") < kinds.index("asked") < kinds.index("opening") < kinds.index("certified")
    found = audit(lab)
    assert found.ok
    assert next(check.checked for check in found.checks if check.name == "vault") >= 7
    lab.close()


class Thief:
    """An executor whose worker looks, before every job of the search, for rows of the vault in all it can open."""

    workers = 1

    def __init__(self, run, secret):
        self.inner, self.secret, self.looked, self.loot = InlineExecutor(run), secret, 0, []

    def submit(self, job, *, deadline):
        for file in Path(job.folder).rglob("*"):
            if file.is_file() and not file.name.startswith("ledger.sqlite"):
                self._look(file)
        return self.inner.submit(job, deadline=deadline)

    def _look(self, file):
        self.looked += 1
        content = file.read_bytes()
        if file.suffix == ".npy":
            values = np.load(file, allow_pickle=False)
            held = values.dtype.kind == "f" and np.isin(self.secret.astype(values.dtype), values).any()
        else:
            held = any(repr(float(value)).encode() in content for value in self.secret)
        self.loot += [file] if held else []

    def hurry(self, deadline):
        self.inner.hurry(deadline)

    def close(self, *, now=False):
        self.inner.close(now=now)


def test_a_worker_finds_no_row_of_the_vault_until_it_is_opened(tmp_path, monkeypatch):
    from assay.lab import fit as module
    from assay.lab import work

    _, vault = set_aside(read_table(shop()), TaskOptions(target="bought"), 0.25)
    thief = Thief(work.run, vault.table.frame.age.to_numpy())
    monkeypatch.setattr(module, "_executor", lambda settings, *, inline: thief)
    before = len(thief.loot)
    opened = []
    answers = module.Certifier.run
    monkeypatch.setattr(
        module.Certifier, "run", lambda self, deadline: (opened.append(len(thief.loot)), answers(self, deadline))
    )
    search(tmp_path / "shop.lab", vault=0.25)
    assert thief.looked > 50
    assert opened == [before] == [0]


def test_rows_are_dealt_by_content_so_their_order_changes_nothing():
    options = TaskOptions(target="bought")
    _, one = set_aside(read_table(shop()), options, 0.25)
    _, other = set_aside(read_table(shop().sample(frac=1, random_state=3)), options, 0.25)
    assert set(one.table.frame.age) == set(other.table.frame.age)


def test_a_group_is_never_divided():
    table = shop().assign(customer=np.arange(600) // 5)
    seen, vault = set_aside(read_table(table), TaskOptions(target="bought", group="customer"), 0.25)
    assert not set(seen.frame.customer) & set(vault.table.frame.customer)
    assert vault.rows(("no", "yes"), seed=0).groups is not None


def test_a_longer_search_pays_for_the_second_opening(tmp_path):
    path = tmp_path / "shop.lab"
    first = search(path, 3, vault=0.25)
    second = search(path, 4)  # the lab knows that it has a vault
    assert (first.expect.level, second.expect.level) == (0.95, 1 - 0.05 / 4)
    assert second.vault.openings == 2
    third = search(path, 5, without=FAMILIES | {"lightgbm"})  # somebody who saw the figure asks for another search
    assert third.expect.level == pytest.approx(1 - 0.05 / 9 / 32)


@pytest.mark.parametrize(
    ("settings", "source", "message"),
    [({"vault": 0.2}, shop(200), "A vault needs 50 rows of the rarest class"),
     ({"vault": 2.0}, None, "A vault of 2 of the rows is not possible")],
)  # fmt: skip
def test_a_vault_that_could_say_nothing_is_refused(tmp_path, settings, source, message):
    with pytest.raises(AssayError, match=message):
        search(tmp_path / "shop.lab", source=source, **settings)
    assert not (tmp_path / "shop.lab").exists()


def test_a_search_that_saw_all_rows_gets_no_vault_later(tmp_path):
    search(tmp_path / "shop.lab", 2)
    with pytest.raises(AssayError, match="was begun without a vault"):
        search(tmp_path / "shop.lab", 3, vault=0.25)


def test_what_the_record_says_of_a_vault_holds_no_row(made):
    _, path = made
    lab = Lab.open(path)
    body = next(record.body for record in lab.ledger.records() if record.kind == "vault")
    lab.close()
    assert len(json.dumps(body)) < 1000
    assert body["value"]["search_rows"] + body["value"]["rows"] == 600
