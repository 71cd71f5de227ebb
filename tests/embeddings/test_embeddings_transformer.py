"""Networks from local folders: a tiny one made here, without weights that anybody trained."""

import json
import socket
from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import UsageError
from assay.embeddings.model_folder import read_folder
from assay.embeddings.text_encoder import TextEncoder
from assay.embeddings.text_models import TextModels
from samples.text_models import WORDS, tokenizer_json

TEXTS = ["late", "the order is great", "", "Broken refund, angry!", "thanks " * 300, "漢字 \ud800"]


def network_folder(path: Path, **changes: object) -> Path:
    """A BERT of two layers of eight numbers."""
    transformers = pytest.importorskip("transformers", reason="assay-ml[transformers] is not installed")
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=32,
    )  # fmt: skip
    transformers.BertModel(config).save_pretrained(path)
    (path / "tokenizer.json").write_text(tokenizer_json())
    for name, body in changes.items():
        file = path / name.replace("__", "/")
        file.parent.mkdir(exist_ok=True)
        file.with_suffix(".json").write_text(json.dumps(body))
    return path


def encoder(folder: Path) -> TextEncoder:
    model = read_folder(folder).model
    return TextModels((folder,)).encoder(model.name, model.digest)


def test_a_text_is_read_alone_as_among_others_in_windows_where_it_is_long(tmp_path: Path) -> None:
    own = encoder(network_folder(tmp_path / "net"))
    batch = own.encode(TEXTS)
    assert batch.shape == (len(TEXTS), 8)
    assert np.linalg.norm(batch, axis=1) == pytest.approx([1, 1, 0, 1, 1, 1], abs=1e-5)
    for text, vector in zip(TEXTS, batch, strict=True):
        assert own.encode([text])[0] == pytest.approx(vector, abs=1e-5)
    tail = own.encode(["thanks " * 300 + "late late late"])[0]
    assert np.abs(tail - batch[4]).max() > 1e-4, "the end of a long text is read, too"


def test_a_model_of_first_tokens_reads_those(tmp_path: Path) -> None:
    mean = encoder(network_folder(tmp_path / "mean")).encode(TEXTS)
    first = encoder(network_folder(tmp_path / "first", **{"1_Pooling__config": {"pooling_mode_cls_token": True}}))
    assert np.abs(first.encode(TEXTS)[1] - mean[1]).max() > 1e-3
    assert first.encode(TEXTS)[0] == pytest.approx(mean[0], abs=1e-5), "of one token both are the same"


def test_weights_that_lack_a_layer_are_refused_not_filled_with_random_numbers(tmp_path: Path) -> None:
    folder = network_folder(tmp_path / "net")
    safetensors = pytest.importorskip("safetensors.numpy")
    tensors = safetensors.load_file(folder / "model.safetensors")
    kept = {name: values for name, values in tensors.items() if "layer.1" not in name}
    safetensors.save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UsageError, match=r"layer\.1"):
        encoder(folder)


def test_nothing_is_asked_of_the_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = network_folder(tmp_path / "net")

    def refused(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was begun")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert encoder(folder).encode(["late"]).shape == (1, 8)
