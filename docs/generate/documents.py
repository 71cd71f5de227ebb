"""JSON documents: the fields of each, read off a document of that kind."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli import json_documents as documents
from assay.cli.error_lines import error_document
from assay.cli.inference_document import infer_document
from assay.cli.inspection_document import inspect_document
from assay.cli.own_metric_lines import own_board_document
from assay.core.errors import DataError, Where
from assay.views.own_metric import OwnBoard, OwnScore
from generate.markdown import heading, table
from generate.terminal import printed
from samples import sample_views
from samples.sample_inference import inference
from samples.sample_inspection import inspection

if TYPE_CHECKING:
    from assay.core.array import Json

FIGURE = {"value", "metric", "origin", "rows", "low", "high", "level", "method", "certified"}
DIFFERENCE = {"value", "origin", "sigma", "low", "high", "p", "e", "over", "method"}
INTRO = """With `--json` a command prints one document on standard output, at its end. `schema` is name and version:
within a version fields are only added. Seconds end in `_seconds`, sizes in `_bytes`; what is missing is null.

A *figure* is `{value, metric, origin, rows, low, high, level, method, certified}` with the origins `oof`,
`corrected`, `vault`, `twin` and `test`; a *difference* is `{value, sigma, low, high, p, e, over}`, positive being
better. `experiments`, like `kept` and the counts beside it, counts as `--experiments` does; blends and runs that try
a keep on other folds are in `beside`. Where `experiments` is a list, it holds experiments one by one. Fields that this
release never fills are null or empty."""

EVENTS_INTRO = "With `--events` JSON lines on standard error take the place of progress; `event` is one of"


def json_page(folder: Path) -> str:
    """All documents; folder holds the sample lab."""
    lab, rows = str(folder / "orders.lab"), str(folder / "orders.csv")
    error = DataError("", where=Where(), nearest=("",), do=("",))
    shown: dict[str, Json] = {
        "fit": documents.fit_document(sample_views.summary(warnings=sample_views.task().notices), ("",)),
        "plan": json.loads(printed("fit", str(folder / "past.csv"), "--target", "late", "--dry-run", "--json")),
        "inspect": inspect_document(inspection(), ("",)),
        "leaderboard": documents.leaderboard_document(sample_views.board()),
        "show": documents.show_document(sample_views.record()),
        "why": documents.why_document(sample_views.record()),
        "diff": documents.diff_document(sample_views.diff()),
        "status": documents.status_document(sample_views.lab_status()),
        "report": documents.report_document(sample_views.brief(), "", "", {"md": "", "html": "", "png": ""}),
        "labs": _labs(lab),
        "predict": json.loads(printed("predict", lab, rows, "--json")),
        "score": json.loads(printed("score", lab, str(folder / "past.csv"), "--by", "city", "--json")),
        "doctor": json.loads(printed("doctor", "--json")),
        "audit": json.loads(printed("audit", lab, "--json")),
        "compare": json.loads(printed("compare", *_predictions(folder), "--json")),
        "ranking": json.loads(printed("compare", *_predictions(folder)[:2], *_predictions(folder)[1:], "--json")),
        "own-metric": own_board_document(OwnBoard(
            name="", higher_is_better=True, rows=0,
            scores=(OwnScore(number=0, what="", value=0.0, low=0.0, high=0.0, tied=True),),
        ), ""),
        "new": json.loads(printed("new", "step", "ratio", "--out", str(folder), "--json")),
        "infer": infer_document(inference()),
        "error": error_document(error),
    }
    sections = [f"\n## {name}/1\n\n" + table(("field", "holds"), sorted(_fields(body))) for name, body in shown.items()]
    return heading("JSON documents", INTRO) + "".join(sections) + _events()


def _predictions(folder: Path) -> tuple[str, str, str]:
    """Two files of predictions and the truth, ten rows each."""
    paths = tuple(str(folder / name) for name in ("a.csv", "b.csv", "truth.csv"))
    for path, add in zip(paths, (0.5, 0.25, 0.0), strict=True):
        Path(path).write_text("price\n" + "".join(f"{row + add * (-1) ** row}\n" for row in range(10)))
    return paths  # type: ignore[return-value]  # three names, three paths


def _labs(lab: str) -> "Json":
    status = json.loads(printed("status", lab, "--json"))
    return {"schema": "labs/1", "lab": None, "labs": [{**status, "size_bytes": 1, "used": ""}]}


def _events() -> str:
    samples = (sample_views.understood(), sample_views.progress())
    names = ", ".join(f"`{name}`" for name in documents.EVENT_NAMES.values())
    out = [f"\n## event/1\n\n{EVENTS_INTRO} {names}. Two of them:\n"]
    for sample in samples:
        body = documents.event_document(sample)
        out += [f"\n### {body['event']}\n\n", table(("field", "holds"), sorted(_fields(body)))]
    return "".join(out)


def _fields(body: "Json", path: str = "") -> list[tuple[str, str]]:
    """(dotted name, what it holds) of every field; figures and differences are not taken apart."""
    if not isinstance(body, Mapping):
        return [(f"`{path}`", _word(body))]
    if path and set(body) >= FIGURE:
        return [(f"`{path}`", "figure")]
    if path and set(body) == DIFFERENCE:
        return [(f"`{path}`", "difference")]
    if path in ("recipe", "files") or (path and not body):
        return [(f"`{path}`", "object")]
    out = []
    for key, value in body.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            out += _fields(value[0], f"{name}[]")
        else:
            out += _fields(value, name)
    return out


def _word(value: "Json") -> str:
    if isinstance(value, list):
        return f"list of {_word(value[0])}s" if value else "list"
    words = {bool: "true or false", int: "whole number", float: "number", str: "text", type(None): "null"}
    return words.get(type(value), "object")
