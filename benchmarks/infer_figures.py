"""Published figures and closed forms that `assay infer` has to give, with the place each was printed in.

Values of Stata and R are those that statsmodels ships with its own tests (statsmodels/*/tests/results), where they
were put by hand from these programs; NIST's are certified to 15 digits (itl.nist.gov/div898/strd/lls/data/Longley).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.seed import Seeds
from assay.infer.coefficients import FitContext, coefficients
from assay.infer.design_matrix import DesignMatrix
from assay.infer.double_ml import robustness
from assay.infer.firth import ClassRows, fit_firth
from assay.infer.inference_question import ErrorKind
from assay.infer.inference_result import Coefficient
from assay.infer.likelihood import Fit, fit_classes, fit_glm, negative_binomial
from assay.infer.ordered_logit import fit_ordered
from assay.infer.standard_errors import Covariance, by_group, covariances
from assay.infer.term import ModelTerm


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One list of numbers. tolerance: relative, as many digits as were printed."""

    name: str
    source: str
    ours: Floats
    theirs: Floats
    tolerance: float

    @property
    def off(self) -> float:
        """The largest relative difference."""
        scale = np.maximum(np.abs(self.theirs), 1e-12)
        return float(np.max(np.abs(self.ours - self.theirs) / scale))

    @property
    def holds(self) -> bool:
        return self.off <= self.tolerance


def design_of(x: Floats) -> DesignMatrix:
    """A matrix without names; x: (n, k) without ones."""
    full = np.column_stack([np.ones(len(x)), x])
    spread = x.std(axis=0)
    z = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / spread])
    terms = tuple(ModelTerm(column=f"x{j}") for j in range(x.shape[1]))
    return DesignMatrix(x=full, z=z, terms=terms, rows=np.arange(len(x)))


def read(
    design: DesignMatrix,
    y: AnyArray,
    fit: Fit,
    kind: ErrorKind,
    *,
    groups: Index | None = None,
    effect: str | None = None,
) -> tuple[Coefficient, ...]:
    """What `assay infer` would say of a fit."""
    return _read(design, y, fit, kind, covariances(fit, design.z, groups), groups=groups, effect=effect)


def read_by_group(design: DesignMatrix, y: AnyArray, fit: Fit, groups: Index) -> tuple[Coefficient, ...]:
    """With clustered errors by sums of scores however few the groups are, as other programs have them."""
    return _read(design, y, fit, "cluster", {"cluster": by_group(fit, groups)}, groups=groups, effect=None)


def _read(
    design: DesignMatrix, y: AnyArray, fit: Fit, kind: ErrorKind, known: Mapping[ErrorKind, Covariance], *,
    groups: Index | None, effect: str | None,
) -> tuple[Coefficient, ...]:  # fmt: skip
    return coefficients(reading(design, y, fit, kind, known, groups=groups, effect=effect))


def reading(
    design: DesignMatrix, y: AnyArray, fit: Fit, kind: ErrorKind, known: Mapping[ErrorKind, Covariance], *,
    groups: Index | None, effect: str | None,
) -> FitContext:  # fmt: skip
    """A fit with what it takes to put it into words."""
    classes = tuple(map(str, range(fit.outcomes + 1))) if fit.family in ("binomial", "multinomial") else ()
    levels = () if fit.level_values is None else tuple(map(str, fit.level_values.tolist()))
    return FitContext(
        fit=fit, design=design, y=y, target="y", classes=classes, covariances=known, kind=kind,
        effect=effect, level=0.05, tested=True, groups=groups, seeds=Seeds(0), levels=levels,
    )  # fmt: skip


def values(found: tuple[Coefficient, ...]) -> Floats:
    """Coefficients, the intercept first."""
    return np.array([one.value for one in found])


def errors(found: tuple[Coefficient, ...]) -> Floats:
    """Their standard errors."""
    return np.array([one.shown.se for one in found])


def last_first(numbers: list[float]) -> Floats:
    """Stata and R's intercept, printed last, first."""
    return np.array([numbers[-1], *numbers[:-1]])


