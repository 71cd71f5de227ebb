"""The step text_embeddings: vectors of texts by a pretrained encoder that is on this machine."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from assay.core.array import Singles
from assay.core.block.sparse import Sparse
from assay.core.contract import NOTHING, Effort, Facts, Seeds, State, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError, UsageError
from assay.embeddings.text_encoder import TextEncoder
from assay.embeddings.text_models import NOWHERE, TextModels, row_effort, seconds_of
from assay.features import register
from assay.features.named_columns import check_names, texts_of, there
from assay.features.stored_state import stored, stored_mark, stored_names, stored_number, stored_whole
from assay.features.tfidf_vocabulary import beside

Form = Literal["terms", "numbers"]
FORMS: tuple[Form, ...] = ("terms", "numbers")
HEXADECIMAL = re.compile("[0-9a-f]{16,64}")
READ_BY = 15
"""Folds of the recipes that read the same vectors: five of three."""
A_FEW = 32
"""Texts that are read sooner than a store is opened."""


@dataclass(eq=False)
class _LoadedModel:
    """A model that is loaded when the first text is read, and stays; a few texts are not looked for in a store."""

    models: TextModels
    encoder: TextEncoder | None = None

    def vectors(self, step: "FittedTextEmbeddings", texts: Sequence[str]) -> Singles:
        """(n, width) vectors."""
        if self.models.store is not None and len(texts) > A_FEW:
            return self.models.vectors(step.model, step.digest, step.width, texts)
        if self.encoder is None:
            self.encoder = self.models.encoder(step.model, step.digest)
        return self.encoder.encode(texts)


@dataclass(frozen=True, slots=True, eq=False)
class FittedTextEmbeddings:
    """model, digest: of the encoder, which is no part of it; chars: of a row's texts, in the mean; the rest as in
    TextEmbeddings.
    """

    model: str
    digest: str
    width: int
    work: float
    weight: float
    form: Form
    columns: tuple[str, ...]
    keep: bool
    chars: float
    reader: _LoadedModel

    def using(self, models: TextModels) -> "FittedTextEmbeddings":
        """The same, with these models to look among."""
        return replace(self, reader=_LoadedModel(models))

    def transform(self, table: Table) -> Table:
        if not self.columns:
            return table
        left = table if self.keep else table.without_columns(frozenset(self.columns))
        made = [self._vectors(column.tolist()) for column in texts_of(table, self.columns).T]
        if self.form == "numbers":
            names = tuple(f"{column}:{self.model} {k}" for column in self.columns for k in range(self.width))
            return left.with_numeric(np.concatenate(made, axis=1), names)
        blocks = [_as_terms(one * np.float32(self.weight), f"{column}, {self.model}")
                  for column, one in zip(self.columns, made, strict=True)]  # fmt: skip
        return left.with_blocks(sparse=beside(blocks if table.sparse is None else [table.sparse, *blocks]))

    def _vectors(self, texts: list[str]) -> Singles:
        return self.reader.vectors(self, texts) if texts else np.empty((0, self.width), dtype=np.float32)

    def effort(self) -> Effort:
        return row_effort(self.work, self.width, self.chars, len(self.columns)) if self.columns else NOTHING

    def state(self) -> State:
        return State("text_embeddings", {
            "model": self.model, "digest": self.digest, "width": self.width, "work": self.work, "weight": self.weight,
            "form": self.form, "columns": list(self.columns), "keep": self.keep, "chars": self.chars,
        })  # fmt: skip


def _as_terms(vectors: Singles, label: str) -> Sparse:
    """(n, width) numbers as sparse columns, of which no row has gaps but one without a vector."""
    width = vectors.shape[1]
    there = vectors.any(axis=1)
    ends = np.concatenate([[0], np.cumsum(there * width)]).astype(np.int64)
    indices = np.tile(np.arange(width, dtype=np.int32), int(there.sum()))
    return Sparse(np.ascontiguousarray(vectors[there]).ravel(), indices, ends, width, labels=(label,))


def _digest(state: State) -> str:
    """The stored one, which is part of a file's name; BundleError unless it is one. "" where no model is named."""
    found = str(stored(state, "digest"))
    if stored(state, "model") and not HEXADECIMAL.fullmatch(found):
        raise BundleError(f"The digest of the stored step {state.name!r} is none. Save the bundle again.")
    return found


