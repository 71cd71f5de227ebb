"""Results of `infer` as one HTML file: no script, no network, the brief's style sheet."""

from collections.abc import Sequence
from html import escape

from assay.core.figure import number_text
from assay.core.visible import visible
from assay.infer.coefficient_text import sure_text
from assay.infer.inference_result import Coefficient, Inference
from assay.report import inference_text as words
from assay.report.inference_plot import forest, leverage_plot, quantile_plot, residual_plot
from assay.report.phrases import p_text
from assay.report.plot import Drawing
from assay.report.svg import sheet, svg

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = "main{max-width:60rem}body{max-width:64rem}.claim{font-weight:600}"


def inference_html(found: Inference) -> str:
    """The whole result as one self-contained page."""
    style = sheet("drawing.css", "brief.css")
    title = f"{found.target} in {found.file}"
    parts = (_facts(found), _coefficients(found), _slopes(found), _machine(found), _used(found), _checks(found),
             _looks(found), _alone(found), _said(found))  # fmt: skip
    return visible(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>{style}\n{_STYLE}</style></head>\n<body>"
        f'<header><h1>{escape(title)}</h1><span class="dim">{escape(words.heading(found))}</span></header>\n'
        f'<main><p class="lead">{escape(words.answer_text(found))}</p>{"".join(parts)}</main></body></html>\n'
    )


def _facts(found: Inference) -> str:
    jointly = "" if found.jointly is None else f"{', '.join(found.jointly.columns)}: {words.joint_text(found.jointly)}"
    pairs = (("model", words.model_text(found)), ("errors", words.errors_text(found)), ("jointly", jointly),
             ("seen", words.visible_text(found)), ("assumes", found.selection))  # fmt: skip
    return f"<dl>{''.join(f'<dt>{name}</dt><dd>{escape(text)}</dd>' for name, text in pairs if text)}</dl>\n"


def _section(title: str, inner: str) -> str:
    name = title.lower().replace(" ", "-")
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>{inner}</section>\n' if inner else ""


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], marked: frozenset[int] = frozenset()) -> str:
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = ""
    for number, row in enumerate(rows):
        mark = ' class="claim"' if number in marked else ""
        body += f"<tr{mark}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _picture(drawing: Drawing) -> str:
    return f"<figure>{svg(drawing)}</figure>"


def _coefficients(found: Inference) -> str:
    asked = [one for one in found.coefficients if one.role != "intercept"]
    if not found.tested:
        columns = ("coefficient", "estimate", "sd over rows like these")
        return _section("Estimates", _table(columns, [
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
    return _section("Coefficients", _picture(forest(found)) + _table(header, rows, marked) + whole)


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
    return _section("Slopes", _table(header, rows))


def _machine(found: Inference) -> str:
    if not found.machine:
        return ""
    inner = "".join(f"<p>{escape(words.machine_text(found, effect))}</p>" for effect in found.machine)
    inner += f'<p class="dim">{escape(words.machine_how(found.machine[0]))}</p>'
    return _section("Double machine learning", f"{inner}<p>{escape(found.machine[0].assumption)}</p>")


def _used(found: Inference) -> str:
    if not found.used:
        return ""
    rows = [(", ".join(one.columns), words.used_text(one), words.corrected_text(one)) for one in found.used]
    note = '<p class="dim">What a model of ours uses, out of fold; not what causes what.</p>'
    return _section("What a model uses", note + _table(("shuffled", f"{found.used_metric} lost", "Holm"), rows))


def _checks(found: Inference) -> str:
    marks = {"good": "good", "look": "look", "bad": "bad"}
    rows = [(check.name, marks[check.verdict], check.message, "" if check.verdict == "good" else check.do)
            for check in found.checks]  # fmt: skip
    unsound = frozenset(number for number, check in enumerate(found.checks) if check.verdict == "bad")
    return _section("What it rests on", _table(("assumption", "", "seen", "what would help"), rows, unsound))


def _looks(found: Inference) -> str:
    drawings = [residual_plot(found), quantile_plot(found)]
    if any(found.points.leverage):
        drawings.append(leverage_plot(found))
    note = '<p class="dim">Residuals as normal scores (Dunn and Smyth, 1996): normal where the model holds.</p>'
    return _section("Residuals", note + "".join(map(_picture, drawings)))


def _alone(found: Inference) -> str:
    rows = [
        (one.column, one.test, number_text(one.effect, 3), one.measure, words.NO_P if one.p is None else p_text(one.p),
         "–" if one.holm is None else p_text(one.holm))
        for one in found.alone
    ]  # fmt: skip
    return _section("Each column alone", _table(("column", "test", "size", "measure", "p", "Holm"), rows))


def _said(found: Inference) -> str:
    texts = (*found.left_out, *found.notes, *(notice.message for notice in found.notices))
    return _section("Left out and noted", "".join(f"<p>{escape(text)}</p>" for text in texts))
