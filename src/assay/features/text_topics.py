"""The step text_topics: what texts are about, as shares of topics and as distances to groups of texts."""

import warnings
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Singles
from assay.core.block.sparse import Sparse
from assay.core.contract import NOTHING, Effort, Facts, Idea, Seeds, State, Step, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError, UsageError
from assay.features import register
from assay.features.k_means import cluster_centres, squared_distances
from assay.features.named_columns import check_names, texts_of, there
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import stored_array, stored_names
from assay.features.stored_vocabularies import restored_vocabularies, vocabulary_arrays, vocabulary_meta
from assay.features.term_axes import along_axes, singular_axes
from assay.features.term_reading import ReadingStep
from assay.features.tfidf_vocabulary import TermVocabulary, learn_vocabularies, weigh_all
from assay.terms.kept_terms import NOTHING_KEPT, TermReader
from assay.terms.text_terms import TermRule

_ROUNDS = 30
"""Of updates of a row's topics; its shares change in the third digit after twenty."""
_AXES = 30
_RULE = TermRule(analyzer="word", ngrams=(1, 1), sublinear=True)


@dataclass(frozen=True, slots=True, eq=False)
class FittedTextTopics:
    """topics: (n_terms, k) weights of terms, none below 0; axes: (n_terms, d) directions of most variance; centres:
    (c, d) of groups, on the sphere of length 1 along the axes. A row's numbers: its shares of the topics, then its
    distances to the centres.
    """

    vocabularies: tuple[TermVocabulary, ...]
    topics: Singles
    axes: Singles
    centres: Floats
    columns: tuple[str, ...]
    terms: TermReader = NOTHING_KEPT

    def reading(self, terms: TermReader) -> "FittedTextTopics":
        """See term_reading.ReadsTerms."""
        return replace(self, terms=terms)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the new columns."""
        shown = ", ".join(self.columns)
        topics = [f"{shown}: topic {k}" for k in range(self.topics.shape[1])]
        return (*topics, *(f"{shown}: distance to group {k}" for k in range(len(self.centres))))

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        terms = weigh_all(self.vocabularies, texts_of(table, self.columns), terms=self.terms)
        shares = _shares(along_axes(terms, self.topics), self.topics)
        return table.with_numeric(np.concatenate([shares, self._distances(terms)], axis=1), self.names)

    def _distances(self, terms: Sparse) -> Floats:
        return np.sqrt(squared_distances(_on_sphere(along_axes(terms, self.axes)), self.centres))

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        k = self.topics.shape[1]
        return Effort(
            calls=60 + 50 * len(self.vocabularies) + 3 * _ROUNDS * k,
            products=50 * (k + self.axes.shape[1]) + self.centres.size,
        )

    def state(self) -> State:
        meta = vocabulary_meta(self.vocabularies, _RULE)
        meta["columns"] = list(self.columns)
        learned: dict[str, AnyArray] = {"topics": self.topics, "axes": self.axes, "centres": self.centres}
        return State("text_topics", meta, learned | vocabulary_arrays(self.vocabularies))


@register("text_topics")
@dataclass(frozen=True)
class TextTopics:
    """Topics and groups of texts as numeric columns, added on the right; the texts stay for later steps.

    topics: shares of so many factors of the texts' TF-IDF, none below 0, of sum 1 (non-negative matrix factorisation;
    Lee and Seung, 1999), by updates of one row at a time. groups: Euclidean distances to so many centres by k-means of
    the texts' 30 main components at length 1 (spherical k-means; Dhillon and Modha, 2001). A text of no known word has
    shares of 0 and the distances of the origin. columns: text columns by name, () for all, together. Learned from at
    most max_rows rows.
    """

    topics: int = 10
    groups: int = 10
    columns: tuple[str, ...] = ()
    max_features: int = 5_000
    min_df: int = 2
    max_rows: int = 10_000

    traits: ClassVar[StepTraits] = StepTraits(
        fits_in_fold=True, texts_alone=True, keeps_monotone=True, names_columns=True, reads_words=True, ideas=(Idea(
            name="topics", what="what texts are about", when=lambda facts: facts.n_text > 0, is_raw=True,
            trees=(Step.of("text_topics"),), distances=(Step.of("text_topics"),), applies="columns of texts", prior=0.5,
            cost="minutes", why="A few topics tell kinds of texts to a tree, which single words seldom do.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_names("text_topics", self.columns, ())
        if min(self.topics, self.groups) < 0 or self.topics + self.groups < 1:
            raise UsageError(f"No texts have {self.topics} topics and {self.groups} groups. Ask for one or more.")

    def reading(self, terms: TermReader) -> ReadingStep:
        """See term_reading.ReadsTerms."""
        return ReadingStep(self, terms)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTextTopics:
        return self.learned(table, NOTHING_KEPT, seeds=seeds)

    def learned(self, table: Table, terms: TermReader, *, seeds: Seeds) -> FittedTextTopics:
        """See term_reading.LearnsTerms."""
        columns = tuple(there("text_topics", name, table.text_names) for name in self.columns) or table.text_names
        text = texts_of(table, columns)[sampled_rows(table.n_rows, self.max_rows, seeds.child("rows"))]
        vocabularies = learn_vocabularies(text, _RULE, min_df=self.min_df, max_features=self.max_features, terms=terms)
        if not any(len(vocabulary) for vocabulary in vocabularies):
            nothing = np.empty((0, 0), dtype=np.float32)
            return FittedTextTopics((), nothing, nothing, np.empty((0, 0)), columns, terms)
        weighed = weigh_all(vocabularies, text, terms=terms)
        axes = singular_axes(weighed, _AXES if self.groups else 0, seeds)
        centres = cluster_centres(_on_sphere(along_axes(weighed, axes)), self.groups, seeds=seeds.child("groups"))
        return FittedTextTopics(vocabularies, _factors(weighed, self.topics, seeds), axes, centres, columns, terms)

    def cost(self, facts: Facts) -> StepCost:
        """Terms learned and weighed, some hundred products of the factorisation, and the rounds of each row."""
        rows, chars = min(facts.n_rows, self.max_rows), facts.text_chars
        learned = 2e-8 * rows * chars * (self.topics + self.groups)
        read = facts.n_rows * (1.2e-7 * chars + 3e-8 * _ROUNDS * self.topics**2 + 2e-5)
        return StepCost(seconds=0.1 + learned + read, columns=self.topics + self.groups)

    @classmethod
    def restore(cls, state: State) -> FittedTextTopics:
        _, vocabularies = restored_vocabularies(state)
        topics, axes, centres = (stored_array(state, name) for name in ("topics", "axes", "centres"))
        n_terms = sum(map(len, vocabularies))
        if not (topics.ndim == axes.ndim == centres.ndim == 2 and len(topics) == len(axes) == n_terms) or (
            centres.size and centres.shape[1] != axes.shape[1]
        ):
            raise BundleError("The topics of the stored step 'text_topics' cannot be read. Save the bundle again.")
        return FittedTextTopics(vocabularies, topics, axes, centres, stored_names(state, "columns"))


def _factors(terms: Sparse, k: int, seeds: Seeds) -> Singles:
    """(n_terms, at most k) factors of terms (n, n_terms), each of length 1; those without a term are left out."""
    k = min(k, terms.n_rows, terms.n_columns)
    if k < 1 or not len(terms.data):
        return np.empty((terms.n_columns, 0), dtype=np.float32)
    from scipy.sparse import csr_array
    from sklearn.decomposition import non_negative_factorization
    from sklearn.exceptions import ConvergenceWarning

    matrix = csr_array((terms.data, terms.indices, terms.indptr), shape=(terms.n_rows, terms.n_columns))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # factors that still move serve as columns too
        _, found, _ = non_negative_factorization(
            matrix, n_components=k, init="nndsvd", max_iter=100, tol=1e-3, random_state=seeds.child("topics").number
        )
    length = np.sqrt((found.astype(np.float64) ** 2).sum(axis=1))
    kept = length > 0
    return np.ascontiguousarray((found[kept] / length[kept, None]).T, dtype=np.float32)


def _shares(along: Floats, topics: Singles) -> Floats:
    """(n, k) shares of the topics of rows that are `along` (n, k) them: the weights, none below 0, of least squares.

    Multiplicative updates (Lee and Seung, 2001, theorem 1) with the topics held; column by column, as a matrix product
    rounds by the number of rows.
    """
    gram = topics.astype(np.float64).T @ topics.astype(np.float64)
    weights = along.copy()
    for _ in range(_ROUNDS):
        seen = np.zeros_like(weights)
        for k, row in enumerate(gram):
            seen += weights[:, k : k + 1] * row
        weights *= along / np.maximum(seen, 1e-12)
    total = np.zeros(len(weights))
    for column in weights.T:
        total += column
    return np.divide(weights, total[:, None], out=np.zeros_like(weights), where=total[:, None] > 0)


def _on_sphere(points: Floats) -> Floats:
    """Points (n, d) at length 1; one at the origin stays there."""
    length = np.zeros(len(points))
    for column in points.T:
        length += column * column
    length = np.sqrt(length)
    return np.divide(points, length[:, None], out=np.zeros_like(points), where=length[:, None] > 0)
