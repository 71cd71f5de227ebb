"""Labels that all models reject, and how many of the labels are wrong.

From out-of-fold predictions alone wrong labels and honest noise look alike: a calibrated model expects both. They
differ where the law is nearly certain: honest noise dies out there, wrong labels stay at their share. So two laws are
compared on rows held out: one with a share of wrong labels (`wrong_label_fit`, `wrong_number_fit`) and one without.
Only where the first predicts the labels better is anything said; then a row is a suspect that it holds wrong, and that
every model rejects with confidence (confident learning; Northcutt, Jiang and Chuang, 2021).

Where no row is near certain the two cannot be told apart, and nothing is said. A rule with exceptions of a constant
share that no column explains looks like wrong labels: people must look.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.errors import DataError
from assay.core.seed import Seeds
from assay.explain.feature_columns import FeatureColumn
from assay.explain.residual_models import curve_axes, linear_axes, strongest
from assay.explain.tested_means import mean_of, unit_codes
from assay.explain.wrong_label_fit import wrong_label_fit
from assay.explain.wrong_number_fit import density_elsewhere, wrong_number_fit

LEVEL = 0.01
RISES = 0.05
"""p of the held-out likelihood below which it rises, where the share of wrong labels is what is tested."""
PARTS = 10
MOST_ROWS = 20_000
"""That a law is fitted on."""
FEWEST_ROWS = 200
MOST_SHARE = 0.25
"""Beyond it the law has another form than the one that is fitted (skewed numbers), and the share is that of a tail."""
LEAST_SHARE = 0.005
"""Of wrong labels, below which nothing is said: rows that are odd by themselves are as many in every table."""
SURE = 0.5
"""Chance of being wrong from which a row is a suspect."""
ODDS = 1e-4
MOST_AXES, MOST_FACTORS = 40, 12
"""Axes of a law, and columns of which products are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspectLabel:
    """A row that all models reject. row: from 0; given, expected: class codes or numbers; chance: that it is wrong."""

    row: int
    given: float
    expected: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNoise:
    """share: of wrong labels, with its 95 % interval; p: for there being none; rows: suspects, the surest first.

    Where nothing is visible the share is what the fit says, rows are () and nothing can be concluded, least of all that
    all labels are right. why: nothing was asked, "" where it was.
    """

    share: float
    low: float
    high: float
    p: float
    rows: tuple[SuspectLabel, ...] = ()
    why: str = ""

    @property
    def is_visible(self) -> bool:
        """Whether wrong labels can be told from honest noise here."""
        return self.p < LEVEL and self.low > 0.0 and LEAST_SHARE <= self.share <= MOST_SHARE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _HeldOut:
    """What fits without a row say of it. gains: (m,) log likelihood over that without wrong labels; right: (m,) chance
    that the label is right; shares: (PARTS,) of wrong labels by each fit.
    """

    gains: Floats
    right: Floats
    shares: Floats


