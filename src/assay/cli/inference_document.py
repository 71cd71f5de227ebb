"""The document infer/1."""

from typing import TYPE_CHECKING

from assay.cli.json_documents import document
from assay.core.codec import to_json
from assay.infer.inference_result import Coefficient, Inference
from assay.report import inference_text as words

if TYPE_CHECKING:
    from assay.core.array import JsonObject


def infer_document(found: Inference) -> "JsonObject":
    """infer/1; coefficients are on the scale of the link, spreads[] by kind of error, the one that counts first."""
    body: JsonObject = {
        "file": found.file, "target": found.target, "effect": found.effect, "adjust": list(found.adjust),
        "rows": found.rows, "level": found.level, "tested": found.tested, "selection": found.selection,
        "answer": words.answer_text(found), "model": to_json(found.model),
        "coefficients": [_coefficient(one) for one in found.coefficients], "whole": to_json(found.whole),
        "columns": to_json(found.columns), "jointly": to_json(found.jointly), "checks": to_json(found.checks),
        "alone": to_json(found.alone), "machine": to_json(found.machine), "used": to_json(found.used),
        "used_metric": found.used_metric, "product": to_json(found.product),
        "left_out": list(found.left_out), "notes": list(found.notes),
        "warnings": to_json(found.notices), "elapsed_seconds": found.seconds,
    }  # fmt: skip
    return document("infer", None, body)


def _coefficient(one: Coefficient) -> "JsonObject":
    body = to_json(one)
    assert isinstance(body, dict)
    return body
