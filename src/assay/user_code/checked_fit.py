"""Fits of a person's functions with the checks that every fold makes of them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.errors import CodeError
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.sandbox.rows import Rows
from assay.user_code.answers import NewColumns, check_not_all_missing, check_same
from assay.user_code.calls import Functions, Learned
from assay.user_code.given_rows import GivenColumn

_ROWS = 300
"""That are learned from twice."""


def checked_step(
    functions: Functions, X: Rows, y: AnyArray | None, columns: Sequence[GivenColumn], seeds: Seeds
) -> tuple[Learned, NewColumns]:
    """What `fit` learned of these rows, and the columns that `transform` makes of them. CodeError where they depend on
    other rows, on their order or on chance, or hold nothing.
    """
    learned = functions.fit_step(X, y, columns, seeds.number)
    made = functions.transform(learned, X)
    functions.check_transform(learned, X, made, seeds.child("again").number)
    check_not_all_missing(made, functions.source)
    if functions.source.shape.learns:
        some = _some(len(X), seeds)
        few, own = X.take(some), None if y is None else y[some]
        _check_repeats(
            functions,
            lambda: functions.transform(functions.fit_step(few, own, columns, seeds.number), few).values,
        )
    return learned, made


def checked_model(
    functions: Functions, X: AnyArray | Rows, target: Target, kinds: Mapping[str, str], seeds: Seeds
) -> Learned:
    """What `fit` learned of these rows. CodeError where predictions of some of them depend on other rows, on their
    order or on chance.
    """

    def fitted(rows: AnyArray | Rows, own: Target) -> Learned:
        return functions.fit_model(
            rows, own.values, kinds, seed=seeds.number, weight=own.weight, n_classes=own.n_classes
        )

    def of(learned: Learned, rows: AnyArray | Rows) -> AnyArray:
        return functions.predict(learned, rows, len(rows), target.n_classes)

    learned, asked = fitted(X, target), _at(X, np.arange(min(len(X), 2 * functions.tried)))
    functions.check_predict(learned, asked, of(learned, asked), target.n_classes, seeds.number)
    some = _some(len(X), seeds)
    few, own = _at(X, some), target.take(some)
    _check_repeats(functions, lambda: of(fitted(few, own), few))
    return learned


def _check_repeats(functions: Functions, answered: Callable[[], AnyArray]) -> None:
    """CodeError where a fit on the same few rows with the same seed answers otherwise when it is made again.

    So few rows may be too few for the function, or lack a class; then nothing is said.
    """
    try:
        first, again = answered(), answered()
    except CodeError:
        return
    check_same(
        first, again, "code/random", f"{functions.source.file}: fit learns something else when it is asked again",
        do=("take the seed: def fit(X, y, seed), and draw from np.random.default_rng(seed)",),
    )  # fmt: skip


def _some(n_rows: int, seeds: Seeds) -> Index:
    return np.sort(seeds.child("repeated").rng().permutation(n_rows)[:_ROWS]).astype(np.int64)


def _at(X: AnyArray | Rows, rows: Index) -> AnyArray | Rows:
    return X.take(rows) if isinstance(X, Rows) else X[rows]
