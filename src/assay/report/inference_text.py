"""Results of `infer` in sentences, shared by terminal and page."""

import math
from collections.abc import Sequence

from assay.core.figure import Z95, decimals_for, number_text
from assay.infer.coefficient_text import per_text, percent_text, sure_text
from assay.infer.inference_result import Coefficient, ColumnImportance, Inference, JointTest, MachineEffect, SimpleSlope
from assay.report.phrases import count_text, p_text, plural, share_text

ERRORS = {"classical": "classical", "hc3": "HC3", "cluster": "clustered"}
RATIOS = ("binomial", "multinomial", "ordered", "poisson", "negative_binomial", "gamma")
VALUE_NAMES = {
    "gaussian": "effect", "binomial": "odds ×", "multinomial": "odds ×", "ordered": "odds ×",
    "poisson": "rate ×", "negative_binomial": "rate ×", "gamma": "times ×",
}  # fmt: skip
NO_P = "not tested"
DOUBTS = ("fit", "separation", "steps", "agreement", "overlap", "groups", "independence", "order")
"""Checks that, if bad, mean that errors are too small or that the number answers another question."""


def heading(found: Inference) -> str:
    """ "linear model, 800 of 800 rows, 5 coefficients" """
    model = found.model
    rows = count_text(model.rows)
    of = "" if model.rows == found.rows else f" of {count_text(found.rows)}"
    return f"{model.title}, {rows}{of} rows, {plural(model.coefficients, 'coefficient')}"


def model_text(found: Inference) -> str:
    """Why this distribution, the share explained, and whether the columns matter at all."""
    model = found.model
    share = f"{model.explained_name} {number_text(model.explained, 3)}"
    dispersion = f"; dispersion {number_text(model.dispersion, 3)}" if model.family == "negative_binomial" else ""
    return f"{model.family_why}; {share}{dispersion}; all columns together: {joint_text(found.whole)}"


def errors_text(found: Inference) -> str:
    """ "HC3: they hold whether …; groups 40; as sure as 310 equal rows" """
    model = found.model
    parts = [f"{ERRORS[model.errors]}: {model.errors_why}"]
    if model.units != model.rows:
        parts.append(f"{count_text(model.units)} groups")
    if model.equal_rows is not None:
        parts.append(f"as sure as {model.equal_rows:,.0f} equal rows")
    others = [ERRORS[one.kind] for one in found.coefficients[0].spreads[1:]]
    return "; ".join([*parts, f"also in --json: {', '.join(others)}"] if others else parts)


def joint_text(joint: JointTest) -> str:
    """ "F(3, 795) = 71.2, p below 0.001" """
    name = f"F({joint.df}, {joint.df2:,.0f})" if joint.df2 is not None else f"χ²({joint.df})"
    p = NO_P if joint.p is None else p_with_name(joint.p)
    return f"{name} = {joint.statistic:,.4g}, {p}"


def p_with_name(p: float | None) -> str:
    """ "p 0.031", "p below 0.001"."""
    return f"p {p_text(p)}"


def is_ratio(found: Inference) -> bool:
    """Whether coefficients are shown as factors."""
    return found.model.family in RATIOS


def name_text(one: Coefficient) -> str:
    """The column, its level and baseline, the class."""
    return f"{label_text(one)} (not {one.against})" if one.level else label_text(one)


def label_text(one: Coefficient) -> str:
    """The column, its level or unit, the class: for a place where the baselines are named once (`baseline_text`)."""
    step = one.unit or ("" if one.per == 1 else per_text(one.per))
    label = f"{one.name}, per {step}" if step else one.name
    return f"{one.outcome}: {label}" if one.outcome else label


def baseline_text(shown: Sequence[Coefficient]) -> str:
    """ "held against city = Oslo, smoker = no"; "" without levels."""
    pairs = dict.fromkeys(f"{one.column} = {one.against}" for one in shown if one.level)
    return f"held against {', '.join(pairs)}" if pairs else ""


