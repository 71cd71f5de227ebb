"""What caller and guest write into shared memory, and the small messages that say that it is there.

Memory, either way: eight bytes with the length of a JSON text, that text, and the arrays that it places. The guest's is
read once it has ended, and nothing in it is believed: it was written by a stranger.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.array import AnyArray, Json, JsonObject
from assay.sandbox.array_memory import arrays_in, layout, parts, places_of
from assay.sandbox.shared_memory import SharedMemory
from assay.sandbox.source_check import MOST_CHARACTERS
from assay.sandbox.wire import MOST_VALUES, NotPlainError, Packed, Value, unpacked

CALL = struct.Struct("<QQQdd")
"""From the caller: bytes of the request, bytes of the answer, bytes of memory, wall seconds, processor seconds."""
ENDED = struct.Struct("<i??d")
"""From the server: the status that the child ended with, whether it was out of time, whether it left something that
cannot be cleared away, and seconds."""
READY = struct.Struct("<Q")
"""From the server, once: the length of the JSON that follows, which names its layers."""
_LENGTH = struct.Struct("<Q")
_ALIGNED = 64
MOST_JSON = 4 * 2**20
_MOST_WORDS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: the source and the name of its file, the function in it, and its arguments in pieces (wire.Packed)."""

    source: str
    name: str
    function: str
    arguments: Json
    places: Json
    is_restricted: bool

    @property
    def words(self) -> str:
        return f"{self.name}: {self.function}"


class TooLargeError(ValueError):
    """An answer that has no room in its memory."""


def request_memory(source: str, name: str, function: str, arguments: Value, *, is_restricted: bool) -> SharedMemory:
    """A call as memory that nobody can change any more. NotPlainError for arguments that are no plain values."""
    packed = Packed.of(arguments)
    places, _ = layout(packed.arrays)
    body: JsonObject = {
        "source": source, "name": name, "function": function, "arguments": packed.body, "places": places,
        "is_restricted": is_restricted,
    }  # fmt: skip
    text = json.dumps(body, allow_nan=False).encode()
    head = _LENGTH.pack(len(text)) + text
    return SharedMemory.holding([memoryview(head + bytes(-len(head) % _ALIGNED)), *parts(packed.arrays)])


def read_request(memory: memoryview) -> tuple[Request, memoryview]:
    """The request of our own side, and the memory of its arrays."""
    length = _length(bytes(memory[: _LENGTH.size]))
    text = bytes(memory[_LENGTH.size : _LENGTH.size + length])
    return Request(**json.loads(text)), memory[_start(length) :]


def write_answer(out: memoryview, body: JsonObject, arrays: Sequence[AnyArray]) -> None:
    """The guest's side. TooLargeError for an answer that does not fit."""
    places, n_bytes = layout(arrays)
    text = json.dumps({**body, "places": places}, allow_nan=False).encode()
    start = _start(len(text))
    if len(text) > MOST_JSON or start + n_bytes > len(out):
        said = f"{n_bytes:,} bytes of arrays and {len(text):,} of JSON"
        raise TooLargeError(f"{said}; {len(out):,} fit, {MOST_JSON:,} of JSON")
    at = start
    for part in parts(arrays):
        out[at : at + len(part)] = part
        at += len(part)
    out[_LENGTH.size : _LENGTH.size + len(text)] = text
    out[: _LENGTH.size] = _LENGTH.pack(len(text))  # last: with it the answer is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a guest said: a value, or why there is none (`reason`); printed: what it printed."""

    value: Value = None
    reason: str = ""
    message: str = ""
    line: int | None = None
    printed: str = ""


def read_answer(out: SharedMemory) -> Answer | None:
    """The answer of a stranger, copied out; None where there is none. NotPlainError where it is damaged."""
    length = _length(out.read(0, _LENGTH.size))
    if not length:
        return None
    if length > min(MOST_JSON, out.n_bytes - _LENGTH.size):
        raise NotPlainError("the text is longer than its memory")
    body = _body(out.read(_LENGTH.size, length))
    if "reason" in body:
        return _unanswered(body)
    start = _start(length)
    places = places_of(body.get("places"), most_bytes=max(out.n_bytes - start, 0))
    arrays = arrays_in(out.read(start, max((place.end for place in places), default=0)), places)
    return Answer(
        value=unpacked(body.get("value"), arrays, most_texts=MOST_VALUES), printed=_words(body.get("printed"))
    )


def _body(text: bytes) -> JsonObject:
    try:
        body = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise NotPlainError(f"the answer is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise NotPlainError("the answer is no object")
    return body


def _unanswered(body: JsonObject) -> Answer:
    return Answer(
        reason=_words(body["reason"]), message=_words(body.get("message")), line=_line(body.get("line")),
        printed=_words(body.get("printed")),
    )  # fmt: skip


def _line(said: Json) -> int | None:
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 < said <= MOST_CHARACTERS else None


def _words(said: Json) -> str:
    """The words of a stranger, as text that can be written anywhere."""
    return said[:_MOST_WORDS].encode(errors="replace").decode() if isinstance(said, str) else ""


def _refused(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def _length(head: bytes) -> int:
    return int(_LENGTH.unpack(head)[0])


def _start(length: int) -> int:
    """Where arrays begin after a text of so many bytes."""
    return -(-(_LENGTH.size + length) // _ALIGNED) * _ALIGNED