def longley() -> Iterator[Figure]:
    """Longley (1967): six nearly collinear columns, on which programs lose digits."""
    from statsmodels.datasets import longley as data

    table = data.load_pandas()
    x, y = table.exog.to_numpy(float), table.endog.to_numpy(float)
    design = design_of(x)
    fit = fit_glm(design.z, y, "gaussian")
    found = read(design, y, fit, "classical")
    nist = [15.0618722713733, -0.0358191792925910, -2.02022980381683, -1.03322686717359, -0.0511041056535807,
            1829.15146461355, -3482258.63459582]  # fmt: skip
    sd = [84.9149257747669, 0.0334910077722432, 0.488399681651699, 0.214274163161675, 0.226073200069370,
          455.478499142212, 890420.383607373]  # fmt: skip
    yield Figure("Longley, coefficients", "NIST StRD", values(found), last_first(nist), 1e-9)
    yield Figure("Longley, standard errors", "NIST StRD", errors(found), last_first(sd), 1e-9)
    hc3 = [91.11939, 0.05562, 0.82213, 0.29879, 0.32491, 922.80784, 1799477]
    yield Figure("Longley, HC3", "R, sandwich", errors(read(design, y, fit, "hc3")), last_first(hc3), 1e-4)


def spector() -> Iterator[Figure]:
    """Spector and Mazzeo (1980), printed in Greene's Econometric Analysis: 32 students, one class of two."""
    from statsmodels.datasets import spector as data

    table = data.load_pandas()
    design, y = design_of(table.exog.to_numpy(float)), table.endog.to_numpy(int)
    fit = fit_glm(design.z, y, "binomial")
    found = read(design, y, fit, "classical")
    stata = [2.82611297201, 0.0951576702557, 2.37868772835, -13.0213483201]
    sd = [1.26294114526, 0.141554207662, 1.06456430165, 4.93132462871]
    yield Figure("Spector, logit", "Stata; Greene", values(found), last_first(stata), 1e-6)
    yield Figure("Spector, logit errors", "Stata; Greene", errors(found), last_first(sd), 1e-6)


def health_visits() -> Iterator[Figure]:
    """RAND health insurance experiment, 20,190 rows: visits to a doctor (Cameron and Trivedi)."""
    from statsmodels.datasets import randhie as data

    table = data.load_pandas()
    design, y = design_of(table.exog.to_numpy(float)), table.endog.to_numpy(float)
    poisson = [-0.052535114675, -0.247086797633, 0.035290201794, -0.03457750643, 0.271713973711, 0.033941474461,
               -0.012635035534, 0.054056326828, 0.206115121809, 0.700352877227]  # fmt: skip
    sd = [0.00288398915279, 0.01061725196728, 0.00182833684966, 0.00161284852954, 0.01223913844387, 0.00056476496963,
          0.00925061122826, 0.01530987068312, 0.02627928267502, 0.01116266712362]  # fmt: skip
    found = read(design, y, fit_glm(design.z, y, "poisson"), "classical")
    yield Figure("RAND, Poisson", "Stata", values(found), last_first(poisson), 1e-6)
    yield Figure("RAND, Poisson errors", "Stata", errors(found), last_first(sd), 1e-6)
    nb = [
        -0.0579469537244314,
        -0.267787718814838,
        0.0412060770911646,
        -0.0381376804392121,
        0.268915772213171,
        0.0381637446219235,
        -0.0441338846217674,
        0.0172521803400544,
        0.177960787443151,
        0.663556087183864,
    ]
    nb_sd = [0.00607085853920512, 0.0226125368090765, 0.00405542008282773, 0.00344455937127785, 0.0298855063286547,
             0.00142421904710063, 0.0199374393307107, 0.0358416931939136, 0.0741013728607101,
             0.0250354082637892]  # fmt: skip
    fit = negative_binomial(design.z, y)
    found = read(design, y, fit, "classical")
    yield Figure("RAND, negative binomial", "R, glm.nb", values(found), last_first(nb), 1e-6)
    yield Figure("RAND, negative binomial errors", "R, glm.nb", errors(found), last_first(nb_sd), 1e-6)
    yield Figure("RAND, α", "Stata, nbreg", np.array([fit.alpha]), np.array([1.292953339909746]), 1e-5)


