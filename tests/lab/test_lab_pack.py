"""A packed lab opens, audits and replays elsewhere; what is damaged, missing or too much is named."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import sys
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assay.core.errors import LabError, StorageError, UsageError
from assay.journal.packed import MANIFEST, is_inside
from assay.journal.source_stamp import Stamp
from assay.journal.steering_records import MessageRecord
from assay.lab.lab import Lab
from assay.lab.pack import left_behind, pack
from assay.lab.send_message import send
from assay.lab.unpack import unpack
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.steering.inbox import Inbox, new_id
from each import each
from lab.sessions_by_hand import begin


@pytest.fixture(scope="module")
def packed(finished, tmp_path_factory):
    """The file of a small finished lab."""
    out = tmp_path_factory.mktemp("packed") / "shop.zip"
    pack(finished, out)
    return out


def rewritten(packed, to, change):
    """A copy of a pack whose members (name → bytes) were changed."""
    with zipfile.ZipFile(packed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(to, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return to


def listed(members, **changes):
    """Change fields of the list of files."""
    members[MANIFEST] = json.dumps(json.loads(members[MANIFEST]) | changes).encode()


def with_file(members, name, data):
    """Add a file to a pack and its list."""
    members[name] = data
    entry = {"path": name, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    listed(members, files=[*json.loads(members[MANIFEST])["files"], entry])


def test_a_lab_goes_through_a_file_and_opens_audits_and_replays_elsewhere(finished, packed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(Lab.open(finished)) as lab:
        scores = [(row.number, row.score.value) for row in lab.board().rows]
    place, manifest = unpack(packed)
    assert place == tmp_path / "shop.lab"
    assert manifest.lab == "shop.lab"
    with closing(Lab.open(place)) as lab:
        assert [(row.number, row.score.value) for row in lab.board().rows] == scores
        assert lab.state.tip.text == manifest.head
        found = lab.audit()
        assert found.ok, [check.differ for check in found.checks]
        replayed = lab.replay()
        assert replayed.ok
        assert replayed.replayed > 0


def test_nothing_of_the_folder_it_came_from_is_needed(finished, tmp_path):
    away = tmp_path / "away"
    shutil.copytree(finished.parent, away)
    pack(away / "shop.lab", tmp_path / "a.zip")
    shutil.rmtree(away)
    place, _ = unpack(tmp_path / "a.zip", tmp_path / "b.lab")
    with closing(Lab.open(place)) as lab:
        assert lab.audit().ok
        assert lab.replay(2).ok


def test_the_same_lab_gives_the_same_bytes_and_caches_stay_behind(finished, packed, tmp_path):
    pack(finished, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
    assert names[0] == MANIFEST
    tops = {name.split("/")[0] for name in names}
    assert {"ledger.sqlite", "artifacts", "data", "model"} <= tops
    assert not tops & {"cache", "work", "sealed", "writer.lock", "ledger.sqlite-wal", "ledger.sqlite-shm", "inbox"}


def test_a_lab_that_is_worked_on_is_not_packed(finished, tmp_path):
    copy = tmp_path / "busy.lab"
    shutil.copytree(finished, copy)
    with closing(SqliteLedger.open(copy)), pytest.raises(LabError, match=r"busy\.lab"):
        pack(copy, tmp_path / "busy.zip")
    assert not (tmp_path / "busy.zip").exists()


def test_what_is_there_is_not_replaced_unless_asked(finished, packed, tmp_path):
    out = tmp_path / "a.zip"
    out.write_text("mine")
    with pytest.raises(StorageError, match=r"a\.zip exists already"):
        pack(finished, out)
    pack(finished, out, force=True)
    assert out.read_bytes() == packed.read_bytes()
    (tmp_path / "there.lab").mkdir()
    with pytest.raises(StorageError, match=r"there\.lab exists already"):
        unpack(packed, tmp_path / "there.lab")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_lab_that_holds_a_link_is_refused(finished, tmp_path):
    copy = tmp_path / "linked.lab"
    shutil.copytree(finished, copy)
    (copy / "notes.txt").symlink_to("/etc/hostname")
    with pytest.raises(StorageError, match=r"notes\.txt is no file but a link"):
        pack(copy, tmp_path / "linked.zip")
    (copy / "notes.txt").rename(copy / "artifacts" / "notes.txt")
    with pytest.raises(LabError, match=r"notes\.txt is a link"):
        pack(copy, tmp_path / "linked.zip")


def an_artifact(members):
    return next(name for name in members if name.startswith("artifacts/"))


def drop(members):
    del members[an_artifact(members)]


def swap(members):
    name = an_artifact(members)
    members[name] = bytes(len(members[name]))


def cut(members):
    members[an_artifact(members)] = members[an_artifact(members)][:-1]


def lengthen(members):
    members[an_artifact(members)] += b"0"


def no_list(members):
    del members[MANIFEST]


DAMAGES = [
    (drop, "artifacts/.* is missing"), (swap, "artifacts/.* is not the file that was packed"),
    (cut, "artifacts/.* is not the file"), (lengthen, "artifacts/.* is not the file"),
    (lambda m: m.update({"artifacts/more.npy": b"x"}), "'artifacts/more.npy' is in it and not in its list"),
    (lambda m: m.update({"../evil": b"x"}), r"'\.\./evil' is in it and not in its list"),
    (no_list, "no packed lab, as it has no packed.json"),
    (lambda m: m.update({MANIFEST: b"{}"}), "it is of no packed lab"),
    (lambda m: m.update({MANIFEST: b"not json"}), "it is of no packed lab"),
    (lambda m: listed(m, version=99), "format 99, made by a newer Assay"),
    (lambda m: listed(m, head="3:" + "0" * 32), "its ledger ends at"),
    (lambda m: listed(m, lab="../up"), "names no folder"),
    (lambda m: with_file(m, "../evil", b"x"), "no path inside a lab"),
    (lambda m: with_file(m, "/tmp/evil", b"x"), "no path inside a lab"),
    (lambda m: with_file(m, "a\\b", b"x"), "no path inside a lab"),
    (lambda m: with_file(m, "LEDGER.sqlite", b"x"), "is in it twice"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), DAMAGES)
def test_a_pack_that_is_not_as_it_was_written_is_refused_by_name(packed, tmp_path, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.parent.iterdir())
    changed = rewritten(packed, tmp_path / "changed.zip", change)
    with pytest.raises(LabError, match=words) as error:
        unpack(changed)
    assert error.value.do
    assert [path.name for path in tmp_path.iterdir()] == ["changed.zip"], "nothing is left of it"
    assert set(tmp_path.parent.iterdir()) == before, "nothing was written beside it"


def test_a_link_in_a_pack_is_refused(packed, tmp_path):
    with zipfile.ZipFile(packed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = an_artifact(members)
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        for other, data in members.items():
            info = zipfile.ZipInfo(other)
            info.external_attr = ((stat.S_IFLNK if other == name else stat.S_IFREG) | 0o777) << 16
            archive.writestr(info, data)
    with pytest.raises(LabError, match="is a link"):
        unpack(tmp_path / "link.zip", tmp_path / "x.lab")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_in_place_of_a_pack_is_answered_in_a_sentence(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="is a pipe, not a file"):
        unpack(tmp_path / "pipe")


@each(
    "name",
    ["inbox/1.json", "work/3-p1-f0.state", "cache/x/steps.json", "sealed/key", "assay.toml", "data/assay.toml",
     "data/text_models.json", "writer.lock", "research.log", "ledger.sqlite-wal", "notes.txt", "Inbox/1.json",
     "artifacts/ab/run.py", "model/sitecustomize.py", "twins/a.lab/ledger.sqlite",
     "data/code/ratio.py", "brief.html/x", ".assay.toml"],
)  # fmt: skip
def test_a_file_that_no_pack_has_is_refused_by_name(packed, tmp_path, name):
    changed = rewritten(packed, tmp_path / "planted.zip", lambda members: with_file(members, name, b"{}"))
    with pytest.raises(LabError, match=f"'{re.escape(name)}' is no file that a packed lab has"):
        unpack(changed, tmp_path / "x.lab")
    assert not (tmp_path / "x.lab").exists()


@each("planted", ["create trigger seen after insert on record begin select 1; end", "create view more as select 1"])
def test_a_ledger_in_a_pack_with_triggers_or_views_is_refused(packed, tmp_path, planted):
    def plant(members):
        (tmp_path / "ledger").write_bytes(members["ledger.sqlite"])
        with closing(sqlite3.connect(tmp_path / "ledger")) as base:
            base.execute(planted)
        del members["ledger.sqlite"]
        listed(members, files=[f for f in json.loads(members[MANIFEST])["files"] if f["path"] != "ledger.sqlite"])
        with_file(members, "ledger.sqlite", (tmp_path / "ledger").read_bytes())

    changed = rewritten(packed, tmp_path / "planted.zip", plant)
    with pytest.raises(LabError, match=r"its ledger.sqlite is refused .*which Assay never made"):
        unpack(changed, tmp_path / "x.lab")
    assert not (tmp_path / "x.lab").exists()


def everything_in(file):
    """All bytes of a pack, unpacked."""
    with zipfile.ZipFile(file) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def test_a_pack_names_no_place_and_nobody_and_what_is_not_assays_stays(finished, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/jane.doe")
    monkeypatch.setenv("LOGNAME", "jane.doe")
    lab = tmp_path / "place" / "shop.lab"
    shutil.copytree(finished, lab)
    stamp = replace(Stamp.read(lab), path=str(tmp_path / "place" / "shop.csv"))
    stamp.write(lab)
    (lab / "notes.txt").write_text("by jane.doe")
    (lab / "data" / "text_models.json").write_text(json.dumps({"folders": ["/home/jane.doe/encoder"], "store": None}))
    assert send(lab, "say", text="never use age").answer is not None
    pack(lab, tmp_path / "a.zip")
    for private in (str(tmp_path), "jane.doe"):
        assert private.encode() not in everything_in(tmp_path / "a.zip")
    assert left_behind(lab) == ("notes.txt",)
    place, _ = unpack(tmp_path / "a.zip", tmp_path / "b.lab")
    assert Stamp.read(place) == replace(stamp, path="shop.csv")
    with closing(Lab.open(place)) as opened:
        assert opened.audit().ok


def test_records_that_name_places_or_people_are_packed_when_asked(finished, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/jane.doe")
    for number, told in enumerate(({"by": "jane"}, {"text": "read /home/jane.doe/notes.md"})):
        lab = tmp_path / f"{number}.lab"
        shutil.copytree(finished, lab)
        message = MessageRecord(id=new_id(), kind="say", **{"text": "never use age", **told})
        Inbox(lab).put(message)
        send(lab, "undo", number=99)
        with pytest.raises(LabError, match=r"names (who sent it, jane|/home/jane\.doe), which everybody") as caught:
            pack(lab, tmp_path / "a.zip")
        assert "--with-names" in caught.value.do[0]
        pack(lab, tmp_path / f"{number}.zip", with_names=True)
        assert Stamp.read(unpack(tmp_path / f"{number}.zip", tmp_path / "out.lab")[0]) == Stamp.read(lab)
        shutil.rmtree(tmp_path / "out.lab")


@pytest.mark.parametrize("keep", [100, 0.5])
def test_a_pack_that_was_cut_off_is_refused(packed, tmp_path, keep):
    data = packed.read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: int(keep * len(data)) if isinstance(keep, float) else keep])
    with pytest.raises(LabError, match=r"cut\.zip: it is no packed lab, or was cut off"):
        unpack(tmp_path / "cut.zip", tmp_path / "x.lab")
    assert not (tmp_path / "x.lab").exists()


def test_bytes_that_flipped_on_the_way_are_found(packed, tmp_path):
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(bytes(data))
    with pytest.raises(LabError, match=r"flipped\.zip"):
        unpack(tmp_path / "flipped.zip", tmp_path / "x.lab")
    assert not (tmp_path / "x.lab").exists()


@pytest.mark.parametrize("name", ["a/b", "ledger.sqlite", "artifacts/0a/x.npy"])
def test_paths_inside_a_lab(name):
    assert is_inside(name)


@each("name", ["", ".", "..", "/a", "a/../b", "a//b", "a/", "./a", "C:/a", "a\\b", "a\0b", "a/."])
def test_paths_that_leave_a_lab_or_mean_something_else_elsewhere(name):
    assert not is_inside(name)


@pytest.mark.slow
def test_the_vaults_key_stays_behind_unless_asked_and_the_audit_says_so(big):
    begin(experiments=3, vault=0.3)
    lab = Path("shop.lab")
    with closing(Lab.open(lab)) as opened:
        assert opened.state.certified is not None
    assert not pack(lab, Path("plain.zip")).with_vault
    assert pack(lab, Path("whole.zip"), with_vault=True).with_vault
    with closing(Lab.open(unpack(Path("plain.zip"), Path("plain.lab"))[0])) as opened:
        assert not (opened.path / "sealed").exists()
        vault = next(check for check in opened.audit().checks if check.name == "vault")
        assert (vault.ok, vault.checked, vault.unknown) == (True, 0, 1)
        assert "packed without the key" in vault.remarks[0]
        shutil.rmtree(lab / "sealed")
    with closing(Lab.open(lab)) as opened:
        assert not opened.audit().ok, "a key that was taken away is a finding, where no pack explains it"
    with closing(Lab.open(unpack(Path("whole.zip"), Path("whole.lab"))[0])) as opened:
        vault = next(check for check in opened.audit().checks if check.name == "vault")
        assert vault.ok
        assert vault.checked > 0
        if os.name == "posix":
            assert not (opened.path / "sealed" / "key").stat().st_mode & 0o077
