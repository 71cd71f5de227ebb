"""Static encoders: the mean of a text's token vectors, from a table. Microseconds a text, no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.array import Floats, Singles
from assay.core.errors import BundleError
from assay.embeddings.model_folder import VECTORS, ModelFiles
from assay.embeddings.text_encoder import of_length_one, readable

CHUNK = 4_096


@dataclass(frozen=True, slots=True, eq=False)
class StaticEncoder:
    """vectors: (n_tokens, width), those of tokens weighed where the model says so; tokenizer: the library's."""

    vectors: Floats
    tokenizer: Any

    @classmethod
    def of(cls, files: ModelFiles) -> "StaticEncoder":
        """Read from its two files. A model may keep one vector for several tokens (mapping), and weights of tokens."""
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        tensors = load_file(files.weights)
        vectors = next(tensors[name] for name in VECTORS if name in tensors).astype(np.float64)
        if "mapping" in tensors:
            vectors = vectors[tensors["mapping"].astype(np.int64)]
        if "weights" in tensors:
            vectors = vectors * tensors["weights"].astype(np.float64)[:, None]
        tokenizer = Tokenizer.from_file(str(files.tokens))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        if tokenizer.get_vocab_size() > len(vectors):
            raise BundleError(
                f"The text model {files.name!r} has {tokenizer.get_vocab_size():,} tokens and {len(vectors):,} "
                "vectors. Its files are not of one model.",
                do=("copy the model's folder again",),
            )
        return cls(vectors, tokenizer)

    def encode(self, texts: Sequence[str]) -> Singles:
        """(n, width) of length 1; noughts for a text without tokens. Each row is summed by itself, in one order."""
        parts = [self._encoded(texts[start : start + CHUNK]) for start in range(0, len(texts), CHUNK)]
        return np.concatenate([np.empty((0, self.vectors.shape[1]), dtype=np.float32), *parts])

    def _encoded(self, texts: Sequence[str]) -> Singles:
        from scipy.sparse import csr_array

        # one by one, as batches start threads of the library's own
        ids = [self.tokenizer.encode(readable(text), add_special_tokens=False).ids for text in texts]
        ends = np.cumsum([0, *map(len, ids)])
        flat = np.fromiter((one for row in ids for one in row), dtype=np.int64, count=ends[-1])
        used, places = np.unique(flat, return_inverse=True)
        counts = csr_array((np.ones(len(flat)), places, ends), shape=(len(texts), len(used)))
        counts.sum_duplicates()
        return of_length_one(counts @ self.vectors[used])
