"""The contract of ledgers, as checks. `make` returns a new, empty ledger."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import numpy as np

from assay.core.array import AnyArray, JsonObject
from assay.core.contract import Ledger
from assay.core.errors import AssayError, LabError, UsageError

MakeLedger = Callable[[], Ledger]
Check = Callable[[MakeLedger], None]


def check_records_come_back_in_order(make: MakeLedger) -> None:
    """Records are numbered from 1 and come back as append returned them; `after` leaves out the first ones."""
    ledger = make()
    assert list(ledger.records()) == []
    written = [ledger.append("fold", {"fold": fold}, experiment=fold, durable=fold == 2) for fold in range(4)]
    assert [record.number for record in written] == [1, 2, 3, 4]
    assert list(ledger.records()) == written
    assert list(ledger.records(after=2)) == written[2:]
    assert list(ledger.records(after=9)) == []
    ledger.close()


def check_each_record_names_the_one_before(make: MakeLedger) -> None:
    """`previous` is the hash of the record before; hashes of 64 digits differ even for equal bodies."""
    ledger = make()
    records = [ledger.append("note", {}) for _ in range(3)]
    assert [record.previous for record in records[1:]] == [record.hash for record in records[:-1]]
    assert len({record.hash for record in records}) == 3
    assert all(len(record.hash) == 64 for record in records)
    ledger.close()


def check_times_have_an_offset(make: MakeLedger) -> None:
    """`at` is an ISO 8601 moment with its offset from UTC."""
    ledger = make()
    assert datetime.fromisoformat(ledger.append("note", {}).at).tzinfo is not None
    ledger.close()


def check_bodies_come_back_equal(make: MakeLedger) -> None:
    """Any JSON comes back equal, whatever its size; what is changed afterwards does not reach the ledger."""
    ledger = make()
    body: JsonObject = {"none": None, "yes": True, "n": 2**60, "x": 0.1, "text": "größe ✓", "list": [1, {"deep": []}]}
    large: JsonObject = {"text": "long " * 5000}
    ledger.append("small", body)
    ledger.append("large", large)
    body["x"] = 5.0
    small, big = ledger.records()
    assert small.body["x"] == 0.1
    assert small.body["list"] == [1, {"deep": []}]
    assert big.body == large
    ledger.close()


def check_what_is_not_json_is_refused(make: MakeLedger) -> None:
    """NaN and objects raise UsageError, and nothing is stored."""
    ledger = make()
    for value in (float("nan"), float("inf"), object()):
        refused: JsonObject = {"score": value}  # type: ignore[dict-item]  # the very thing to be refused
        assert "fold" in _message(UsageError, partial(ledger.append, "fold", refused))
    assert list(ledger.records()) == []
    ledger.close()


def check_arrays_come_back_equal(make: MakeLedger) -> None:
    """Arrays keep type, shape and values; equal arrays have one key; they are read-only."""
    ledger = make()
    arrays: tuple[AnyArray, ...] = (
        np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.array([np.nan, -0.0]),
        np.zeros((0, 4), dtype=np.float32), np.array(3), np.array([True, False]), np.array(["a", "bc"]),
    )  # fmt: skip
    keys = [ledger.put_array(array) for array in arrays]
    assert keys[0] == keys[1]
    assert len(set(keys)) == len(arrays) - 1
    for key, array in zip(keys, arrays, strict=True):
        found = ledger.array(key)
        np.testing.assert_array_equal(found, array, strict=True)
        assert not found.flags.writeable
    ledger.close()


def check_arrays_of_objects_are_refused(make: MakeLedger) -> None:
    """Nothing is ever pickled."""
    ledger = make()
    objects = np.array([{}, None], dtype=object)
    assert "object" in _message(UsageError, lambda: ledger.put_array(objects))
    ledger.close()


def check_an_unknown_key_is_said(make: MakeLedger) -> None:
    """A key without an array raises LabError."""
    ledger = make()
    for key in ("0" * 64, "../../etc/passwd"):
        assert key[:12] in _message(LabError, partial(ledger.array, key))
    ledger.close()


def _message(kind: type[AssayError], call: Callable[[], object]) -> str:
    """The message of the error the call must raise."""
    try:
        call()
    except kind as error:
        return error.message
    raise AssertionError(f"No {kind.__name__} was raised.")


CHECKS: tuple[Check, ...] = (
    check_records_come_back_in_order,
    check_each_record_names_the_one_before,
    check_times_have_an_offset,
    check_bodies_come_back_equal,
    check_what_is_not_json_is_refused,
    check_arrays_come_back_equal,
    check_arrays_of_objects_are_refused,
    check_an_unknown_key_is_said,
)
