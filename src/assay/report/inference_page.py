"""Results of `infer` as one HTML file: no script, no network, the brief's style sheet."""

from collections.abc import Sequence
from html import escape

from assay.core.figure import number_text
from assay.infer.coefficient_text import sure_text
from assay.infer.inference_result import Coefficient, Inference
from assay.report import inference_text as words
from assay.report.html_parts import document, facts, main_part, section, table
from assay.report.inference_plot import forest, leverage_plot, quantile_plot, residual_plot
from assay.report.phrases import p_text
from assay.report.plot import Drawing
from assay.report.svg import svg

_STYLE = "main{max-width:60rem}body{max-width:64rem}.claim{font-weight:600}"


def inference_html(found: Inference) -> str:
    """The whole result as one self-contained page."""
    parts = (_facts(found), _coefficients(found), _slopes(found), _machine(found), _used(found), _checks(found),
             _looks(found), _alone(found), _said(found))  # fmt: skip
    return document(
        f"{found.target} in {found.file}", stamp=words.heading(found), style=_STYLE,
        body=main_part(words.answer_text(found), "".join(parts)),
    )  # fmt: skip


def _facts(found: Inference) -> str:
    jointly = "" if found.jointly is None else f"{', '.join(found.jointly.columns)}: {words.joint_text(found.jointly)}"
    pairs = (("model", words.model_text(found)), ("errors", words.errors_text(found)), ("jointly", jointly),
             ("seen", words.visible_text(found)), ("assumes", found.selection))  # fmt: skip
    return facts(pairs)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], marked: frozenset[int] = frozenset()) -> str:
    marks = (' class="claim"' if number in marked else "" for number in range(len(rows)))
    cells = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return table(header, (f"<tr{mark}>{inner}</tr>" for mark, inner in zip(marks, cells, strict=True)))


def _picture(drawing: Drawing) -> str:
    return f"<figure>{svg(drawing)}</figure>"


def _coefficients(found: Inference) -> str:
    asked = [one for one in found.coefficients if one.role != "intercept"]
    if not found.tested:
        columns = ("coefficient", "estimate", "sd over rows like these")
        return section("Estimates", _table(columns, [
            (words.name_text(one), number_text(one.value, 4, signed=True), number_text(one.shown.se, 4))
            for one in asked
        ]))  # fmt: skip
    passed = {id(one) for one in words.claims(found)}
    header = ("coefficient", words.VALUE_NAMES[found.model.family], sure_text(found.level), "p", "Holm",
              "BH", "size", "in words, all else equal")  # fmt: skip
    rows = [_row(found, one) for one in asked]
    marked = frozenset(number for number, one in enumerate(asked) if id(one) in passed)
    several = [(", ".join(joint.columns), words.joint_text(joint), words.corrected_text(joint), joint.method)
               for joint in found.columns if joint.df > 1]  # fmt: skip
    whole = _table(("column as a whole", "test", "Holm", "method"), several) if several else ""
    return section("Coefficients", _picture(forest(found)) + _table(header, rows, marked) + whole)


def _row(found: Inference, one: Coefficient) -> tuple[str, ...]:
    said = f"{one.words}. {one.note}" if one.note else one.words
    return (
        words.name_text(one), words.value_text(found, one.value, one), words.interval_text(found, one),
        p_text(one.shown.p), words.corrected_text(one), "–" if one.bh is None else p_text(one.bh), one.size, said,
    )  # fmt: skip


def _slopes(found: Inference) -> str:
    if found.product is None or not found.tested:
        return ""
    header = ("held", "", words.VALUE_NAMES[found.model.family], sure_text(found.level), "p", "Holm", "all else equal")
    rows = [(slope.held, words.name_text(one := slope.coefficient), words.value_text(found, one.value, one),
             words.interval_text(found, one), p_text(one.shown.p), words.corrected_text(one), one.words)
            for slope in found.product.slopes]  # fmt: skip
    return section("Slopes", _table(header, rows))


def _machine(found: Inference) -> str:
    if not found.machine:
        return ""
    inner = "".join(f"<p>{escape(words.machine_text(found, effect))}</p>" for effect in found.machine)
    inner += f'<p class="dim">{escape(words.machine_how(found.machine[0]))}</p>'
    return section("Double machine learning", f"{inner}<p>{escape(found.machine[0].assumption)}</p>")


def _used(found: Inference) -> str:
    if not found.used:
        return ""
    rows = [(", ".join(one.columns), words.used_text(one), words.corrected_text(one)) for one in found.used]
    note = '<p class="dim">What a model of ours uses, out of fold; not what causes what.</p>'
    return section("What a model uses", note + _table(("shuffled", f"{found.used_metric} lost", "Holm"), rows))


def _checks(found: Inference) -> str:
    marks = {"good": "good", "look": "look", "bad": "bad"}
    rows = [(check.name, marks[check.verdict], check.message, "" if check.verdict == "good" else check.do)
            for check in found.checks]  # fmt: skip
    unsound = frozenset(number for number, check in enumerate(found.checks) if check.verdict == "bad")
    return section("What it rests on", _table(("assumption", "", "seen", "what would help"), rows, unsound))


def _looks(found: Inference) -> str:
    drawings = [residual_plot(found), quantile_plot(found)]
    if any(found.points.leverage):
        drawings.append(leverage_plot(found))
    note = '<p class="dim">Residuals as normal scores (Dunn and Smyth, 1996): normal where the model holds.</p>'
    return section("Residuals", note + "".join(map(_picture, drawings)))


def _alone(found: Inference) -> str:
    rows = [
        (one.column, one.test, number_text(one.effect, 3), one.measure, words.NO_P if one.p is None else p_text(one.p),
         "–" if one.holm is None else p_text(one.holm))
        for one in found.alone
    ]  # fmt: skip
    return section("Each column alone", _table(("column", "test", "size", "measure", "p", "Holm"), rows))


def _said(found: Inference) -> str:
    texts = (*found.left_out, *found.notes, *(notice.message for notice in found.notices))
    return section("Left out and noted", "".join(f"<p>{escape(text)}</p>" for text in texts))