def elections() -> Iterator[Figure]:
    """American national election study 1996: seven classes (the multinomial of Greene and Stata's manual)."""
    from statsmodels.datasets import anes96 as data

    table = data.load_pandas()
    columns = ["logpopul", "selfLR", "age", "educ", "income"]
    design, y = design_of(table.exog[columns].to_numpy(float)), table.endog.to_numpy(int)
    fit = fit_classes(design.z, y, 7)
    found = read(design, y, fit, "classical")
    params = np.reshape([
        -0.01153598, 0.29771435, -0.024945, 0.08249144, 0.00519655, -0.37340167, -0.08875065, 0.39166864,
        -0.02289784, 0.18104276, 0.04787398, -2.2509132, -0.1059667, 0.57345051, -0.01485121, -0.00715242,
        0.05757516, -3.6655835, -0.0915567, 1.2787718, -0.00868135, 0.19982796, 0.08449838, -7.6138431, -0.0932846,
        1.3469616, -0.01790407, 0.21693885, 0.08095841, -7.0604782, -0.14088069, 2.0700801, -0.00943265, 0.3219257,
        0.10889408, -12.105751,
    ], (6, 6))  # fmt: skip
    bse = np.reshape([
        0.0342823657, 0.093626795, 0.0065248584, 0.0735865799, 0.0176336937, 0.6298376313, 0.0391615553,
        0.1082386919, 0.0079144618, 0.0852893563, 0.0222809297, 0.7631899491, 0.0570382292, 0.1585481337,
        0.0113313133, 0.1262913234, 0.0336142088, 1.156541492, 0.0437902764, 0.1288965854, 0.0084187486,
        0.0941250559, 0.0261963632, 0.9575809602, 0.0393516553, 0.1171860107, 0.0076110152, 0.0850070091,
        0.0229760791, 0.8443638283, 0.042138047, 0.1434089089, 0.0081338625, 0.0910979921, 0.025300888, 1.059954821,
    ], (6, 6))  # fmt: skip
    order = [5, 0, 1, 2, 3, 4]
    yield Figure("ANES 1996, multinomial", "Stata, mlogit", values(found), params[:, order].ravel(), 1e-5)
    yield Figure("ANES 1996, multinomial errors", "Stata, mlogit", errors(found), bse[:, order].ravel(), 1e-5)


def punishments() -> Iterator[Figure]:
    """Gill (2001), executions in 17 states, Poisson."""
    from statsmodels.datasets import cpunish as data

    table = data.load_pandas()
    raw = table.exog.to_numpy(float)
    raw[:, 3] = np.log(raw[:, 3])
    design, y = design_of(raw), table.endog.to_numpy(float)
    found = read(design, y, fit_glm(design.z, y, "poisson"), "classical")
    params = [2.611017e-04, 7.781801e-02, -9.493111e-02, 2.969349e-01, 2.301183e00, -1.872207e01, -6.801480e00]
    sd = [5.187132e-05, 7.940193e-02, 2.291926e-02, 4.375164e-01, 4.283826e-01, 4.283961e00, 4.146850e00]
    yield Figure("Executions, Poisson", "R, glm", values(found), last_first(params), 1e-5)
    yield Figure("Executions, Poisson errors", "R, glm", errors(found), last_first(sd), 1e-5)


