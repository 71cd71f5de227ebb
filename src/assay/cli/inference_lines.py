"""Output of `infer`: the answer, the numbers, their assumptions, and what would invalidate them."""

from assay.cli.line_layout import Line, LineLayout, Role, Span, cut_middle, labelled, line, with_right, wrap
from assay.cli.terminal_table import TableColumn, table
from assay.core.figure import number_text
from assay.infer.coefficient_text import sure_text
from assay.infer.inference_result import Assumption, Coefficient, ColumnImportance, Inference, UnivariateTest
from assay.report import inference_text as words
from assay.report.phrases import p_text, plural

SHOWN = 12
LABEL = 11
NAME = 32


def inference_lines(layout: LineLayout, found: Inference, *, everything: bool) -> list[Line]:
    """All of it within the layout; without `everything` the twelve clearest coefficients."""
    first = line(Span(found.file, "number"), f"   {found.target}: {words.heading(found)}")
    lines = [with_right(layout, first, f"{found.seconds:.1f} s")]
    lines += labelled(layout, "answer", words.answer_text(found), size=LABEL, role="number")
    lines += labelled(layout, "model", words.model_text(found), size=LABEL)
    lines += labelled(layout, "errors", words.errors_text(found), size=LABEL)
    if found.tested:
        lines += _coefficients(layout, found, everything=everything)
    else:
        lines += _untested(layout, found)
    lines += _slopes(layout, found, everything=everything)
    lines += _machine(layout, found)
    lines += _used(layout, found)
    if found.jointly is not None:
        text = f"{', '.join(found.jointly.columns)}: {words.joint_text(found.jointly)} ({found.jointly.method})"
        lines += labelled(layout, "jointly", text, size=LABEL)
    if everything:
        lines += _alone(layout, found.alone)
    lines += [item for check in found.checks if everything or check.verdict != "good" for item in _check(layout, check)]
    good = [check.name for check in found.checks if check.verdict == "good"]
    if good and not everything:
        lines += labelled(layout, "good", ", ".join(good), size=LABEL, role="good")
    said = (notice.message for notice in found.notices)
    for text in (*found.left_out, *said, *found.notes, words.visible_text(found)):
        lines += labelled(layout, "note", text, size=LABEL) if text else []
    return [*lines, *labelled(layout, "assumes", found.selection, size=LABEL)]


def _shown(found: Inference, *, everything: bool) -> list[Coefficient]:
    """In the model's order; where there are many, the named effect and the clearest."""
    asked = [one for one in found.coefficients if one.role != "intercept"]
    if everything or len(asked) <= SHOWN:
        return asked
    clear = sorted(asked, key=lambda one: (one.role != "effect", 1.0 if one.shown.p is None else one.shown.p))[:SHOWN]
    kept = {id(one) for one in clear}
    return [one for one in asked if id(one) in kept]


def _coefficients(layout: LineLayout, found: Inference, *, everything: bool) -> list[Line]:
    shown = _shown(found, everything=everything)
    passed = {id(one) for one in words.claims(found)}
    roles: list[Role] = ["number" if id(one) in passed else "" for one in shown]
    lines = table(layout, [
        TableColumn("", [cut_middle(words.label_text(one), NAME) for one in shown], right=False, stretch=True,
                    least=NAME),
        TableColumn(words.VALUE_NAMES[found.model.family], [words.value_text(found, one.value, one) for one in shown]),
        TableColumn(sure_text(found.level), [words.interval_text(found, one) for one in shown], right=False),
        TableColumn("p", [p_text(one.shown.p) for one in shown]),
        TableColumn("Holm", [words.corrected_text(one) for one in shown], gives=2),
        TableColumn("BH", ["–" if one.bh is None else p_text(one.bh) for one in shown], gives=3),
        TableColumn("size", [one.size for one in shown], right=False, gives=1),
    ], indent=2, roles=roles)  # fmt: skip
    held = words.baseline_text(shown)
    lines += labelled(layout, "levels", held, size=LABEL) if held else []
    left = sum(one.role != "intercept" for one in found.coefficients) - len(shown)
    lines += [line(f"  {plural(left, 'more coefficient')}: --all")] if left > 0 else []
    for one in shown:
        if one.note:
            lines += labelled(layout, one.name, one.note, size=LABEL, role="warn")
    if found.effect is None:
        lines += _several(layout, found)
    return lines


