"""What caller and guest write into shared memory, and the small messages that say that it is there.

Memory, either way: eight bytes with the length of a JSON text, that text, and the arrays that it places. The guest's is
read once it has ended, and nothing in it is believed: it was written by a stranger.
"""

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.array import AnyArray, Json, JsonObject
from assay.sandbox.shared_memory import SharedMemory
from assay.sandbox.wire import NotPlainError, Packed, Value, arrays_in, layout, parts, unpacked

CALL = struct.Struct("<QQQddd")
"""From the caller: bytes of the request, bytes of the answer, bytes of memory, wall seconds, processor seconds, 0."""
ENDED = struct.Struct("<iid")
"""From the server: the status that the child ended with, whether it was out of time, and seconds."""
READY = struct.Struct("<Q")
"""From the server, once: the length of the JSON that follows, which names its layers."""
_LENGTH = struct.Struct("<Q")
_ALIGNED = 64
MOST_JSON = 4 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call: the source and the name of its file, the function in it, and its arguments in pieces (wire.Packed)."""

    source: str
    name: str
    function: str
    arguments: Json
    places: Json
    is_restricted: bool


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
    text, rest = _opened(memory, most=len(memory))
    return Request(**json.loads(text)), rest


def write_answer(out: memoryview, body: JsonObject, arrays: Sequence[AnyArray]) -> None:
    """The guest's side. An answer that does not fit is one that says so."""
    places, n_bytes = layout(arrays)
    text = json.dumps({**body, "places": places}, allow_nan=False).encode()
    start = -(-(_LENGTH.size + len(text)) // _ALIGNED) * _ALIGNED
    if len(text) > MOST_JSON or start + n_bytes > len(out):
        said = f"the answer has {len(text) + n_bytes:,} bytes; it may have {len(out):,}, {MOST_JSON:,} of them JSON"
        write_answer(out, {"reason": "code/output", "message": said, "printed": ""}, ())
        return
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


def read_answer(memory: memoryview) -> Answer | None:
    """The answer of a stranger, copied out; None where there is none. NotPlainError where it is damaged."""
    if not _LENGTH.unpack(bytes(memory[: _LENGTH.size]))[0]:
        return None
    text, rest = _opened(memory, most=MOST_JSON)
    try:
        body = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise NotPlainError(f"the answer is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise NotPlainError("the answer is no object")
    if "reason" in body:
        line = body.get("line")
        return Answer(
            reason=str(body["reason"])[:100], message=str(body.get("message"))[:4_000],
            line=line if isinstance(line, int) else None, printed=str(body.get("printed", ""))[:4_000],
        )  # fmt: skip
    used = _used(body.get("places"), len(rest))
    arrays = arrays_in(bytes(rest[:used]), body.get("places"), most_bytes=used)
    return Answer(value=unpacked(body.get("value"), arrays), printed=str(body.get("printed", ""))[:4_000])


def _used(places: Json, most: int) -> int:
    """How many bytes the arrays take, so that no more is copied."""
    ends = [0]
    for place in places if isinstance(places, list) else ():
        is_place = isinstance(place, list) and len(place) == 3 and isinstance(place[1], list)
        if is_place and all(isinstance(size, int) for size in (*place[1], place[2])):
            ends.append(place[2] + 8 * math.prod(place[1]))
    return max(0, min(max(ends), most))


def _refused(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def _opened(memory: memoryview, *, most: int) -> tuple[bytes, memoryview]:
    """The text, copied, and the memory after it."""
    length = _LENGTH.unpack(bytes(memory[: _LENGTH.size]))[0]
    if length > min(most, len(memory) - _LENGTH.size):
        raise NotPlainError("the text is longer than its memory")
    start = -(-(_LENGTH.size + length) // _ALIGNED) * _ALIGNED
    return bytes(memory[_LENGTH.size : _LENGTH.size + length]), memory[start:]
