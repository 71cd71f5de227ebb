"""An audit and a replay of the ledger follow what was said to a lab."""

import json
import sqlite3

import numpy as np
import pytest

from assay.journal.replayed_state import replay
from assay.lab.send_message import send
from assay.ledger.chain import ROOT, body_text, link
from assay.ledger.sqlite_ledger import SqliteLedger
from lab.sessions_by_hand import LAB, lab, wish


def rewritten(path, change):
    """The ledger with changed bodies, and all hashes made to fit."""
    ledger = SqliteLedger.open(path, write=False)
    records = ledger.records()
    ledger.close()
    connection = sqlite3.connect(path / "ledger.sqlite")
    for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {name}")
    last = (0, ROOT)
    for record in records:
        body = json.loads(json.dumps(record.body))
        change(record.kind, body["value"])
        text = body_text(record.kind, body)
        made = link(record.kind, text, experiment=record.experiment, at=record.at, after=last)
        connection.execute(
            "update record set body = ?, artifact = null, previous = ?, hash = ? where number = ?",
            (text, made.previous, made.hash, record.number),
        )
        last = (made.number, made.hash)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(("kind", "change", "why"), [
    ("void", lambda value: value.update(experiments=value["experiments"][:-1]), "other than its rule says"),
    ("hint", lambda value: value["wish"].update(kind="try"), "other than its rule says"),
    ("hint", lambda value: value.update(message="nobody"), "never received"),
    ("undone", lambda value: value.update(restored=[]), "restores other experiments"),
    ("answered", lambda value: value.update(id="nobody"), "never received"),
])  # fmt: skip
def test_an_audit_finds_steering_that_does_not_follow(made, kind, change, why):
    made(experiments=4)
    wish("never", "column", "noise")
    if kind == "undone":
        send(LAB, "undo", number=1)
    assert lab().audit().ok
    rewritten(LAB, lambda of, value: change(value) if of == kind else None)
    order = next(check for check in lab().audit().checks if check.name == "order")
    assert any(why in one.what for one in order.differ)


def test_steering_records_fold_into_the_same_state_again(made):
    made(experiments=5)
    wish("never", "column", "noise")
    wish("keep", "column", "age")
    send(LAB, "undo", number=1)
    opened = lab()
    assert replay(opened.ledger.records()).steering == opened.state.steering
    ledger = SqliteLedger.open(LAB, write=False)
    assert np.array_equal([r.hash for r in ledger.records()], [r.hash for r in opened.ledger.records()])
