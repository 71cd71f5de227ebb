"""What was odd about a column that a person barred is no longer asked, advised or warned of."""

import json

import numpy as np
import pytest

from assay.cli.json_documents import fit_document, report_document
from assay.core.event import Understood
from assay.lab.lab import Lab
from assay.lab.send_message import send
from lab.sessions_by_hand import LAB, begin, go_on, wish


@pytest.fixture
def suspicious(here, frame):
    """shop.csv with a column that tells nearly everything."""
    rng = np.random.default_rng(1)
    told = (frame["bought"] == "yes") + rng.normal(0, 0.1, len(frame))
    frame.assign(told=told).to_csv("shop.csv", index=False)


def columns_named():
    """Columns that the summary, the report, their documents and the head of the next session warn of."""
    opened, heads = Lab.open(LAB), []
    summary, brief = opened.summary(), opened.brief()
    opened.close()
    go_on(
        opened.state.proposed + 3, listener=lambda event: heads.append(event) if isinstance(event, Understood) else None
    )
    found = [*summary.task.notices, *summary.warnings, *heads[0].task.notices]
    said = json.dumps([fit_document(summary, ())["warnings"], report_document(brief, "", "", {})["oddities"]])
    return {notice.column for notice in found if notice.column}, said


@pytest.mark.slow
def test_a_barred_column_is_warned_of_no_more_and_again_once_the_rule_is_taken_back(suspicious):
    begin(experiments=3)
    named, said = columns_named()
    assert "told" in named
    assert "--drop told" in said
    rule = wish("never", "column", "told").hints[0].number
    named, said = columns_named()
    assert "told" not in named
    assert "told" not in said
    send(LAB, "undo", number=rule)
    assert "told" in columns_named()[0]


@pytest.mark.slow
def test_the_head_of_a_session_leaves_out_what_is_barred_and_names_the_hint(here):
    begin(experiments=2)
    heads = []
    for name in ("noise", "age"):
        wish("never", "column", name)
    send(LAB, "undo", number=2)
    go_on(5, listener=lambda event: heads.append(event) if isinstance(event, Understood) else None)
    task = heads[0].task
    assert {column.name for column in task.schema.features} == {"age", "city"}
    assert task.schema["noise"].reason == "left out by h1"
    assert heads[0].class_rows == () or sum(heads[0].class_rows) == task.n_rows
