"""A fit with a pretrained encoder: proposed where there is one, recorded, named by the model, refused in time."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.errors import MissingExtraError, UsageError
from assay.data.options import TaskOptions
from assay.embeddings.installed import installed_models, lacking
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings
from samples.text_models import WORDS, static_folder

pytestmark = pytest.mark.usefixtures("alone")
HAS = not lacking("static")
FAMILIES = frozenset({"linear"})


def notes(n: int = 120) -> pd.DataFrame:
    """Complaints and praise in words of which few come twice beside each other."""
    rng = np.random.default_rng(1)
    bad, good, other = WORDS[1:5], WORDS[5:9], WORDS[9:]
    y = rng.integers(0, 2, n)
    texts = [
        " ".join([*rng.choice(other, 3), *rng.choice(good if one else bad, 2), f"no{k} item{k} from{k} city{k}"])
        for k, one in enumerate(y)
    ]
    return pd.DataFrame({"note": texts, "y": np.where(y > 0, "praise", "complaint")})


def fitted(tmp_path: Path, *folders: Path, **changes: object) -> Lab:
    settings = FitSettings(
        budget=Budget(experiments=9), out=str(tmp_path / "notes.lab"), families=FAMILIES, force=True,
        text_models=tuple(map(str, folders)), text_store=str(tmp_path / "store"), jobs=1, **changes,
    )  # fmt: skip
    fit(notes(), TaskOptions(target="y", kinds={"note": "text"}), settings, context=RunContext(inline=True))
    return Lab.open(tmp_path / "notes.lab")


def entries(lab: Lab) -> list[str]:
    return [one.experiment.entry for one in lab.state.entries.values()]


@pytest.mark.slow
@pytest.mark.skipif(not HAS, reason="assay-ml[embeddings] is not installed")
def test_a_named_model_is_tried_recorded_and_needed_by_what_ships(tmp_path: Path) -> None:
    folder = static_folder(tmp_path / "tiny")
    lab = fitted(tmp_path, folder)
    assert "linear_vectors" in entries(lab)
    session = lab.state.session
    assert session is not None
    (model,) = [one for one in session.text_models if one.name == "tiny"]
    assert (model.name, model.kind, model.width) == ("tiny", "static", 4)
    assert list((tmp_path / "store").iterdir()), "vectors are kept"
    found = next(k for k, one in lab.state.entries.items() if one.experiment.entry == "linear_vectors")
    alone = lab.predictor(found)
    rows = notes(30).drop(columns="y")
    before = alone.predict_proba(rows)
    alone.save(tmp_path / "alone")
    shutil.move(folder, tmp_path / "moved")
    with pytest.raises(MissingExtraError, match=r"'tiny'.*is not on this machine"):
        Predictor.load(tmp_path / "alone").predict_proba(rows)
    (again,) = Lab.open(tmp_path / "notes.lab").replay(found).experiments
    assert again.same is None, "not taken for another result"
    assert "'tiny'" in again.why
    there = Predictor.load(tmp_path / "alone", text_models=[tmp_path / "moved"])
    assert np.array_equal(there.predict_proba(rows), before)


@pytest.mark.slow
@pytest.mark.skipif(not HAS, reason="assay-ml[embeddings] is not installed")
def test_several_models_are_compared_alone_and_beside_the_terms(tmp_path: Path) -> None:
    one, two = static_folder(tmp_path / "one"), static_folder(tmp_path / "two", width=6)
    found = entries(fitted(tmp_path, one, two))
    assert {"linear_vectors", "vectors_alone", "linear_vectors_2", "vectors_alone_2"} <= set(found)


@pytest.mark.slow
def test_a_fit_without_models_is_the_same_whether_they_are_left_out_or_not_there(tmp_path: Path) -> None:
    none = [one.experiment.recipe.key for one in fitted(tmp_path, Path("none")).state.entries.values()]
    assert not (tmp_path / "store").exists()
    if not list(installed_models()):
        assert [one.experiment.recipe.key for one in fitted(tmp_path).state.entries.values()] == none


def test_a_folder_that_cannot_be_used_is_refused_before_the_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "pytorch_model.bin").write_bytes(b"")
    settings = FitSettings(out=str(tmp_path / "x.lab"), text_models=(str(tmp_path / "half"),))
    with pytest.raises(UsageError, match=r"pytorch_model\.bin"):
        fit(tmp_path / "no-such-file.csv", TaskOptions(target="y"), settings)


@pytest.mark.skipif(HAS, reason="what it needs is installed")
def test_a_model_whose_packages_are_missing_is_left_out_and_said(tmp_path: Path) -> None:
    heard: list[str] = []
    folder = static_folder(tmp_path / "tiny")
    settings = FitSettings(
        budget=Budget(experiments=2), out=str(tmp_path / "x.lab"), families=FAMILIES, text_models=(str(folder),)
    )
    context = RunContext(inline=True, listener=lambda event: heard.append(str(getattr(event, "notice", ""))))
    fit(notes(), TaskOptions(target="y", kinds={"note": "text"}), settings, context=context)
    assert any("text/model-unused" in one and "assay-ml[embeddings]" in one for one in heard)


@pytest.mark.slow
def test_loading_a_bundle_imports_no_library_of_encoders(tmp_path: Path) -> None:
    before = {name for name in ("torch", "transformers", "tokenizers") if name in sys.modules}
    Predictor.load(fitted(tmp_path).path)
    assert {name for name in ("torch", "transformers", "tokenizers") if name in sys.modules} == before


@pytest.mark.slow
def test_a_lab_knows_the_folders_it_was_told_of(tmp_path: Path) -> None:
    folder = static_folder(tmp_path / "tiny")
    fitted(tmp_path, folder)
    told = json.loads((tmp_path / "notes.lab" / "data" / "text_models.json").read_text())
    assert told["folders"] == [str(folder)]
