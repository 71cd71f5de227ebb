"""A bundle survives disk bit for bit, and nothing that was changed, cut or unknown is ever built."""

import io
import json
import pickle
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from assay.core.contract import State
from assay.core.errors import BundleError, StorageError
from assay.predictor.predictor import Predictor
from assay.predictor.state_files import read_state, state_files, state_key


@pytest.mark.parametrize("name", ["model", "model.zip"])
def test_a_saved_predictor_answers_bit_for_bit_the_same(case, tmp_path, name):
    case.predictor.save(tmp_path / name)
    loaded = Predictor.load(tmp_path / name)
    assert np.array_equal(loaded.stored(case.frame), case.predictor.stored(case.frame))
    assert loaded.passport == case.predictor.passport
    assert loaded.members == case.predictor.members


def test_a_pickled_predictor_is_the_bytes_of_its_zip(binary):
    copy = pickle.loads(pickle.dumps(binary.predictor))
    assert np.array_equal(copy.predict_proba(binary.frame), binary.predictor.predict_proba(binary.frame))
    assert copy.to_bytes() == binary.predictor.to_bytes()


def test_equal_predictors_give_equal_bytes_through_disk(binary, tmp_path):
    binary.predictor.save(tmp_path / "model")
    assert Predictor.load(tmp_path / "model").to_bytes() == binary.predictor.to_bytes()


def test_saving_again_replaces_and_leaves_nothing_else(binary, tmp_path):
    for name in ("model", "model.zip"):
        binary.predictor.save(tmp_path / name)
        binary.predictor.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "model.zip"]


def test_what_is_no_predictor_is_never_replaced(binary, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    (tmp_path / "notes.zip").write_text("not a zip")
    for name in ("thesis", "notes.zip"):
        with pytest.raises(StorageError, match="is no predictor, so it is not replaced"):
            binary.predictor.save(tmp_path / name)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_every_file_is_listed_with_its_hash_and_none_is_a_pickle(binary, tmp_path):
    binary.predictor.save(tmp_path / "model")
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    files = {str(p.relative_to(tmp_path / "model")) for p in (tmp_path / "model").rglob("*") if p.is_file()}
    assert set(manifest["files"]) == files - {"manifest.json"}
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]
    assert manifest["format"] == 1


def test_any_changed_byte_is_found(binary, tmp_path):
    binary.predictor.save(tmp_path / "model")
    for file in (tmp_path / "model").rglob("*"):
        if file.is_dir() or file.name == "manifest.json":
            continue
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(BundleError, match="is not the file that was saved"):
            Predictor.load(tmp_path / "model")
        file.write_bytes(whole)
    Predictor.load(tmp_path / "model")


def test_a_missing_file_is_named(binary, tmp_path):
    binary.predictor.save(tmp_path / "model")
    (tmp_path / "model" / "schema.json").unlink()
    with pytest.raises(BundleError, match=r"schema\.json is missing"):
        Predictor.load(tmp_path / "model")


def changed(binary, tmp_path, change):
    """A saved folder whose manifest was edited."""
    binary.predictor.save(tmp_path / "model")
    path = tmp_path / "model" / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))
    return tmp_path / "model"


def test_a_newer_format_says_to_update(binary, tmp_path):
    path = changed(binary, tmp_path, lambda m: m.update(format=99, assay="9.9"))
    with pytest.raises(BundleError, match=r"written by Assay 9\.9 in format 99") as caught:
        Predictor.load(path)
    assert "pip install -U assay-ml" in caught.value.do[0]


def test_fields_of_a_later_version_are_ignored(binary, tmp_path):
    path = changed(binary, tmp_path, lambda m: (m.update(mood="good"), m["passport"].update(colour="blue")))
    assert Predictor.load(path).passport == binary.predictor.passport


def test_a_manifest_of_something_else_is_no_predictor(binary, tmp_path):
    with pytest.raises(BundleError, match="is not a predictor"):
        Predictor.load(changed(binary, tmp_path, lambda m: m.update(kind="bill of lading")))


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "states/../../secret", "a\\b", "C:/x"])
def test_files_outside_of_the_bundle_are_never_read(binary, tmp_path, name):
    path = changed(binary, tmp_path, lambda m: m["files"].update({name: {"sha256": "0", "bytes": 1}}))
    with pytest.raises(BundleError, match="outside of the bundle"):
        Predictor.load(path)


def test_links_out_of_the_bundle_are_not_followed(binary, tmp_path):
    binary.predictor.save(tmp_path / "model")
    schema = tmp_path / "model" / "schema.json"
    (tmp_path / "elsewhere.json").write_bytes(schema.read_bytes())
    schema.unlink()
    schema.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(BundleError, match=r"schema\.json is missing"):
        Predictor.load(tmp_path / "model")


