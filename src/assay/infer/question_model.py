"""The model of a question: its rows, design matrix, family and fit."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.errors import TaskError, UsageError, Where
from assay.data.options import TaskOptions
from assay.data.raw import RawTable
from assay.infer.analysis_data import AnalysisData, analysis_data_of
from assay.infer.design_matrix import DesignMatrix, make_design_matrix
from assay.infer.exact_sums import adds_up, refuse_exact_sum
from assay.infer.family import SCALE, Family, choose_family, ordered_text
from assay.infer.inference_question import ErrorKind, Question
from assay.infer.likelihood import Fit, fit_counts, fit_glm
from assay.infer.ordered_logit import fit_ordered, separated_columns
from assay.infer.product_terms import ProductTerms, with_product_terms
from assay.infer.separation import Separation, fit_binary, fit_multinomial, separated_text
from assay.infer.standard_errors import preferred


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ModelInputs:
    """Complete rows and their matrix. plain: without the products that a question of two columns adds, `product`."""

    data: AnalysisData
    design: DesignMatrix
    plain: DesignMatrix
    product: ProductTerms | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class QuestionModel:
    """The model of a subject."""

    inputs: ModelInputs
    family: Family
    fit: Fit
    separated: Separation | None
    options: TaskOptions
    asked: Question

    @property
    def data(self) -> AnalysisData:
        return self.inputs.data

    @property
    def design(self) -> DesignMatrix:
        return self.inputs.design

    @property
    def y(self) -> AnyArray:
        return self.data.y

    @property
    def target(self) -> str:
        return str(self.options.target)

    @property
    def outcome_name(self) -> str:
        """What the coefficients describe: the target, or its rate."""
        return self.target if self.asked.exposure is None else f"{self.target} per {self.asked.exposure}"


def prepare_inputs(raw: RawTable, options: TaskOptions, asked: Question) -> ModelInputs:
    """Rows and columns of a question whose product is split into columns already (`Question.among`); raises
    TaskError."""
    data = analysis_data_of(raw, options, asked)
    if not len(data.y):
        raise TaskError(f"{raw.name}: no row is left to ask.", where=Where(file=raw.name), do=("new rows",))
    design = make_design_matrix(data.frame, data.columns, effect=asked.effect, source=raw.name)
    data = data.take(design.rows)
    _check_varies(data, options, raw.name)
    plain, product = replace(design, rows=data.positions), None
    design = plain
    if asked.effect is not None and asked.moderator is not None:
        design, product = with_product_terms(plain, asked.effect, asked.moderator, weight=data.weight, source=raw.name)
    adds = data.ordered is None or data.ordered.are_numbers
    if not data.problem.is_class and asked.family in (None, "gaussian") and adds:
        refuse_exact_sum(design, np.asarray(data.y, dtype=np.float64), target=str(options.target), source=raw.name)
    return ModelInputs(data=data, design=design, plain=plain, product=product)


def fitted(raw: RawTable, options: TaskOptions, asked: Question) -> QuestionModel:
    """The model of the requested family, else of the one that fits the target's kind. Raises TaskError."""
    inputs = prepare_inputs(raw, options, asked)
    data, design = inputs.data, inputs.design
    if data.ordered is not None:
        return _in_order(raw, options, asked, inputs)
    family = Family("gaussian", SCALE) if data.is_scale else choose_family(
        asked.family, data.problem, data.y, target=str(options.target), exposure=asked.exposure
    )  # fmt: skip
    if family.name == "gamma" and asked.family is None and adds_up(design.z, data.y):
        family = Family("gaussian", "the target is a number, and the columns nearly add up to it")
    family, fit, separated = _model(family, design.z, data, asked)
    return QuestionModel(inputs=inputs, family=family, fit=fit, separated=separated, options=options, asked=asked)


def _in_order(raw: RawTable, options: TaskOptions, asked: Question, inputs: ModelInputs) -> QuestionModel:
    """The ordered logit; under separation, which has no finite estimate, penalised classes without order.

    Raises TaskError for the latter where the order was asked for.
    """
    data, design = inputs.data, inputs.design
    assert data.ordered is not None
    fit = fit_ordered(design.z, data.y, weight=data.weight)
    separated = separated_columns(design.z, fit)
    if separated is None:
        why = ordered_text(data.ordered, asked=asked.family is not None)
        return QuestionModel(
            inputs=inputs, family=Family("ordered", why), fit=fit, separated=None, options=options, asked=asked
        )
    text = separated_text(Separation(separated, complete=False), design.terms, str(options.target))
    if asked.family is not None:
        raise TaskError(
            f"{raw.name}: {text}, so that an ordered model has no finite answer.", where=Where(file=raw.name),
            do=("--family multinomial, which is penalised", "merge levels"),
        )  # fmt: skip
    made = fitted(raw, options, replace(asked, family="multinomial"))
    why = f"classes without order, as {text}, which an ordered model has no finite answer for"
    return replace(made, family=replace(made.family, why=why), asked=asked)


def _check_varies(data: AnalysisData, options: TaskOptions, source: str) -> None:
    """TaskError where complete rows have one target value, or lack a class."""
    found = np.unique(data.y)
    lacking = [label for code, label in enumerate(data.classes) if code not in found]
    if len(found) < 2 or lacking:
        what = f'"{lacking[0]}" is never the target' if lacking else "the target has one value"
        raise TaskError(
            f"{source}: in the {len(data.y):,} complete rows {what}.",
            where=Where(file=source, column=options.target),
            do=("--drop columns with many gaps", "--effect COLUMN --adjust FEWER,COLUMNS"),
        )  # fmt: skip


def _model(family: Family, z: Floats, data: AnalysisData, asked: Question) -> tuple[Family, Fit, Separation | None]:
    """(family, fit, separation): counts may turn out negative binomial; separated classes are penalised."""
    y, weight = data.y, data.weight
    if weight is not None and family.name in ("multinomial", "negative_binomial"):
        raise UsageError(
            f"--weights cannot be used with the {family.title}.", where=Where(option="--weights"),
            do=("leave out --weights", "--family poisson" if family.name != "multinomial" else "two classes only"),
        )  # fmt: skip
    if family.name == "multinomial":
        fit, found = fit_multinomial(z, y, len(data.classes))
        return family, fit, found
    if family.name in ("poisson", "negative_binomial"):
        fit, why = fit_counts(z, np.asarray(y, dtype=np.float64), asked=asked.family, weight=weight,
                              offset=None if data.exposure is None else np.log(data.exposure))  # fmt: skip
        over = "" if asked.exposure is None else f", counted over {asked.exposure}"
        return Family(fit.family, f"{why}{over}"), fit, None
    if family.name == "binomial":
        fit, found = fit_binary(z, y, weight=weight)
        return family, fit, found
    return family, fit_glm(z, y, family.name, weight=weight), None


def error_kind(made: QuestionModel) -> tuple[ErrorKind, str]:
    """(the errors that count, why); UsageError, TaskError for clustered ones without groups or with one."""
    groups, weight = made.data.groups, made.data.weight
    if made.asked.errors == "cluster" and groups is None:
        raise UsageError("Clustered errors need groups.", where=Where(option="--errors"), do=("--group COLUMN",))
    if groups is not None and int(groups.max()) < 1:
        raise TaskError("All rows are of one group, so that nothing is known of others.", do=("leave out --group",))
    return preferred(made.fit, groups, weighted=weight is not None, asked=made.asked.errors)
