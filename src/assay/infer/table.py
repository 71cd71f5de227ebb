"""The door: a table and a question in, everything that can be said of it out."""

from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from assay.core.array import Floats, Index
from assay.core.clock import SystemClock
from assay.core.errors import TaskError, Where
from assay.core.multiple import holm
from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.data.raw import RawTable
from assay.infer.again import without_columns
from assay.infer.agreement import agreement_checks
from assay.infer.alone import alone
from assay.infer.asked import LEVEL, Asked, ErrorKind, Told, unheard
from assay.infer.checks import checks_of
from assay.infer.coefficients import Read, coefficients, unprofiled
from assay.infer.double import machine_effects, why_not
from assay.infer.errors import covariances
from assay.infer.examined import Examined
from assay.infer.firth import worth
from assay.infer.fit import need_statsmodels
from assay.infer.importance import what_is_used
from assay.infer.joint import expanded, nested, wald
from assay.infer.model import Fitted, fitted, kind_of, laid_out
from assay.infer.product import product_notes
from assay.infer.residuals import points, quantile_residuals
from assay.infer.result import Check, Inference, Joint, ModelFacts
from assay.infer.separation import never_counted, separated_text
from assay.infer.slopes import multiplied_facts, slope_count
from assay.infer.subject import Subject
from assay.infer.words import sure_text

PLAIN = "every question was named before looking at these rows: if a search or a plot of them led to it, p is too small"


def infer_table(raw: RawTable, options: TaskOptions, asked: Asked, told: Told = unheard) -> Inference:
    """Fit the model that the kind of target asks for and say what its coefficients are worth.

    Raises MissingExtraError without statsmodels, UsageError for names, TaskError for what these rows cannot answer.
    100,000 rows and 20 columns take a few seconds; double machine learning, done where an effect with adjustment is
    named, some ten more. One thread: products of matrices as narrow as these take four times the time of a processor
    on several. told hears what is being done.
    """
    need_statsmodels()
    import scipy.linalg  # noqa: F401  # a limit reaches only libraries that are loaded

    with threadpool_limits(1):
        return _answer(raw, options, asked, told)


def _answer(raw: RawTable, options: TaskOptions, asked: Asked, told: Told) -> Inference:
    clock = SystemClock()
    started = clock.now()
    asked = asked.among(tuple(map(str, raw.frame.columns)))
    seeds = Seeds(options.seed).child("infer")
    told("fitting the model")
    made = fitted(raw, options, asked)
    fit, subject, tested = made.fit, made.subject, not asked.fresh.without_p
    kind, why = kind_of(made)
    known = covariances(fit, made.design.z, subject.groups)
    read = Read(
        fit=fit, design=made.design, y=made.y, target=made.meant, classes=subject.classes, covariances=known,
        kind=kind, effect=asked.told, level=asked.fresh.level, tested=tested, groups=subject.groups,
        weight=subject.weight, seeds=seeds, levels=subject.levels,
        separated=None if made.separated is None else made.separated.columns,
    )  # fmt: skip
    residuals = quantile_residuals(fit, made.y, seeds)
    if asked.importance:
        told("importance: shuffling columns")
    found, machine = coefficients(read), machine_effects(subject, made.laid.plain, asked, seeds=seeds, told=told)
    metric, used = what_is_used(subject, made.laid.plain, seeds=seeds, tested=tested) if asked.importance else ("", ())
    effects = [one for one in found if one.role == "effect"]
    return Inference(
        file=raw.name, path=raw.path, target=made.target, question=subject.reason, effect=asked.told,
        adjust=_adjusted(asked, subject),
        rows=len(raw.frame), level=asked.fresh.level, selection=_assumed(asked, subject), tested=tested,
        model=_facts(made, kind, why), coefficients=found,
        whole=_hidden(_whole(made, read), tested), columns=_by_column(made, read),
        jointly=None if not asked.jointly else _hidden(_jointly(made, read), tested),
        checks=(*_separation_checks(made), *agreement_checks(effects, machine, rows=len(subject.y)),
                *checks_of(_examined(made, residuals))),
        alone=alone(made.laid.plain, subject.rate, is_class=bool(subject.classes), seed=seeds.child("alone").number,
                    tested=tested and subject.groups is None and subject.weight is None),
        machine=machine, used=used, used_metric=metric,
        points=points(fit, residuals, seeds),
        left_out=(*subject.left_out, *made.design.left_out), notes=_notes(made), notices=subject.notices,
        product=None if made.laid.product is None else multiplied_facts(read, made.laid.product),
        seconds=raw.seconds + clock.now() - started,
    )  # fmt: skip


def _adjusted(asked: Asked, subject: Subject) -> tuple[str, ...]:
    """What the effect, or the product, is adjusted for beside the columns it is made of."""
    if asked.effect is None:
        return ()
    return tuple(column.name for column in subject.columns if column.name not in (asked.effect, asked.moderator))


def _assumed(asked: Asked, subject: Subject) -> str:
    """Who chose the question and, where something is tested, what no look at the rows can show."""
    if asked.fresh.without_p:
        return asked.fresh.why
    apart = f"{'rows' if subject.groups is None else 'groups'} say nothing of each other but for what was looked at"
    return f"{asked.fresh.why or PLAIN}; {apart}"


def check_question(raw: RawTable, options: TaskOptions, asked: Asked) -> int:
    """How many coefficients the answer will tell; raises what `infer_table` would for rows and columns.

    It looks at the columns and at which classes there are, never at how they go together but for sums that are exact.
    """
    need_statsmodels()
    laid = laid_out(raw, options, asked.among(tuple(map(str, raw.frame.columns))))
    outcomes = 1 if laid.subject.steps is not None else max(len(laid.subject.classes) - 1, 1)
    slopes = 0 if laid.product is None else slope_count(laid.product, outcomes)
    return len(laid.design.terms) * outcomes + slopes