def suspect_labels(
    predictions: AnyArray, y: AnyArray, *, is_class: bool, columns: Sequence[FeatureColumn] = (),
    units: AnyArray | None = None, seed: int = 0,
) -> LabelNoise:  # fmt: skip
    """Wrong labels as far as they can be told.

    predictions: (c, n), or (c, n, k) of more than two classes, stored out-of-fold predictions of c experiments, better
    of different families; y: (n,) class codes or numbers; columns: from which the law is learned beside the predictions
    (without them it is their logit alone); units: (n,) any codes, rows that belong together. The chance that labels
    without a wrong one give suspects is about LEVEL, where the law is one that grows certain smoothly. Cost: 20 small
    fits, seconds. DataError where lengths differ.
    """
    stack = np.asarray(predictions, dtype=np.float64)
    if stack.ndim < 2 or stack.shape[1] != len(y):
        raise DataError(f"Predictions of shape {stack.shape} are not (experiments, rows) of {len(y):,} rows.")
    scored = np.flatnonzero(np.isfinite(stack.reshape(len(stack), len(y), -1)).all(axis=(0, 2)))
    if len(scored) < FEWEST_ROWS:
        return LabelNoise(share=0.0, low=0.0, high=0.0, p=1.0)
    rows = scored if len(scored) <= MOST_ROWS else _sampled(scored, seed)
    stack, known = stack[:, rows], np.asarray(y)[rows]
    codes = unit_codes(len(rows), None if units is None else np.asarray(units)[rows])
    parts = Seeds(seed).child("labels").rng().permutation(int(codes.max()) + 1)[codes] % PARTS
    own = [column.take(rows) for column in columns]
    held = _of_classes(stack, known, own, parts, codes) if is_class else _of_numbers(stack, known, parts)
    found = _noise(held, codes, is_class=is_class)
    if not found.is_visible:
        return found
    rejected, expected = _rejected_classes(stack, known) if is_class else _rejected_numbers(stack, known, held)
    suspects = np.flatnonzero(rejected & (held.right < 1.0 - SURE))
    ordered = suspects[np.argsort(held.right[suspects], kind="stable")]
    shown = tuple(
        SuspectLabel(
            row=int(rows[at]), given=float(known[at]), expected=float(expected[at]), chance=float(1.0 - held.right[at])
        )
        for at in ordered
    )
    return LabelNoise(share=found.share, low=found.low, high=found.high, p=found.p, rows=shown)


def _sampled(rows: Index, seed: int) -> Index:
    return np.sort(Seeds(seed).child("labels", "rows").rng().choice(rows, size=MOST_ROWS, replace=False))


def _noise(held: _HeldOut, units: Index, *, is_class: bool) -> LabelNoise:
    """The share by the delete-a-part jackknife, so that units count as one.

    p: of classes that of the share, as the held-out likelihood has little to say of a few rows, but only where that
    likelihood visibly rises too; of numbers that of the likelihood, as a share of swapped ones also fits heavy tails.
    """
    from scipy.special import stdtr, stdtrit

    share = float(held.shares.mean())
    sigma = float(np.sqrt((PARTS - 1) / PARTS * ((held.shares - share) ** 2).sum()))
    reach = float(stdtrit(PARTS - 1, 0.975)) * sigma
    tested = mean_of(held.gains, units, sides=1)
    p = 1.0 if tested is None else tested.p
    if is_class:
        of_share = float(stdtr(PARTS - 1, -share / sigma)) if sigma > 0.0 else 1.0
        p = of_share if p < RISES else max(of_share, p)
    return LabelNoise(share=share, low=max(share - reach, 0.0), high=min(share + reach, 1.0), p=p)


def _of_classes(stack: Floats, y: AnyArray, columns: Sequence[FeatureColumn], parts: Index, units: Index) -> _HeldOut:
    """stack: (c, m) or (c, m, k).

    The law is one of the columns and of what the models say, or, where columns and wrong labels alone predict the
    labels no worse than that, of the columns: a model that is calibrated knows the share of wrong labels, and hides it.
    """
    known, n_classes = np.asarray(y, dtype=np.int64), 2 if stack.ndim == 2 else stack.shape[2]
    logits, drawn = _class_axes(stack, columns, len(y))
    ones = np.ones((len(known), 1))
    together, plain = _compared(np.hstack([ones, logits, drawn]), known, n_classes, parts)
    if not drawn.shape[1]:
        return together
    alone, without = _compared(np.hstack([ones, drawn]), known, n_classes, parts)
    better = mean_of(plain - (without + alone.gains), units, sides=1)
    return together if better is None or better.p < RISES else alone


def _compared(axes: Floats, y: Index, n_classes: int, parts: Index) -> tuple[_HeldOut, Floats]:
    """What a law with wrong labels says on rows held out, and (m,) the log likelihood of the law without."""
    gains, plain, right, shares = np.zeros(len(y)), np.zeros(len(y)), np.ones(len(y)), np.zeros(PARTS)
    for part in range(PARTS):
        here, train = parts == part, parts != part
        law = wrong_label_fit(axes[train], y[train], n_classes)
        found = wrong_label_fit(axes[train], y[train], n_classes, start=law)
        chance, right[here] = found.given(axes[here], y[here])
        plain[here] = np.log(law.given(axes[here], y[here])[0])
        gains[here] = np.log(chance) - plain[here]
        shares[part] = float((found.truth(axes[train]) @ found.wrong).mean())
    return _HeldOut(gains=gains, right=right, shares=shares), plain