def value_text(found: Inference, value: float, one: Coefficient) -> str:
    """A coefficient in its displayed form: a difference, or a factor, per step (Coefficient.per)."""
    if is_ratio(found):
        return factor_text(value * one.per)
    return number_text(value * one.per, decimals_for(one.shown.se * one.per, at_least=0) + 1, signed=True)


def factor_text(log: float) -> str:
    """exp of it with three digits; in words where it overflows."""
    if not math.isfinite(log) or abs(log) > 20:
        return "∞" if log > 0 else "0"
    factor = math.exp(log)
    return number_text(factor, max(2 - math.floor(math.log10(factor)), 0) if factor < 1000 else 0)


def interval_text(found: Inference, one: Coefficient) -> str:
    """ "0.12 to 0.31" """
    low, high = (value_text(found, end, one) if math.isfinite(end) else ("∞" if end > 0 else "−∞" if not is_ratio(found)
                 else "0") for end in (one.shown.low, one.shown.high))  # fmt: skip
    return f"{low} to {high}"


def corrected_text(one: Coefficient | JointTest | ColumnImportance) -> str:
    """p corrected by Holm; "named" for a number named beforehand."""
    if isinstance(one, Coefficient) and one.role == "effect" and one.holm is None:
        return "named"
    return "–" if one.holm is None else p_text(one.holm)


def visible_text(found: Inference) -> str:
    """The smallest effect detectable with 80 % power, of the named one or the first three."""
    seen = [one for one in found.coefficients if one.role != "intercept" and one.visible is not None]
    named = [one for one in seen if one.role == "effect"]
    if not seen:
        return ""
    parts = [f"{name_text(one)} {_visible(found, one)}" for one in (named or seen)[:3]]
    more = f"; {len(named or seen) - 3} more in --json" if len(named or seen) > 3 else ""
    return f"smallest effect these rows show in 80 of 100 cases: {', '.join(parts)}{more}"


def _visible(found: Inference, one: Coefficient) -> str:
    assert one.visible is not None
    visible = one.visible * one.per
    if is_ratio(found):
        return f"{factor_text(-visible)} or {factor_text(visible)} times"
    return number_text(visible, decimals_for(one.shown.se * one.per) + 1)


def claims(found: Inference) -> tuple[Coefficient, ...]:
    """Coefficients that pass: the named effect at the level, others corrected by Holm."""
    return tuple(one for one in found.coefficients if _passes(one, found.level))


def _passes(one: Coefficient, level: float) -> bool:
    if one.role == "intercept":
        return False
    p = one.shown.p if one.role == "effect" and one.holm is None else one.holm
    return p is not None and p <= level


def answer_text(found: Inference) -> str:
    """The answer in a sentence or two, with the checks that put it in doubt."""
    doubts = [check.name for check in found.checks if check.verdict == "bad" and check.name in DOUBTS]
    text = _answer_alone(found)
    return f"{text} In doubt (below): {', '.join(dict.fromkeys(doubts))}." if doubts and found.tested else text


def _answer_alone(found: Inference) -> str:
    if not found.tested:
        return "no p and no interval to claim: the rows that suggested the question cannot confirm it"
    if found.effect is not None:
        effects = [one for one in found.coefficients if one.role == "effect"]
        return _answer(found, effects[0]) if len(effects) == 1 else _factor(found, effects)
    passed = claims(found)
    asked = sum(one.role == "other" for one in found.coefficients)
    if not passed:
        return f"none of {plural(asked, 'coefficient')} is told apart from 0 once corrected for their number (Holm)."
    return f"{len(passed)} of {plural(asked, 'coefficient')} told apart from 0, corrected for their number (Holm)."


