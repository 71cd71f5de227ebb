"""The JSON documents."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from assay.cli import json_documents as document
from assay.core.event import Event, Finishing, NoiseKnown, Noted, Scored
from assay.core.task import Notice
from samples import sample_views

FIGURE = {"value", "metric", "origin", "rows", "low", "high", "level", "method", "certified"}
DIFFERENCE = {"value", "origin", "sigma", "low", "high", "p", "e", "over", "method"}
DOCUMENTS: dict[str, tuple[Any, set[str]]] = {
    "fit/1": (
        document.fit_document(sample_views.summary(), ("assay predict bank new.csv",)),
        {"task", "expect", "search", "optimism", "gain", "experiments", "kept", "failed", "findings", "champion",
         "predictor", "brief", "warnings", "elapsed_seconds", "stopped_by", "next"},
    ),
    "status/1": (
        document.status_document(sample_views.lab_status()),
        {"state", "pid", "elapsed_seconds", "left_seconds", "experiments", "kept", "failed", "stopped_early",
         "running", "best", "champion", "sigma", "detectable", "proposers", "hints"},
    ),
    "leaderboard/1": (document.leaderboard_document(sample_views.board()), {"metric", "sigma", "rows", "unranked"}),
    "why/1": (
        document.why_document(sample_views.record(17)),
        {"number", "what", "status", "question", "by", "asked_at_seconds", "against", "verdict", "children", "weight",
         "sentences"},
    ),
    "show/1": (
        document.show_document(sample_views.record(17)),
        {"number", "key", "question", "by", "parents", "predicted", "recipe", "status", "score", "folds", "against",
         "confirm", "verdict", "failure", "cost"},
    ),
    "diff/1": (document.diff_document(sample_views.diff()), {"a", "b", "changes", "difference"}),
    "report/1": (
        document.report_document(sample_views.brief(), "y in bank.csv.gz", "…", {"md": "bank.lab/brief.md"}),
        {"asked", "answer", "expect", "optimism", "gain", "findings", "kept", "tried_in_vain", "columns", "oddities",
         "next", "files"},
    ),
}  # fmt: skip


def objects(value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from objects(item)
    if isinstance(value, list):
        for item in value:
            yield from objects(item)


@pytest.mark.parametrize("schema", DOCUMENTS)
def test_a_document_names_its_schema_and_lab_and_has_its_fields(schema: str) -> None:
    body, fields = DOCUMENTS[schema]
    assert body["schema"] == schema
    assert body["lab"] == "bank"
    assert fields <= set(body)


@pytest.mark.parametrize("schema", DOCUMENTS)
def test_a_document_is_strict_json_without_separators_or_true_minus(schema: str) -> None:
    written = json.dumps(DOCUMENTS[schema][0], allow_nan=False, ensure_ascii=False)
    assert json.loads(written) == DOCUMENTS[schema][0]


@pytest.mark.parametrize("schema", DOCUMENTS)
def test_every_figure_and_difference_has_all_its_fields(schema: str) -> None:
    for item in objects(DOCUMENTS[schema][0]):
        if "certified" in item:
            assert set(item) == FIGURE
            assert item["origin"] in ("oof", "corrected", "confirm", "vault", "test")
        if "sigma" in item and "over" in item:
            assert set(item) == DIFFERENCE


def test_a_lab_of_fit_has_no_findings() -> None:
    assert DOCUMENTS["fit/1"][0]["findings"] == []


def test_what_is_not_finite_becomes_null() -> None:
    body: Any = document.show_document(replace(sample_views.record(17), row_ms=float("nan"), cpu_seconds=float("inf")))
    assert body["cost"]["row_ms"] is None
    assert body["cost"]["cpu_seconds"] is None


def test_the_leaderboard_document_holds_all_rows() -> None:
    body: Any = document.leaderboard_document(sample_views.board())
    assert len(body["rows"]) == len(sample_views.board().rows)


@pytest.mark.parametrize(
    "event",
    [
        sample_views.understood(), NoiseKnown(sigma=0.1, detectable=0.2, method="a"), sample_views.progress(9),
        Scored(elapsed_seconds=1.0, number=1, what="a", status="failed", score=None, against=None, detail="memory"),
        Noted(elapsed_seconds=1.0, notice=Notice(code="leak/x", message="m")),
        Finishing(elapsed_seconds=2.0, message="m"),
    ],
)  # fmt: skip
def test_every_event_is_one_json_line(event: Event) -> None:
    line = json.dumps(document.event_document(event), allow_nan=False)
    assert "\n" not in line
    assert json.loads(line)["schema"] == "event/1"