def _several(layout: LineLayout, found: Inference) -> list[Line]:
    """Columns of several coefficients, tested as a whole."""
    several = [joint for joint in found.columns if joint.df > 1]
    lines: list[Line] = []
    for joint in several[:SHOWN]:
        holm = "" if joint.holm is None else f", {p_text(joint.holm)} corrected"
        lines += labelled(layout, joint.columns[0], f"as a whole: {words.joint_text(joint)}{holm}", size=LABEL)
    return lines


def _slopes(layout: LineLayout, found: Inference, *, everything: bool) -> list[Line]:
    """The effect at fixed values of the column it interacts with, one sentence each."""
    if found.product is None or not found.tested:
        return []
    slopes = found.product.slopes if everything else found.product.slopes[:SHOWN]
    lines = [item for one in slopes for item in labelled(layout, "slope", words.slope_text(found, one), size=LABEL)]
    left = len(found.product.slopes) - len(slopes)
    return lines + ([line(f"  {plural(left, 'more slope')}: --all")] if left else [])


def _untested(layout: LineLayout, found: Inference) -> list[Line]:
    """Estimates with standard errors only, without any claim."""
    shown = _shown(found, everything=False)
    return table(layout, [
        TableColumn("", [cut_middle(words.name_text(one), NAME) for one in shown], right=False, stretch=True, least=14),
        TableColumn("on the link's scale", [number_text(one.value, 4, signed=True) for one in shown]),
        TableColumn("sd over rows like these", [number_text(one.shown.se, 4) for one in shown]),
    ], indent=2)  # fmt: skip


def _machine(layout: LineLayout, found: Inference) -> list[Line]:
    lines: list[Line] = []
    for effect in found.machine:
        lines += labelled(layout, "double ML", words.machine_text(found, effect), size=LABEL)
    if found.machine:
        lines += labelled(layout, "", words.machine_how(found.machine[0]), size=LABEL)
        lines += labelled(layout, "", found.machine[0].assumption, size=LABEL, role="warn")
    return lines


def _used(layout: LineLayout, found: Inference) -> list[Line]:
    if not found.used:
        return []
    title = f"  What a model uses (not what causes what): {found.used_metric} lost when shuffled, out of fold"
    lines = [line(part) for part in wrap(layout, title, indent=0)]
    return [*lines, *(_used_line(layout, one) for one in found.used[:SHOWN])]


def _used_line(layout: LineLayout, one: ColumnImportance) -> Line:
    role: Role = "" if one.low > 0 else "dim"
    holm = "" if one.holm is None else f"   Holm {p_text(one.holm)}"
    name = cut_middle(", ".join(one.columns), NAME)
    return line("  ", Span(layout.mark(f"{name:<{NAME}}"), role), f"{words.used_text(one)}{holm}")


def _alone(layout: LineLayout, found: tuple[UnivariateTest, ...]) -> list[Line]:
    if not found:
        return []
    lines = [line("  Each column alone, by ranks or tables:")]
    return lines + table(layout, [
        TableColumn("", [cut_middle(one.column, NAME) for one in found], right=False, stretch=True, least=14),
        TableColumn("test", [one.test for one in found], right=False),
        TableColumn("size", [number_text(one.effect, 3) for one in found]),
        TableColumn("", [one.measure for one in found], right=False, gives=1),
        TableColumn("p", ["not tested" if one.p is None else p_text(one.p) for one in found]),
        TableColumn("Holm", ["–" if one.holm is None else p_text(one.holm) for one in found]),
    ], indent=2)  # fmt: skip


def _check(layout: LineLayout, check: Assumption) -> list[Line]:
    role: Role = {"good": "good", "look": "warn", "bad": "bad"}[check.verdict]  # type: ignore[assignment]  # of Role
    text = check.message if not check.do or check.verdict == "good" else f"{check.message}; {check.do}"
    return labelled(layout, check.name, text, size=LABEL + 4, role="" if role == "good" else role)
