"""A brief is what its ledger gives, whole and in order: any edit of its texts is found, though the ledger's hashes of
it were made to fit."""

import ast
import shutil
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from assay.audit.audit import audit_at
from assay.audit.brief_check import _texts, brief_pairs
from assay.lab.lab import Lab
from assay.ship.file_digests import digest_of_file
from attacks_brief import EDITS
from attacks_hand import forge, number_of
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


@pytest.mark.slow
def test_any_line_left_out_doubled_or_moved_is_found(lab):
    lines = (lab.path / "brief.md").read_text().splitlines(keepends=True)
    for at in range(0, len(lines) - 1, 11):
        moved, other = [*lines], next(n for n in range(len(lines)) if lines[n] != lines[at])
        moved[at], moved[other] = moved[other], moved[at]
        for how, changed in (
            ("out", [*lines[:at], *lines[at + 1 :]]), ("twice", [*lines[: at + 1], *lines[at:]]), ("moved", moved),
        ):  # fmt: skip
            assert differing(lab, "brief.md", "".join(changed)), (how, at)


@pytest.mark.slow
def test_the_name_of_the_folder_is_all_that_may_be_another_one(whole, tmp_path):
    path = Path(shutil.copytree(whole, tmp_path / "a name <of its own>"))
    found = audit_at(path)
    assert found.ok
    assert [remark for check in found.checks for remark in check.remarks if check.name == "brief"] == [
        f"written when this folder is said to have been named {whole.name!r}; it is {path.name!r} now"
    ]
    Lab.open(path).report()  # written once more, under that name
    assert "a name" in (path / "brief.md").read_text()
    assert audit_at(path).ok


def stamped(lab, name):
    """The ledger and the brief made to say that the folder had another name, every hash made to fit."""
    with closing(Lab.open(lab)) as opened:
        texts = {file: _texts(file, opened.brief(), (name,))[0] for file in ("brief.md", "brief.html")}
    for file, text in texts.items():
        (lab / file).write_text(text, encoding="utf-8")
    digests = {file: digest_of_file(lab / file) for file in texts}

    def change(known):
        value = known[number_of(lab, "brief") - 1].value
        value.update(lab=name, files=[[file, digests.get(file, digest)] for file, digest in value["files"]])

    forge(lab, change)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["a\nb", "a/../b", "..", "\x1b[31mred", "n" * 300, 'a"); import os; ("', "\u202egnp.exe"]
)
def test_a_name_that_no_folder_bears_is_a_finding(whole, tmp_path, name):
    path = Path(shutil.copytree(whole, tmp_path / whole.name))
    forge(path, lambda known: known[number_of(path, "brief") - 1].value.update(lab=name))
    found = [one.what for check in audit_at(path).checks for one in check.differ]
    assert any("no plain name of a lab's folder" in what for what in found)


def test_a_name_that_claims_something_is_told_apart_from_the_folders(whole, tmp_path):
    path = Path(shutil.copytree(whole, tmp_path / whole.name))
    name = "CERTIFIED by an independent auditor, ROC AUC 0.99"
    stamped(path, name)
    assert name in (path / "brief.md").read_text()
    remarks = [remark for check in audit_at(path).checks for remark in check.remarks]
    assert any(name in remark for remark in remarks)


def test_the_code_of_a_brief_reads_whatever_the_folder_is_called(whole, tmp_path):
    path = Path(shutil.copytree(whole, tmp_path / 'a "name"; raise SystemExit("b")'))
    with closing(Lab.open(path)) as lab:
        lab.report()
    assert audit_at(path).ok
    code = (path / "brief.md").read_text().split("from assay import load\n")[1].split("\n")[0]
    (call,) = ast.parse(code).body
    assert [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)] == [f"{path.name}/model"]
