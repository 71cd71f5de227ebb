"""Where sources lie, and whom a user trusts: files that others could have written are not believed."""

import json
import os

import pytest

from assay.core.errors import CodeError, LabError, StorageError
from assay.user_code.access import FOLDER, NOWHERE, CodeAccess, may_run, put_source
from assay.user_code.runners import NoRunner, TrustedRunner
from assay.user_code.source import CodeSource
from assay.user_code.trust import FILE, trust, trusted_by

SOURCE = CodeSource("ratio", "def transform(X):\r\n    return X['größe']\r\n# \u2028 \x0c\n")
ELSEWHERE = NoRunner("elsewhere")


@pytest.fixture
def lab(tmp_path, alone):
    """The data folder of a lab that has the source."""
    put_source(tmp_path / "data", SOURCE.text)
    return tmp_path / "data"


@pytest.fixture
def home(tmp_path):
    """This user's own folder, as `alone` sets it."""
    return tmp_path / "home"


def test_a_source_is_found_by_its_digest_as_it_was_put(lab):
    found = CodeAccess.of_lab(lab, ELSEWHERE).source(SOURCE.digest, "ratio")
    assert found == SOURCE
    before = (lab / FOLDER / f"{SOURCE.digest}.py").stat().st_mtime_ns
    put_source(lab, SOURCE.text)
    assert (lab / FOLDER / f"{SOURCE.digest}.py").stat().st_mtime_ns == before


def test_a_source_that_is_not_there_or_is_another_is_refused(lab):
    access, file = CodeAccess.of_lab(lab, ELSEWHERE), lab / FOLDER / f"{SOURCE.digest}.py"
    with pytest.raises(LabError, match=r"The source of other \(aaaaaaaaaaaa\) is not in .*/data/code") as caught:
        access.source("a" * 64, "other")
    assert caught.value.do
    file.write_text(SOURCE.text.replace("größe", "target"))
    with pytest.raises(LabError, match="is not the source that was added: its SHA-256 is"):
        access.source(SOURCE.digest, "ratio")
    put_source(lab, SOURCE.text)
    assert access.source(SOURCE.digest, "ratio") == SOURCE
    file.write_bytes(b"\xff")
    with pytest.raises(LabError, match="is not in"):
        access.source(SOURCE.digest, "ratio")


def test_a_source_that_lies_in_no_folder_yet_is_known_by_who_brings_it():
    assert CodeAccess(known=(SOURCE,)).source(SOURCE.digest, "ratio") is SOURCE
    with pytest.raises(CodeError, match="there is no lab") as caught:
        NOWHERE.source(SOURCE.digest, "ratio")
    assert caught.value.reason == "code/no-sandbox"


def test_pieces_that_call_no_functions_are_told_nothing():
    piece = object()
    assert may_run(piece, NOWHERE) is piece


def test_what_a_user_trusts_is_kept_in_the_users_folder(home, alone):
    assert trusted_by(home) == frozenset()
    trust(home, SOURCE)
    other = CodeSource("other", "x = 1")
    trust(home, other)
    assert trusted_by(home) == {SOURCE.digest, other.digest}
    assert (home / FILE).stat().st_mode & 0o777 == 0o600
    assert json.loads((home / FILE).read_text())[SOURCE.digest]["name"] == "ratio"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_list_that_others_can_write_is_not_believed(home, alone, mode):
    trust(home, SOURCE)
    (home / FILE).chmod(mode)
    assert trusted_by(home) == frozenset()


def test_a_list_of_another_user_is_not_believed(home, alone, monkeypatch):
    trust(home, SOURCE)
    owner = (home / FILE).stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert trusted_by(home) == frozenset()


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"', "\xff"])
def test_a_list_that_cannot_be_read_trusts_nothing(home, alone, body):
    home.mkdir()
    (home / FILE).write_bytes(body.encode("latin-1"))
    (home / FILE).chmod(0o600)
    assert trusted_by(home) == frozenset()


def test_trust_that_cannot_be_written_down_is_an_error(tmp_path, alone):
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"trusted-code\.json cannot be written"):
        trust(tmp_path / "home", SOURCE)


def test_who_is_trusted_stands_outside_of_the_lab(lab, home):
    assert CodeAccess.of_lab(lab, ELSEWHERE).runs(SOURCE) is ELSEWHERE
    trust(home, SOURCE)
    assert isinstance(CodeAccess.of_lab(lab, ELSEWHERE).runs(SOURCE), TrustedRunner)
    assert CodeAccess.of_lab(lab, ELSEWHERE).runs(CodeSource("other", "x = 1\n")) is ELSEWHERE
