"""The family of the target's distribution: by its kind and its own values, never by its relation to a column.

`question_model` makes one exception: a skewed target that is nearly a sum of columns gets additive effects.
"""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.errors import TaskError, Where
from assay.core.problem import Problem
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.infer.inference_question import FamilyName
from assay.infer.ordered_levels import OrderedLevels

SKEWED = 2.0
"""Skewness from which a positive target gets multiplicative effects; an exponential has 2."""
MOST_COUNTED = 50.0
"""Median from which whole numbers are rather measured than counted."""
OVERDISPERSED = 1.5
SCALE = "the target's whole numbers from 1 are read as a scale of equal steps (--family multinomial: as classes)"
NAMED = 7
"""So many levels are named."""
TITLES: dict[FamilyName, tuple[str, str]] = {
    "gaussian": ("linear model", "identity"),
    "binomial": ("logistic regression", "logit"),
    "multinomial": ("multinomial logistic regression", "logit"),
    "ordered": ("ordered logistic regression", "logit"),
    "poisson": ("Poisson regression", "log"),
    "negative_binomial": ("negative binomial regression", "log"),
    "gamma": ("gamma regression", "log"),
}
PROBLEMS: dict[FamilyName, Problem] = {
    "gaussian": Regression(), "binomial": Binary(), "multinomial": Multiclass(), "ordered": Regression(),
    "poisson": Regression(), "negative_binomial": Regression(), "gamma": Regression(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """name, and why it was chosen."""

    name: FamilyName
    why: str

    @property
    def title(self) -> str:
        return TITLES[self.name][0]

    @property
    def link(self) -> str:
        return TITLES[self.name][1]


def choose_family(
    asked: FamilyName | None, problem: Problem, y: AnyArray, *, target: str, exposure: str | None = None
) -> Family:
    """The family asked for if the target allows it (TaskError), else the one its values suggest. exposure: the column
    that says over what was counted, if any: then counts.

    Poisson is a first answer: where the counts vary more than that, `counts` makes it negative binomial.
    """
    if exposure is not None:
        _check(asked or "poisson", problem, y, target)
        return Family(asked or "poisson", "as asked" if asked else f"the target counts over {exposure}")
    if asked is not None:
        _check(asked, problem, y, target)
        return Family(asked, "as asked")
    if problem.form == "probability":
        return Family("binomial", "the target has two classes")
    if problem.form == "probabilities":
        return Family("multinomial", "the target has several classes")
    values = np.asarray(y, dtype=np.float64)
    whole = bool((values == np.floor(values)).all())
    if whole and values.min() >= 0 and values.min() <= 1 and np.median(values) <= MOST_COUNTED:
        return Family("poisson", "the target counts: whole numbers from 0")
    skew = _skew(values)
    if values.min() > 0 and skew > SKEWED:
        return Family("gamma", f"the target is positive and skewed ({skew:.1f}): effects multiply")
    return Family("gaussian", "the target is a number")


def ordered_text(steps: OrderedLevels, *, asked: bool) -> str:
    """Which order, and what else the target could be read as."""
    shown = steps.labels if len(steps.labels) <= NAMED else (*steps.labels[: NAMED - 2], "…", steps.labels[-1])
    if asked:
        return f"as asked: {' < '.join(shown)}"
    others = "--family multinomial: classes without order"
    others += "; gaussian: a scale of equal steps" if steps.are_numbers else ""
    return f"the target's levels have an order, {' < '.join(shown)} ({others})"


def _check(asked: FamilyName, problem: Problem, y: AnyArray, target: str) -> None:
    if PROBLEMS[asked].form != problem.form:
        raise TaskError(
            f'The target "{target}" is {problem}, which is nothing for --family {asked}.',
            where=Where(column=target, option="--family"), do=("leave out --family",),
        )  # fmt: skip
    values = np.asarray(y, dtype=np.float64)
    if asked == "gamma" and values.min() <= 0:
        raise TaskError(
            f'--family gamma needs numbers above 0; "{target}" goes down to {values.min():g}.',
            where=Where(column=target, option="--family"), do=("--family gaussian",),
        )  # fmt: skip
    odd = values[(values < 0) | (values != np.floor(values))]
    if asked in ("poisson", "negative_binomial") and len(odd):
        raise TaskError(
            f'--family {asked} needs counts; "{target}" is {odd[0]:g} in one row.',
            where=Where(column=target, option="--family"), do=("--family gaussian",),
        )  # fmt: skip


def _skew(values: Floats) -> float:
    spread = float(values.std())
    return float(np.mean(((values - values.mean()) / spread) ** 3)) if spread > 0 else 0.0
