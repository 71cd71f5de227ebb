"""The step text_style: how texts are written, in numbers that need no language."""

from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import NOTHING, Effort, Facts, Idea, Seeds, Step, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError
from assay.features import register
from assay.features.named_columns import check_names, there
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import StoredFields, StoredStep
from assay.features.text_measures import FIGURES, text_measures


@dataclass(frozen=True, slots=True, eq=False)
class FittedTextStyle(StoredFields):
    """columns, figures: which measure of which column each new column is, in order."""

    stored_as: ClassVar[str] = "text_style"
    columns: tuple[str, ...]
    figures: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.columns) != len(self.figures) or not FIGURES.keys() >= set(self.figures):
            raise BundleError("The figures of the stored step 'text_style' cannot be read. Save the bundle again.")

    @property
    def names(self) -> tuple[str, ...]:
        """Of the new columns."""
        return tuple(f"{column}:{figure}" for column, figure in zip(self.columns, self.figures, strict=True))

    def transform(self, table: Table) -> Table:
        if not self.columns:
            return table
        blocks = list[AnyArray]()
        for column, pairs in groupby(zip(self.columns, self.figures, strict=True), key=lambda pair: pair[0]):
            texts = table.column(column).tolist()
            blocks.append(text_measures(texts, [figure for _, figure in pairs]))
        return table.with_numeric(np.concatenate(blocks, axis=1), self.names)

    def effort(self) -> Effort:
        return Effort(calls=20 + 900 * len(set(self.columns))) if self.columns else NOTHING


@register("text_style")
@dataclass(frozen=True)
class TextStyle(StoredStep):
    """Numbers of how each text is written; the texts stay for later steps.

    Characters, words, lines; letters a word; shares of capitals, digits, punctuation, other than ASCII; question and
    exclamation marks; distinct and repeated words, repeated lines, the longest repeat; words a sentence, readability
    (LIX; Björnsson, 1968), entropy. No language is assumed: of scripts without spaces each character is a word. An
    empty text has noughts for counts and no shares. columns: text columns by name, () for all. A figure is added where
    it varies over the training rows, of which at most max_rows are looked at.
    """

    columns: tuple[str, ...] = ()
    max_rows: int = 20_000

    traits: ClassVar[StepTraits] = StepTraits(
        texts_alone=True, readable=True, keeps_monotone=True, names_columns=True, ideas=(Idea(
            name="style", what="how texts are written", when=lambda facts: facts.n_text > 0, is_raw=True, is_early=True,
            trees=(Step.of("text_style"),), distances=(Step.of("text_style"),), applies="columns of texts", prior=1.0,
            why="Length, capitals, digits, marks and repetition tell kinds of writers and texts that words do not.",
        ),),
    )  # fmt: skip
    fitted = FittedTextStyle

    def __post_init__(self) -> None:
        check_names("text_style", self.columns, ())

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedTextStyle:
        rows = sampled_rows(table.n_rows, self.max_rows, seeds.child("rows"))
        found = list[tuple[str, str]]()
        for column in [there("text_style", name, table.text_names) for name in self.columns] or table.text_names:
            values = text_measures(table.column(column)[rows].tolist())
            found += [(column, figure) for j, figure in enumerate(FIGURES) if _varies(values[:, j])]
        return FittedTextStyle(tuple(column for column, _ in found), tuple(figure for _, figure in found))

    def cost(self, facts: Facts) -> StepCost:
        """By characters; of all texts, and of those that are looked at first, once for all folds of a process."""
        rows = facts.n_rows + min(facts.n_rows, self.max_rows)
        columns = min(len(self.columns) or facts.n_text, facts.n_text)
        return StepCost(
            seconds=3e-8 * rows * facts.text_chars * columns / max(facts.n_text, 1), columns=len(FIGURES) * columns
        )


def _varies(values: AnyArray) -> bool:
    known = values[~np.isnan(values)].astype(np.float32)
    return len(known) > 0 and bool((known != known[0]).any())