def _factor(found: Inference, effects: Sequence[Coefficient]) -> str:
    """The effect as a whole, then its coefficients that pass Holm's test, the others as a count."""
    whole = next((joint for joint in found.columns if joint.columns == (found.effect,)), None)
    test = "not tested as a whole" if whole is None or whole.p is None else joint_text(whole)
    matters = whole is not None and whole.p is not None and whole.p <= found.level
    first = f"{found.effect} as a whole is told apart from no effect ({test})." if matters else (
        f"not told apart from no effect: {found.effect} as a whole ({test})."
    )  # fmt: skip
    clear = [one for one in effects if _passes(one, found.level)]
    left = len(effects) - len(clear)
    verb, each = ("is", "itself") if left == 1 else ("are", "themselves")
    last = f"{left} of its {len(effects)} coefficients {verb} not told apart from 0 for {each} (Holm)."
    says = [last] if left and (matters or clear) else []
    return " ".join([first, *(_answer(found, one) for one in clear), *says])


def _answer(found: Inference, one: Coefficient) -> str:
    sure = f"{sure_text(found.level)} {_said_interval(found, one)}, {p_with_name(one.shown.p)}"
    if one.holm is not None:
        sure += f", {p_text(one.holm)} corrected"
    if _passes(one, found.level):
        return f"{one.words}, all else equal ({sure})."
    return f"not told apart from no effect: {one.words} ({sure})."


def _said_interval(found: Inference, one: Coefficient) -> str:
    """The interval in the terms of its sentence: "0.9 % higher to 2.1 % higher" beside "1.5 % higher"."""
    ends = (one.shown.low * one.per, one.shown.high * one.per)
    if found.model.family not in ("poisson", "negative_binomial", "gamma") or not all(map(math.isfinite, ends)):
        return interval_text(found, one)
    return " to ".join(map(percent_text, ends))


def machine_text(found: Inference, effect: MachineEffect) -> str:
    """ "partially linear: −0.20 (95 % −0.61 to 0.22), p 0.35; …", of one step of the effect (Coefficient.per)."""
    level, one = found.level, next((one for one in found.coefficients if one.role == "effect"), None)
    per, unit = (1.0, "") if one is None else (one.per, one.unit)
    d = decimals_for(effect.se * per) + 1
    low, high = number_text(effect.low * per, d, signed=True), number_text(effect.high * per, d, signed=True)
    p = NO_P if effect.p is None else p_with_name(effect.p)
    shown = "" if effect.p is None else f" ({sure_text(level)} {low} to {high})"
    trimmed = f"; {plural(effect.trimmed, 'row')} outside the overlap left out" if effect.trimmed else ""
    of = f" per {unit}" if unit else "" if per == 1 else f" per {per_text(per)}"
    scale = f", as a share of {found.target} = {effect.outcome}" if effect.outcome else ""
    if not scale and is_ratio(found):
        scale = f", as a difference of {found.target}"
    return f"{effect.method}{scale}: {number_text(effect.value * per, d, signed=True)}{of}{shown}, {p}{trimmed}"


def machine_how(effect: MachineEffect) -> str:
    """The models used for partialling out, and how strong a hidden cause would have to be."""
    how = (
        f"{effect.adjusted_by[0]} for the target, {effect.adjusted_by[1]} for the effect, five folds, "
        f"{plural(effect.partitions, 'partition')}"
    )
    if effect.reach is None or effect.reach_p is None:
        return how
    return (
        f"{how}; a cause left out would have to explain {share_text(effect.reach)} of what is left of both to bring it "
        f"to 0, {share_text(effect.reach_p)} to bring its interval there"
    )


def used_text(one: ColumnImportance) -> str:
    """ "+7.70 (95 % 6.66 to 8.74)" """
    d = decimals_for((one.high - one.low) / (2 * Z95)) + 1
    low, high = number_text(one.low, d), number_text(one.high, d)
    return f"{number_text(one.loss, d, signed=True)} (95 % {low} to {high})"


def slope_text(found: Inference, slope: SimpleSlope) -> str:
    """ "spent is 0.31 higher for each further unit of age, with income at 30.1 (its mean) (95 % 0.2 to 0.4, p …)" """
    return _answer(found, slope.coefficient)
