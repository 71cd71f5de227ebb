"""Whatever is done to a lab's files is found, and named; what is left undone is not. The long version is
benchmarks/attacks.py."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from assay.audit.audit import audit_at
from assay.cli import main as cli
from assay.core.clock import Budget
from assay.core.errors import LabError
from assay.journal.digest_records import BundleRecord
from assay.journal.lab_list import LabList
from assay.lab.lab import Lab
from assay.lab.lab_folder import is_nothing_left
from assay.ledger.anchor import Anchor, NotedHead
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.search.settings import FitSettings
from attacks import TAMPERS
from attacks_hand import base, cut, forge, head_of, lines, number_of
from attacks_labs import PLAIN, SLOW, VAULT, make, search

KINDS = (PLAIN, VAULT)
SOME = (
    "a model with its signs turned, its list hashed anew", "the same, and the ledger made to say so",
    "a passport that claims a vault of 99,999 rows", "a passport with the threshold 0.01", "numbers of the rows edited",
    "the headline of brief.html polished", "a line taken out of brief.md", "all times a day later, rechained",
    "a member dropped, the others weighed up", "an experiment left out whole, rechained",
    "a fold left out, rechained", "the choice left out, rechained", "a result put in twice, rechained",
    "an experiment put in that was never run, rechained", "all dropped from the end on",
    "the question cut in half", "a pipe in the place of labels", "labels deleted", "a kind that is a number",
    "a body nested 90,000 deep", "the table of records dropped", "the ledger's file cut in half",
    "what ships exchanged for the certified model", "the vault's key deleted", "the opening left out, rechained",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Labs as they were made, by kind; looked at, never changed."""
    folder = tmp_path_factory.mktemp("whole")
    for kind in KINDS:
        make(kind, folder / f"{kind}.lab")
        assert audit_at(folder / f"{kind}.lab").ok
    return {kind: folder / f"{kind}.lab" for kind in KINDS}


@pytest.fixture
def copied(whole, tmp_path):
    """copied(kind): a copy that may be tampered with."""
    return lambda kind: Path(shutil.copytree(whole[kind], tmp_path / f"{kind}.lab"))


def head_at(path, noted=""):
    return audit_at(path, noted=lambda records: [NotedHead(anchor=Anchor.parse(noted), where="noted")] if noted else [])


@pytest.mark.parametrize("name", SOME)
def test_what_was_tampered_with_is_found(copied, name):
    tamper = next(one for one in TAMPERS if one.name == name)
    path = copied(tamper.lab)
    tamper.act(path)
    found = audit_at(path)
    assert not found.ok
    assert all(one.what for check in found.checks for one in check.differ)


def test_records_that_were_cut_off_are_found_by_a_head_noted_before(copied):
    path = copied(PLAIN)
    head = head_of(path)
    for name in ("model", "brief.md", "brief.html"):  # which carry heads of their own
        shutil.rmtree(path / name) if (path / name).is_dir() else (path / name).unlink()
    assert head_at(path, head).ok
    cut(path, number_of(path, "end") - 1)
    assert head_at(path).ok, "nothing inside the folder can tell"
    (check,) = (check for check in head_at(path, head).checks if not check.ok)
    assert (check.name, "records were cut off" in check.differ[0].what) == ("heads", True)


@pytest.mark.parametrize("experiments", [4, 6], ids=["nothing left to do", "to go on"])
@pytest.mark.parametrize(
    "act", ["update record set at = '2020-01-01' where number = 12", "delete from record where number = 12"]
)
def test_nothing_is_added_to_a_ledger_that_was_changed_and_no_summary_is_told_of_it(copied, act, experiments):
    path = copied(PLAIN)
    with base(path) as connection:
        connection.execute(act)
    before = (path / "ledger.sqlite").read_bytes()
    with pytest.raises(LabError, match=r"is broken at record 1[23]"):
        search(path, experiments=experiments)
    assert (path / "ledger.sqlite").read_bytes() == before


@pytest.mark.slow
def test_a_head_holds_however_long_the_ledger_grew_since(copied):
    path = copied(PLAIN)
    head = head_of(path)
    search(path, experiments=5)
    assert len(lines(path)) > Anchor.parse(head).number
    assert head_at(path, head).ok
    assert head_at(path, head.partition(":")[2][:16]).ok, "a hash is enough"
    assert not head_at(path, "3:" + "0" * 32).ok


@pytest.mark.parametrize("text", ["", "x", "12", "97:", "97:12ab", "0x" + "a" * 30])
def test_what_is_no_head_is_refused_with_what_prints_one(text, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["audit", "lab", "--head", text]) == 2
    assert "assay status LAB" in capsys.readouterr().err


def test_the_list_of_labs_keeps_a_head_that_a_cut_ledger_no_longer_has(copied, tmp_path):
    path, history = copied(PLAIN), LabList(tmp_path / "labs.json")
    noted(history, path)
    cut(path, number_of(path, "end") - 1)
    noted(history, path)  # used again, as by any command: what it knew is not forgotten
    found = audit_at(path, noted=lambda records: history.noted(path, records))
    faults = [one.what for check in found.checks for one in check.differ if check.name == "heads"]
    assert any(fault.startswith("the list of labs used here: the ledger ends at") for fault in faults)