def companies() -> Iterator[Figure]:
    """Grunfeld (1958), ten companies and twenty years: errors clustered by company."""
    from statsmodels.datasets import grunfeld as data

    table = data.load_pandas().data
    table = table[table["firm"].isin([
        "General Motors", "US Steel", "General Electric", "Chrysler", "Atlantic Refining", "IBM", "Union Oil",
        "Westinghouse", "Goodyear", "Diamond Match",
    ])]  # fmt: skip
    design = design_of(table[["value", "capital"]].to_numpy(float))
    groups = np.unique(table["firm"].to_numpy(str), return_inverse=True)[1]
    y = table["invest"].to_numpy(float)
    found = read_by_group(design, y, fit_glm(design.z, y, "gaussian"), groups)
    stata, sd = [0.11556215606596, 0.23067848754982, -42.714369016733], [0.01589433647768, 0.08496711097464,
                                                                        20.425202580078]  # fmt: skip
    yield Figure("Grunfeld, coefficients", "Stata, regress", values(found), last_first(stata), 1e-6)
    yield Figure("Grunfeld, clustered errors", "Stata, vce(cluster)", errors(found), last_first(sd), 1e-6)


def housing() -> Iterator[Figure]:
    """Copenhagen housing, 1,681 tenants (Madsen, 1976): three degrees of satisfaction by influence, type and contact.

    The example on the help page of MASS's polr (Venables and Ripley, 2002, 7.3), its output as printed at
    forum.posit.co of 2022-11-17; its intercepts are those of not reaching a level.
    """
    counts = [
        21, 21, 28, 34, 22, 36, 10, 11, 36, 61, 23, 17, 43, 35, 40, 26, 18, 54, 13, 9, 10, 8, 8, 12, 6, 7, 9, 18, 6, 7,
        15, 13, 13, 7, 5, 11, 14, 19, 37, 17, 23, 40, 3, 5, 23, 78, 46, 43, 48, 45, 86, 15, 25, 62, 20, 23, 20, 10, 22,
        24, 7, 10, 21, 57, 23, 13, 31, 21, 13, 5, 6, 13,
    ]  # fmt: skip
    contact, kind, influence, satisfied = (cell.ravel() for cell in np.indices((2, 4, 3, 3)))
    cells = np.column_stack([influence == 1, influence == 2, kind == 1, kind == 2, kind == 3, contact == 1])
    design, y = design_of(np.repeat(cells.astype(float), counts, axis=0)), np.repeat(satisfied, counts)
    fit = fit_ordered(design.z, y)
    found = read(design, y, fit, "classical")
    polr = [0.4961353, 0.5663937, 1.2888191, -0.5723501, -0.3661866, -1.0910149, 0.3602841, -0.6907083]
    sd = [0.1248472, 0.1046528, 0.1271561, 0.1192380, 0.1551733, 0.1514860, 0.0955358, 0.1254719]
    yield Figure("Copenhagen housing, ordered logit", "R, MASS::polr", values(found), np.array(polr), 1e-4)
    yield Figure("Copenhagen housing, errors", "R, MASS::polr", errors(found), np.array(sd), 1e-4)
    yield Figure("Copenhagen housing, deviance", "R, MASS::polr", np.array([fit.deviance]), np.array([3479.149]), 1e-6)


def wine() -> Iterator[Figure]:
    """Bitterness of wine, 72 tastings in five degrees (Randall, 1989): the first model of the vignettes of R's ordinal
    (Christensen, clm_tutorial, table 1 and section 2)."""
    tastings = {
        (0, 0): [4, 9, 5, 0, 0], (0, 1): [1, 7, 8, 2, 0], (1, 0): [0, 5, 8, 3, 2], (1, 1): [0, 1, 5, 7, 5],
    }  # fmt: skip
    rows = [[*cell, degree] for cell, counts in tastings.items() for degree, n in enumerate(counts) for _ in range(n)]
    table = np.array(rows, dtype=float)
    design = design_of(table[:, :2])
    fit = fit_ordered(design.z, table[:, 2])
    found = read(design, table[:, 2], fit, "classical")
    clm = [1.3444, 2.5031, 1.5278, -1.2508, -3.4669, -5.0064]
    sd = [0.5171, 0.5287, 0.4766, 0.4379, 0.5978, 0.7309]
    yield Figure("wine, ordered logit", "R, ordinal::clm", values(found), np.array(clm), 1e-4)
    yield Figure("wine, errors", "R, ordinal::clm", errors(found), np.array(sd), 2e-4)
    yield Figure("wine, log-likelihood", "R, ordinal::clm", np.array([fit.loglik]), np.array([-86.49]), 1e-4)


