"""Traits: properties of a model family or a step that other rooms need, declared by its class, not looked up by name.

Every registered family and step has one value of these as its class attribute `traits`.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from assay.core.feature_idea import Idea
from assay.core.recipe import Frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTraits:
    """Traits of a family.

    readable: a person can read the model, if its columns are readable too (StepTraits.readable).
    monotone: it keeps the monotone constraints in `FoldView.facts.monotone`.
    is_bag: it averages over samples of the rows itself, so that fold models beside a refit on all rows add size only.
    averages: it predicts means of targets, so that no target transform is tried: on the same tables log1p made forests
    and neighbours 1 to 3 % worse.
    ships_used_rounds: only the rounds in use ship, so that its models then take fewer bytes than fold models.
    libraries: distributions it uses beside numpy, scipy and scikit-learn; a session records their versions.
    only_classes: it learns classes and no numbers; a target of numbers is refused with a UsageError.
    terms_alone: it reads the sparse block of terms and nothing else, so that other columns say nothing to it.
    second_level: parameters changed where it also reads predictions of other models.
    runs_code: it calls functions that a person brought, in the sandbox; it ships only where that was asked for.
    called: what people call it in plain words, in the singular; families of a kind share one ("neural network").
    nan_arrays: names of arrays in its states in which NaN is a value. In all others a NaN is damage, and a bundle that
    contains one is refused.
    """

    readable: bool = False
    monotone: bool = False
    is_bag: bool = False
    averages: bool = False
    ships_used_rounds: bool = False
    libraries: tuple[str, ...] = ()
    only_classes: bool = False
    terms_alone: bool = False
    second_level: tuple[tuple[str, Frozen], ...] = ()
    runs_code: bool = False
    called: tuple[str, ...] = ()
    nan_arrays: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTraits:
    """Traits of a step.

    needs_target: it learns from the target, so that it is fitted inside each fold and has `fit_transform`.
    fits_in_fold: it learns its columns from the cells of many rows (terms, components of texts), so that it is fitted
    inside each fold though it needs no target: learned on held-out rows too it flatters their scores by up to two
    standard errors (docs/log.md).
    texts_alone: it learns from text columns alone, and adds numbers or terms of them on the right, so that no other
    column changes what it makes.
    terms_alone: it learns from terms and the target alone, and puts numbers in their place, on the right.
    readable: a person recognises its columns: a part of a date, a level, its mean target, another scale.
    keeps_monotone: it keeps a numeric column on an increasing scale. Others derive columns from it (a difference, a
    spline), which could break a monotone constraint.
    unpacks: it turns dates, text or codes into numbers from which engineered columns are made, so that these follow it.
    scales: it puts numbers on one scale, for distance-based models, which read no codes.
    names_columns: its settings name columns of the table; fitted on one that lacks them it refuses, with a DataError.
    only_drops: all it does is to leave out columns that its settings name; what follows learns with the same seeds as
    if they had never been there.
    ideas: candidate sets of columns made by it, alone or with other steps, which researchers propose.
    runs_code: as in ModelTraits.
    reads_words: what it makes of a text or a name depends on the words in it.
    makes_terms: it makes or changes terms (the sparse block), or the texts that they are read from.
    nan_arrays: as in ModelTraits.
    """

    needs_target: bool = False
    fits_in_fold: bool = False
    texts_alone: bool = False
    terms_alone: bool = False
    readable: bool = False
    keeps_monotone: bool = False
    unpacks: bool = False
    scales: bool = False
    names_columns: bool = False
    only_drops: bool = False
    reads_words: bool = False
    makes_terms: bool = False
    runs_code: bool = False
    ideas: tuple[Idea, ...] = ()
    nan_arrays: frozenset[str] = frozenset()


@runtime_checkable
class HasWords(Protocol):
    """A step or family that says what it is in words of its own, where its parameters would not tell a person."""

    @property
    def in_words(self) -> str: ...
