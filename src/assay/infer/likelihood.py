"""Generalized linear models by maximum likelihood, with the scores and information that standard errors need."""

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.errors import MissingExtraError, TaskError
from assay.infer.cumulative_logit import CumulativeLogit
from assay.infer.family import OVERDISPERSED
from assay.infer.inference_question import FamilyName

if TYPE_CHECKING:
    from statsmodels.genmod.families import Family as Law

MOST_ITERATIONS = 100
FULL_LEVERAGE = 1.0 - 1e-6
"""Leverage from which a row's residual is rounding, whatever its target."""
_EDGE = 1e-10


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """A model fitted on a Design's z (n rows, p coefficients in all; several classes one after the other).

    bread: (p, p) inverse expected information, dispersion left out; scores: (n, p) each row's part of the score, its
    weight in it; leverage: (n,) in [0, 1). mean: (n,) or (n, classes); eta: (n,) the linear predictor (of several
    classes: of the first after the base). dispersion: 1 where the family has none, else estimated; alpha: of the
    negative binomial. firth: fitted by penalised likelihood, of which loglik then is the value. Of ordered levels
    (`ordered`): steps, (levels,) their numbers; mean, (n, levels); cumulative, their likelihood.
    """

    family: FamilyName
    params: Floats
    bread: Floats
    scores: Floats
    leverage: Floats
    mean: Floats
    eta: Floats
    loglik: float
    deviance: float
    dispersion: float
    converged: bool
    working: Floats
    noise: Floats
    outcomes: int = 1
    alpha: float = 0.0
    firth: bool = False
    offset: Floats | None = None
    cumulative: CumulativeLogit | None = None
    level_values: Floats | None = None

    @property
    def df(self) -> int:
        """Rows beyond the coefficients."""
        return len(self.scores) - len(self.params)

    @property
    def plain_loglik(self) -> float:
        """The log-likelihood of the rows, without a penalty."""
        return -0.5 * self.deviance if self.firth else self.loglik

    @property
    def is_linear(self) -> bool:
        return self.family == "gaussian"

    @property
    def is_glm(self) -> bool:
        """Whether there is one linear predictor and one mean, so that rows have a leverage."""
        return self.family not in ("multinomial", "ordered")


def need_statsmodels() -> None:
    """MissingExtraError where the extra is not installed."""
    from importlib.util import find_spec

    if find_spec("statsmodels") is None:
        raise MissingExtraError(
            "assay infer needs statsmodels, which is not installed.",
            do=("pip install 'assay-ml[stats]'", "pip install statsmodels"),
        )


def fit_glm(
    z: Floats, y: AnyArray, family: FamilyName, *, weight: Floats | None = None, alpha: float = 0.0,
    offset: Floats | None = None,
) -> Fit:  # fmt: skip
    """One outcome by iteratively reweighted least squares (McCullagh and Nelder, 1989).

    z: (n, p) of full rank, the first column ones. y: (n,) numbers, or codes 0 and 1. weight: (n,) how much each row
    counts, of mean 1. alpha: of the negative binomial, for which see `fit_counts`. offset: (n,) added to the linear
    predictor, the logarithm of an exposure. Raises TaskError where the iterations diverge.
    """
    from statsmodels.genmod.generalized_linear_model import GLM

    law, values = _statsmodels_family(family, alpha), np.asarray(y, dtype=np.float64)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what statsmodels warns of is looked at: convergence, separation
        try:
            model = GLM(values, z, family=law, var_weights=weight, offset=offset)
            found = model.fit(maxiter=MOST_ITERATIONS, tol=1e-12, tol_criterion="deviance")
        except (ValueError, np.linalg.LinAlgError, FloatingPointError) as error:
            raise TaskError(f"The {family} model cannot be fitted: {error}.", do=("--family gaussian",)) from error
        params = np.asarray(found.params, dtype=np.float64)
        fit = fit_at(params, z, values, (family, alpha), weight=weight, offset=offset)
    return replace(fit, converged=bool(found.converged) and bool(np.isfinite(params).all()))


