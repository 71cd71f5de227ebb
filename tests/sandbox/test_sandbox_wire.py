"""What crosses the border comes back as it was; what is no plain value, or a damaged answer, is refused."""

import json
import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assay.sandbox.array_memory import arrays_in, layout, parts, places_of
from assay.sandbox.messages import read_answer, read_request, request_memory, write_answer
from assay.sandbox.rows import GivenRows
from assay.sandbox.shared_memory import SharedMemory
from assay.sandbox.wire import DEEPEST, NUMBERS, NotPlainError, Packed, unpacked
from each import each

TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(["\ud800", "\x00", "é\udfff"])
DTYPES = st.sampled_from(sorted(NUMBERS)).flatmap(lambda one: st.sampled_from([one, one.replace("<", ">")]))
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
ARRAYS = DTYPES.flatmap(lambda dtype: hnp.arrays(dtype, SHAPES))
TEXT_ARRAYS = hnp.arrays(object, SHAPES, elements=TEXTS | st.none())
PLAIN = (
    st.none() | st.booleans() | st.floats() | st.integers(-(2**63) + 1, 2**63 - 1) | TEXTS | ARRAYS | TEXT_ARRAYS
)  # fmt: skip
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=10
)


def same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray):
        assert isinstance(b, np.ndarray)
        native = a.astype(a.dtype.newbyteorder("<")) if a.dtype != object else a
        return (
            a.shape == b.shape and native.dtype == b.dtype and np.array_equal(native, b, equal_nan=a.dtype.kind == "f")
        )
    if isinstance(a, float):
        return isinstance(b, float) and (a == b or (math.isnan(a) and math.isnan(b)))
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[name], b[name]) for name in a)
    return type(a) is type(b) and a == b


@given(value=VALUES)
def test_a_value_comes_back_through_a_request_as_it_was(value):
    memory = request_memory("x = 1\n", "one.py", "f", {"value": value}, is_restricted=True)
    try:
        request, rest = read_request(memoryview(memory.read(0, memory.n_bytes)))
        arrays = arrays_in(rest, places_of(request.places, most_bytes=len(rest)))
        found = unpacked(request.arguments, arrays)
    finally:
        memory.close()
    assert (request.source, request.name, request.function) == ("x = 1\n", "one.py", "f")
    assert same({"value": value}, found)
    assert all(not array.flags.writeable for array in arrays_of(found))


@given(value=VALUES, printed=st.text(max_size=20))
def test_a_value_comes_back_through_an_answer_as_it_was(value, printed):
    packed = Packed.of(value)
    out = SharedMemory.of_size(2**16)
    try:
        with out.mapped(writable=True) as memory, memoryview(memory) as view:
            write_answer(view, {"value": packed.body, "printed": printed}, packed.arrays)
        answer = read_answer(out)
    finally:
        out.close()
    assert answer is not None
    assert answer.reason == ""
    assert same(value, answer.value)
    assert answer.printed == printed.encode(errors="replace").decode()


def arrays_of(value):
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from arrays_of(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from arrays_of(one)


@given(arrays=st.lists(ARRAYS, max_size=4))
def test_arrays_lie_one_after_the_other_where_their_places_say(arrays):
    plain = [np.ascontiguousarray(one.astype(one.dtype.newbyteorder("<"))).reshape(one.shape) for one in arrays]
    places, n_bytes = layout(plain)
    memory = b"".join(parts(plain))
    assert len(memory) == n_bytes
    found = arrays_in(memory, places_of(json.loads(json.dumps(places)), most_bytes=n_bytes))
    assert all(map(same, plain, found))


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24.0).reshape(4, 6)[::2, ::-3], np.asfortranarray(np.arange(6).reshape(2, 3)), np.array(3.5),
        np.array([True, False, True])[::2], np.arange(4, dtype=">i4"), np.empty((0, 3), dtype=np.float32),
        np.broadcast_to(np.arange(3.0), (4, 3)), np.array(["a", None, "ü"], dtype=object)[::-1], np.array(["ab", "c"]),
    ],
)  # fmt: skip
def test_any_view_of_numbers_or_texts_can_be_sent(array):
    packed = Packed.of(array)
    found = unpacked(packed.body, packed.arrays)
    assert found.shape == array.shape
    assert found.tolist() == array.tolist()


