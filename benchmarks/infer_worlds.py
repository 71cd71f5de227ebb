"""Tables whose truth is known, for the intervals and p-values of `assay infer`."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.infer.coefficients import coefficients
from assay.infer.inference_question import ErrorKind
from assay.infer.joint_tests import joint_test_by_model
from assay.infer.likelihood import Fit, fit_classes, fit_counts, fit_glm
from assay.infer.ordered_logit import fit_ordered
from assay.infer.product_terms import with_product_terms
from assay.infer.proportional_odds import OrderedTarget, proportional
from assay.infer.separation import fit_binary
from assay.infer.simple_slopes import product_effect
from assay.infer.standard_errors import covariances, preferred
from infer_figures import design_of, read, reading

EFFECT = 0
Maker = Callable[[np.random.Generator, int, float], "World"]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """x: (n, k), the effect first; y; groups. truth: of the effect's coefficient."""

    x: Floats
    y: AnyArray
    truth: float
    groups: Index | None = None


def columns(rng: np.random.Generator, n: int) -> Floats:
    """An effect that goes with two of three others, one of them skewed."""
    others = np.column_stack([rng.normal(size=n), rng.exponential(size=n), rng.integers(0, 2, n)])
    effect = 0.6 * others[:, 0] + 0.4 * others[:, 2] + rng.normal(size=n)
    return np.column_stack([effect, others])


def _score(x: Floats, truth: float) -> Floats:
    return truth * x[:, 0] + 0.3 * x[:, 1] - 0.2 * x[:, 2] + 0.2 * x[:, 3]


def number(rng: np.random.Generator, n: int, truth: float) -> World:
    """Normal errors, equal everywhere."""
    x = columns(rng, n)
    return World(x, _score(x, truth) + rng.normal(size=n), truth)


def uneven(rng: np.random.Generator, n: int, truth: float) -> World:
    """Skewed errors whose spread grows with the effect: where classical errors are wrong."""
    x = columns(rng, n)
    spread = 0.3 + np.abs(x[:, 0])
    return World(x, _score(x, truth) + spread * (rng.exponential(size=n) - 1.0), truth)


def binary(rng: np.random.Generator, n: int, truth: float) -> World:
    """One class in three."""
    x = columns(rng, n)
    chance = 1.0 / (1.0 + np.exp(0.8 - _score(x, truth)))
    return World(x, (rng.uniform(size=n) < chance).astype(np.int64), truth)


def several(rng: np.random.Generator, n: int, truth: float) -> World:
    """Three classes; the truth is that of the second against the first."""
    x = columns(rng, n)
    eta = np.column_stack([np.zeros(n), _score(x, truth) - 0.3, 0.2 * x[:, 1] - 0.2])
    chance = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    y = (rng.uniform(size=(n, 1)) > chance.cumsum(axis=1)[:, :2]).sum(axis=1)
    return World(x, y.astype(np.int64), truth)


def rated(rng: np.random.Generator, n: int, truth: float) -> World:
    """Five degrees, the highest of one row in nine: cumulative logits."""
    x = columns(rng, n)
    return World(x, np.digitize(_score(x, truth) + rng.logistic(size=n), [-1.5, -0.3, 0.8, 2.2]) + 1.0, truth)


def rated_by(n_groups: int) -> Maker:
    """The same in groups that share a part of effect and answer. A logit within groups is none over them, so that the
    truth of a coefficient is known where it is 0."""

    def made(rng: np.random.Generator, n: int, truth: float) -> World:
        groups = np.sort(np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, n - n_groups)]))
        x = rng.normal(size=(n, 3))
        x[:, 0] += rng.normal(size=n_groups)[groups]
        answer = 0.4 * x[:, 1] + rng.normal(size=n_groups)[groups] + rng.logistic(size=n)
        return World(x, np.digitize(truth * x[:, 0] + answer, [-1.5, -0.3, 0.8, 2.2]) + 1.0, truth, groups)

    return made


def counted(rng: np.random.Generator, n: int, truth: float) -> World:
    """Poisson, about 1.5 a row."""
    x = columns(rng, n)
    return World(x, rng.poisson(np.exp(0.3 + _score(x, truth))).astype(np.float64), truth)


def clumped(rng: np.random.Generator, n: int, truth: float) -> World:
    """Counts that vary more than Poisson's: negative binomial, α = 1."""
    x = columns(rng, n)
    return World(x, rng.poisson(np.exp(0.3 + _score(x, truth)) * rng.exponential(size=n)).astype(np.float64), truth)


def positive(rng: np.random.Generator, n: int, truth: float) -> World:
    """Costs: gamma of shape 2 about a mean that multiplies."""
    x = columns(rng, n)
    return World(x, rng.gamma(2.0, np.exp(_score(x, truth)) / 2.0), truth)


def grouped(n_groups: int) -> Maker:
    """Rows of groups of unequal size that share a part of effect and error."""

    def made(rng: np.random.Generator, n: int, truth: float) -> World:
        groups = np.sort(np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, n - n_groups)]))
        x = columns(rng, n)
        x[:, 0] += rng.normal(size=n_groups)[groups]
        y = _score(x, truth) + rng.normal(size=n_groups)[groups] + rng.normal(size=n)
        return World(x, y, truth, groups)

    return made