def fit_at(
    params: Floats, z: Floats, y: Floats, law: tuple[FamilyName, float], *, weight: Floats | None = None,
    offset: Floats | None = None,
) -> Fit:  # fmt: skip
    """The same quantities at given coefficients. law: the family and its alpha."""
    family, alpha = law
    shape = _statsmodels_family(family, alpha)
    mass = np.ones(len(y)) if weight is None else weight
    with np.errstate(all="ignore"):
        eta = z @ params if offset is None else z @ params + offset
        mean = np.asarray(shape.link.inverse(eta), dtype=np.float64)
        if family == "binomial":
            mean = np.clip(mean, _EDGE, 1.0 - _EDGE)
        slope = 1.0 / np.asarray(shape.link.deriv(mean), dtype=np.float64)
        variance = np.asarray(shape.variance(mean), dtype=np.float64)
        working = mass * slope**2 / variance
        bread = np.asarray(np.linalg.pinv(z.T @ (working[:, None] * z), hermitian=True))
        leverage = np.clip(working * np.einsum("ij,jk,ik->i", z, bread, z, optimize=True), 0.0, 1.0 - 1e-8)
        factor = mass * (y - mean) * slope / variance
        varies = float((mass * (y - mean) ** 2 / variance).sum() / max(len(y) - z.shape[1], 1))
    dispersion = varies if family in ("gaussian", "gamma") else 1.0
    excess = dispersion if family in ("gaussian", "gamma", "binomial") else max(varies, 1.0)
    return Fit(
        family=family, params=params, bread=bread, scores=factor[:, None] * z, leverage=leverage, mean=mean, eta=eta,
        loglik=_loglik(shape, family, y, mean, weight, dispersion), dispersion=dispersion, converged=True, alpha=alpha,
        deviance=float(shape.deviance(y, mean, var_weights=mass)), working=working, noise=mass * working * excess,
        offset=offset,
    )  # fmt: skip


def _statsmodels_family(family: FamilyName, alpha: float) -> "Law":
    from statsmodels.genmod import families

    made: dict[FamilyName, Any] = {
        "gaussian": families.Gaussian, "binomial": families.Binomial, "poisson": families.Poisson,
    }  # fmt: skip
    if family == "gamma":
        return families.Gamma(link=families.links.Log())
    if family == "negative_binomial":
        return families.NegativeBinomial(alpha=alpha)
    return made[family]()


def _loglik(law: "Law", family: FamilyName, y: Floats, mean: Floats, weight: Floats | None, dispersion: float) -> float:
    """Gaussian: at the variance of greatest likelihood; gamma: at the estimated dispersion."""
    if family == "gaussian":
        mass = np.ones(len(y)) if weight is None else weight
        rss = float((mass * (y - mean) ** 2).sum())
        return float(-0.5 * len(y) * (np.log(2 * np.pi * max(rss, 1e-300) / len(y)) + 1.0))
    with np.errstate(all="ignore"):
        return float(law.loglike(y, mean, var_weights=1.0 if weight is None else weight, scale=dispersion))


def fit_counts(
    z: Floats, y: Floats, *, asked: FamilyName | None, weight: Floats | None, offset: Floats | None = None
) -> tuple[Fit, str]:
    """(fit, why): Poisson, or negative binomial where counts are overdispersed.

    Asked, either. With weights Poisson, whose sandwich errors hold for any variance.
    """
    fit = fit_glm(z, y, "poisson", weight=weight, offset=offset)
    ratio = pearson_ratio(fit, y)
    if asked == "poisson":
        return fit, "as asked"
    if asked == "negative_binomial":
        return negative_binomial(z, y, offset=offset), "as asked"
    if ratio <= OVERDISPERSED or weight is not None:
        return fit, f"the target counts: whole numbers from 0; it varies {ratio:.2f} times as much as Poisson's"
    return negative_binomial(
        z, y, offset=offset
    ), f"the target counts and varies {ratio:.1f} times as much as Poisson's"


def pearson_ratio(fit: Fit, y: Floats) -> float:
    """Pearson's chi-squared over its degrees of freedom: 1 where the variance is the family's."""
    variance = fit.mean + fit.alpha * fit.mean**2
    return float(((y - fit.mean) ** 2 / variance).sum() / max(fit.df, 1))


def negative_binomial(z: Floats, y: Floats, *, offset: Floats | None = None) -> Fit:
    """Variance μ + α μ², α by maximum likelihood over [1e-6, 1e3] (NB2; Cameron and Trivedi, 1986).

    Means at a known α and α at known means in turn, as they are independent in large samples; for that reason the
    errors are those at a known α, too.
    """
    from scipy.optimize import minimize_scalar

    fit, last = fit_glm(z, y, "poisson", offset=offset), 0.0
    for _ in range(MOST_ITERATIONS):
        with np.errstate(all="ignore"):
            found = minimize_scalar(_negative_loglik, bounds=(np.log(1e-6), np.log(1e3)), args=(y, fit.mean),
                                    method="bounded", options={"xatol": 1e-7})  # fmt: skip
        fit = fit_glm(z, y, "negative_binomial", alpha=float(np.exp(found.x)), offset=offset)
        if abs(found.x - last) < 1e-6:
            break
        last = float(found.x)
    return fit


