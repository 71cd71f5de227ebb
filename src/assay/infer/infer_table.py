"""The entry point of inference: from a table and a question to all results."""

from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from assay.core.array import Floats, Index
from assay.core.clock import SystemClock
from assay.core.errors import TaskError, Where
from assay.core.p_value_corrections import holm
from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.data.raw import RawTable
from assay.infer.analysis_data import AnalysisData
from assay.infer.assumption_checks import checks_of
from assay.infer.check_input import CheckInput
from assay.infer.coefficient_text import sure_text
from assay.infer.coefficients import FitContext, coefficients, why_no_profile
from assay.infer.double_ml import double_ml_effects, why_no_double_ml
from assay.infer.firth import effective_sample_size
from assay.infer.inference_question import LEVEL, ErrorKind, Notify, Question, silent
from assay.infer.inference_result import Assumption, Inference, JointTest, ModelFacts
from assay.infer.joint_tests import expanded, joint_test_by_model, wald, without_columns
from assay.infer.likelihood import need_statsmodels
from assay.infer.method_agreement import agreement_checks
from assay.infer.model_reliance import model_reliance
from assay.infer.product_terms import product_notes
from assay.infer.question_model import QuestionModel, error_kind, fitted, prepare_inputs
from assay.infer.residuals import points, quantile_residuals
from assay.infer.separation import levels_without_events, separated_text
from assay.infer.simple_slopes import product_effect, slope_count
from assay.infer.standard_errors import covariances
from assay.infer.univariate_tests import univariate_tests

PLAIN = "every question was named before looking at these rows: if a search or a plot of them led to it, p is too small"


def infer_table(raw: RawTable, options: TaskOptions, asked: Question, notify: Notify = silent) -> Inference:
    """Fit the model that suits the target, with coefficients, tests, checks and importance.

    Raises MissingExtraError without statsmodels, UsageError for names, TaskError for what these rows cannot answer.
    100,000 rows and 20 columns take a few seconds; double machine learning, done where an effect with adjustment is
    named, some ten more. One thread: products of matrices as narrow as these take four times the time of a processor on
    several. notify: called with progress.
    """
    need_statsmodels()
    import scipy.linalg  # noqa: F401  # a limit reaches only libraries that are loaded

    with threadpool_limits(1):
        return _answer(raw, options, asked, notify)


def _answer(raw: RawTable, options: TaskOptions, asked: Question, notify: Notify) -> Inference:
    clock = SystemClock()
    started = clock.now()
    asked = asked.among(tuple(map(str, raw.frame.columns)))
    seeds = Seeds(options.seed).child("infer")
    notify("fitting the model")
    made = fitted(raw, options, asked)
    fit, data, tested = made.fit, made.data, not asked.unused.without_p
    kind, why = error_kind(made)
    known = covariances(fit, made.design.z, data.groups)
    read = FitContext(
        fit=fit, design=made.design, y=made.y, target=made.outcome_name, classes=data.classes, covariances=known,
        kind=kind, effect=asked.effect_name, level=asked.unused.level, tested=tested, groups=data.groups,
        weight=data.weight, seeds=seeds, levels=data.levels,
        separated=None if made.separated is None else made.separated.columns,
    )  # fmt: skip
    residuals = quantile_residuals(fit, made.y, seeds)
    if asked.importance:
        notify("importance: shuffling columns")
    found, machine = coefficients(read), double_ml_effects(data, made.inputs.plain, asked, seeds=seeds, notify=notify)
    metric, used = model_reliance(data, made.inputs.plain, seeds=seeds, tested=tested) if asked.importance else ("", ())
    effects = [one for one in found if one.role == "effect"]
    return Inference(
        file=raw.name, path=raw.path, target=made.target, question=data.reason, effect=asked.effect_name,
        adjust=_adjusted(asked, data),
        rows=len(raw.frame), level=asked.unused.level, selection=_assumed(asked, data), tested=tested,
        model=_facts(made, kind, why), coefficients=found,
        whole=_hidden(_whole(made, read), tested), columns=_by_column(made, read),
        jointly=None if not asked.jointly else _hidden(_jointly(made, read), tested),
        checks=(*_separation_checks(made), *agreement_checks(effects, machine, rows=len(data.y)),
                *checks_of(_examined(made, residuals))),
        alone=univariate_tests(made.inputs.plain, data.rate, is_class=bool(data.classes),
                                          seed=seeds.child("alone").number,
                                          tested=tested and data.groups is None and data.weight is None),
        machine=machine, used=used, used_metric=metric,
        points=points(fit, residuals, seeds),
        left_out=(*data.left_out, *made.design.left_out), notes=_notes(made), notices=data.notices,
        product=None if made.inputs.product is None else product_effect(read, made.inputs.product),
        seconds=raw.seconds + clock.now() - started,
    )  # fmt: skip


