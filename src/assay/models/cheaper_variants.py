"""Cheaper variants of a configuration: fewer rounds or epochs, where the family has such parameters, or fewer terms."""

from abc import ABC
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from assay.core.contract import Frozen, Recipe, Step, SupportsCheaper
from assay.models import registry as models

LEAST_EPOCHS = 8
MOST_RATE = 0.3
"""Highest learning rate, however short the time."""
FACTORS = (2, 4)
MOST_STEP = 1.0
"""Largest step of a leaf before the learning rate: without it LightGBM and XGBoost diverge at rates of 0.2 to 0.3 with
many classes (docs/log.md)."""


class HigherRate(ABC):
    """SupportsCheaper for boosters: a higher learning rate, with as many rounds as that needs.

    A cap on rounds alone stops configurations that learn little per round (random, small or symmetric trees, many
    classes) far from convergence. held: other settings that high rates need.
    """

    learning_rate: float
    held: ClassVar[tuple[tuple[str, Frozen], ...]] = ()

    def cheaper(self, factor: float) -> Mapping[str, Frozen]:
        return {**self.with_fewer_rounds(factor), **dict(self.held)} if self.learning_rate < MOST_RATE else {}

    def with_fewer_rounds(self, factor: float) -> Mapping[str, Frozen]:
        return {"learning_rate": min(factor * self.learning_rate, MOST_RATE)}


class FewerEpochs(ABC):
    """SupportsCheaper for networks: fewer epochs, with a schedule of that length."""

    n_epochs: int

    def cheaper(self, factor: float) -> Mapping[str, Frozen]:
        return {"n_epochs": max(LEAST_EPOCHS, int(self.n_epochs // factor))} if self.n_epochs > LEAST_EPOCHS else {}

    def with_fewer_rounds(self, factor: float) -> Mapping[str, Frozen]:
        return {}


def cheaper_variants(model: Step) -> tuple[Step, ...]:
    """Configurations for about a half and a quarter of the time, the closest first; () where there are none."""
    built = models.build(model)
    changes = [built.cheaper(factor) for factor in FACTORS] if isinstance(built, SupportsCheaper) else []
    return tuple(dict.fromkeys(model.with_params(**changed) for changed in changes if changed))


FEWER_TERMS = Step.of("tfidf", ngrams=(1, 1), max_features=5_000)
HURRIED = Step.of("linear", C=0.3)
"""A linear model at the strength that most texts choose (docs/log.md)."""


def cheaper_recipes(recipe: Recipe) -> tuple[Recipe, ...]:
    """The same for less time, the closest first. Of a linear model that reads words: single words, one strength, for
    less than half of it."""
    fewer = tuple(FEWER_TERMS if step.name == "tfidf" else step for step in recipe.steps)
    terms = [step for step in recipe.steps if step.name == "tfidf"]
    reads_words = len(terms) == 1 and dict(terms[0].params).get("analyzer", "word") == "word"
    is_quick = reads_words and recipe.model.name == HURRIED.name
    quick = (replace(recipe, steps=fewer, model=HURRIED),) if is_quick else ()
    return (*(replace(recipe, model=step) for step in cheaper_variants(recipe.model)), *quick)


def faster(model: Step, factor: float) -> Step:
    """The same configuration for a fit with so many times fewer rounds; unchanged where the family has no way."""
    built = models.build(model)
    return model.with_params(**built.with_fewer_rounds(factor)) if isinstance(built, SupportsCheaper) else model
