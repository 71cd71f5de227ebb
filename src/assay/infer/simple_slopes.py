"""Simple slopes: the effect at low, middle and high values of its moderator."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from assay.core.array import Bools, Floats
from assay.core.p_value_corrections import holm
from assay.infer.coefficients import FitContext, coefficients
from assay.infer.cumulative_logit import CumulativeLogit
from assay.infer.inference_result import ProductEffect, SimpleSlope
from assay.infer.joint_tests import expanded
from assay.infer.likelihood import Fit
from assay.infer.product_terms import ModeratorValue, ProductTerms, recentred
from assay.infer.standard_errors import covariances


def product_effect(read: FitContext, product: ProductTerms) -> ProductEffect:
    """The product in words and numbers: what was centred, and its slopes with p corrected among themselves (Holm)."""
    slopes = [one for held in product.held for one in _slopes(read, product, held)]
    if read.tested:
        corrected = holm([1.0 if (p := one.coefficient.shown.p) is None else p for one in slopes])
        slopes = [replace(one, coefficient=replace(one.coefficient, holm=float(by_holm), bh=None))
                  for one, by_holm in zip(slopes, corrected, strict=True)]  # fmt: skip
    terms = {j: read.design.terms[j - 1] for pair in product.pairs for j in pair}
    return ProductEffect(
        name=product.column, columns=(product.effect, product.moderator), slopes=tuple(slopes),
        centred=tuple((terms[j].column, float(product.centres[j])) for j in sorted(terms) if not terms[j].level),
    )  # fmt: skip


def slope_count(product: ProductTerms, outcomes: int) -> int:
    """How many slopes will be reported."""
    effects = len({a for a, _ in product.pairs})
    return sum(effects - len(held.missing) for held in product.held) * outcomes


def _slopes(read: FitContext, product: ProductTerms, held: ModeratorValue) -> Iterator[SimpleSlope]:
    """The same model with the moderator's centre elsewhere: the effect's own coefficient is the slope there, and all
    that is known of coefficients (degrees, profiles, a bootstrap) holds of it."""
    design, turn = recentred(read.design, product, held.centres)
    terms = tuple(replace(term, given=_given(held, product) if term.column == product.effect else term.given)
                  for term in design.terms)  # fmt: skip
    design = replace(design, terms=terms)
    fit = reparametrised(read.fit, turn, design.z)
    covariance = covariances(fit, design.z, read.groups)
    there = replace(read, fit=fit, design=design, covariances=covariance, effect=product.effect,
                    separated=_separated(read, turn, product))  # fmt: skip
    missing = {design.terms[j - 1].name for j in held.missing}
    for one in coefficients(there):
        if one.column == product.effect and one.role == "effect" and one.name not in missing:
            yield SimpleSlope(held=held.text, at=held.value, coefficient=one)


def _given(held: ModeratorValue, product: ProductTerms) -> str:
    if product.is_square:
        return held.text.removeprefix(f"{product.effect} ")
    return f"for {held.text}" if held.value is None else f"with {held.text}"


def reparametrised(fit: Fit, turn: Floats, z: Floats) -> Fit:
    """The same fit in other columns of the same space. turn: (1 + k, 1 + k) with z = old z · turn, whose columns but
    the ones have mean 0 both, so that no intercept moves."""
    whole = _whole(fit, turn)
    back = np.linalg.inv(whole)
    ends = None if fit.cumulative is None else CumulativeLogit.of(z, fit.cumulative.codes)
    return replace(
        fit, params=back @ fit.params, bread=back @ fit.bread @ back.T, scores=fit.scores @ whole, cumulative=ends
    )


def _whole(fit: Fit, turn: Floats) -> Floats:
    """The same for all coefficients: of several classes one block each, the logits of further levels as they are."""
    if fit.outcomes > 1:
        return np.asarray(np.kron(np.eye(fit.outcomes), turn), dtype=np.float64)
    out = np.eye(len(fit.params))
    out[: len(turn), : len(turn)] = turn
    return out


def _separated(read: FitContext, turn: Floats, product: ProductTerms) -> Bools | None:
    """A slope is infinite where one of its coefficients is."""
    if read.separated is None:
        return None
    known = np.abs(np.linalg.inv(_whole(read.fit, turn))) @ read.separated > 0
    asked = np.zeros(len(known), dtype=bool)
    asked[expanded(read.design.of([product.effect]), read.fit.outcomes, len(turn))] = True
    return np.asarray(known & asked)
