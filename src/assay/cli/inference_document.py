"""The document infer/1."""

from typing import TYPE_CHECKING

from assay.cli.json_documents import document, fields_of
from assay.core.codec import to_json
from assay.infer.inference_result import Inference
from assay.report import inference_text as words

if TYPE_CHECKING:
    from assay.core.array import JsonObject


def infer_document(found: Inference) -> "JsonObject":
    """infer/1; coefficients are on the scale of the link, spreads[] by kind of error, the one that counts first."""
    body: JsonObject = {
        **fields_of(found, "file", "target", "effect", "adjust", "rows", "level", "tested", "selection"),
        "answer": words.answer_text(found),
        **fields_of(
            found, "model", "coefficients", "whole", "columns", "jointly", "checks", "alone", "machine", "used",
            "used_metric", "product", "left_out", "notes",
        ),
        "warnings": to_json(found.notices), "elapsed_seconds": found.seconds,
    }  # fmt: skip
    return document("infer", None, body)
