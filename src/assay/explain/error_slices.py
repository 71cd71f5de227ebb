"""Where a model fails: readable slices of its out-of-fold errors, found on half of the units and tested on the other.

On each half boxes of one or two comparisons are searched in which losses are larger, and in which residuals times
columns are not zero on average: rows in which the law differs (as in model-based partitioning; Zeileis, Hothorn and
Hornik, 2008). They are tested on the half they were not found on: whether the loss there is higher than elsewhere, and
whether a small model of the residuals repairs something there that no correction on all rows does. Both are corrected
for all boxes of both halves (Holm).

A higher loss alone may be nothing but noisier rows. A repairable one is an error that another model need not make.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.errors import DataError
from assay.core.seed import Seeds
from assay.explain.feature_columns import FeatureColumn
from assay.explain.residual_models import Residuals, curve_axes, linear_axes, product_axes, unit_folds
from assay.explain.row_conditions import condition_mask, condition_text, essential
from assay.explain.slice_search import Cuts, best_boxes, sampled_rows
from assay.explain.tested_means import Tested, corrected, excess_of, mean_of, repaired, unit_codes

LEVEL = 0.01
"""Below which a corrected p counts, of either test."""
LEAST_WORTH = 0.003
"""Of all squared residuals: rows that are nearly certain can always be made more certain, which repairs nothing."""
FEWEST_ROWS, FEWEST_SHARE = 30, 0.02
FEWEST_OF_CLASS = 10
"""Rows of a class, and not of it, in the tested part of a slice, and in the part that a correction is learned on."""
CLIP = 0.99
"""Quantile at which losses are clipped where slices are searched: a few outliers are no slice."""
BOXES, WORST = 3, 2
"""Of one comparison, and of two, that a half names by each criterion (another law, larger losses): every one more makes
the corrected p of all larger."""
MOST_MOMENTS = 20
"""Columns whose products with the residuals are looked at: those of which the size of the residuals depends most."""
MOST_OUTPUTS = 3
"""Of many classes those with the largest residuals are looked at."""
MOST_ROWS = 100_000
"""On which slices are looked for and tested; of more a sample."""
SAME = 0.6
"""Two slices that share so much of their rows (Jaccard) are one."""
MOST_SLICES = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorSlice:
    """Rows in which the model fails.

    condition: in words; cuts: what it is made of; columns: of the condition; mask: (n,) bool, rows: how many. loss:
    mean of the slice, rest: of all other rows, both on rows that the slice was not found on. excess: loss less rest.
    bias: mean of truth less prediction there (numbers and two classes). gain: by how much a small model of the
    residuals, fitted out of fold inside the slice, lowers the mean squared residual there, beyond what a correction on
    all rows does; worth: that as a share of the squared residuals of all rows.
    """

    condition: str
    cuts: Cuts
    columns: tuple[str, ...]
    mask: Bools
    rows: int
    loss: float
    rest: float
    excess: Tested
    bias: Tested | None = None
    gain: Tested | None = None
    worth: float = 0.0

    @property
    def is_worse(self) -> bool:
        """Whether the loss is visibly above that of the rest."""
        return self.excess.p < LEVEL

    @property
    def correctable(self) -> bool:
        """Whether the errors are more than noise: another model could repair a part of them that counts."""
        return self.gain is not None and self.gain.p < LEVEL and self.worth >= LEAST_WORTH


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Errors:
    """What is known of the scored rows. losses, units: (m,); residuals, smooth: before and after what curves of the
    columns and products of two numbers repair on all rows, or None.
    """

    columns: tuple[FeatureColumn, ...]
    losses: Floats
    units: Index
    residuals: Residuals | None
    smooth: Residuals | None
    seed: int

    @property
    def fewest(self) -> int:
        return max(FEWEST_ROWS, int(np.ceil(FEWEST_SHARE * len(self.losses))))


def error_slices(
    losses: Floats, columns: Sequence[FeatureColumn], *, units: AnyArray | None = None,
    residuals: Floats | None = None, predictions: AnyArray | None = None, seed: int = 0,
) -> tuple[ErrorSlice, ...]:  # fmt: skip
    """Slices that are worse or correctable, the correctable first; () where nothing can be seen.

    losses: (n,) out-of-fold loss of each row, NaN where it was never scored. units: (n,) any codes; rows of a unit are
    one observation. residuals: (n,) or (n, k) truth less prediction, without which there is no bias and no gain;
    predictions: the same shape, what they were left of, so that corrections of classes are made on the logit scale (a
    prediction is one of classes where every one lies in [0, 1] and so does the size of every residual). The chance that
    data without a slice give one is at most LEVEL for each of the two tests. DataError where lengths differ.
    """
    if any(len(column.values) != len(losses) for column in columns):
        raise DataError(f"There are {len(losses):,} losses, and a column of another number of rows.")
    scored = np.flatnonzero(np.isfinite(losses))
    if len(scored) < 4 * FEWEST_ROWS or not columns:
        return ()
    if len(scored) > MOST_ROWS:
        scored = np.sort(Seeds(seed).child("slices", "scored").rng().choice(scored, size=MOST_ROWS, replace=False))
    errors = _errors(losses, columns, scored, units, _residuals(residuals, predictions, scored), seed)
    found = [one for half in _halves(errors) for one in _candidates(errors, half)]
    tested = [(cuts, half, excess) for cuts, half in found if (excess := _excess(errors, cuts, half)) is not None]
    excesses = corrected([excess for _, _, excess in tested])
    gains = corrected([_gain(errors, cuts, half) for cuts, half, _ in tested])
    slices = [
        _slice(errors, columns, (cuts, half), (excess, gain))
        for (cuts, half, _), excess, gain in zip(tested, excesses, gains, strict=True)
        if excess is not None
    ]
    return _distinct(sorted((one for one in slices if one.is_worse or one.correctable), key=_surest))


def _residuals(residuals: Floats | None, predictions: AnyArray | None, scored: Index) -> Residuals | None:
    if residuals is None:
        return None
    known = np.asarray(residuals, dtype=np.float64)[scored].reshape(len(scored), -1)
    outputs = np.sort(np.argsort(-(known**2).sum(axis=0), kind="stable")[:MOST_OUTPUTS])
    known = known[:, outputs]
    if predictions is None:
        return Residuals.of(known, None, is_class=False)
    given = np.asarray(predictions, dtype=np.float64)[scored].reshape(len(scored), -1)[:, outputs]
    truth = known + given
    is_class = bool(np.isin(np.round(truth, 6), (0.0, 1.0)).all() and given.min() >= 0.0 and given.max() <= 1.0)
    return Residuals.of(known, given, is_class=is_class)


def _errors(
    losses: Floats, columns: Sequence[FeatureColumn], scored: Index, units: AnyArray | None,
    residuals: Residuals | None, seed: int,
) -> _Errors:  # fmt: skip
    own = tuple(column.take(scored) for column in columns)
    codes = unit_codes(len(scored), None if units is None else np.asarray(units)[scored])
    smooth = None
    if residuals is not None:
        folds = unit_folds(codes, Seeds(seed).child("slices", "folds").rng())
        curves = curve_axes(own)
        products = product_axes(own, np.abs(residuals.values) if residuals.centre is None else residuals.centre)
        smooth = residuals.less(residuals.cross_fitted(np.column_stack([curves, products]), folds))
    return _Errors(columns=own, losses=losses[scored], units=codes, residuals=residuals, smooth=smooth, seed=seed)


def _halves(errors: _Errors) -> tuple[Bools, Bools]:
    """(m,) rows to search, of each of the two ways round."""
    deal = Seeds(errors.seed).child("slices", "halves").rng().permutation(int(errors.units.max()) + 1) % 2
    first = np.asarray(deal[errors.units] == 0)
    return first, ~first


def _candidates(errors: _Errors, half: Bools) -> Iterator[tuple[Cuts, Bools]]:
    """Conditions found on the rows of `half`, each with that half."""
    rows = np.flatnonzero(half)
    rows = rows[sampled_rows(len(rows), Seeds(errors.seed).child("slices", "rows").rng())]
    own = [column.take(rows) for column in errors.columns]
    fewest = max(FEWEST_ROWS // 2, errors.fewest // 2)
    losses = np.minimum(errors.losses[rows], np.quantile(errors.losses[rows], CLIP))
    conditions = list(best_boxes(own, losses - losses.mean(), fewest=fewest, most=WORST))
    if errors.smooth is not None:
        left = errors.smooth.take(rows)
        deal = Seeds(errors.seed).child("slices", "merit").rng().permutation(int(errors.units.max()) + 1) % 2
        merit = _OwnLaw(axes=linear_axes(own), left=left, first=np.asarray(deal[errors.units[rows]] == 0))
        conditions += best_boxes(own, _moments(own, left), fewest=fewest, most=BOXES, merit=merit)
    for cuts in dict.fromkeys(conditions):
        yield cuts, half


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _OwnLaw:
    """How surely the residuals of a box follow its columns, on the rows that are searched. first: (m,) one half of the
    units, by which the other is predicted and the other way round.
    """

    axes: Floats
    left: Residuals
    first: Bools

    def __call__(self, mask: Bools) -> float:
        own = np.flatnonzero(mask)
        left, axes, first = self.left.take(own), self.axes[own], self.first[own]
        if min(first.sum(), (~first).sum()) < FEWEST_ROWS // 4:
            return -np.inf
        together = np.zeros(len(own))
        for train in (first, ~first):
            together[~train] = (left.values[~train] * left.predicted(axes, train, ~train)).sum(axis=1)
        return float(together.sum() / max(np.sqrt((together**2).sum()), 1e-300))


def _moments(columns: Sequence[FeatureColumn], left: Residuals) -> Floats:
    """(m, q) residuals in standard deviations, and their products with the columns and the prediction, each of variance
    1: where the law is the same everywhere, so are their means.
    """
    residuals = left.values / left.scale
    axes = linear_axes(columns)
    size = np.sqrt((residuals**2).sum(axis=1))
    moved = np.abs((np.abs(axes) - np.abs(axes).mean(axis=0)).T @ (size - size.mean()))
    kept = np.argsort(-moved, kind="stable")[:MOST_MOMENTS]
    limit = np.quantile(np.abs(residuals), CLIP, axis=0)
    bounded = np.clip(residuals, -limit, limit)
    grid = np.column_stack([bounded, *(bounded * axes[:, [at]] for at in kept)])
    if left.centre is not None:
        grid = np.column_stack([grid, bounded * (left.centre - left.centre.mean(axis=0))])
    spread = grid.std(axis=0)
    return np.asarray(grid[:, spread > 0] / spread[spread > 0])


def _masks(errors: _Errors, cuts: Cuts, half: Bools) -> tuple[Bools, Bools]:
    """(m,) rows of the condition, and rows to test on."""
    return condition_mask(cuts, {column.name: column for column in errors.columns}), ~half


def _excess(errors: _Errors, cuts: Cuts, half: Bools) -> Tested | None:
    """On the other half; None where the slice is too small or nearly everything."""
    inside, tested = _masks(errors, cuts, half)
    is_of_size = errors.fewest <= int(inside.sum()) <= 0.6 * len(inside)
    if not (is_of_size and _has_both_answers(errors, inside & tested)):
        return None
    return excess_of(errors.losses[tested], inside[tested], errors.units[tested])


def _has_both_answers(errors: _Errors, rows: Bools) -> bool:
    """Whether enough rows are of a class and enough are not: of few positives a mean has no error that can be told."""
    known = errors.residuals
    if known is None or not known.is_of_classes:
        return True
    are = known.values[rows] > 0.0
    return bool(np.minimum(are.sum(axis=0), (~are).sum(axis=0)).min() >= FEWEST_OF_CLASS)


def _gain(errors: _Errors, cuts: Cuts, half: Bools) -> Tested | None:
    """What a model of the residuals fitted inside the slice repairs on its rows of the other half."""
    if errors.smooth is None:
        return None
    inside, tested = _masks(errors, cuts, half)
    own = np.flatnonzero(inside)
    left, here = errors.smooth.take(own), tested[own]
    if min(here.sum(), (~here).sum()) < FEWEST_ROWS // 2 or not _has_both_answers(errors, inside & ~tested):
        return None
    axes = linear_axes([column.take(own) for column in errors.columns])
    return repaired(left.values[here], left.predicted(axes, ~here, here), errors.units[own][here])


def _slice(
    errors: _Errors, columns: Sequence[FeatureColumn], found: tuple[Cuts, Bools], tests: tuple[Tested, Tested | None]
) -> ErrorSlice:  # fmt: skip
    cuts, half = found
    by_name = {column.name: column for column in columns}
    inside, tested = _masks(errors, cuts, half)
    mask = condition_mask(cuts, by_name)
    bias, worth, here = None, 0.0, inside & tested
    if errors.smooth is not None and tests[1] is not None:
        squares = (errors.smooth.values**2).sum(axis=1)
        worth = tests[1].value * float(here.sum()) / max(float(squares[tested].sum()), 1e-300)
    if errors.residuals is not None and errors.residuals.values.shape[1] == 1:
        bias = mean_of(errors.residuals.values[here, 0], errors.units[here])
    return ErrorSlice(
        condition=condition_text(cuts, by_name), cuts=essential(cuts),
        columns=tuple(dict.fromkeys(cut.column for cut in cuts)), mask=mask, rows=int(mask.sum()),
        loss=float(errors.losses[here].mean()),
        rest=float(errors.losses[~inside & tested].mean()), excess=tests[0], bias=bias, gain=tests[1], worth=worth,
    )  # fmt: skip


def _surest(one: ErrorSlice) -> tuple[bool, float]:
    """Correctable slices first, by what can surely be repaired of a row: of a slice and the rows around it, whose law a
    common model distorts too, the slice. Then by how much worse they surely are.
    """
    if one.gain is not None and one.correctable:
        return False, -one.gain.low
    return True, -one.excess.low


def _distinct(slices: Sequence[ErrorSlice]) -> tuple[ErrorSlice, ...]:
    """Without those that are nearly the rows of an earlier one."""
    kept = list[ErrorSlice]()
    for one in slices:
        if all((one.mask & other.mask).sum() < SAME * (one.mask | other.mask).sum() for other in kept):
            kept.append(one)
    return tuple(kept[:MOST_SLICES])
