"""Each reason that the sandbox gives, with its words and the line that is to blame."""

import sys

import numpy as np
import pytest

from assay.core.errors import CodeError
from assay.sandbox.allowed_names import MODULES
from assay.sandbox.layers import LAYERS
from assay.sandbox.reasons import FROM_GUEST, IN_ANSWER, IN_SOURCE, REASONS, WHILE_RUNNING
from assay.sandbox.sandbox import CallLimits, Sandbox
from assay.sandbox.source_check import MOST_CHARACTERS, check_source
from each import each

SMALL = CallLimits(wall_seconds=10.0, cpu_seconds=5.0, memory_bytes=2**27, answer_bytes=2**20)
IN_USER_CODE = {"code/signature", "code/asks-for-target", "code/contract"}
"""Found by the contract of functions, which is not the sandbox's."""
SOURCES = [
    ("code/too-long", "x = 1\n" * 40_000, None, "s.py has 240,000 characters; a source may have 200,000."),
    ("code/too-long", "[" + "1," * 60_000 + "]", None, "s.py has more than 50,000 parts."),
    ("code/syntax", "def f(:\n    pass", 1, "s.py, line 1: invalid syntax."),
    ("code/syntax", "x = 1\n  y = 2", 2, "s.py, line 2: unexpected indent."),
    ("code/syntax", "x = 1\0", None, "s.py: source code string cannot contain null bytes."),
    ("code/import", "x = 1\nimport os", 2, "s.py, line 2: it imports os, which is not on the list."),
    ("code/import", "import numpy.ctypeslib as c", 1,
     "s.py, line 1: it imports numpy.ctypeslib, which is not on the list."),
    ("code/import", "from numpy import testing", 1,
     "s.py, line 1: it imports numpy.testing, which is not on the list."),
    ("code/import", "from numpy import *", 1, "s.py, line 1: it imports everything of a module; name what it needs."),
    ("code/import", "from . import a", 1, "s.py, line 1: it imports ., which is not on the list."),
    ("code/import", "import sklearn.datasets", 1,
     "s.py, line 1: it imports sklearn.datasets, which is not on the list."),
    ("code/builtin", "def f():\n    return eval('1')", 2, "s.py, line 2: it uses eval."),
    ("code/builtin", "f = open", 1, "s.py, line 1: it uses open."),
    ("code/dunder", "x = [].__class__", 1, "s.py, line 1: it uses the attribute __class__."),
    ("code/dunder", "import numpy\n\nx = numpy._core", 3, "s.py, line 3: it uses the attribute _core."),
    ("code/dunder", "def __getattr__(name): pass", 1, "s.py, line 1: it uses __getattr__."),
    ("code/dunder", "f(__a=1)", 1, "s.py, line 1: it uses __a."),
    ("code/dunder", "match 1:\n    case __b: pass", 2, "s.py, line 2: it uses __b."),
    ("code/attribute", "import numpy as np\nnp.load('a')", 2, "s.py, line 2: it uses the attribute load."),
    ("code/attribute", "from numpy import load as l", 1, "s.py, line 1: it uses the attribute load."),
    ("code/attribute", "match 1:\n    case C(a): pass", 2,
     "s.py, line 2: it takes an object apart by position in a pattern; name the attributes."),
    ("code/statement", "async def f(): pass", 1, "s.py, line 1: async has no place in a function on arrays."),
    ("code/defined-twice", "def f(): pass\ndef f(): pass", None, "s.py defines f twice; only the last would count."),
]  # fmt: skip
CALLS = [
    ("code/no-function", "x = 1", None, "s.py has no function f."),
    ("code/raised", "def f(x):\n    a = 1\n    return a / 0", 3,
     "s.py, line 3, in f: ZeroDivisionError: division by zero"),
    ("code/raised", "def g():\n    raise KeyError\ndef f(x):\n    g()", 2, "s.py, line 2, in f: KeyError"),
    ("code/raised", "x = 1 / 0", 1, "s.py, line 1, in f: ZeroDivisionError: division by zero"),
    ("code/forbidden", "def f(x):\n    raise PermissionError(1, 'no')", 2,
     "s.py, line 2, in f: PermissionError: [Errno 1] no"),
    ("code/changes-input", "def f(x):\n    x[0] = 1", 2,
     "s.py, line 2, in f: ValueError: assignment destination is read-only"),
    ("code/changes-input", "def f(x):\n    x += 1", 2, "s.py, line 2, in f: ValueError: output array is read-only"),
    ("code/attribute", "import numpy\ndef f(x):\n    m = numpy\n    return m.savez_or", 4,
     "s.py, line 4, in f: OutOfBoundsError: numpy has no savez_or that may be used here"),
    ("code/import", "def f(x):\n    from dataclasses import field", 2,
     "s.py, line 2, in f: ForbiddenImportError: dataclasses has no field that may be used here"),
    ("code/memory", "def f(x):\n    return len([0] * 10**9)", 2, "s.py, line 2, in f: MemoryError"),
    ("code/memory", "def f(x):\n    a = []\n    while True:\n        a.append('x' * 10**6 + str(len(a)))", 4,
     "s.py, line 4, in f: MemoryError"),
    ("code/output", "import numpy as np\ndef f(x):\n    return np.zeros(2**20)", None,
     "s.py: f answered too much: 8,388,608 bytes of arrays and 69 of JSON; 1,048,576 fit, 4,194,304 of JSON."),
    ("code/not-arrays", "def f(x):\n    return {1}", None,
     "s.py: f answered what cannot be kept: a set is neither numbers nor JSON."),
]  # fmt: skip


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as made:
        yield made


