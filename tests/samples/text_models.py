"""Tiny text models, made here: what is in their folders, and a package that ships one."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray

WORDS = ("[UNK]", "late", "broken", "refund", "angry", "thanks", "great", "fast", "love", "the", "order", "is")
"""Tokens of the sample models: the four after the first are bad news, the next four good."""


def tokenizer_json(words: Sequence[str] = WORDS) -> str:
    """A tokenizer of whole words, in the format of the library."""
    return json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: i for i, word in enumerate(words)}, "unk_token": "[UNK]"},
    })  # fmt: skip


def write_tensors(path: Path, tensors: dict[str, AnyArray]) -> None:
    """A safetensors file: the length of its header in eight bytes, the header as JSON, the arrays."""
    header, body = dict[str, object](), b""
    for name, array in tensors.items():
        kind = {"float32": "F32", "float16": "F16", "int64": "I64"}[str(array.dtype)]
        end = len(body) + array.nbytes
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(body), end]}
        body += np.ascontiguousarray(array).tobytes()
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + body)


def word_vectors(width: int = 4) -> AnyArray:
    """Vectors that tell bad news from good: the first number is above 0 or below."""
    vectors = np.random.default_rng(0).normal(0.0, 0.2, (len(WORDS), width)).astype(np.float32)
    vectors[1:5, 0], vectors[5:9, 0], vectors[0], vectors[9:, 0] = 2.0, -2.0, 0.0, 0.0
    return vectors


def static_folder(path: Path, *, width: int = 4) -> Path:
    """A model that is a table of vectors, as model2vec keeps them."""
    path.mkdir(parents=True)
    (path / "tokenizer.json").write_text(tokenizer_json())
    (path / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": True}))
    write_tensors(path / "model.safetensors", {"embeddings": word_vectors(width)})
    return path


def shipped_package(place: Path) -> Path:
    """A package of the name and the layout of one that ships a table of vectors; put `place` on the path."""
    home = place / "wordllama"
    (home / "weights").mkdir(parents=True)
    (home / "tokenizers").mkdir()
    (home / "__init__.py").write_text("raise RuntimeError('a text model is read, and its package never imported')\n")
    (home / "tokenizers" / "l2_supercat_tokenizer_config.json").write_text(tokenizer_json())
    write_tensors(home / "weights" / "l2_supercat_256.safetensors", {"embedding.weight": word_vectors()})
    return home
