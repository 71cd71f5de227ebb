"""Bundles made to do harm are refused in words, before they cost memory or answer anything."""

import io
import json
import zipfile
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from assay.core.contract import State
from assay.core.errors import BundleError
from assay.predictor.member import Ingredient, Trained
from assay.predictor.predictor import Predictor
from assay.predictor.state_files import Allowance, read_state, state_files

HEAD = {"state.json": b'{"name": "scale", "meta": {}}'}


def arrays_file(name, body):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, body)
    return {**HEAD, "arrays.npz": buffer.getvalue()}


def npy(header, body=b""):
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


def zeros(n):
    """The files of a state whose array of n zeros packs very well."""
    return arrays_file("a.npy", npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({n},)}}", bytes(8 * n)))


def test_what_unpacks_to_far_more_than_it_is_packed_is_refused():
    files = zeros(1_250_000)
    with pytest.raises(BundleError, match="unpacks to more than"):
        read_state(files, where="here", allowance=Allowance(10**6))


def test_all_states_of_a_bundle_share_one_allowance():
    state = zeros(75_000)
    allowance = Allowance(10**6)
    read_state(state, where="here", allowance=allowance)
    with pytest.raises(BundleError, match="unpacks to more than"):
        read_state(state, where="here", allowance=allowance)


def test_a_state_that_packs_very_well_is_written_so_that_it_can_be_read_again():
    state = State("scale", {}, {"a": np.zeros(10**6)})
    files = state_files(state)
    back = read_state(files, where="here", allowance=Allowance.of(sum(map(len, files.values())), floor=0))
    assert np.array_equal(back.arrays["a"], state.arrays["a"])


@pytest.mark.parametrize("shape", ["(1000000000000,)", "(-1,)", "(10**12,)", "(3,)", "(" * 60])
def test_an_array_whose_header_does_not_fit_its_bytes_is_never_allocated(shape):
    body = npy(f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}", bytes(16))
    with pytest.raises(BundleError, match="holds no fitted step or model"):
        read_state(arrays_file("a.npy", body), where="here")


@pytest.fixture
def saved(binary, tmp_path):
    binary.predictor.save(tmp_path / "model")
    return tmp_path / "model"


def change(folder, edit):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    edit(manifest)
    path.write_text(json.dumps(manifest))


def refused(source):
    with pytest.raises(BundleError) as caught:
        Predictor.load(source)
    assert caught.value.do
    return str(caught.value)


@pytest.mark.parametrize(("name", "said"), [
    ("manifest.json", "manifest.json is no JSON"), ("schema.json", "is unreadable"),
    ("state.json", "holds no fitted step or model"),
])  # fmt: skip
def test_json_nested_without_end_is_refused(saved, name, said):
    body = b"[" * 200_000
    file = next(saved.rglob(name))
    file.write_bytes(body)
    if name != "manifest.json":
        listed = {"sha256": sha256(body).hexdigest(), "bytes": len(body)}
        change(saved, lambda m: m["files"].update({str(file.relative_to(saved)): listed}))
    assert said in refused(saved)


@pytest.mark.parametrize(("count", "said"), [(-5, "with -5 bytes"), (True, "with True bytes"), (10**18, "unpacks to")])
def test_files_of_impossible_sizes_are_refused(saved, count, said):
    change(saved, lambda m: m["files"]["schema.json"].update(bytes=count))
    assert said in refused(saved)


@pytest.mark.parametrize("number", [True, 0, -1, "1", None])
def test_only_numbers_of_known_formats_are_formats(saved, number):
    change(saved, lambda m: m.update(format=number))
    assert f"in format {number}; this one reads" in refused(saved)


@pytest.mark.parametrize(("edit", "said"), [
    (lambda m: m["passport"].update(threshold=10**400), "manifest.json is unreadable"),
    (lambda m: m["files"].update({"x" * 5000: {"sha256": "0", "bytes": 1}}), "cannot be read"),
    (lambda m: m["files"].update({"a\0b": {"sha256": "0", "bytes": 1}}), "is missing"),
    (lambda m: m["members"][0].update(weight=[]), "Member.weight should be float"),
    (lambda m: m.update(states={"../..": "scale"}), "holds no fitted step or model"),
])  # fmt: skip
def test_whatever_a_manifest_says_the_answer_is_a_bundle_error(saved, edit, said):
    change(saved, edit)
    assert said in refused(saved)


def test_what_a_passport_says_beside_the_truth_changes_no_answer(saved, binary):
    change(saved, lambda m: m["passport"].update(schema=[]))
    loaded, rows = Predictor.load(saved), binary.frame.head(5)
    assert np.array_equal(loaded.predict_proba(rows), binary.predictor.predict_proba(rows))


def test_a_zip_whose_manifest_owns_up_to_a_bomb_is_refused_unread(binary):
    bomb, body = bytes(10**8), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(binary.predictor.to_bytes())) as old, zipfile.ZipFile(body, "w", 8) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(text)
                manifest["files"]["extra.bin"] = {"sha256": sha256(bomb).hexdigest(), "bytes": len(bomb)}
                text = json.dumps(manifest).encode()
            new.writestr(name, text)
        new.writestr("extra.bin", bomb)
    with pytest.raises(BundleError, match="unpacks to more than"):
        Predictor.from_bytes(body.getvalue())


def test_a_zip_cut_inside_an_entry_is_refused(binary):
    body = bytearray(binary.predictor.to_bytes())
    body[40:60] = bytes(20)
    with pytest.raises(BundleError):
        Predictor.from_bytes(bytes(body))


@pytest.mark.parametrize(("position", "said"), [(-3, "at least 0"), (10**6, "is not there")])
def test_a_step_that_points_beside_the_columns_is_refused_by_name(binary, position, said):
    trained = Trained.of(binary.recipes[2][-1], "refit")
    at, scale = next((i, state) for i, state in enumerate(trained.encoders) if state.name == "scale")
    kept = scale.arrays["kept"].copy()
    kept[0] = position
    hostile = replace(scale, arrays={**scale.arrays, "kept": kept})
    changed = replace(trained, encoders=(*trained.encoders[:at], hostile, *trained.encoders[at + 1 :]))
    made = Predictor.of(binary.predictor.passport, [Ingredient(number=1, name="one", weight=1.0, trained=(changed,))])
    again = Predictor.from_bytes(made.to_bytes())
    with pytest.raises(BundleError, match=f"'scale'.*{said}"):
        again.predict(binary.frame.iloc[:2])
