"""A vault: what workers cannot reach, what is said when it is opened, and what that costs."""

import json
import os
import shutil
from contextlib import closing
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.cli.line_layout import LineLayout
from assay.cli.summary_lines import summary_lines
from assay.core.clock import Budget
from assay.core.errors import AssayError
from assay.core.event import Noted
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.execute.inline import InlineExecutor
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings
from assay.vault.key import VaultKey, is_open_to_others, put_sealed
from assay.vault.vault import set_aside

FAMILIES = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})


def shop(n=600, seed=0):
    """Rows with a number of their own, so that one can be recognised wherever it turns up."""
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 9, n)
    bought = rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 6))
    return pd.DataFrame({"age": age, "noise": rng.normal(size=n), "bought": np.where(bought, "yes", "no")})


def search(path, experiments=3, *, source=None, listener=lambda event: None, **settings):
    return fit(
        shop() if source is None else source, TaskOptions(target="bought"),
        FitSettings(**{"budget": Budget(experiments=experiments), "out": str(path), "without": FAMILIES, **settings}),
        context=RunContext(inline=True, write_brief=False, listener=listener),
    )  # fmt: skip


KEY = VaultKey(bytes(range(32)))


def vault_of(path):
    """The vault of a lab of `shop`, dealt again by its key."""
    return set_aside(read_table(shop()), TaskOptions(target="bought"), 0.25, key=VaultKey.at(path / "sealed" / "key"))[
        1
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "shop.lab"
    return search(path, vault=0.25), path


def test_the_figure_is_the_vaults_and_what_ships_is_named_apart(made):
    summary, path = made
    assert summary.expect.origin == "vault"
    assert summary.expect.certified
    assert summary.expect.rows == summary.vault.rows == pytest.approx(150, abs=2)
    lab = Lab.open(path)
    assert summary.elapsed_seconds == lab.state.seconds > lab.state.end.seconds, "the opening takes time too"
    lab.close()
    assert summary.optimism == pytest.approx(summary.search.value - summary.expect.value)
    assert summary.vault.shipped == "the same recipe retrained on all 600 rows, itself not tested"
    certified, shipped = (Predictor.load(path / name) for name in ("certified", "model"))
    assert certified.expected == shipped.expected == summary.expect
    rows = shop()
    assert not np.allclose(certified.predict_proba(rows), shipped.predict_proba(rows), atol=1e-6)


def test_the_certified_model_is_what_the_figure_says(made):
    summary, path = made
    vault = vault_of(path)
    p = Predictor.load(path / "certified").predict_proba(vault.table.frame)[:, 1]
    truth = (vault.table.frame.bought == "yes").to_numpy()
    wins = (p[truth][:, None] > p[~truth]) + 0.5 * (p[truth][:, None] == p[~truth])
    error = np.sqrt(sum(wins.mean(axis).var(ddof=1) / wins.shape[1 - axis] for axis in (0, 1)))  # DeLong et al. (1988)
    # A step is at most the standard error by the interval's longer side, which is a little more than this one.
    assert abs(summary.expect.value - wins.mean()) <= 0.6 * error


@pytest.mark.slow
def test_without_a_baseline_of_its_own_a_vault_shows_no_gain_and_least_of_all_that_of_the_search(tmp_path):
    search(tmp_path / "shop.lab", 5, vault=0.25)
    lab = Lab.open(tmp_path / "shop.lab")
    assert lab.summary().gain.origin == "vault"
    assert lab.state.end.gain.origin == "corrected"
    lab.state.certified = replace(lab.state.certified, against=None)  # standard LightGBM was not fitted in time
    summary = lab.summary()
    lab.close()
    assert summary.gain is None
    shown = " ".join(span.text for line in summary_lines(LineLayout(120), summary) for span in line)
    assert "not measured: standard LightGBM was not fitted on the rows without the vault" in shown


def test_an_opening_is_recorded_before_it_is_made_and_an_audit_makes_it_again(made):
    _, path = made
    lab = Lab.open(path)
    kinds = [record.kind for record in lab.ledger.records()]
    assert kinds.index("vault") < kinds.index("asked") < kinds.index("opening") < kinds.index("certified")
    found = lab.audit()
    assert found.ok
    assert next(check.checked for check in found.checks if check.name == "vault") >= 7
    lab.close()


class Thief:
    """An executor whose worker looks, before every job of the search, for rows of the vault in all it can open."""

    workers = 1

    def __init__(self, run, secret):
        self.inner, self.secret, self.looked, self.loot = InlineExecutor(run), secret, 0, []

    def submit(self, job, *, deadline):
        for file in job.store.path.rglob("*"):
            if file.is_file() and "sealed" not in file.parts:
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


@pytest.mark.slow
def test_a_worker_finds_no_row_of_the_vault_until_it_is_opened(tmp_path, monkeypatch):
    from assay.lab import single_fit as module
    from assay.search import worker_jobs as work
    from assay.vault.opening import Certifier

    KEY.write(tmp_path / "shop.lab")
    _, vault = set_aside(read_table(shop()), TaskOptions(target="bought"), 0.25, key=KEY)
    thief = Thief(work.run, vault.table.frame.age.to_numpy())
    monkeypatch.setattr(module, "executor_of", lambda settings, *, inline: thief)
    before = len(thief.loot)
    opened = []
    answers = Certifier.run
    monkeypatch.setattr(
        Certifier, "run", lambda self, deadline: (opened.append(len(thief.loot)), answers(self, deadline))
    )
    search(tmp_path / "shop.lab", vault=0.25)
    assert thief.looked > 50
    assert opened == [before] == [0]


def test_who_knows_the_seed_does_not_know_the_vault(tmp_path, made):
    _, path = made
    other = tmp_path / "shop.lab"
    search(other, vault=0.25, experiments=2)
    one, two = (set(vault_of(lab).table.frame.age) for lab in (path, other))
    assert len(one & two) < 80  # a quarter of 150 by chance, all of them where the seed decides


def test_a_search_can_be_repeated_exactly_with_the_key_of_the_first(tmp_path, made):
    first, path = made
    VaultKey.at(path / "sealed" / "key").write(tmp_path / "again.lab")
    again = search(tmp_path / "again.lab", vault=0.25)
    assert again.expect.value == first.expect.value
    assert again.search == first.search


def test_the_key_is_its_owners_alone_and_in_no_record(made):
    _, path = made
    file = path / "sealed" / "key"
    assert (file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (0, 0)
    secret = VaultKey.at(file).secret
    others = [other.read_bytes() for other in path.rglob("*") if other.is_file() and other != file]
    assert not any(secret in content or secret.hex().encode() in content for content in others)
    assert secret.hex() not in repr(VaultKey.at(file))


def test_after_an_opening_labels_of_the_vault_lie_where_their_owner_alone_may_read(made):
    _, path = made
    y = vault_of(path).rows(("no", "yes"), seed=0).y
    forms = [y.astype(kind).tobytes() for kind in ("i1", "i4", "i8", "f4", "f8")]
    files = [file for file in path.rglob("*") if file.is_file()]
    assert len(files) > 20
    found = [file for file in files if any(form in file.read_bytes() for form in forms)]
    assert found
    assert {file.relative_to(path).parts[0] for file in found} == {"sealed"}
    assert not is_open_to_others(path)
    assert not (path / "whole").exists()


def test_whatever_the_umask_what_is_sealed_is_its_owners_alone(tmp_path):
    usual = os.umask(0)
    try:
        VaultKey.drawn().write(tmp_path)
        put_sealed(tmp_path, np.arange(3))
    finally:
        os.umask(usual)
    sealed = tmp_path / "sealed"
    assert [path for path in (sealed, *sealed.rglob("*")) if path.stat().st_mode & 0o077] == []


@pytest.mark.slow
def test_modes_that_a_copy_lost_are_said_and_put_right(tmp_path, made):
    path = shutil.copytree(made[1], tmp_path / "shop.lab")
    (path / "sealed").chmod(0o755)
    with closing(Lab.open(path)) as lab:
        found = lab.audit()
    assert found.ok
    assert any("chmod" in remark for check in found.checks for remark in check.remarks)
    heard = []
    search(path, 4, vault=0.25, listener=heard.append)
    assert [one.notice.code for one in heard if isinstance(one, Noted)].count("vault/was-readable") == 1
    assert not is_open_to_others(path)
    with closing(Lab.open(path)) as lab:
        assert not any("chmod" in remark for check in lab.audit().checks for remark in check.remarks)


def test_labels_of_an_opening_that_were_edited_or_taken_away_are_a_finding(tmp_path, made):
    path = shutil.copytree(made[1], tmp_path / "shop.lab")
    with closing(Lab.open(path)) as lab:
        key = lab.state.certified.truth
    file = path / "sealed" / key[:2] / f"{key}.npy"
    np.save(file, 1 - np.load(file))
    with closing(Lab.open(path)) as lab:
        assert not lab.audit().ok
    file.unlink()
    with closing(Lab.open(path)) as lab:
        assert not lab.audit().ok


def test_a_lab_without_its_key_says_so(tmp_path, made):
    _, path = made
    lab = tmp_path / "shop.lab"
    shutil.copytree(path, lab)
    (lab / "sealed" / "key").unlink()
    with pytest.raises(AssayError, match="sealed/key is gone"):
        search(lab, 4)
    assert not Lab.open(lab).audit().ok
    VaultKey.drawn().write(lab)
    with pytest.raises(AssayError, match="is not the key"):
        search(lab, 4)


@pytest.mark.slow
def test_a_longer_search_pays_for_the_second_opening(tmp_path):
    path = tmp_path / "shop.lab"
    first = search(path, 3, vault=0.25)
    second = search(path, 4)  # the lab knows that it has a vault
    assert (first.expect.level, second.expect.level) == (0.95, 1 - 0.05 / 4)
    assert second.vault.openings == 2
    third = search(path, 5, without=FAMILIES | {"lightgbm"})  # somebody who saw three numbers asks for another search
    assert 1 - third.expect.level == pytest.approx(0.05 / 9 / 2**24, rel=1e-5)
    assert Lab.open(path).audit().ok


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


@pytest.mark.parametrize("kind", ["end", "opening"])
def test_a_search_that_was_killed_before_its_vault_had_spoken_lets_it_speak(
    tmp_path, made, cut_ledger, kind, monkeypatch
):
    monkeypatch.setenv("ASSAY_HISTORY", "off")  # in which the lab that this one is copied from has told its figure
    path = shutil.copytree(made[1], tmp_path / "shop.lab")
    with_records = Lab.open(path)
    last = [record.number for record in with_records.ledger.records() if record.kind == kind][-1]
    with_records.close()
    cut_ledger(path, last)
    again = search(path, vault=0.25)
    assert again.expect.certified
    assert again.expect.level == pytest.approx(0.95)  # the same model on the same rows: the look that began is ended


@pytest.mark.slow
def test_a_search_that_was_killed_before_it_said_that_there_is_a_vault_says_so_when_it_goes_on(
    tmp_path, made, cut_ledger
):
    summary, kept = made
    path = shutil.copytree(kept, tmp_path / "shop.lab")
    cut_ledger(path, 1)
    again = search(path, vault=0.25)
    assert (again.vault, again.expect) == (summary.vault, summary.expect)
    lab = Lab.open(path)
    assert [record.kind for record in lab.ledger.records()][:4] == ["task", "rows", "vault", "session"]
    assert lab.audit().ok
    lab.close()
