"""Texts in recipes: which terms are read, and where their steps go."""

from assay.core.recipe import Frozen, Step
from assay.core.schema import Facts
from assay.core.text_model import ROW_AS_TEXT, TextModel
from assay.embeddings.text_models import seconds_of

CELL_CHARS = 20
"""Of a cell written out with its column's name."""
ROW_SECONDS = 10.0
SHORT = 60
"""Characters of a text, in the mean, up to which it is a name or a title: a tree needs the components too, to tell what
a piece is worth beside other columns (docs/log.md)."""


def words(*, keep: bool = False, skips: int = 0) -> Step:
    """Words, pairs of neighbours, pairs over so many words, and the edges of lines."""
    kept: dict[str, Frozen] = {"keep": True} if keep else {}
    apart: dict[str, Frozen] = {"skips": skips, "max_features": 40_000} if skips else {}
    return Step.of("tfidf", edges=True, **kept, **apart)


def characters(*, keep: bool = False, longest: int = 5) -> Step:
    """Runs of three to five characters, or of two to `longest`: other forms of a word, misspellings, any script."""
    kept: dict[str, Frozen] = {"keep": True} if keep else {}
    return Step.of(
        "tfidf", analyzer="char_wb", ngrams=(3, 5) if longest == 5 else (2, longest), max_features=40_000, **kept
    )


def counts(facts: Facts) -> tuple[Step, ...]:
    """Columns that count terms read as a text is, where there are some."""
    return (Step.of("count_terms"),) if facts.n_counts else ()


def names() -> Step:
    """Runs of characters of the categories whose levels share pieces."""
    return Step.of("name_terms")


def vectors(model: TextModel) -> Step:
    """Vectors of the texts by a pretrained encoder, first of all steps, so that recipes read a row's texts once.

    Beside terms of length 1; a mean of token vectors says less than a network and is half as long (docs/log.md).
    """
    return Step.of(
        "text_embeddings", model=model.name, digest=model.digest[:16], width=model.width, work=round(model.work, 3),
        weight=1.0 if model.work else 0.5, keep=True,
    )  # fmt: skip


def is_row_read(model: TextModel, facts: Facts) -> bool:
    """Whether rows are read beside texts: where there are other columns, and a network would not take long over it."""
    others = facts.n_features - facts.n_text
    seconds = seconds_of(model.work, facts.n_rows * (facts.text_chars + CELL_CHARS * others))
    return others > 0 and seconds <= ROW_SECONDS


def row_vectors(model: TextModel) -> tuple[Step, ...]:
    """Vectors of the row written out, column by column; the texts stay for others."""
    return (Step.of("row_text", keep=True), vectors(model).with_params(columns=(ROW_AS_TEXT,), keep=False))


def numbered(name: str, place: int) -> str:
    """The name of an entry for the first, second, … text model."""
    return name if place == 0 else f"{name}_{place + 1}"


def with_scores(steps: tuple[Step, ...], facts: Facts) -> tuple[Step, ...]:
    """These steps, with how each text is written and what linear models say of its words and of its characters, in
    place of its main components; of short texts beside them.

    What learns from the target comes last, as all before it is fitted once a fold, for all experiments.
    """
    is_short = facts.text_chars <= SHORT * facts.n_text
    plain = tuple(step for step in steps if is_short or step.name != "text_svd")
    return (Step.of("text_style"), words(keep=True), characters(keep=is_short), *plain, Step.of("text_scores"))