def _class_axes(stack: Floats, columns: Sequence[FeatureColumn], n_rows: int) -> tuple[Floats, Floats]:
    """(m, 1 or k) the mean logits of the models, and (m, a) curves and products of the columns: those that go with the
    logits most, which were made without the row's own label.
    """
    chances = np.clip(stack, ODDS, 1.0 - ODDS)
    logits = np.log(chances / (1.0 - chances)).mean(axis=0).reshape(n_rows, -1)
    centred = logits - logits.mean(axis=0)
    centred /= np.maximum(centred.std(axis=0), 1e-12)
    if not columns:
        return centred, np.empty((n_rows, 0))
    linear = linear_axes(columns)
    main = linear[:, strongest(linear, centred, MOST_FACTORS)]
    products = [main[:, a] * main[:, b] for a in range(main.shape[1]) for b in range(a + 1)]
    pool = np.column_stack([curve_axes(columns), *[product - product.mean() for product in products]])
    return centred, pool[:, strongest(pool, centred, MOST_AXES)]


def _of_numbers(stack: Floats, y: AnyArray, parts: Index) -> _HeldOut:
    known = np.asarray(y, dtype=np.float64)
    residuals = known - np.median(stack, axis=0)
    elsewhere = density_elsewhere(known)
    gains, right, shares = np.zeros(len(known)), np.ones(len(known)), np.zeros(PARTS)
    for part in range(PARTS):
        here, train = parts == part, parts != part
        plain = wrong_number_fit(residuals[train], elsewhere[train], with_wrong=False)
        found = wrong_number_fit(residuals[train], elsewhere[train], with_wrong=True)
        density, right[here] = found.given(residuals[here], elsewhere[here])
        gains[here] = np.log(density) - np.log(plain.given(residuals[here], elsewhere[here])[0])
        shares[part] = found.wrong
    return _HeldOut(gains=gains, right=right, shares=shares)


def _rejected_classes(stack: Floats, y: AnyArray) -> tuple[Bools, Index]:
    """(m,) rows whose label every model rejects for the same other class, which it gives at least the mean probability
    that it gives rows labelled so; and (m,) that class.
    """
    wide = np.stack([1.0 - stack, stack], axis=-1) if stack.ndim == 2 else stack
    known = np.asarray(y, dtype=np.int64)
    best = wide.argmax(axis=2)
    usual = np.stack([
        [each[known == c, c].mean() if (known == c).any() else 1.0 for c in range(wide.shape[2])] for each in wide
    ])  # fmt: skip
    sure = np.take_along_axis(wide, best[..., None], axis=2)[..., 0] >= np.take_along_axis(usual, best, axis=1)
    highest, own = wide.max(axis=2), wide[:, np.arange(len(known)), known]
    agree = (best == best[0]).all(axis=0) & (best[0] != known) & (sure & (highest > own)).all(axis=0)
    return np.asarray(agree), best[0].astype(np.int64)


def _rejected_numbers(stack: Floats, y: AnyArray, held: _HeldOut) -> tuple[Bools, Floats]:
    """(m,) rows that every model misses on the same side by more than nine tenths of the rows it is surest of."""
    residuals = np.asarray(y, dtype=np.float64) - stack
    fine = held.right > 1.0 - SURE
    bounds = np.quantile(np.abs(residuals[:, fine]), 0.9, axis=1) if fine.any() else np.zeros(len(stack))
    same = (np.sign(residuals) == np.sign(residuals[0])).all(axis=0)
    return np.asarray(same & (np.abs(residuals) > bounds[:, None]).all(axis=0)), np.median(stack, axis=0)
