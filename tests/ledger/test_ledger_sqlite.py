"""What a lab folder survives: kills, second writers, other versions, full disks, curious hands."""

import dataclasses
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import LabError, StorageError, UsageError
from assay.ledger.lock import UNKNOWN
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.ledger.verify import verify

WRITER = """
import sys
import numpy as np
from assay.ledger.sqlite_ledger import SqliteLedger

ledger = SqliteLedger.open(sys.argv[1])
for i in range(100_000):
    key = ledger.put_array(np.array([i])) if i % 10 == 0 else None
    text = "x" * (9000 if i % 50 == 0 else 20)
    record = ledger.append("note", {"i": i, "key": key, "text": text}, durable=i % 7 == 0)
    print(record.number, flush=True)
"""
HOLDER = """
import os, sys, time
from assay.ledger.sqlite_ledger import SqliteLedger

ledger = SqliteLedger.open(sys.argv[1])
if os.fork() == 0:
    print("forked", flush=True)
    sys.stdin.read()
    os._exit(0)
os.kill(os.getpid(), 9)
"""
NO_SPACE = """
import resource, signal, sys
import numpy as np
from assay.core.errors import StorageError
from assay.ledger.sqlite_ledger import SqliteLedger

ledger = SqliteLedger.open(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

def many_records():
    for _ in range(500):
        ledger.append("note", {"x": "y" * 3000})

for write in (lambda: ledger.put_array(np.zeros(100_000)), many_records):
    try:
        write()
    except StorageError as error:
        print(error.message)
assert not list(ledger.path.rglob("*.tmp"))
"""