@each(("reason", "source", "line", "said"), SOURCES)
def test_a_source_is_refused_with_the_first_line_that_may_not_be(reason, source, line, said):
    with pytest.raises(CodeError) as refused:
        check_source(source, "s.py")
    assert (refused.value.reason, refused.value.line, refused.value.message) == (reason, line, said)


@pytest.mark.parametrize(("reason", "source", "line", "said"), CALLS)
def test_a_call_that_fails_says_why_and_where(sandbox, reason, source, line, said):
    with pytest.raises(CodeError) as failed:
        sandbox.call(source, "f", {"x": np.zeros(3)}, name="s.py", limits=SMALL)
    assert (failed.value.reason, failed.value.line, failed.value.message) == (reason, line, said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("import os\n    os._exit(3)", "s.py: f ended without an answer."),
        ("import os\n    os.kill(os.getpid(), 9)", "s.py: f was ended by SIGKILL."),
        ("import os\n    os.kill(os.getpid(), 40)", "s.py: f was ended by signal 40."),
    ],
)
def test_a_process_that_ends_without_an_answer_is_a_crash(body, said):
    with Sandbox(frozenset({"namespaces", "limits"})) as open_one, pytest.raises(CodeError) as failed:
        open_one.call(f"def f():\n    {body}", "f", {}, name="s.py", limits=SMALL)
    assert (failed.value.reason, failed.value.message) == ("code/crash", said)


def test_a_call_ends_when_its_time_is_over(sandbox):
    with pytest.raises(CodeError) as failed:
        sandbox.call("def f():\n    while True: pass", "f", {}, name="s.py", limits=CallLimits(wall_seconds=0.3))
    assert (failed.value.reason, failed.value.message) == ("code/time", "s.py: f took longer than 0.3 s.")


def test_seconds_of_the_processor_are_counted_by_themselves(sandbox):
    limits = CallLimits(wall_seconds=20.0, cpu_seconds=1.0)
    with pytest.raises(CodeError) as failed:
        sandbox.call("def f():\n    while True: pass", "f", {}, name="s.py", limits=limits)
    assert (failed.value.reason, failed.value.message) == ("code/time", "s.py: f used 1 s of the processor.")


def test_where_no_process_can_be_started_there_is_no_sandbox(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Sandbox() as none, pytest.raises(CodeError) as failed:
        none.call("def f(): return 1", "f", {})
    assert (failed.value.reason, failed.value.message) == (
        "code/no-sandbox",
        "The sandbox could not be started: it ended.",
    )


def test_arguments_that_are_no_plain_values_are_refused_before_anything_runs(sandbox):
    with pytest.raises(CodeError) as failed:
        sandbox.call("def f(x): return 1", "f", {"x": {1, 2}}, name="s.py")
    said = "s.py: f cannot be given its arguments: a set is neither numbers nor JSON, at ['x']."
    assert (failed.value.reason, failed.value.message) == ("code/not-arrays", said)


def test_every_reason_of_the_sandbox_is_reached_here():
    reached = {reason for reason, *_ in (*SOURCES, *CALLS)} | {"code/crash", "code/no-sandbox", "code/time"}
    assert not {*IN_SOURCE, *WHILE_RUNNING} - reached - IN_USER_CODE
    assert not set(REASONS) - reached - set(IN_ANSWER) - IN_USER_CODE
    assert REASONS.keys() > FROM_GUEST


def test_a_refusal_says_what_may_be_used():
    with pytest.raises(CodeError, match="imports os") as refused:
        check_source("import os")
    assert refused.value.do[0] == "it may import " + ", ".join(sorted(MODULES - {"__future__"}))


def test_a_source_of_any_depth_is_read_or_refused():
    deep = MOST_CHARACTERS // 4
    for source in ("-" * deep + "1", "(" * deep, "a" + ".b" * deep, "1" + "+1" * deep, "lambda:" * (deep // 4) + "1"):
        with pytest.raises(CodeError) as refused:
            check_source(source)
        assert refused.value.reason in {"code/syntax", "code/too-long"}


def test_the_layers_have_names_that_are_known():
    assert set(LAYERS) == {"language", "namespaces", "landlock", "seccomp", "limits"}