def test_records_cut_off_are_found_though_the_lab_was_moved(copied, tmp_path):
    path, history = copied(PLAIN), LabList(tmp_path / "labs.json")
    noted(history, path)
    cut(path, number_of(path, "end") - 1)
    moved = path.rename(tmp_path / "elsewhere.lab")
    found = audit_at(moved, noted=lambda records: history.noted(moved, records))
    faults = [one.what for check in found.checks for one in check.differ if check.name == "heads"]
    assert any(fault.startswith("the list of labs used here: the ledger ends at") for fault in faults)


def test_a_lab_that_was_made_anew_in_its_place_is_a_remark_and_no_finding(copied, tmp_path):
    path, history = copied(PLAIN), LabList(tmp_path / "labs.json")
    noted(history, path)
    shutil.rmtree(path)
    search(path, experiments=2, write_brief=False)
    found = audit_at(path, noted=lambda records: history.noted(path, records))
    assert found.ok
    assert any("another lab lay here before" in remark for check in found.checks for remark in check.remarks)


def noted(history, path):
    ledger = SqliteLedger.open(path, write=False)
    history.add(path, ledger)
    ledger.close()


# -- the same command again --------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_fit_again_adds_no_record(copied, kind):
    path = copied(kind)
    before = lines(path)
    again(path, kind)
    assert lines(path) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_was_deleted_is_brought_back_without_a_fit_or_an_opening(copied, whole, kind):
    path = copied(kind)
    before = lines(path)
    shutil.rmtree(path / "model")
    again(path, kind)
    assert lines(path) == before
    files = [file.relative_to(whole[kind]) for file in (whole[kind] / "model").rglob("*") if file.is_file()]
    assert all((path / file).read_bytes() == (whole[kind] / file).read_bytes() for file in files)
    assert audit_at(path).ok


def again(path, kind):
    search(path, **({"vault": 0.25} if kind == VAULT else {}))


@pytest.mark.parametrize("stopped_by", ["time", "patience"])
def test_time_that_was_kept_back_is_no_reason_to_search_on(whole, stopped_by):
    lab = Lab.open(whole[VAULT])
    state = lab.state
    state.end = replace(state.end, stopped_by=stopped_by)
    state.session = replace(state.session, seconds=60.0, experiments=None)
    state.seconds = 48.0  # the search ended before its time, as the opening might take longer than it did
    state.entries[3].result = None  # cut off
    state.index.note(state.entries[3], record=state.last_record)
    lab.close()
    same = FitSettings(budget=Budget(seconds=60.0), vault=0.25, without=SLOW)
    assert is_nothing_left(state, same)
    assert is_nothing_left(state, replace(same, budget=Budget(seconds=30.0)))
    for other in ({"budget": Budget(seconds=90.0)}, {"without": frozenset()}, {"preset": "fast"}):
        assert not is_nothing_left(state, replace(same, **other))


@pytest.mark.parametrize("name", ["task.json", "layout.json"])
@pytest.mark.parametrize("text", ["{", '{"n_rows": "many"}', "[" * 90_000])
def test_a_damaged_question_is_an_error_that_names_the_file_in_every_command(copied, name, text, capsys):
    path = copied(PLAIN)
    (path / "data" / name).write_text(text)
    for command in (["status", str(path)], ["leaderboard", str(path)]):  # which need no rows
        assert cli.main(command) == (2 if name == "task.json" else 0)
        assert name == "layout.json" or f"{name} is damaged" in " ".join(capsys.readouterr().err.split())
    assert cli.main(["audit", str(path)]) == 1
    assert name in capsys.readouterr().out


@pytest.mark.parametrize("folder", ["../elsewhere", "/tmp/elsewhere", "data", ""])
def test_a_ledger_of_a_stranger_names_no_folder_outside_the_lab(folder):
    with pytest.raises(ValueError, match="lies in model or certified"):
        BundleRecord(folder=folder, files=(), copy="", answers="", arithmetic="")


@pytest.mark.parametrize("name", ["../sitecustomize.py", "/etc/passwd", "a/../../b", ""])
def test_a_ledger_of_a_stranger_names_no_file_outside_a_model(name):
    with pytest.raises(ValueError, match="no name of a file"):
        BundleRecord(folder="model", files=((name, "0"),), copy="", answers="", arithmetic="")


def halved(path, kinds=("result", "fold")):
    """All times of these records halved, every hash made to fit."""

    def change(known):
        for line in known:
            if line.kind in kinds:
                for name in ("wall_seconds", "cpu_seconds"):
                    if isinstance(line.value.get(name), float):
                        line.value[name] /= 2

    forge(path, change)


def test_halved_times_are_found_by_any_head_and_by_nothing_else_as_the_page_on_trust_says(copied):
    path = copied(PLAIN)
    head = head_of(path)
    halved(path)
    assert head_of(path) != head
    assert [check.name for check in audit_at(path).checks if not check.ok], "by the heads in the model and in the brief"
    for name in ("model", "brief.md", "brief.html"):
        shutil.rmtree(path / name) if (path / name).is_dir() else (path / name).unlink()
    assert not head_at(path, head).ok, "by a head that was noted"
    trust = (Path(__file__).parents[2] / "docs/explanation/trust.md").read_text()
    assert head_at(path).ok, "if this is found, say so in trust.md"
    assert "who halves the times of a record and makes all hashes fit" in trust
