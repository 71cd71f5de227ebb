"""The model of a question: its rows, their matrix, the law, and the fit."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.errors import TaskError, UsageError, Where
from assay.data.options import TaskOptions
from assay.data.raw import RawTable
from assay.infer.addition import adds_up, refuse_sum
from assay.infer.asked import Asked, ErrorKind
from assay.infer.design import Design, make_design
from assay.infer.errors import preferred
from assay.infer.family import SCALE, Family, choose_family, ordered_text
from assay.infer.fit import Fit, counts, fit_glm
from assay.infer.ordered import fit_ordered, told_apart
from assay.infer.product import Product, multiplied
from assay.infer.separation import Separation, fit_binary, fit_told, separated_text
from assay.infer.subject import Subject, subject_of


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Laid:
    """Complete rows and their matrix. plain: without the products that a question of two columns adds, `product`."""

    subject: Subject
    design: Design
    plain: Design
    product: Product | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fitted:
    """The model of a subject."""

    laid: Laid
    family: Family
    fit: Fit
    separated: Separation | None
    options: TaskOptions
    asked: Asked

    @property
    def subject(self) -> Subject:
        return self.laid.subject

    @property
    def design(self) -> Design:
        return self.laid.design

    @property
    def y(self) -> AnyArray:
        return self.subject.y

    @property
    def target(self) -> str:
        return str(self.options.target)

    @property
    def meant(self) -> str:
        """What the coefficients are about: the target, or its rate."""
        return self.target if self.asked.exposure is None else f"{self.target} per {self.asked.exposure}"


def laid_out(raw: RawTable, options: TaskOptions, asked: Asked) -> Laid:
    """Rows and columns of a question whose product is told apart already (`Asked.among`); raises TaskError."""
    subject = subject_of(raw, options, asked)
    if not len(subject.y):
        raise TaskError(f"{raw.name}: no row is left to ask.", where=Where(file=raw.name), do=("new rows",))
    design = make_design(subject.frame, subject.columns, effect=asked.effect, source=raw.name)
    subject = subject.take(design.rows)
    _check_varies(subject, options, raw.name)
    plain, product = replace(design, rows=subject.positions), None
    design = plain
    if asked.effect is not None and asked.moderator is not None:
        design, product = multiplied(plain, asked.effect, asked.moderator, weight=subject.weight, source=raw.name)
    adds = subject.steps is None or subject.steps.are_numbers
    if subject.problem == "regression" and asked.family in (None, "gaussian") and adds:
        refuse_sum(design, np.asarray(subject.y, dtype=np.float64), target=str(options.target), source=raw.name)
    return Laid(subject=subject, design=design, plain=plain, product=product)


def fitted(raw: RawTable, options: TaskOptions, asked: Asked) -> Fitted:
    """The law that the kind of target asks for, or the one asked for, and its coefficients. Raises TaskError."""
    laid = laid_out(raw, options, asked)
    subject, design = laid.subject, laid.design
    if subject.steps is not None:
        return _in_order(raw, options, asked, laid)
    family = Family("gaussian", SCALE) if subject.is_scale else choose_family(
        asked.family, subject.problem, subject.y, target=str(options.target), exposure=asked.exposure
    )  # fmt: skip
    if family.name == "gamma" and asked.family is None and adds_up(design.z, subject.y):
        family = Family("gaussian", "the target is a number, and the columns nearly add up to it")
    family, fit, separated = _model(family, design.z, subject, asked)
    return Fitted(laid=laid, family=family, fit=fit, separated=separated, options=options, asked=asked)


def _in_order(raw: RawTable, options: TaskOptions, asked: Asked, laid: Laid) -> Fitted:
    """Ordered levels; where a column tells some apart, which has no finite answer, classes without order, penalised.

    Raises TaskError for the latter where the order was asked for.
    """
    subject, design = laid.subject, laid.design
    assert subject.steps is not None
    fit = fit_ordered(design.z, subject.y, weight=subject.weight)
    told = told_apart(design.z, fit)
    if told is None:
        why = ordered_text(subject.steps, asked=asked.family is not None)
        return Fitted(laid=laid, family=Family("ordered", why), fit=fit, separated=None, options=options, asked=asked)
    text = separated_text(Separation(told, complete=False), design.terms, str(options.target))
    if asked.family is not None:
        raise TaskError(
            f"{raw.name}: {text}, so that an ordered model has no finite answer.", where=Where(file=raw.name),
            do=("--family multinomial, which is penalised", "merge levels"),
        )  # fmt: skip
    made = fitted(raw, options, replace(asked, family="multinomial"))
    why = f"classes without order, as {text}, which an ordered model has no finite answer for"
    return replace(made, family=replace(made.family, why=why), asked=asked)


def _check_varies(subject: Subject, options: TaskOptions, source: str) -> None:
    """Complete rows may all have one target, or lack a class."""
    found = np.unique(subject.y)
    lacking = [label for code, label in enumerate(subject.classes) if code not in found]
    if len(found) < 2 or lacking:
        what = f'"{lacking[0]}" is never the target' if lacking else "the target has one value"
        raise TaskError(
            f"{source}: in the {len(subject.y):,} complete rows {what}.",
            where=Where(file=source, column=options.target),
            do=("--drop columns with many gaps", "--effect COLUMN --adjust FEWER,COLUMNS"),
        )  # fmt: skip


def _model(family: Family, z: Floats, subject: Subject, asked: Asked) -> tuple[Family, Fit, Separation | None]:
    """(family, fit, separation): counts may turn out negative binomial; separated classes are penalised."""
    y, weight = subject.y, subject.weight
    if weight is not None and family.name in ("multinomial", "negative_binomial"):
        raise UsageError(
            f"--weights cannot be used with the {family.title}.", where=Where(option="--weights"),
            do=("leave out --weights", "--family poisson" if family.name != "multinomial" else "two classes only"),
        )  # fmt: skip
    if family.name == "multinomial":
        fit, found = fit_told(z, y, len(subject.classes))
        return family, fit, found
    if family.name in ("poisson", "negative_binomial"):
        fit, why = counts(z, np.asarray(y, dtype=np.float64), asked=asked.family, weight=weight,
                          offset=None if subject.exposure is None else np.log(subject.exposure))  # fmt: skip
        over = "" if asked.exposure is None else f", counted over {asked.exposure}"
        return Family(fit.family, f"{why}{over}"), fit, None
    if family.name == "binomial":
        fit, found = fit_binary(z, y, weight=weight)
        return family, fit, found
    return family, fit_glm(z, y, family.name, weight=weight), None


def kind_of(made: Fitted) -> tuple[ErrorKind, str]:
    """(the errors that count, why); UsageError, TaskError for clustered ones without groups or with one."""
    groups, weight = made.subject.groups, made.subject.weight
    if made.asked.errors == "cluster" and groups is None:
        raise UsageError("Clustered errors need groups.", where=Where(option="--errors"), do=("--group COLUMN",))
    if groups is not None and int(groups.max()) < 1:
        raise TaskError("All rows are of one group, so that nothing is known of others.", do=("leave out --group",))
    return preferred(made.fit, groups, weighted=weight is not None, asked=made.asked.errors)