def _negative_loglik(log_alpha: float, y: Floats, mean: Floats) -> float:
    """Minus the log-likelihood of α at these means, without what does not depend on α."""
    from scipy.special import gammaln

    size = np.exp(-log_alpha)
    terms = gammaln(y + size) - gammaln(size) + y * np.log(mean / (mean + size)) - size * np.log1p(mean / size)
    return -float(terms.sum())


def fit_classes(z: Floats, codes: AnyArray, n_classes: int, *, steps: int = MOST_ITERATIONS) -> Fit:
    """Several classes against class 0, by Newton's method; `params` class by class, 0 where they diverged.

    steps: at most so many; a finite answer takes about ten. A separated class has no finite estimate: see
    `separation.fit_multinomial`.
    """
    from statsmodels.discrete.discrete_model import MNLogit

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = MNLogit(codes, z).fit(method="newton", maxiter=steps, disp=0, warn_convergence=False)
        except (ValueError, np.linalg.LinAlgError) as error:
            raise TaskError(
                f"The multinomial model cannot be fitted: {error}. A class may be told apart perfectly, or be rare.",
                do=("--effect COLUMN --adjust FEWER,COLUMNS", "merge rare classes"),
            ) from error
        params = np.asarray(found.params, dtype=np.float64)  # (p, classes - 1)
    if not np.isfinite(params).all():  # Newton's steps left the numbers: where they began is no answer, and says so
        return classes_at(np.zeros_like(params), z, codes, n_classes, converged=False)
    return classes_at(params, z, codes, n_classes, converged=bool(found.mle_retvals["converged"]))


def classes_at(params: Floats, z: Floats, codes: AnyArray, n_classes: int, *, converged: bool) -> Fit:
    """The same quantities of several classes. params: (p, classes - 1)."""
    logs = class_log_probabilities(params, z)
    mean, hot = np.exp(logs), np.eye(n_classes)[codes]
    scores = np.hstack([(hot[:, c] - mean[:, c])[:, None] * z for c in range(1, n_classes)])
    loglik = float(logs[np.arange(len(z)), codes].sum())
    bread: Floats = np.asarray(np.linalg.pinv(class_information(z, mean[:, 1:]), hermitian=True))
    return Fit(
        family="multinomial", params=params.ravel(order="F"), scores=scores, leverage=np.zeros(len(z)), mean=mean,
        bread=bread, eta=z @ params[:, 0], loglik=loglik, dispersion=1.0, converged=converged, deviance=-2.0 * loglik,
        outcomes=n_classes - 1, working=np.ones(len(z)), noise=np.zeros(len(z)),
    )  # fmt: skip


def class_log_probabilities(params: Floats, z: Floats) -> Floats:
    """(n, classes) log probabilities; params: (p, classes - 1)."""
    from scipy.special import log_softmax

    return np.asarray(log_softmax(np.column_stack([np.zeros(len(z)), z @ params]), axis=1))


def information(fit: Fit, z: Floats, rows: Index) -> Floats:
    """(p, p) of some rows: that of all is the inverse of `bread`."""
    part = z[rows]
    if fit.cumulative is not None:
        return fit.cumulative.information(fit.params, fit.working, rows)
    if fit.outcomes > 1:
        return class_information(part, fit.mean[rows, 1:])
    return np.asarray(part.T @ (part * fit.working[rows][:, None]))


def class_information(z: Floats, mean: Floats, weight: Floats | None = None) -> Floats:
    """(k p, k p) in blocks, outcome by outcome. mean: (n, k) probabilities of the classes but for the base."""
    p, outcomes = z.shape[1], mean.shape[1]
    out: Floats = np.empty((outcomes * p, outcomes * p))
    mass = np.ones(len(z)) if weight is None else weight
    for a in range(outcomes):
        for b in range(a, outcomes):  # it is symmetric, block by block
            own = mass * mean[:, a] * ((a == b) - mean[:, b])
            block = z.T @ (own[:, None] * z)
            out[a * p : (a + 1) * p, b * p : (b + 1) * p] = block
            out[b * p : (b + 1) * p, a * p : (a + 1) * p] = block
    return out
