"""The step text_embeddings: one row as a batch, models found by digest, vectors kept; where the libraries are there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.block.columns import TextBlock
from assay.core.contract import FittedEncoder, Step, Table
from assay.core.errors import BundleError, MissingExtraError, UsageError
from assay.core.seed import Seeds
from assay.embeddings.model_folder import read_folder
from assay.embeddings.text_models import TextModels
from assay.features import registry
from assay.features.text_embeddings import TextEmbeddings
from assay.testing.encoders import check_encoder, through_disk
from assay.testing.tables import tiny_table
from each import at_most
from samples.text_models import shipped_package, static_folder

TEXTS = st.lists(st.text("late broken great fast ü漢é\n", max_size=30), min_size=1, max_size=6)


def needs_libraries() -> None:
    for name in ("tokenizers", "safetensors"):
        pytest.importorskip(name, reason="assay-ml[embeddings] is not installed")


def step_of(folder: Path, **changes: object) -> TextEmbeddings:
    model = read_folder(folder).model
    given = {"model": model.name, "digest": model.digest[:16], "width": model.width, **changes}
    made = registry.build(Step.of("text_embeddings", **given))
    assert isinstance(made, TextEmbeddings)
    return made


def of_texts(*texts: str) -> Table:
    return tiny_table(0, len(texts)).with_blocks(text=TextBlock(np.array([[t] for t in texts], object), ("note",)))


def fitted(folder: Path, table: Table, *, store: Path | None = None, **changes: object) -> FittedEncoder:
    return step_of(folder, **changes).using(TextModels((folder,), store)).fit(table, None, seeds=Seeds(0))


def vectors(table: Table) -> np.ndarray:
    return table.numeric[:, [i for i, name in enumerate(table.numeric_names) if ":" in name]]


def test_texts_become_the_means_of_their_tokens_at_length_one(tmp_path: Path) -> None:
    needs_libraries()
    table = of_texts("late broken", "great", "", "great great")
    made = vectors(fitted(static_folder(tmp_path / "tiny"), table, form="numbers").transform(table))
    assert made.shape == (4, 4)
    assert made[0, 0] > 0.9 > -0.9 > made[1, 0], "bad news and good"
    assert not made[2].any(), "an empty text has none"
    assert made[3].tobytes() == made[1].tobytes()


@given(TEXTS)
@settings(max_examples=at_most(25))
def test_one_row_is_read_as_in_a_batch(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    needs_libraries()
    folder = tmp_path_factory.getbasetemp() / "tiny"
    folder = folder if folder.exists() else static_folder(folder)
    table = of_texts(*texts)
    for form in ("numbers", "terms"):
        own = fitted(folder, table, form=form)
        batch = own.transform(table)
        for row in range(len(texts)):
            alone, among = own.transform(table.take(np.array([row]))), batch.take(np.array([row]))
            assert vectors(alone).tobytes() == vectors(among).tobytes()
            if form == "terms" and alone.sparse is not None and among.sparse is not None:
                assert alone.sparse.data.tobytes() == among.sparse.data.tobytes()


def test_an_installed_model_keeps_the_contract_of_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_libraries()
    shipped_package(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "wordllama", raising=False)
    (model,) = [one.model for one in TextModels().here() if one.name == "wordllama"]
    params = {"model": model.name, "digest": model.digest[:16], "width": model.width}
    check_encoder(Step.of("text_embeddings", **params, form="numbers", columns=["note"]))
    check_encoder(Step.of("text_embeddings", **params, keep=True))


def test_vectors_stand_beside_the_terms_of_other_steps_under_a_name_of_their_own(tmp_path: Path) -> None:
    needs_libraries()
    table = of_texts("late", "great", "late order")
    out = fitted(static_folder(tmp_path / "tiny"), table, weight=2.0, keep=True).transform(table)
    out = registry.build(Step.of("tfidf", min_df=1)).fit(out, None, seeds=Seeds(0)).transform(out)
    assert out.sparse is not None
    (label, block), (other, _) = out.sparse.divided()
    assert (label, other) == ("note, tiny", "note")
    assert np.square(block.data.reshape(3, 4)).sum(axis=1) == pytest.approx([4.0] * 3)


def test_what_is_kept_needs_no_model_and_what_is_not_names_the_model(tmp_path: Path) -> None:
    needs_libraries()
    folder, store = static_folder(tmp_path / "tiny"), tmp_path / "store"
    table = of_texts(*(f"late order {word}" for word in ["great", "fast", "love"] * 20))
    first = fitted(folder, table, store=store, form="numbers")
    before = first.transform(table)
    restored = TextEmbeddings.restore(through_disk(first.state()))
    folder.rename(tmp_path / "elsewhere")
    there = restored.using(TextModels(store=store)).transform(table)
    assert vectors(there).tobytes() == vectors(before).tobytes()
    with pytest.raises(MissingExtraError, match="'tiny'"):
        restored.transform(table)
    moved = restored.using(TextModels((tmp_path / "elsewhere",))).transform(table)
    assert vectors(moved).tobytes() == vectors(before).tobytes(), "found by its digest, under any name"


def test_a_predictor_adds_nothing_to_the_store(tmp_path: Path) -> None:
    needs_libraries()
    folder, table = static_folder(tmp_path / "tiny"), of_texts(*(f"late {k}" for k in range(50)))
    models = replace(TextModels((folder,), tmp_path / "store"), adds=False)
    step_of(folder).using(models).fit(table, None, seeds=Seeds(0)).transform(table)
    assert not (tmp_path / "store").exists()


def test_without_a_model_the_table_stays_as_it_is() -> None:
    table = tiny_table(0, 20)
    assert registry.build(Step.of("text_embeddings")).fit(table, None, seeds=Seeds(0)).transform(table) is table


def test_what_is_fitted_holds_no_weights_and_restores_without_the_model(tmp_path: Path) -> None:
    step = step_of(static_folder(tmp_path / "tiny"))
    state = step.fit(of_texts("late", "great"), None, seeds=Seeds(0)).state()
    assert not state.arrays
    assert state.meta["digest"] == step.digest
    assert TextEmbeddings.restore(state).effort().ms > 0


@pytest.mark.parametrize("params", [{"model": "tiny"}, {"form": "words"}])
def test_settings_that_name_no_model_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        registry.build(Step.of("text_embeddings", **params))


@pytest.mark.parametrize("digest", ["", "../../../etc/passwd", "0123456789ABCDEF", "0" * 15, "0" * 65])
def test_a_digest_that_is_none_finds_no_model_and_names_no_file(tmp_path: Path, digest: str) -> None:
    step = step_of(static_folder(tmp_path / "tiny"))
    with pytest.raises(UsageError, match="hexadecimal"):
        replace(step, digest=digest)
    state = step.fit(of_texts("late"), None, seeds=Seeds(0)).state()
    with pytest.raises(BundleError, match="digest"):
        TextEmbeddings.restore(replace(state, meta={**state.meta, "digest": digest}))
