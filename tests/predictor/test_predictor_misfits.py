"""States made to mislead are refused by the name of the step or model, whatever numpy or a library makes of them."""

import io
import json
import zipfile
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from assay.core.errors import BundleError
from assay.predictor.member import Ingredient, Trained
from assay.predictor.predictor import Predictor


def repacked(predictor, edit):
    """The predictor's files, changed, with hashes that fit again: as whoever means harm would write them."""
    with zipfile.ZipFile(io.BytesIO(predictor.to_bytes())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    edit(manifest, files)
    manifest["files"] = {name: {"sha256": sha256(body).hexdigest(), "bytes": len(body)} for name, body in files.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in {**files, "manifest.json": json.dumps(manifest).encode()}.items():
            archive.writestr(name, body)
    return out.getvalue()


def with_state(case, member, which, edit):
    """The predictor of one of the case's recipes, with the state of one of its steps or its model changed."""
    trained = Trained.of(case.recipes[member][-1], "refit")
    states = (*trained.encoders, trained.model)
    at = next(i for i, state in enumerate(states) if state.name == which)
    states = (*states[:at], edit(states[at]), *states[at + 1 :])
    changed = replace(trained, encoders=states[:-1], model=states[-1])
    one = Ingredient(number=1, name="one", weight=1.0, trained=(changed,))
    return Predictor.of(case.predictor.passport, [one])


def refused(case, made):
    with pytest.raises(BundleError) as caught:
        Predictor.from_bytes(made if isinstance(made, bytes) else made.to_bytes()).predict(case.frame.head(3))
    assert caught.value.do
    return str(caught.value)


def test_a_step_whose_arrays_do_not_fit_is_refused_by_name(binary):
    made = with_state(binary, 2, "scale", lambda s: replace(s, arrays={**s.arrays, "centre": np.zeros(1000)}))
    assert "'scale'" in refused(binary, made)


def test_a_model_whose_arrays_are_no_numbers_is_refused_by_name(binary):
    made = with_state(binary, 2, "linear", lambda s: replace(s, arrays={**s.arrays, "coef": np.array(["x"])}))
    assert "'linear'" in refused(binary, made)


def test_a_model_of_other_classes_is_refused_before_it_asks_for_memory(binary):
    made = with_state(binary, 2, "linear", lambda s: replace(s, meta={**s.meta, "n_classes": 10**9}))
    assert "answers for 1000000000 classes" in refused(binary, made)


def test_a_passport_with_a_class_less_than_its_models_is_refused(binary):
    made = repacked(binary.predictor, lambda manifest, _: manifest["passport"].update(classes=["yes"]))
    assert "classes" in refused(binary, made)


def test_a_column_divided_by_nothing_is_refused(binary):
    def edit(_, files):
        schema = json.loads(files["schema.json"])
        schema["columns"][0]["scale"] = 0.0
        files["schema.json"] = json.dumps(schema).encode()

    assert "cannot be stored" in refused(binary, repacked(binary.predictor, edit))


def test_what_is_quoted_of_a_stranger_is_cut(binary):
    made = repacked(binary.predictor, lambda manifest, _: manifest["members"][0].update(weight="A" * 10**6))
    assert len(refused(binary, made)) < 1000