def rare(k: int) -> Maker:
    """The effect is that of a level of k rows."""

    def made(rng: np.random.Generator, n: int, truth: float) -> World:
        x = columns(rng, n)
        x[:, 0] = np.arange(n) < k
        return World(x, _score(x, truth) + rng.normal(size=n), truth)

    return made


def fitted(world: World, family: str) -> tuple[Fit, ErrorKind]:
    """(fit, kind of error) as `assay infer` would choose them."""
    z = design_of(world.x).z
    if family == "multinomial":
        fit = fit_classes(z, world.y, 3)
    elif family == "ordered":
        fit = fit_ordered(z, world.y)
    elif family == "counts":
        fit, _ = fit_counts(z, world.y, asked=None, weight=None)
    elif family == "binomial":
        fit, _ = fit_binary(z, world.y)
    else:
        fit = fit_glm(z, world.y, family)  # type: ignore[arg-type]
    return fit, preferred(fit, world.groups, weighted=False, asked=None)[0]


def asked(world: World, family: str) -> tuple[bool, float]:
    """(does the interval hold the truth, p) of the effect, as it would be printed."""
    design = design_of(world.x)
    fit, kind = fitted(world, family)
    found = read(design, world.y, fit, kind, groups=world.groups, effect="x0")
    one = next(item for item in found if item.role == "effect").shown
    assert one.p is not None
    return one.low <= world.truth <= one.high, float(one.p)


def noise_claims(rng: np.random.Generator, n: int, k: int, family: str) -> tuple[bool, bool]:
    """(any of k noise columns claimed by Holm at 5 %, any below 5 % uncorrected)."""
    x = rng.normal(size=(n, k))
    y = rng.normal(size=n) if family == "gaussian" else (rng.uniform(size=n) < 0.4).astype(np.int64)
    design = design_of(x)
    fit = fit_binary(design.z, y)[0] if family == "binomial" else fit_glm(design.z, y, "gaussian")
    kind = preferred(fit, None, weighted=False, asked=None)[0]
    found = [one for one in read(design, y, fit, kind) if one.role == "other"]
    holm = [one.holm for one in found if one.holm is not None]
    plain = [one.shown.p for one in found if one.shown.p is not None]
    assert len(holm) == len(plain) == k
    return min(holm) <= 0.05, min(plain) <= 0.05


def joint_p(rng: np.random.Generator, n: int, k: int) -> tuple[float, float]:
    """(p of one column as a whole, p of the whole model), two classes that k noise columns say nothing about.

    With k above n / 20 the fit is penalised, as the rarer class has fewer than ten rows a column.
    """
    x, y = rng.normal(size=(n, k)), (rng.uniform(size=n) < 0.4).astype(np.int64)
    z = design_of(x).z
    fit, _ = fit_binary(z, y)
    column, whole = (joint_test_by_model(fit, z, y, which, ("x",)) for which in (np.array([1]), np.arange(1, k + 1)))
    assert column.p is not None
    assert whole.p is not None
    return column.p, whole.p


def steps_p(rng: np.random.Generator, n: int) -> float:
    """p of Brant's test where one number does serve all five degrees."""
    world = rated(rng, n, 0.3)
    values, codes = np.unique(world.y, return_inverse=True)
    design = design_of(world.x)
    rating = OrderedTarget(codes, fit_ordered(design.z, codes).mean, tuple(map(str, values)))
    found = proportional(design, rating, effect=None)
    return 1.0 if found.p is None else found.p


def asked_of_product(rng: np.random.Generator, n: int, family: str) -> tuple[bool, bool]:
    """(does the product's interval hold its truth, does that of the slope where the other column is low), where the
    effect is 0.2 and 0.25 more for each further unit of a column that goes with it; errors as uneven as it is large."""
    x = columns(rng, n)
    score = _score(x, 0.2) + 0.25 * x[:, 0] * x[:, 1]
    noise = rng.logistic(size=n) if family == "ordered" else (0.3 + np.abs(x[:, 0])) * rng.normal(size=n)
    y = np.digitize(score + noise, [-2.0, -0.7, 0.7, 2.0]) if family == "ordered" else score + noise
    design, product = with_product_terms(design_of(x), "x0", "x1", weight=None, source="")
    fit = fit_ordered(design.z, y) if family == "ordered" else fit_glm(design.z, y, "gaussian")
    kind = preferred(fit, None, weighted=False, asked=None)[0]
    known = reading(design, y, fit, kind, covariances(fit, design.z, None), groups=None, effect=product.column)
    one = next(item for item in coefficients(known) if item.role == "effect").shown
    low = product_effect(known, product).slopes[0]
    there = low.coefficient.shown
    assert low.at is not None
    return one.low <= 0.25 <= one.high, there.low <= 0.2 + 0.25 * low.at <= there.high
