"""Latent semantic analysis: TF-IDF reduced by truncated SVD, for trees and neighbours."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Singles
from assay.core.block.sparse import Sparse
from assay.core.contract import NOTHING, Effort, Facts, Seeds, State, StepCost, StepTraits, Table, Target
from assay.features import register
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import stored_array, stored_names
from assay.features.stored_vocabularies import restored_vocabularies, vocabulary_arrays, vocabulary_meta
from assay.features.text_measures import plain_figures
from assay.features.tfidf_vocabulary import TermVocabulary, learn_vocabularies, weigh_all
from assay.terms.text_terms import Analyzer, TermRule


@dataclass(frozen=True, slots=True, eq=False)
class FittedTextSvd:
    """axes: (n_terms, k) right singular vectors; a row's numbers are its TF-IDF along them."""

    rule: TermRule
    vocabularies: tuple[TermVocabulary, ...]
    axes: Singles
    names: tuple[str, ...]

    def _along_axes(self, terms: Sparse) -> Singles:
        """(n, k) in double precision and rounded once, so that every machine rounds to the same: sums in single
        precision depend on its instructions, and a tree or a bin may be cut at the very number of a row.
        """
        out = np.zeros((terms.n_rows, self.axes.shape[1]), dtype=np.float32)
        data, indices, ends = terms.data.astype(np.float64)[:, None], terms.indices, terms.indptr.tolist()
        for row, (start, end) in enumerate(pairwise(ends)):
            out[row] = (data[start:end] * self.axes[indices[start:end]]).sum(axis=0)
        return out

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        blocks: list[AnyArray] = [plain_figures(table.text)]
        if self.axes.shape[1]:
            blocks.append(self._along_axes(weigh_all(self.vocabularies, table.text)))
        return table.with_numeric(np.concatenate(blocks, axis=1), self.names).without("text")

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=26 + 50 * len(self.vocabularies), products=50 * self.axes.shape[1])

    def state(self) -> State:
        meta = vocabulary_meta(self.vocabularies, self.rule)
        meta["names"] = list(self.names)
        return State("text_svd", meta, {"axes": self.axes, **vocabulary_arrays(self.vocabularies)})


def singular_axes(terms: Sparse, components: int, seeds: Seeds) -> Singles:
    """(n_terms, k) right singular vectors of most weight, k at most `components`; those of weight nil are left out.

    Randomised, four power iterations (Halko et al., 2011).
    """
    k = min(components, terms.n_rows, terms.n_columns)
    if k < 1 or not len(terms.data):
        return np.empty((terms.n_columns, 0), dtype=np.float32)
    from scipy.sparse import csr_array
    from sklearn.utils.extmath import randomized_svd

    matrix = csr_array((terms.data, terms.indices, terms.indptr), shape=(terms.n_rows, terms.n_columns))
    _, weight, axes = randomized_svd(matrix, k, n_iter=4, random_state=seeds.child("svd").number)
    return np.ascontiguousarray(axes[weight > 1e-5 * weight[0]].T, dtype=np.float32)


@register("text_svd")
@dataclass(frozen=True)
class TextSvd:
    """Text columns become numeric columns: each text's length, words and digit share, and all texts' main components.

    The components are a truncated SVD of TF-IDF, not centred (latent semantic analysis; Deerwester et al., 1990).
    analyzer "char_wb" with ngrams (3, 4) suits short texts of many spellings. Learned from at most max_rows rows.
    """

    components: int = 30
    max_features: int = 10_000
    ngrams: tuple[int, ...] = (1, 2)
    min_df: int = 2
    analyzer: Analyzer = "word"
    sublinear: bool = True
    max_rows: int = 50_000

    traits: ClassVar[StepTraits] = StepTraits(keeps_monotone=True, unpacks=True, reads_words=True)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTextSvd:
        rule = TermRule(analyzer=self.analyzer, ngrams=self.ngrams, sublinear=self.sublinear)
        text = table.text[sampled_rows(table.n_rows, self.max_rows, seeds.child("rows"))]
        vocabularies = learn_vocabularies(
            text, rule, min_df=self.min_df, max_features=self.max_features, seeds=seeds, max_rows=self.max_rows
        )
        if not vocabularies:
            return FittedTextSvd(rule, (), np.empty((0, 0), dtype=np.float32), ())
        axes = singular_axes(weigh_all(vocabularies, text), self.components, seeds)
        figures = tuple(f"{name}:{figure}" for name in table.text_names for figure in ("length", "words", "digits"))
        return FittedTextSvd(rule, vocabularies, axes, (*figures, *(f"text {k}" for k in range(axes.shape[1]))))

    def cost(self, facts: Facts) -> StepCost:
        """Terms learned and weighed, then some ten products with as many axes; models count the columns themselves."""
        rows = min(facts.n_rows, self.max_rows)
        seconds = 1.2e-7 * facts.n_rows * facts.text_chars + 1e-8 * self.components * rows * facts.text_chars
        return StepCost(seconds=seconds)

    @classmethod
    def restore(cls, state: State) -> FittedTextSvd:
        rule, vocabularies = restored_vocabularies(state)
        return FittedTextSvd(rule, vocabularies, stored_array(state, "axes"), stored_names(state, "names"))
