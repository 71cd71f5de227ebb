"""A brief is what its ledger gives, whole and in order: any edit of its texts is found, though the ledger's hashes of
it were made to fit."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from assay.lab.audit import audit_at
from assay.lab.beside import digest_of_file
from assay.lab.brief_audit import brief_pairs
from assay.lab.lab import Lab
from attacks_brief import EDITS
from attacks_labs import PLAIN, make


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A lab with a brief; looked at, never changed."""
    path = tmp_path_factory.mktemp("whole") / "plain.lab"
    make(PLAIN, path)
    return path


@pytest.fixture(scope="module")
def lab(whole, tmp_path_factory):
    """A copy that is open, and whose brief may be edited."""
    opened = Lab.open(shutil.copytree(whole, tmp_path_factory.mktemp("copy") / whole.name))
    yield opened
    opened.close()


def differing(lab, name, text):
    """What differs while a file of the brief says this, in a ledger that says it was written so."""
    file = lab.path / name
    before = file.read_bytes()
    file.write_text(text)
    files = {**dict(lab.state.brief.files), name: digest_of_file(file)}
    state = replace(lab.state, brief=replace(lab.state.brief, files=tuple(files.items())))
    try:
        return [what for what, stored, found in brief_pairs(lab, state) if stored != found]
    finally:
        file.write_bytes(before)


@pytest.mark.parametrize(("what", "name", "edit"), EDITS, ids=[f"{what}, {name}" for what, name, _ in EDITS])
def test_an_edit_is_found_though_the_hashes_fit(lab, what, name, edit):
    text = (lab.path / name).read_text()
    assert differing(lab, name, text) == []
    edited = edit(text)
    assert edited != text
    found = differing(lab, name, edited)
    assert found
    assert all(one.startswith(f"{name} ") for one in found)


def test_any_line_left_out_doubled_or_moved_is_found(lab):
    lines = (lab.path / "brief.md").read_text().splitlines(keepends=True)
    for at in range(0, len(lines) - 1, 11):
        moved, other = [*lines], next(n for n in range(len(lines)) if lines[n] != lines[at])
        moved[at], moved[other] = moved[other], moved[at]
        for how, changed in (
            ("out", [*lines[:at], *lines[at + 1 :]]), ("twice", [*lines[: at + 1], *lines[at:]]), ("moved", moved),
        ):  # fmt: skip
            assert differing(lab, "brief.md", "".join(changed)), (how, at)


def test_the_name_of_the_folder_is_all_that_may_be_another_one(whole, tmp_path):
    path = Path(shutil.copytree(whole, tmp_path / "a name <of its own>"))
    assert audit_at(path).ok
    Lab.open(path).report()  # written once more, under that name
    assert "a name" in (path / "brief.md").read_text()
    assert audit_at(path).ok