def test_numbers_of_numpy_become_numbers_and_tuples_lists():
    packed = Packed.of({"a": (np.float32(1.5), np.int64(3), np.bool_(True)), "big": 10**30})
    assert unpacked(packed.body, packed.arrays) == {"a": [1.5, 3, True], "big": 1e30}


def test_rows_come_back_as_rows():
    rows = GivenRows({"a": np.arange(3.0), "b": np.array(["x", None, "y"], dtype=object)}, 3)
    packed = Packed.of(rows)
    found = unpacked(json.loads(json.dumps(packed.body)), packed.arrays)
    assert isinstance(found, GivenRows)
    assert [(name, column.tolist()) for name, column in found.items()] == [
        ("a", [0.0, 1.0, 2.0]),
        ("b", ["x", None, "y"]),
    ]


def own() -> list[object]:
    value: list[object] = []
    value.append(value)
    return value


@each(
    ("value", "said"),
    [
        ({"a": [object()]}, "a object is neither numbers nor JSON, at ['a'][0]"),
        ({1: 2.0}, "a key is a int and no text"),
        ({"a": {2: 1}}, "a key is a int and no text, at ['a']"),
        (np.array([1, "a"], dtype=object), "an array of objects that are not all texts"),
        ([np.zeros(1, dtype="V8")], "an array of |V8 is no array of numbers or texts, at [0]"),
        (np.zeros(2, dtype=complex), "an array of complex128 is no array of numbers or texts"),
        (np.zeros(2, dtype="M8[s]"), "an array of datetime64[s] is no array of numbers or texts"),
        ([0] * 100_000, "it has more than 100,000 values; use an array, at [99999]"),
        (10**400, "a whole number that is larger than any float"),
        (b"bytes", "a bytes is neither numbers nor JSON"),
        ({1.0, 2.0}, "a set is neither numbers nor JSON"),
        (own(), f"it is nested more than {DEEPEST} deep, at " + "[0]" * (DEEPEST + 1)),
    ],
)  # fmt: skip
def test_what_is_no_plain_value_is_refused_with_its_place(value, said):
    with pytest.raises(NotPlainError) as refused:
        Packed.of(value)
    assert str(refused.value) == said


@given(head=st.binary(max_size=200), length=st.integers(0, 2**64 - 1) | st.integers(0, 200))
def test_noise_is_no_answer_and_nothing_else_happens(head, length):
    out = SharedMemory.of_size(256)
    try:
        with out.mapped(writable=True) as memory:
            memory[:8] = length.to_bytes(8, "little")
            memory[8 : 8 + len(head)] = head
        try:
            answer = read_answer(out)
        except NotPlainError:
            return
        assert answer is None or answer.reason
    finally:
        out.close()


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("adftr"), inner, max_size=2),
    max_leaves=12,
)


@given(body=JSONS, places=JSONS)
def test_any_json_is_a_value_or_refused(body, places):
    arrays = [np.arange(3, dtype=np.uint8), np.array([1, 2]), np.array([False, True])]
    for attempt in (lambda: unpacked(body, arrays), lambda: places_of(places, most_bytes=100)):
        try:
            attempt()
        except NotPlainError:
            continue


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="the system has no files in memory that can be sealed")
def test_memory_that_was_sent_cannot_be_changed_and_answers_cannot_change_their_size():
    sent, answer = SharedMemory.holding([memoryview(b"abc")]), SharedMemory.of_size(8)
    try:
        assert sent.read(0, 10) == b"abc"
        with pytest.raises(PermissionError):
            os.pwrite(sent.descriptor, b"x", 0)
        for size in (4, 16):
            with pytest.raises(PermissionError):
                os.ftruncate(answer.descriptor, size)
    finally:
        sent.close()
        answer.close()