def cheese() -> Iterator[Figure]:
    """208 tastings of four cheeses in nine degrees (McCullagh and Nelder, 1989, p. 175; SAS/STAT's user guide, "Ordinal
    Logistic Regression", an example of PROC LOGISTIC)."""
    counts = np.array([[0, 0, 1, 7, 8, 8, 19, 8, 1], [6, 9, 12, 11, 7, 6, 1, 0, 0], [1, 1, 6, 8, 23, 7, 5, 1, 0],
                       [0, 0, 0, 1, 3, 7, 14, 16, 11]])  # fmt: skip
    cheeses, degrees = (np.repeat(cell.ravel(), counts.ravel()) for cell in np.indices(counts.shape))
    design = design_of((cheeses[:, None] == np.arange(3)).astype(float))
    found = read(design, degrees, fit_ordered(design.z, degrees), "classical")
    sas = [7.0802, -1.6128, -4.9646, -3.3227, 6.0250, 4.9254, 3.8568, 2.5206, 1.5685, 0.0669, -1.4930]
    yield Figure("cheese, ordered logit", "SAS, PROC LOGISTIC", values(found), np.array(sas), 1e-3)


def admissions() -> Iterator[Figure]:
    """Applying to graduate school, 400 students (UCLA): MASS's polr as it lies with statsmodels' own tests. There
    polr stopped 3e-7 of a log-likelihood short of the peak, which is 0.002 of a coefficient of -0.06."""
    import importlib

    import statsmodels

    if not (Path(statsmodels.__file__).parent / "miscmodels" / "tests" / "results" / "ologit_ucla.csv").exists():
        return
    stored = importlib.import_module("statsmodels.miscmodels.tests.results.results_ordinal_model")
    table, told = stored.data_store.df, stored.res_ord_logit
    design, y = design_of(table[["pared", "public", "gpa"]].to_numpy(float)), table["apply"].cat.codes.to_numpy()
    fit = fit_ordered(design.z, y)
    found = read(design, y, fit, "classical")
    polr = np.concatenate([-told.thresholds[:1], told.coefficients_val, -told.thresholds[1:]])
    yield Figure("graduate school, ordered logit", "R, MASS::polr", values(found), polr, 2e-3)
    yield Figure("graduate school, errors", "R, MASS::polr", errors(found)[1:4], told.coefficients_stdE, 5e-4)
    yield Figure("graduate school, chances", "R, MASS::polr", fit.mean[:7].ravel(), told.prob_pred.ravel(), 2e-4)