def _adjusted(asked: Question, data: AnalysisData) -> tuple[str, ...]:
    """What the effect, or the product, is adjusted for beside the columns it is made of."""
    if asked.effect is None:
        return ()
    return tuple(column.name for column in data.columns if column.name not in (asked.effect, asked.moderator))


def _assumed(asked: Question, data: AnalysisData) -> str:
    """How the question was chosen and, where something is tested, which assumption no check can show."""
    if asked.unused.without_p:
        return asked.unused.why
    apart = f"{'rows' if data.groups is None else 'groups'} say nothing of each other but for what was looked at"
    return f"{asked.unused.why or PLAIN}; {apart}"


def check_question(raw: RawTable, options: TaskOptions, asked: Question) -> int:
    """How many coefficients the answer will have; raises what `infer_table` would for rows and columns.

    It never looks at how the target depends on columns, but for exact sums.
    """
    need_statsmodels()
    inputs = prepare_inputs(raw, options, asked.among(tuple(map(str, raw.frame.columns))))
    outcomes = 1 if inputs.data.ordered is not None else max(len(inputs.data.classes) - 1, 1)
    slopes = 0 if inputs.product is None else slope_count(inputs.product, outcomes)
    return len(inputs.design.terms) * outcomes + slopes


def _facts(made: QuestionModel, kind: ErrorKind, why: str) -> ModelFacts:
    fit, data = made.fit, made.data
    base = without_columns(fit, made.design.z, made.y, weight=data.weight)
    explained = 1.0 - (fit.deviance / base.deviance if fit.is_linear else fit.plain_loglik / base.plain_loglik)
    extra = 1 if fit.family in ("negative_binomial", "gaussian", "gamma") else 0
    weight = data.weight
    return ModelFacts(
        family=fit.family, title=made.family.title, link=made.family.link, family_why=made.family.why, errors=kind,
        errors_why=why, rows=len(data.y), units=_units(data), coefficients=len(fit.params), loglik=fit.plain_loglik,
        aic=2.0 * (len(fit.params) + extra) - 2.0 * fit.plain_loglik, explained=explained,
        explained_name="R²" if fit.is_linear else "McFadden's R²", dispersion=fit.alpha or fit.dispersion,
        equal_rows=None if weight is None else effective_sample_size(weight),
    )  # fmt: skip


def _units(data: AnalysisData) -> int:
    return len(data.y) if data.groups is None else int(data.groups.max()) + 1


def _whole(made: QuestionModel, read: FitContext) -> JointTest:
    """The test of all columns: by likelihood where errors are model-based, else Wald's."""
    which = np.arange(1, made.design.z.shape[1])
    return _joint(made, read, which, made.design.columns)


def _joint(made: QuestionModel, read: FitContext, which: Index, columns: tuple[str, ...]) -> JointTest:
    at = expanded(which, made.fit.outcomes, made.design.z.shape[1])
    separated = made.separated is not None and bool(made.separated.columns[at].any())
    if separated and (why := why_no_profile(read)):
        return JointTest(columns=columns, statistic=np.nan, df=len(at), df2=None, p=None, method=why)
    if separated or read.kind == "classical":
        return joint_test_by_model(made.fit, made.design.z, made.y, which, columns, weight=made.data.weight)
    return wald(made.fit, read.covariances[read.kind], at, columns)