@pytest.mark.parametrize("change", [
    lambda m: m.pop("members"), lambda m: m.update(members=[]), lambda m: m.update(members=[{}]),
    lambda m: m.update(states=[]), lambda m: m.update(files=[]), lambda m: m.pop("passport"),
    lambda m: m["passport"].update(problem=7, target=None),
    lambda m: m["members"][0]["pieces"][0].update(model="0" * 16),
])  # fmt: skip
def test_a_manifest_that_makes_no_sense_is_refused_in_words(binary, tmp_path, change):
    with pytest.raises(BundleError) as caught:
        Predictor.load(changed(binary, tmp_path, change))
    assert caught.value.do


def test_a_step_that_is_not_installed_is_named_before_anything_is_built(binary, tmp_path):
    key = binary.predictor.members[0].pieces[0].model
    state = binary.predictor._bundle.states[key]
    foreign = replace(state, name="acme_forest")
    bundle = replace(binary.predictor._bundle, states={**binary.predictor._bundle.states, key: foreign})
    Predictor(bundle).save(tmp_path / "model.zip")
    with pytest.raises(BundleError, match="needs the model 'acme_forest', which is not installed"):
        Predictor.load(tmp_path / "model.zip")


def test_what_is_not_there_or_not_a_bundle_is_an_error_with_a_way_out(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("hello")
    for path, words in (("nothing", "no predictor at"), ("empty", "is not a predictor"), ("text.zip", "not a zip")):
        with pytest.raises(BundleError, match=words) as caught:
            Predictor.load(tmp_path / path)
        assert caught.value.do


def test_a_zip_that_unpacks_to_more_than_it_lists_is_not_unpacked(binary, tmp_path):
    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(binary.predictor.to_bytes())) as old, zipfile.ZipFile(body, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, b"0" * 10**7 if name == "schema.json" else old.read(name))
    with pytest.raises(BundleError, match=r"schema\.json is not the file that was saved"):
        Predictor.from_bytes(body.getvalue())


def some_state():
    arrays = {"allow_pickle": np.arange(6.0).reshape(2, 3), "words": np.array(["é", "bb"]), "none": np.empty((0, 2))}
    return State(name="scale", meta={"a": [1, None, "x"], "b": 0.1}, arrays=arrays)


def test_a_state_survives_its_files():
    state = some_state()
    back = read_state(state_files(state), where="here")
    assert (back.name, back.meta) == (state.name, state.meta)
    for name, array in state.arrays.items():
        assert np.array_equal(back.arrays[name], array)
        assert back.arrays[name].dtype == array.dtype
    assert state_key(back) == state_key(state)


def test_states_that_differ_anywhere_have_different_keys():
    state = some_state()
    others = [
        replace(state, name="impute"), replace(state, meta={}),
        replace(state, arrays={**state.arrays, "none": np.empty((2, 0))}),
        replace(state, arrays={**state.arrays, "allow_pickle": np.arange(6.0).reshape(3, 2)}),
    ]  # fmt: skip
    assert len({state_key(s) for s in [state, *others]}) == len(others) + 1


def test_arrays_of_objects_are_neither_written_nor_read():
    with pytest.raises(ValueError, match="allow_pickle"):
        state_files(State("scale", {}, {"a": np.array([{}, []], dtype=object)}))
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([{}, []], dtype=object))
    with pytest.raises(BundleError, match="holds no fitted step or model"):
        read_state({"state.json": b'{"name": "scale", "meta": {}}', "arrays.npz": buffer.getvalue()}, where="here")


LIGHT = """
import sys
from assay.predictor.predictor import Predictor
predictor = Predictor.load(sys.argv[1])
heavy = {"pandas", "sklearn", "lightgbm", "xgboost", "catboost", "torch", "scipy", "matplotlib", "pyarrow"}
rooms = {"assay.lab", "assay.research", "assay.execute", "assay.ledger", "assay.report", "assay.evidence"}
loaded = (heavy | rooms) & set(sys.modules)
row = dict(age=31.0, fare=20.0, job="nurse", city="town 3", member=True, since="2021-03-04", rooms=3)
print(sorted(loaded), predictor.predict(row)[0] in predictor.classes)
"""


def test_loading_imports_no_model_library_no_pandas_and_no_lab(binary, tmp_path):
    binary.predictor.save(tmp_path / "model")
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(tmp_path / "model")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "[] True", done.stderr