def closed_forms() -> Iterator[Figure]:
    """What can be written down: tests of two groups, odds of a table, logs of means, Firth's halves."""
    from scipy import stats

    rng = np.random.default_rng(1)
    a, b = rng.normal(size=40), rng.normal(0.4, 1.0, 60)
    y, d = np.concatenate([a, b]), np.repeat([0.0, 1.0], [40, 60])
    design = design_of(d[:, None])
    one = read(design, y, fit_glm(design.z, y, "gaussian"), "classical")[1]
    told = stats.ttest_ind(b, a)
    interval = told.confidence_interval()
    ours = np.array([one.value / one.shown.se, one.shown.p, one.shown.low, one.shown.high])
    yield Figure("two-sample t-test: t, p, interval", "scipy, ttest_ind", ours,
                 np.array([told.statistic, told.pvalue, interval.low, interval.high]), 1e-10)  # fmt: skip
    table = np.array([[30, 12], [18, 40]])
    d, c = np.repeat([0.0, 0.0, 1.0, 1.0], table.ravel()), np.repeat([0, 1, 0, 1], table.ravel())
    design = design_of(d[:, None])
    one = read(design, c, fit_glm(design.z, c, "binomial"), "classical")[1]
    yield Figure("2 × 2 table: log odds and error", "ln(ad/bc), √Σ1/n (Woolf)", np.array([one.value, one.shown.se]),
                 np.array([np.log(30 * 40 / (12 * 18)), np.sqrt((1 / table).sum())]), 1e-8)  # fmt: skip
    one = read(design, c, fit_firth(ClassRows.of(design.z, c)), "classical")[1]
    half = table + 0.5
    yield Figure("2 × 2 table by Firth: log odds", "ln of cells + ½", np.array([one.value]),
                 np.array([np.log(half[0, 0] * half[1, 1] / (half[0, 1] * half[1, 0]))]), 1e-5)  # fmt: skip
    counts = np.concatenate([rng.poisson(2.0, 50), rng.poisson(3.0, 70)]).astype(float)
    g = np.repeat([0.0, 1.0], [50, 70])
    design = design_of(g[:, None])
    one = read(design, counts, fit_glm(design.z, counts, "poisson"), "classical")[1]
    first, second = counts[:50].sum(), counts[50:].sum()
    yield Figure("two rates: log ratio and error", "ln of means, √(1/a + 1/b)", np.array([one.value, one.shown.se]),
                 np.array([np.log(second / 70 / (first / 50)), np.sqrt(1 / first + 1 / second)]), 1e-8)  # fmt: skip
    costs = np.concatenate([rng.gamma(2.0, 1.0, 50), rng.gamma(2.0, 1.5, 70)])
    fit = fit_glm(design.z, costs, "gamma")
    one = read(design, costs, fit, "classical")[1]
    means = np.repeat([costs[:50].mean(), costs[50:].mean()], [50, 70])
    dispersion = (((costs - means) / means) ** 2).sum() / 118
    yield Figure("two gamma means: log ratio and error", "ln of means, √(φ/a + φ/b)",
                 np.array([one.value, one.shown.se]),
                 np.array([np.log(means[-1] / means[0]), np.sqrt(dispersion * (1 / 50 + 1 / 70))]), 1e-8)  # fmt: skip
    yield Figure("sensitivity, Darfur: 13.9 %", "sensemakr, t 4.184, df 783", np.array([robustness(4.184 / 783**0.5)]),
                 np.array([0.1388]), 1e-3)  # fmt: skip


def ships() -> Iterator[Figure]:
    """Accidents of ships (McCullagh and Nelder, 1989), clustered by ship; its rows lie with statsmodels' tests."""
    import pandas as pd
    import statsmodels

    path = Path(statsmodels.__file__).parent / "discrete" / "tests" / "results" / "ships.csv"
    if not path.exists():
        return
    table = pd.read_csv(path)
    table = table[table["accident"].notna()]
    design = design_of(table[["yr_con", "op_75_79"]].to_numpy(float))
    y = table["accident"].to_numpy(float)
    groups = np.unique(table["ship"].to_numpy(), return_inverse=True)[1]
    found = read_by_group(design, y, fit_glm(design.z, y, "poisson"), groups)
    import importlib

    told = importlib.import_module("statsmodels.discrete.tests.results.results_count_robust_cluster")
    stata = np.asarray(told.results_poisson_clu.params_table)
    yield Figure("ships, Poisson", "Stata, poisson", values(found), last_first(stata[:, 0].tolist()), 1e-6)
    yield Figure(
        "ships, clustered errors", "Stata, vce(cluster)", errors(found), last_first(stata[:, 1].tolist()), 1e-6
    )


SOURCES: tuple[Callable[[], Iterator[Figure]], ...] = (
    longley, spector, health_visits, elections, punishments, companies, ships, housing, wine, cheese,
    admissions, closed_forms,
)  # fmt: skip


def figures() -> list[Figure]:
    """All of them; some seconds."""
    return [figure for source in SOURCES for figure in source()]