@register("text_embeddings")
@dataclass(frozen=True)
class TextEmbeddings:
    """Text columns become vectors of a pretrained encoder: sparse columns beside other terms, or numeric ones.

    model, digest, width, work: of an encoder on this machine (core.text_model.TextModel); model "" leaves the table as
    it is. form "terms": for linear models and text_scores, `weight` times as long as a text's TF-IDF; "numbers": for
    all others. columns: text columns by name; () for all. keep: the texts stay for later steps. What is fitted holds no
    weights: it names its model, and finds it by its digest.
    """

    model: str = ""
    digest: str = ""
    width: int = 0
    work: float = 0.0
    form: Form = "terms"
    weight: float = 2.0
    columns: tuple[str, ...] = ()
    keep: bool = False

    traits: ClassVar[StepTraits] = StepTraits(keeps_monotone=True, unpacks=True, names_columns=True, reads_words=True)

    def __post_init__(self) -> None:
        check_names("text_embeddings", self.columns, ())
        if self.form not in FORMS:
            raise UsageError(f"text_embeddings makes {' or '.join(FORMS)}, not {self.form!r}.")
        if self.model and (not HEXADECIMAL.fullmatch(self.digest) or self.width < 1):
            raise UsageError(
                f"text_embeddings needs the width of the model {self.model!r} and its digest, of 16 to 64 hexadecimal "
                "digits, too."
            )

    def using(self, models: TextModels) -> "PlacedTextEmbeddings":
        """The step, told where to look."""
        return PlacedTextEmbeddings(self, models)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTextEmbeddings:
        return self.fitted(table, NOWHERE)

    def fitted(self, table: Table, models: TextModels) -> FittedTextEmbeddings:
        """Nothing is learned but how long the texts are."""
        columns = tuple(there("text_embeddings", name, table.text_names) for name in self.columns) or table.text_names
        if not self.model:
            columns = ()
        chars = sum(map(len, texts_of(table, columns).ravel().tolist())) / max(table.n_rows, 1)
        return FittedTextEmbeddings(
            self.model, self.digest, self.width, self.work, self.weight, self.form, columns, self.keep, chars,
            _LoadedModel(models),
        )  # fmt: skip

    def cost(self, facts: Facts) -> StepCost:
        """All texts are read once for all folds and recipes, where the user's store does not have them: a share of it.
        Terms are read by linear models, some of which sum them up for trees; numbers by whatever follows.
        """
        if not self.model:
            return StepCost()
        columns = self.width * (len(self.columns) or facts.n_text)
        seconds = seconds_of(self.work, facts.n_rows * facts.text_chars) / READ_BY
        if self.form == "numbers":
            return StepCost(seconds=seconds, columns=columns)
        return StepCost(seconds=seconds + 3e-8 * facts.n_rows * columns * facts.n_outputs)

    @classmethod
    def restore(cls, state: State) -> FittedTextEmbeddings:
        form: Form = "numbers" if stored(state, "form") == "numbers" else "terms"
        return FittedTextEmbeddings(
            str(stored(state, "model")), _digest(state), stored_whole(state, "width"),
            float(stored_number(state, "work")), float(stored_number(state, "weight")), form,
            stored_names(state, "columns"), stored_mark(state, "keep"), float(stored_number(state, "chars")),
            _LoadedModel(NOWHERE),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlacedTextEmbeddings:
    """TextEmbeddings that know where to look for models, and where vectors are kept."""

    step: TextEmbeddings
    models: TextModels
    traits: ClassVar[StepTraits] = TextEmbeddings.traits

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTextEmbeddings:
        return self.step.fitted(table, self.models)

    @classmethod
    def restore(cls, state: State) -> FittedTextEmbeddings:
        return TextEmbeddings.restore(state)
