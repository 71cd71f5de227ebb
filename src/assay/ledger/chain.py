"""The chain of records: each hash covers its record and the hash before it."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

from assay.core.array import JsonObject
from assay.core.contract import LedgerRecord
from assay.core.errors import UsageError
from assay.core.recipe import canonical

ROOT = "0" * 64
"""What the first record names as the hash before it."""

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The date and time in UTC, with its offset."""
    return datetime.now(UTC)


def body_text(kind: str, body: JsonObject) -> str:
    """The canonical JSON of a body; UsageError if it is not finite JSON, which could not be read back."""
    try:
        return canonical(body)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"The body of a {kind!r} record cannot be stored: {error}. Pass it through core.codec.to_json first."
        ) from error


def link(kind: str, text: str, *, experiment: int | None, at: str, after: tuple[int, str]) -> LedgerRecord:
    """The record with that canonical body that follows the one of the given number and hash."""
    number, previous = after[0] + 1, after[1]
    digest = hash_of(number=number, kind=kind, experiment=experiment, at=at, body=text, previous=previous)
    return LedgerRecord(
        number=number, kind=kind, experiment=experiment, at=at, body=json.loads(text), previous=previous, hash=digest
    )


def hash_of(*, number: int, kind: str, experiment: int | None, at: str, body: str, previous: str) -> str:
    """SHA-256 of the hash before and the canonical JSON of everything else; `body` is canonical text already.

    The body goes in as text, not as a nested object, so that a big one is written once.
    """
    head = canonical({"number": number, "kind": kind, "experiment": experiment, "at": at})
    return hashlib.sha256(f'{previous}{head[:-1]},"body":{body}}}'.encode()).hexdigest()