def _facts(made: Fitted, kind: ErrorKind, why: str) -> ModelFacts:
    fit, subject = made.fit, made.subject
    base = without_columns(fit, made.design.z, made.y, weight=subject.weight)
    explained = 1.0 - (fit.deviance / base.deviance if fit.is_linear else fit.likely / base.likely)
    extra = 1 if fit.family in ("negative_binomial", "gaussian", "gamma") else 0
    weight = subject.weight
    return ModelFacts(
        family=fit.family, title=made.family.title, link=made.family.link, family_why=made.family.why, errors=kind,
        errors_why=why, rows=len(subject.y), units=_units(subject), coefficients=len(fit.params), loglik=fit.likely,
        aic=2.0 * (len(fit.params) + extra) - 2.0 * fit.likely, explained=explained,
        explained_name="R²" if fit.is_linear else "McFadden's R²", dispersion=fit.alpha or fit.dispersion,
        equal_rows=None if weight is None else worth(weight),
    )  # fmt: skip


def _units(subject: Subject) -> int:
    return len(subject.y) if subject.groups is None else int(subject.groups.max()) + 1


def _whole(made: Fitted, read: Read) -> Joint:
    """All columns at once: trusting the model's law where its errors do, else Wald's."""
    which = np.arange(1, made.design.z.shape[1])
    return _joint(made, read, which, made.design.columns)


def _joint(made: Fitted, read: Read, which: Index, columns: tuple[str, ...]) -> Joint:
    at = expanded(which, made.fit.outcomes, made.design.z.shape[1])
    told = made.separated is not None and bool(made.separated.columns[at].any())
    if told and (why := unprofiled(read)):
        return Joint(columns=columns, statistic=np.nan, df=len(at), df2=None, p=None, method=why)
    if told or read.kind == "classical":
        return nested(made.fit, made.design.z, made.y, which, columns, weight=made.subject.weight)
    return wald(made.fit, read.covariances[read.kind], at, columns)


def _by_column(made: Fitted, read: Read) -> tuple[Joint, ...]:
    """A test for each column as a whole, corrected by Holm but for the named effect."""
    found = [_joint(made, read, made.design.of([name]), (name,)) for name in made.design.columns]
    if not read.tested:
        return tuple(_hidden(one, read.tested) for one in found)
    others = [one for one in found if one.columns[0] != read.effect]
    corrected = dict(zip([one.columns for one in others],
                         holm([1.0 if one.p is None else one.p for one in others]), strict=True))  # fmt: skip
    return tuple(replace(one, holm=float(corrected[one.columns])) if one.columns in corrected else one for one in found)


def _jointly(made: Fitted, read: Read) -> Joint:
    which = made.design.of(made.asked.jointly)
    if not len(which):
        raise TaskError(f"Nothing is left of {', '.join(made.asked.jointly)} in the model.",
                        where=Where(option="--jointly"))  # fmt: skip
    return _joint(made, read, which, made.asked.jointly)


def _hidden(joint: Joint, tested: bool) -> Joint:
    return joint if tested else replace(joint, p=None)


def _examined(made: Fitted, residuals: Floats) -> Examined:
    return Examined(
        fit=made.fit, design=made.design, subject=made.subject, residuals=residuals, order_by=made.options.order_by,
        effect=made.asked.told,
    )  # fmt: skip


def _separation_checks(made: Fitted) -> tuple[Check, ...]:
    if made.separated is not None:
        text = separated_text(made.separated, made.design.terms, made.target)
        text += ": no finite estimate by likelihood, so it is penalised (Firth)"
        return (Check(name="separation", verdict="look", do="more rows, or merge levels", message=text),)
    if made.fit.family in ("poisson", "negative_binomial"):
        names = never_counted(made.design, np.asarray(made.y, dtype=np.float64))
        if names:
            return (Check(name="separation", verdict="bad", do="merge levels",
                          message=f"{', '.join(names[:4])}: nothing was ever counted there, so that its effect has "
                          "no finite estimate"),)  # fmt: skip
    return ()


def _notes(made: Fitted) -> tuple[str, ...]:
    notes = []
    if made.fit.family == "multinomial":
        notes.append(f"each class is held against {made.subject.classes[0]}, the most frequent one")
    if made.fit.family == "multinomial" and _are_whole(made.subject.classes):
        notes.append("the target's whole numbers are read as classes; --family poisson reads them as counts, "
                     "--family gaussian as numbers")  # fmt: skip
    if made.subject.steps is not None and not made.subject.steps.are_numbers:
        notes.append(
            f"{made.target} counts as places 1 to {len(made.subject.steps.labels)} wherever a mean of it is told"
        )
    if made.asked.exposure is not None:
        notes.append(
            f"coefficients are of {made.meant}: twice the {made.asked.exposure} counts as twice the {made.target}"
        )
    if made.asked.effect is not None and made.asked.adjust is None:
        notes.append("adjusted for all other columns: name those that cause both with --adjust, and leave out what "
                     "lies between effect and target")  # fmt: skip
    notes += [] if made.laid.product is None else product_notes(made.laid.product, made.design, made.fit.family)
    if why := why_not(made.subject, made.laid.plain, made.asked):
        notes.append(why)
    if made.asked.fresh.level != LEVEL:
        level = made.asked.fresh.level
        notes.append(f"intervals are {sure_text(level)} and p is held against {level:.2g} instead of {LEVEL:g}, "
                     "as earlier looks were paid for")  # fmt: skip
    return tuple(notes)


def _are_whole(classes: tuple[str, ...]) -> bool:
    return all(label.lstrip("-").isdigit() for label in classes)