def _by_column(made: QuestionModel, read: FitContext) -> tuple[JointTest, ...]:
    """A test for each column as a whole, corrected by Holm but for the named effect."""
    found = [_joint(made, read, made.design.of([name]), (name,)) for name in made.design.columns]
    if not read.tested:
        return tuple(_hidden(one, read.tested) for one in found)
    others = [one for one in found if one.columns[0] != read.effect]
    corrected = dict(zip([one.columns for one in others],
                         holm([1.0 if one.p is None else one.p for one in others]), strict=True))  # fmt: skip
    return tuple(replace(one, holm=float(corrected[one.columns])) if one.columns in corrected else one for one in found)


def _jointly(made: QuestionModel, read: FitContext) -> JointTest:
    which = made.design.of(made.asked.jointly)
    if not len(which):
        raise TaskError(f"Nothing is left of {', '.join(made.asked.jointly)} in the model.",
                        where=Where(option="--jointly"))  # fmt: skip
    return _joint(made, read, which, made.asked.jointly)


def _hidden(joint: JointTest, tested: bool) -> JointTest:
    return joint if tested else replace(joint, p=None)


def _examined(made: QuestionModel, residuals: Floats) -> CheckInput:
    return CheckInput(
        fit=made.fit, design=made.design, data=made.data, residuals=residuals, order_by=made.options.order_by,
        effect=made.asked.effect_name,
    )  # fmt: skip


def _separation_checks(made: QuestionModel) -> tuple[Assumption, ...]:
    if made.separated is not None:
        text = separated_text(made.separated, made.design.terms, made.target)
        text += ": no finite estimate by likelihood, so it is penalised (Firth)"
        return (Assumption(name="separation", verdict="look", do="more rows, or merge levels", message=text),)
    if made.fit.family in ("poisson", "negative_binomial"):
        names = levels_without_events(made.design, np.asarray(made.y, dtype=np.float64))
        if names:
            return (Assumption(name="separation", verdict="bad", do="merge levels",
                           message=f"{', '.join(names[:4])}: nothing was ever counted there, so that its effect has no "
                           "finite estimate"),)  # fmt: skip
    return ()


def _notes(made: QuestionModel) -> tuple[str, ...]:
    notes = []
    if made.fit.family == "multinomial":
        notes.append(f"each class is held against {made.data.classes[0]}, the most frequent one")
    if made.fit.family == "multinomial" and _are_whole(made.data.classes):
        notes.append("the target's whole numbers are read as classes; --family poisson reads them as counts, "
                     "--family gaussian as numbers")  # fmt: skip
    if made.data.ordered is not None and not made.data.ordered.are_numbers:
        notes.append(
            f"{made.target} counts as places 1 to {len(made.data.ordered.labels)} wherever a mean of it is told"
        )
    if made.asked.exposure is not None:
        notes.append(
            f"coefficients are of {made.outcome_name}: twice the {made.asked.exposure} counts as twice the "
            f"{made.target}"
        )
    if made.asked.effect is not None and made.asked.adjust is None:
        notes.append("adjusted for all other columns: name those that cause both with --adjust, and leave out what "
                     "lies between effect and target")  # fmt: skip
    notes += [] if made.inputs.product is None else product_notes(made.inputs.product, made.design, made.fit.family)
    if why := why_no_double_ml(made.data, made.inputs.plain, made.asked):
        notes.append(why)
    if made.asked.unused.level != LEVEL:
        level = made.asked.unused.level
        notes.append(f"intervals are {sure_text(level)} and p is held against {level:.2g} instead of {LEVEL:g}, "
                     "as earlier looks were paid for")  # fmt: skip
    return tuple(notes)


def _are_whole(classes: tuple[str, ...]) -> bool:
    return all(label.lstrip("-").isdigit() for label in classes)