def start(source: str, lab: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", source, str(lab)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    return tmp_path / "churn.lab"


@pytest.mark.parametrize("seed", range(5))
def test_every_record_that_was_announced_survives_a_kill(lab: Path, seed: int) -> None:
    writer = start(WRITER, lab)
    assert writer.stdout is not None
    announced = [int(writer.stdout.readline()) for _ in range(random.Random(seed).randrange(1, 250))]
    os.kill(writer.pid, signal.SIGKILL)
    announced += [int(line) for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
    ledger = SqliteLedger.open(lab)
    records = ledger.records()
    assert len(records) >= announced[-1]
    assert verify(records) == ()
    for record in records:
        if isinstance(key := record.body["key"], str):
            assert ledger.array(key).tolist() == [record.body["i"]]
    assert not list(lab.rglob("*.tmp"))
    assert ledger.append("note", {}).number == len(records) + 1
    ledger.close()


def test_readers_see_a_growing_whole_chain_while_another_process_writes(lab: Path) -> None:
    writer = start(WRITER, lab)
    assert writer.stdout is not None
    counts = []
    for _ in range(20):
        known = int(writer.stdout.readline())
        reader = SqliteLedger.open(lab, write=False)
        records = reader.records()
        assert verify(records) == ()
        assert len(records) >= known
        assert reader.writer == writer.pid
        counts.append(len(records))
        reader.close()
    writer.kill()
    writer.communicate()
    assert counts == sorted(counts)


def test_a_second_writer_is_told_who_is_first(lab: Path) -> None:
    writer = start(WRITER, lab)
    assert writer.stdout is not None
    writer.stdout.readline()
    with pytest.raises(LabError, match=f"in use by process {writer.pid}"):
        SqliteLedger.open(lab)
    writer.kill()
    writer.communicate()
    SqliteLedger.open(lab).close()


def test_a_second_writer_in_the_same_process_is_refused_too(lab: Path) -> None:
    first = SqliteLedger.open(lab)
    assert first.writer == os.getpid()
    with pytest.raises(LabError, match="which is this one"):
        SqliteLedger.open(lab)
    first.close()
    first.close()
    second = SqliteLedger.open(lab)
    second.close()
    reader = SqliteLedger.open(lab, write=False)
    assert reader.writer is None
    reader.close()


def test_the_lock_of_a_dead_writer_is_taken_over_even_if_its_child_lives(lab: Path) -> None:
    holder = start(HOLDER, lab)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "forked\n"
    holder.wait()
    ledger = SqliteLedger.open(lab)
    assert ledger.writer == os.getpid()
    ledger.close()
    holder.communicate()


def test_an_old_file_of_format_1_is_read_and_continued(lab: Path) -> None:
    lab.mkdir()
    old = sqlite3.connect(lab / "ledger.sqlite")
    old.executescript((Path(__file__).parent / "format_1.sql").read_text())
    old.close()
    ledger = SqliteLedger.open(lab)
    assert [record.kind for record in ledger.records()] == ["task", "asked"]
    ledger.append("result", {"score": 0.5}, experiment=1)
    assert verify(ledger.records()) == ()
    ledger.close()


def test_a_lab_of_a_newer_version_is_left_alone_with_advice(lab: Path) -> None:
    SqliteLedger.open(lab).close()
    connection = sqlite3.connect(lab / "ledger.sqlite")
    connection.execute("pragma user_version = 99")
    connection.close()
    for write in (True, False):
        with pytest.raises(LabError, match=r"format 99.*newer Assay.*pip install -U"):
            SqliteLedger.open(lab, write=write)


def test_files_that_are_no_ledger_are_refused(lab: Path) -> None:
    lab.mkdir()
    (lab / "ledger.sqlite").write_text("this is not a database, " * 100)
    with pytest.raises(LabError, match="damaged or not a ledger"):
        SqliteLedger.open(lab)
    (lab / "ledger.sqlite").unlink()
    connection = sqlite3.connect(lab / "ledger.sqlite")
    connection.execute("create table bookmarks (url text)")
    connection.close()
    with pytest.raises(LabError, match="another program"):
        SqliteLedger.open(lab)


@pytest.mark.parametrize("options", [{"create": False}, {"write": False}])
def test_a_missing_lab_is_said_and_not_made(lab: Path, options: dict[str, bool]) -> None:
    with pytest.raises(LabError, match="no lab at"):
        SqliteLedger.open(lab, **options)
    assert not lab.exists()


@pytest.mark.parametrize(
    "statement",
    ["update record set body = '{}'", "delete from record", "insert or replace into record select * from record"],
)
def test_sql_by_hand_cannot_change_the_past(lab: Path, statement: str) -> None:
    ledger = SqliteLedger.open(lab)
    ledger.append("note", {"a": 1})
    ledger.append("note", {"a": 2})
    written = ledger.records()
    hand = sqlite3.connect(lab / "ledger.sqlite")
    with pytest.raises(sqlite3.DatabaseError, match=r"only grows|follow the last"):
        hand.execute(statement)
    hand.close()
    assert ledger.records() == written
    ledger.close()


def test_a_changed_a_missing_and_a_foreign_record_are_found(lab: Path) -> None:
    ledger = SqliteLedger.open(lab)
    records = [ledger.append("note", {"a": a}) for a in range(4)]
    ledger.close()
    changed = dataclasses.replace(records[1], body={"a": 100})
    assert [fault.number for fault in verify([records[0], changed, *records[2:]])] == [2]
    assert {fault.number for fault in verify([records[0], *records[2:]])} == {3}
    assert {fault.number for fault in verify(records[1:])} == {2}
    assert verify(records) == verify([]) == ()


def test_a_reader_cannot_write(lab: Path) -> None:
    SqliteLedger.open(lab).close()
    reader = SqliteLedger.open(lab, write=False)
    for write in (lambda: reader.append("note", {}), lambda: reader.put_array(np.zeros(2))):
        with pytest.raises(UsageError, match="opened for reading"):
            write()
    reader.close()


def test_a_large_body_lies_beside_the_rows(lab: Path) -> None:
    ledger = SqliteLedger.open(lab)
    ledger.append("note", {"text": "y" * 100_000})
    connection = sqlite3.connect(lab / "ledger.sqlite")
    assert connection.execute("select body from record").fetchone() == (None,)
    connection.close()
    assert ledger.records()[0].body == {"text": "y" * 100_000}
    ledger.close()


def test_unfinished_files_of_a_killed_writer_are_swept_when_the_lab_is_opened(lab: Path) -> None:
    (lab / "artifacts" / "ab").mkdir(parents=True)
    (lab / "artifacts" / "ab" / ".abc.npy.5e0f.1073741824.tmp").write_bytes(b"half")
    SqliteLedger.open(lab).close()
    assert not list(lab.rglob("*.tmp"))


def test_a_damaged_artifact_is_found_when_asked_to_check(lab: Path) -> None:
    ledger = SqliteLedger.open(lab)
    key = ledger.put_array(np.arange(5.0))
    assert ledger.array(key, check=True).tolist() == [0, 1, 2, 3, 4]
    (file,) = lab.rglob(f"{key}.npy")
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(LabError, match="damaged"):
        ledger.array(key, check=True)
    ledger.close()


def test_bytes_are_kept_under_their_hash_with_a_suffix_for_people(lab: Path) -> None:
    ledger = SqliteLedger.open(lab)
    key = ledger.put_bytes(b"model", ".txt")
    assert ledger.bytes(key, check=True) == b"model"
    assert [file.name for file in lab.rglob(f"{key}*")] == [f"{key}.txt"]
    ledger.close()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot be written"):
        SqliteLedger.open(tmp_path / "file" / "churn.lab")


def test_a_full_disk_is_a_storage_error_and_leaves_no_half_files(lab: Path) -> None:
    ended = start(NO_SPACE, lab)
    lines = ended.communicate()[0].splitlines()
    assert ended.returncode == 0
    assert len(lines) == 2
    assert all("cannot be written" in line for line in lines)
    ledger = SqliteLedger.open(lab)
    assert verify(ledger.records()) == ()
    ledger.close()


@pytest.mark.parametrize("body", ["[" * 100_000, "{", ""])
def test_a_record_whose_body_was_exchanged_is_refused_by_its_number(lab: Path, body: str) -> None:
    ledger = SqliteLedger.open(lab, write=True)
    ledger.append("note", {"text": "a"})
    ledger.close()
    connection = sqlite3.connect(lab / "ledger.sqlite")
    for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {trigger}")
    connection.execute("update record set body = ?", (body,))
    connection.commit()
    connection.close()
    ledger = SqliteLedger.open(lab)
    with pytest.raises(LabError, match="record 1: its body is no JSON"):
        ledger.records()
    ledger.close()


def test_the_lock_is_of_the_opened_ledger_whatever_is_deleted(lab: Path) -> None:
    writer = start(WRITER, lab)
    assert writer.stdout is not None
    writer.stdout.readline()
    (lab / "writer.lock").unlink()
    with pytest.raises(LabError, match="in use by another process"):
        SqliteLedger.open(lab)
    reader = SqliteLedger.open(lab, write=False)
    assert reader.writer == UNKNOWN
    reader.close()
    writer.send_signal(signal.SIGSTOP)  # it would end where it finds its folder gone
    moved = lab.rename(lab.with_name("moved.lab"))
    with pytest.raises(LabError, match="in use by another process"):
        SqliteLedger.open(moved)
    writer.kill()
    writer.communicate()
    SqliteLedger.open(moved).close()


def test_a_record_of_another_writer_ends_this_one_so_that_records_never_mix(lab: Path, tmp_path: Path) -> None:
    first = SqliteLedger.open(lab)
    first.append("note", {"by": "first"})
    elsewhere = tmp_path / "elsewhere.lab"
    elsewhere.mkdir()
    for file in lab.glob("ledger.sqlite*"):  # the opened files, in a folder that nobody holds
        file.rename(elsewhere / file.name)
    second = SqliteLedger.open(elsewhere)
    second.append("note", {"by": "second"})
    with pytest.raises(LabError, match="Another process has written record 2"):
        first.append("note", {"by": "first"})
    second.append("note", {"by": "second"})
    assert verify(second.records()) == ()
    assert len(second.records()) == 3
    second.close()
    first.close()


@pytest.mark.skipif(os.name != "posix", reason="a locked file is not written over there")
@pytest.mark.parametrize("text", ["", "nonsense", f"nonsense {socket.gethostname()}\n", "0"])
def test_a_lock_file_that_was_written_over_hides_no_writer(lab: Path, text: str) -> None:
    writer = SqliteLedger.open(lab)
    writer.append("task", {"a": 1})
    reader = SqliteLedger.open(lab, write=False)
    (lab / "writer.lock").write_text(text)
    assert reader.writer == UNKNOWN
    with pytest.raises(LabError, match="in use by another process"):
        SqliteLedger.open(lab)
    writer.close()
    assert reader.writer is None
    reader.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_lock_file_that_leads_elsewhere_is_not_written_through(lab: Path, tmp_path: Path) -> None:
    SqliteLedger.open(lab).close()
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (lab / "writer.lock").unlink()
    (lab / "writer.lock").symlink_to(precious)
    with pytest.raises(StorageError, match=r"writer\.lock"):
        SqliteLedger.open(lab)
    assert precious.read_text() == "mine"
    (lab / "writer.lock").unlink()
    os.mkfifo(lab / "writer.lock")
    with pytest.raises(StorageError, match=r"writer\.lock"):
        SqliteLedger.open(lab)


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(
    "planted",
    [
        "create trigger seen after insert on record begin delete from sqlite_stat1; end",
        "create view more as select * from record",
        "create table other (a)",
        "create index fast on record (kind)",
    ],
)
def test_what_assay_never_made_in_a_ledger_is_refused_by_name(lab: Path, planted: str, write: bool) -> None:
    ledger = SqliteLedger.open(lab)
    ledger.append("note", {"by": "me"})
    ledger.close()
    connection = sqlite3.connect(lab / "ledger.sqlite")
    connection.execute("analyze")  # SQLite's own tables are no stranger's
    SqliteLedger.open(lab, write=False).close()
    connection.execute(planted)
    connection.close()
    kind, name = planted.split()[1:3]
    with pytest.raises(LabError, match=f"holds the {kind} '{name}', which Assay never made"):
        SqliteLedger.open(lab, write=write)
