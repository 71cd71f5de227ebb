"""Moves of recipes that read terms of texts: more terms or fewer, ratios of counts as weights, terms by category."""

from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import LabView, Recipe, Step
from assay.core.move import Changed, MoveTraits, Parent
from assay.models.text_recipes import characters
from assay.pipeline.monotone_recipes import honours
from assay.research.moves import register

TERMS, SCORES = "tfidf", "text_scores"
FREQUENT, FEWEST_ROWS = 0.005, 10
"""Share of the rows that a frequent word is in, and the rows at least."""
LONG = 200.0
"""Characters of texts in a row from which frequent words alone can be enough; of short texts they leave too little."""


def _terms_at(recipe: Recipe) -> int | None:
    """The place behind the last step that makes terms, None where there are none left for the model."""
    names = [step.name for step in recipe.steps]
    if TERMS not in names or SCORES in names:
        return None
    return len(names) - names[::-1].index(TERMS)


def _reads_characters(recipe: Recipe) -> bool:
    return any(dict(step.params).get("analyzer") == "char_wb" for step in recipe.steps if step.name == TERMS)


class TermStep(ABC):
    """Base of moves that put a step behind those that make terms. adds_terms: whether it makes terms itself, which the
    guard can permute, or only weighs those that are there.
    """

    step: ClassVar[Step]
    says: ClassVar[str]
    adds_terms: ClassVar[bool] = False

    def suits(self, view: LabView) -> bool:
        return view.facts.n_text > 0

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        steps, at = of.recipe.steps, _terms_at(of.recipe)
        if at is None or any(step.name == self.step.name for step in steps):
            return
        recipe = replace(of.recipe, steps=(*steps[:at], self.step, *steps[at:]))
        if honours(recipe, view.facts):
            yield Changed(
                recipe=recipe, what=f"{of.what}, {self.says}", parents=(of.number,),
                question=f"Is #{of.number}, {of.what}, better {self.says}?", adds=(self.step,) * self.adds_terms,
            )  # fmt: skip


@register("log_count_ratios")
@dataclass(frozen=True)
class LogCountRatioMove(TermStep):
    """Weighs terms by their log-count ratios."""

    name: str = "log_count_ratios"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="weighs terms by how much more often they come with a class",
        why="Terms that tell classes apart begin heavy, so that the penalty shrinks the others first.",
        applies="classes, and texts read by their terms", prior=1.0, source="Wang and Manning (2012)",
    )  # fmt: skip

    step: ClassVar[Step] = Step.of("log_count_ratios")
    says: ClassVar[str] = "with terms weighed by class"

    def suits(self, view: LabView) -> bool:
        return view.facts.n_text > 0 and view.facts.problem.is_class


@register("term_crosses")
@dataclass(frozen=True)
class TermCrossMove(TermStep):
    """Crosses frequent terms with categories."""

    name: str = "term_crosses"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="crosses frequent terms with categories",
        why="The same words mean more in one category than in another, which a sum of both cannot say.",
        applies="texts read by their terms, beside categories of a few levels", prior=0.3,
    )  # fmt: skip

    step: ClassVar[Step] = Step.of("term_crosses")
    says: ClassVar[str] = "with terms by category"
    adds_terms: ClassVar[bool] = True

    def suits(self, view: LabView) -> bool:
        return view.facts.n_text > 0 and view.facts.n_category > 0


@register("spellings")
@dataclass(frozen=True)
class Spellings:
    """Runs of characters beside words, in a recipe that reads words alone."""

    name: str = "spellings"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="reads runs of characters beside words",
        why="Runs of characters know the forms of a word, misspellings and scripts that words do not.",
        applies="texts read by their words", prior=2.0,
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return view.facts.n_text > 0

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        steps, at = of.recipe.steps, _terms_at(of.recipe)
        if at is None or _reads_characters(of.recipe):
            return
        first = next(k for k, step in enumerate(steps) if step.name == TERMS)
        added = characters(keep=True)
        recipe = replace(of.recipe, steps=(*steps[:first], added, *steps[first:]))
        if honours(recipe, view.facts):
            yield Changed(
                recipe=recipe, what=f"{of.what} + runs of characters", parents=(of.number,),
                question=f"What do runs of characters add to #{of.number}, {of.what}?", adds=(added,),
            )  # fmt: skip


@register("frequent_words")
@dataclass(frozen=True)
class FrequentWords:
    """Single words that are frequent, in place of all terms that a recipe reads."""

    name: str = "frequent_words"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="reads single frequent words alone",
        why="Where a text says little of the target, a hundred times as many rare terms are mostly a hundred times the "
        "chance to be misled, and take most of the time.",
        applies="long texts read by their terms", prior=1.0,
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return view.facts.n_text > 0 and view.facts.text_chars >= LONG

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        steps, at = of.recipe.steps, _terms_at(of.recipe)
        if at is None:
            return
        rows = max(round(FREQUENT * view.facts.n_rows), FEWEST_ROWS)
        kept = {"keep": True} if dict(steps[at - 1].params).get("keep") is True else {}
        few = Step.of(TERMS, ngrams=(1, 1), min_df=rows, **kept)
        before = (step for step in steps[:at] if step.name != TERMS)  # which may read the texts
        recipe = replace(of.recipe, steps=(*before, few, *steps[at:]))
        if recipe != of.recipe and honours(recipe, view.facts):
            yield Changed(
                recipe=recipe, what=f"{of.what}, frequent words alone", parents=(of.number,),
                question=f"Are rare terms of use to #{of.number}, {of.what}?",
            )  # fmt: skip
