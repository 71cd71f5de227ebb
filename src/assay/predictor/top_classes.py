"""The likeliest classes of each row, and how many of them may be asked for."""

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.errors import UsageError, Where
from assay.core.schema import Label
from assay.predictor.passport import Passport

WHERE = Where(option="--top")


def check_top(passport: Passport, k: int) -> None:
    """UsageError where there is no choice between several classes, or not one of k of them."""
    classes = passport.classes
    if not classes:
        raise UsageError(
            f'"{passport.target}" is a number, so no classes are the likeliest.', where=WHERE,
            do=("leave out --top", "--coverage 0.9 for an interval"),
        )  # fmt: skip
    if len(classes) == 2:
        raise UsageError(
            f'"{passport.target}" has two classes, so the prediction says all but how likely it is.', where=WHERE,
            do=("--proba for the probability of each",),
        )  # fmt: skip
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= len(classes):
        raise UsageError(
            f'"{passport.target}" has {len(classes)} classes: the likeliest 1 to {len(classes)} can be given, not '
            f"{k!r}.",
            where=WHERE, do=(f"--top {min(3, len(classes))}",),
        )  # fmt: skip


def top_classes(classes: tuple[Label, ...], probabilities: Floats, k: int) -> tuple[AnyArray, Floats]:
    """(n, k) labels, the likeliest first and equal ones in the order of the classes, and their (n, k) probabilities.
    A class of probability 0 is no answer: None in its place.
    """
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    shares = np.take_along_axis(probabilities, order, axis=1)
    labels = np.array([*classes, None], dtype=object)
    return labels[np.where(shares > 0, order, len(classes))], shares


def by_class(stored: Floats) -> Floats:
    """(n, n_classes) probabilities of predictions as they are stored."""
    return np.column_stack([1.0 - stored, stored]) if stored.ndim == 1 else stored
