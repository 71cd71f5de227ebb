"""Transformer encoders: local folders in Hugging Face's layout, read by torch and transformers, never downloaded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.errors import UsageError, Where
from assay.embeddings.model_folder import ModelFiles
from assay.embeddings.text_encoder import of_length_one, readable

BATCH_TOKENS = 4_096
"""Tokens read at a time, gaps counted."""


@dataclass(frozen=True, slots=True, eq=False)
class TransformerEncoder:
    """network, tokenizer: the libraries' own. A text of more tokens than the model reads at once is read in windows,
    whose tokens are averaged together.
    """

    network: Any
    tokenizer: Any
    width: int
    reads_first: bool

    @classmethod
    def of(cls, files: ModelFiles) -> "TransformerEncoder":
        from tokenizers import Tokenizer
        from transformers import AutoModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        network, found = AutoModel.from_pretrained(
            str(files.weights.parent), local_files_only=True, use_safetensors=True, trust_remote_code=False,
            output_loading_info=True,
        )  # fmt: skip
        _check_all_loaded(files, found)
        tokenizer = Tokenizer.from_file(str(files.tokens))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length=files.most_tokens)
        return cls(network.float().eval(), tokenizer, files.width, files.reads_first)

    def encode(self, texts: Sequence[str]) -> Singles:
        """See TextEncoder; equal for one text and for many up to the rounding of single precision."""
        owner, windows = self._windows(texts)
        sums, weight = np.zeros((len(texts), self.width)), np.zeros(len(texts))
        order = np.argsort([len(window) for window in windows], kind="stable").tolist()
        for batch in _batches(order, windows):
            states, mask = self._states([windows[i] for i in batch])
            read = states[:, :1] if self.reads_first else states * mask[:, :, None]
            rows = owner[batch]
            np.add.at(sums, rows, read.sum(axis=1))
            np.add.at(weight, rows, 1.0 if self.reads_first else mask.sum(axis=1))
        return of_length_one(sums / np.maximum(weight, 1.0)[:, None])

    def _windows(self, texts: Sequence[str]) -> tuple[Index, list[list[int]]]:
        """(text of each window, its tokens); empty texts have none."""
        owner, windows = list[int](), list[list[int]]()
        for row, text in enumerate(texts):
            if text.strip():
                encoded = self.tokenizer.encode(readable(text))
                for window in (encoded, *encoded.overflowing):
                    owner.append(row)
                    windows.append(window.ids)
        return np.array(owner, dtype=np.int64), windows

    def _states(self, windows: Sequence[Sequence[int]]) -> tuple[Floats, Floats]:
        """(n, tokens, width) last states, (n, tokens) 1 where there is a token."""
        import torch

        longest = max(map(len, windows))
        ids, mask = np.zeros((len(windows), longest), dtype=np.int64), np.zeros((len(windows), longest))
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1.0
        with one_thread(), torch.inference_mode():
            there = torch.from_numpy(mask.astype(np.int64))
            states = self.network(input_ids=torch.from_numpy(ids), attention_mask=there).last_hidden_state
            return states.numpy().astype(np.float64), mask


def _check_all_loaded(files: ModelFiles, found: Any) -> None:
    """UsageError where the weights do not fit the network: its library fills what is missing with random numbers, other
    ones in each process. The layer behind the last states is not used.
    """
    names = [*found["missing_keys"], *(str(one[0]) for one in found["mismatched_keys"])]
    lacking = sorted(name for name in names if "pooler." not in name)
    if lacking:
        raise UsageError(
            f"{files.weights.parent} cannot be used as a text model: {files.weights.name} has no {lacking[0]!r} of the "
            f"shape that config.json asks for, and lacks {len(lacking)} parts in all.",
            where=Where(file=str(files.weights), option="--text-model"),
            do=("copy config.json and the weights of one model into the folder",),
        )


@contextmanager
def one_thread() -> Iterator[None]:
    """torch's threads, which are the process's, set to one meanwhile."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _batches(order: Sequence[int], windows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Places of windows of like length, so many at a time as have BATCH_TOKENS together."""
    batch: list[int] = []
    for place in order:
        if batch and (len(batch) + 1) * len(windows[place]) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch
