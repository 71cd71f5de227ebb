"""Folders of text models: what is accepted, what is refused and why, and what names a model."""

import json
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import MissingExtraError, UsageError
from assay.embeddings.model_folder import read_folder
from assay.embeddings.text_models import TextModels
from samples.text_models import static_folder, tokenizer_json, word_vectors, write_tensors

BERT = {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 2, "intermediate_size": 16,
        "max_position_embeddings": 64, "architectures": ["BertModel"]}  # fmt: skip


def network_folder(path: Path, **changes: object) -> Path:
    path.mkdir()
    (path / "tokenizer.json").write_text(tokenizer_json())
    (path / "config.json").write_text(json.dumps({**BERT, **changes}))
    tensors = {f"layer.{k}": np.zeros((2, 2), dtype=np.float32) for k in range(6)}
    write_tensors(path / "model.safetensors", tensors)
    return path


def test_a_table_of_vectors_is_a_static_model_as_wide_as_its_vectors(tmp_path: Path) -> None:
    found = read_folder(static_folder(tmp_path / "tiny", width=5)).model
    assert (found.name, found.kind, found.width, found.work) == ("tiny", "static", 5, 0.0)


def test_a_network_says_how_wide_it_is_and_what_a_token_costs(tmp_path: Path) -> None:
    found = read_folder(network_folder(tmp_path / "net"))
    assert (found.kind, found.width, found.most_tokens) == ("transformer", 8, 64)
    assert found.work == pytest.approx(2 * (4 * 8 * 8 + 2 * 8 * 16) * 1e-6)


def test_the_pooling_of_sentence_transformers_is_followed(tmp_path: Path) -> None:
    folder = network_folder(tmp_path / "net")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert read_folder(folder).reads_first


@pytest.mark.parametrize(
    ("left", "why"),
    [("tokenizer.json", "tokenizer.json is missing"), ("model.safetensors", "model.safetensors is missing"),
     ("config.json", "config.json is missing")],
)  # fmt: skip
def test_an_incomplete_folder_is_refused_by_the_file_it_lacks(tmp_path: Path, left: str, why: str) -> None:
    folder = network_folder(tmp_path / "net")
    (folder / left).unlink()
    with pytest.raises(UsageError, match=why):
        read_folder(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "weights.pt", "model.pkl"])
def test_weights_in_a_pickle_are_refused(tmp_path: Path, name: str) -> None:
    folder = network_folder(tmp_path / "net")
    (folder / "model.safetensors").rename(folder / name)
    with pytest.raises(UsageError, match=f"{name}, a format that can run code"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"architectures": ["LlamaForCausalLM"]}, "writes texts"), ({"image_size": 224}, "pictures"),
     ({"auto_map": {"AutoModel": "own.py"}}, "code of its own"), ({"hidden_size": None}, "how wide")],
)  # fmt: skip
def test_a_model_of_another_kind_is_refused(tmp_path: Path, changes: dict[str, object], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_folder(network_folder(tmp_path / "net", **changes))


@pytest.mark.parametrize(("changes", "why"), [
    ({"config": {"transformers_weights": "other.safetensors"}}, "transformers_weights"),
    ({"config": {"quantization_config": {"bits": 4}}}, "quantization_config"),
    ({"adapter_config": {"r": 4}}, "adapter_config.json"),
    ({"1_Pooling__config": {"pooling_mode_max_tokens": True}}, "max_tokens"),
    ({"1_Pooling__config": {"pooling_mode": "lasttoken"}}, "lasttoken"),
    ({"1_Pooling__config": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}}, "cls_token"),
    ({"modules": [{"type": "sentence_transformers.models.Transformer"},
                  {"type": "sentence_transformers.models.Dense"}]}, "'Dense'"),
    ({"config": {"is_decoder": True, "architectures": None}}, "writes texts"),
    ({"config": {"hidden_size": 10**400}}, "how wide"),
])  # fmt: skip
def test_a_folder_whose_vectors_would_be_another_models_is_refused(
    tmp_path: Path, changes: dict[str, dict[str, object]], why: str
) -> None:
    folder = network_folder(tmp_path / "net")
    for name, body in changes.items():
        file = (folder / name.replace("__", "/")).with_suffix(".json")
        file.parent.mkdir(exist_ok=True)
        before = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps(before | body if isinstance(body, dict) else body))
    with pytest.raises(UsageError, match=why):
        read_folder(folder)


def test_weights_with_their_end_cut_off_are_refused(tmp_path: Path) -> None:
    weights = network_folder(tmp_path / "net") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(UsageError, match="cut off"):
        read_folder(weights.parent)


def test_weights_that_are_cut_off_are_refused(tmp_path: Path) -> None:
    folder = static_folder(tmp_path / "tiny")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:20])
    with pytest.raises(UsageError, match="cut off"):
        read_folder(folder)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        read_folder(tmp_path / "nowhere")


def test_a_model_is_named_by_what_its_vectors_depend_on_wherever_it_lies(tmp_path: Path) -> None:
    one, same = static_folder(tmp_path / "one"), static_folder(tmp_path / "other")
    assert read_folder(one).digest == read_folder(same).digest
    write_tensors(same / "model.safetensors", {"embeddings": 2 * word_vectors()})
    assert read_folder(one).digest != read_folder(same).digest


def test_a_model_that_is_not_here_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match=r"'tiny'.*is not on this machine") as caught:
        TextModels((tmp_path,)).encoder("tiny", "0123456789abcdef")
    assert "--text-model" in caught.value.do[0]


def test_a_folder_whose_weights_changed_is_said_to_hold_another_model(tmp_path: Path) -> None:
    folder = static_folder(tmp_path / "tiny")
    before = read_folder(folder).digest
    write_tensors(folder / "model.safetensors", {"embeddings": 2 * word_vectors()})
    with pytest.raises(MissingExtraError, match="is another one"):
        TextModels((folder,)).encoder("tiny", before)
