"""Twin labs: each half of the rows certifies a search on the other; what ships saw all of them and says so."""

import shutil
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.errors import AssayError
from assay.core.figure import Difference, Figure
from assay.data.options import TaskOptions
from assay.evidence.combined_halves import combined_figure, combined_gain, error_of, is_found
from assay.journal.twin_record import twin_record
from assay.journal.vault_record import CertifiedRecord
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.predictor.predictor import Predictor
from assay.predictor.storage import read_bundle, write_bundle
from assay.report.brief_text import provenance, vault_sentences
from assay.search.settings import FitSettings
from assay.vault.key import VaultKey, has_key

SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn", "lightgbm"})


def shop(n=260, seed=0):
    rng = np.random.default_rng(seed)
    age = rng.normal(40, 9, n)
    bought = rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 6))
    return pd.DataFrame({"age": age, "noise": rng.normal(size=n), "bought": np.where(bought, "yes", "no")})


def search(path, *, order_by=None, **settings):
    wanted = {"budget": Budget(experiments=3), "out": str(path), "without": SLOW, "twin": True, **settings}
    return fit(
        shop(), TaskOptions(target="bought", order_by=order_by), FitSettings(**wanted),
        context=RunContext(inline=True, write_brief=False),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "shop.lab"
    return search(path), path


def test_the_figure_is_the_mean_of_what_the_halves_certified(made):
    summary, path = made
    halves = []
    for side in "ab":
        lab = Lab.open(path / "twins" / f"{side}.lab")
        halves.append(lab.state.certified.figure)
        assert lab.state.certified.shipped == "the certified model itself: as asked"
        lab.close()
    assert summary.expect.origin == "twin"
    assert summary.expect.certified
    assert summary.expect.value == pytest.approx(np.mean([half.value for half in halves]))
    assert summary.expect.rows == sum(half.rows for half in halves) == 260
    assert Predictor.load(path / "model").expected == summary.expect


def test_each_twin_is_certified_by_the_rows_the_other_searched(made):
    _, path = made
    seen = []
    for side in "ab":
        table = Lab.open(path / "twins" / f"{side}.lab").folder.table
        seen.append(set(np.asarray(table.numeric).ravel().tolist()))
    assert not seen[0] & seen[1]
    assert len(Lab.open(path).folder.target) == 260


def test_the_search_on_all_rows_begins_with_what_the_twins_kept(made):
    summary, path = made
    lab = Lab.open(path)
    first = lab.entry(1).experiment
    assert first.by == "twin"
    assert "does it hold on all" in first.question
    assert summary.vault.kind == "twin"
    assert "kept by a twin, itself not tested" in summary.vault.shipped
    assert "Twin labs" in provenance(summary)
    assert any("half of the rows" in sentence for sentence in vault_sentences(summary))
    lab.close()


def test_an_audit_makes_the_figure_again_from_the_twins(made, tmp_path):
    _, path = made
    copy = shutil.copytree(path, tmp_path / "shop.lab")
    lab = Lab.open(copy)
    found = lab.audit()
    assert found.ok
    assert next(check.checked for check in found.checks if check.name == "vault") >= 6
    shutil.rmtree(copy / "twins" / "b.lab")
    assert not lab.audit().ok
    lab.close()


def test_the_same_call_again_changes_nothing(made):
    summary, path = made
    assert search(path).expect == summary.expect


@pytest.mark.slow
def test_twins_can_be_repeated_exactly_with_the_key_of_the_first(made, tmp_path):
    summary, path = made
    again = search(tmp_path / "again.lab", vault_key=path / "sealed" / "key")
    assert again.expect.value == summary.expect.value
    assert (summary.expect.level, again.expect.level) == (0.95, 1 - 0.05 / 4)  # their rows were opened before


def test_a_lab_is_not_replaced_by_twins_that_would_forget_what_it_told(made):
    _, path = made
    with pytest.raises(AssayError, match="knows what was told of the rows"):
        search(path, force=True, vault_key=path / "sealed" / "key")
    assert Lab.open(path).state.twin is not None


def test_rows_in_order_of_time_and_a_vault_beside_are_refused(tmp_path):
    with pytest.raises(AssayError, match="halves the rows by lot"):
        search(tmp_path / "shop.lab", order_by="age")
    with pytest.raises(AssayError, match="needs no vault"):
        search(tmp_path / "shop.lab", vault=0.2)
    assert not (tmp_path / "shop.lab").exists()


# -- interruptions --------------------------------------------------------------------------------------------------


@pytest.fixture
def copied(made, tmp_path):
    return shutil.copytree(made[1], tmp_path / "shop.lab")


@pytest.mark.slow
def test_a_search_on_all_rows_that_was_killed_before_it_asked_begins_with_what_the_twins_kept(made, copied, cut_ledger):
    cut_ledger(copied, 1)
    assert search(copied).expect == made[0].expect
    lab = Lab.open(copied)
    assert lab.entry(1).experiment.by == "twin"
    assert lab.audit().ok
    lab.close()


def test_the_model_promises_what_the_twins_say_also_where_a_kill_came_before_it_was_told(made, copied):
    lab = Lab.open(copied)
    own = lab.state.end.expect
    lab.close()
    bundle, _ = read_bundle(copied / "model")
    write_bundle(replace(bundle, passport=replace(bundle.passport, expected=own)), copied / "model")
    assert Predictor.load(copied / "model").expected != made[0].expect
    search(copied)
    assert Predictor.load(copied / "model").expected == made[0].expect


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit to the size of files")
def test_a_key_that_found_no_space_leaves_nothing_that_would_be_taken_for_one(tmp_path):
    """With half of a key, or none, in the file the same command would be refused for good."""
    import resource

    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))
    try:
        with pytest.raises(AssayError, match="cannot be written"):
            VaultKey.drawn().write(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert not has_key(tmp_path)
    VaultKey.drawn().write(tmp_path)
    assert [file.name for file in (tmp_path / "sealed").iterdir()] == ["key"]
    assert (tmp_path / "sealed" / "key").stat().st_mode & 0o777 == 0o600


def test_a_disk_that_is_full_before_the_last_search_takes_no_twin_away(made, copied):
    """Its rows cannot be stored where a folder stands in the place of a file."""
    shutil.rmtree(copied / "data")
    for file in copied.glob("ledger.sqlite*"):
        file.unlink()
    SqliteLedger.open(copied).close()
    (copied / "data" / "y.npy").mkdir(parents=True)
    with pytest.raises(AssayError, match="cannot be written"):
        search(copied)
    assert sorted(file.name for file in (copied / "twins").iterdir()) == ["a.lab", "b.lab"]
    assert search(copied).expect == made[0].expect


# -- on numbers -----------------------------------------------------------------------------------------------------


def half(value, error, level=0.95):
    return Figure(
        value=value, metric="roc_auc", origin="vault", rows=100, low=value - 1.959964 * error,
        high=value + 1.959964 * error, level=level,
    )  # fmt: skip


def test_halves_that_agree_give_their_mean_error_halves_that_do_not_the_larger():
    near = combined_figure([half(0.80, 0.02), half(0.81, 0.03)], bounds=(0.0, 1.0), level=0.05)
    assert near.high - near.low == pytest.approx(2 * 1.959964 * 0.025)
    far = combined_figure([half(0.70, 0.02), half(0.90, 0.02)], bounds=(0.0, 1.0), level=0.05)
    assert far.high - far.low == pytest.approx(2 * 1.959964 * 0.10)


def certified(level, e=30.0):
    gain = Difference(origin="oof", value=0.01, sigma=0.004, df=99, n_units=100, low=0.0, high=0.02, p=0.01, e=e)
    return CertifiedRecord(
        opening=2, figure=half(0.8, 0.02, level=1 - level), optimism=None, against=gain, finding=False, why="",
        shipped="", prediction="", truth="",
    )  # fmt: skip


def test_what_openings_cost_is_asked_of_figure_and_finding_alike():
    def together(level):
        return twin_record([certified(0.05), certified(level)], bounds=(0.0, 1.0), tried_first=1, n_rows=200)

    first, later = together(0.05), together(0.05 / 4 / 2**10)
    assert (first.finding, later.finding) == (True, False)
    assert first.figure.level == 0.95
    assert 1 - later.figure.level == pytest.approx(0.05 / 4 / 2**10)
    assert later.figure.high - later.figure.low > 1.2 * (first.figure.high - first.figure.low)
    assert later.why.endswith("e 30, 81,920 asked")
    told_too_much = together(1e-18)
    assert (told_too_much.finding, told_too_much.figure.low) == (False, None)


def test_an_end_that_was_cut_at_a_bound_does_not_make_a_half_surer():
    cut = Figure(value=0.99, metric="roc_auc", origin="vault", rows=100, low=0.97, high=1.0)
    assert error_of(cut) == pytest.approx(0.02 / 1.959964)


def test_two_dependent_halves_are_covered_as_often_as_promised():
    rng = np.random.default_rng(0)
    covered = []
    for correlation in (0.0, 0.9):
        errors = rng.multivariate_normal([0, 0], 0.02**2 * np.array([[1, correlation], [correlation, 1]]), 2000)
        for one, other in 0.8 + errors:
            found = combined_figure([half(one, 0.02), half(other, 0.02)], bounds=(0.0, 1.0), level=0.05)
            covered.append(found.low <= 0.8 <= found.high)
        assert np.mean(covered) >= 0.945


def test_a_mean_of_e_values_is_asked_for_twenty():
    def gain(e):
        return Difference(origin="oof", value=0.01, sigma=0.004, df=99, n_units=100, low=0.0, high=0.02, p=0.01, e=e)

    assert is_found(combined_gain([gain(39.0), gain(1.0)]), level=0.05)
    assert not is_found(combined_gain([gain(30.0), gain(1.0)]), level=0.05)
    assert combined_gain([gain(39.0), None]) is None


def test_a_lab_whose_twins_are_still_at_work_says_so(made, tmp_path):
    _, path = made
    (tmp_path / "shop.lab").mkdir()
    shutil.copy(path / "ledger.sqlite", tmp_path / "shop.lab")
    (tmp_path / "shop.lab" / "twins").mkdir()
    with pytest.raises(AssayError, match="waits for its twins"):
        Lab.open(tmp_path / "shop.lab")
