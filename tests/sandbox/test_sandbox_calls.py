"""Calls: what comes back, what is kept from one to the next, and what is left when something is killed."""

import os
import secrets
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sandbox_programs import SLEEP, marked, memory_bytes, program, run, until

from assay.core.errors import CodeError
from assay.sandbox.allowed_names import ONE_THREAD
from assay.sandbox.layers import LAYERS, PURPOSE
from assay.sandbox.rows import GivenRows
from assay.sandbox.sandbox import MOST_SERVERS, CallLimits, Sandbox

WITHOUT_READING = frozenset(LAYERS) - {"language"}
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as made:
        yield made


@pytest.fixture(scope="module")
def open_one():
    with Sandbox(WITHOUT_READING) as made:
        yield made


def test_a_function_answers_with_arrays_and_json(sandbox):
    source = "def f(x, k):\n    return {'doubled': x * 2, 'k': [k, None, 'é'], 'n': len(x)}\n"
    x = np.arange(6.0).reshape(2, 3)
    called = sandbox.call(source, "f", {"x": x, "k": 1.5})
    assert called.value["doubled"].tolist() == (x * 2).tolist()
    assert (called.value["k"], called.value["n"]) == ([1.5, None, "é"], 2)
    assert 0 < called.seconds < 5


def test_what_is_printed_is_kept_up_to_a_length_and_warnings_with_it(sandbox):
    source = (
        "import numpy as np\ndef f():\n    print('a', 1, sep='-')\n    np.log(np.zeros(1))\n    print('x' * 9_000)\n"
    )
    printed = sandbox.call(source, "f", {}).printed
    assert printed.startswith("a-1\nRuntimeWarning: divide by zero encountered in log\nxxx")
    assert len(printed) == 4_000


def test_rows_behave_as_columns_by_name(sandbox):
    source = """
import numpy as np
def f(X):
    try:
        X["none"]
    except KeyError as error:
        said = error.args[0]
    part = X.take(np.array([2, 0]))
    return {"names": list(X), "n": len(X), "has": ["a" in X, "z" in X], "numbers": X.numbers, "array": np.asarray(X),
            "part": part["b"], "repr": repr(X), "said": said, "items": [name for name, _ in X.items()],
            "mask": len(X.take(np.array([True, False, True]))), "none": X.take(np.array([], dtype=int)).numbers}
"""
    rows = GivenRows({"a": np.arange(3.0), "b": np.array(["x", None, "z"], dtype=object), "c": np.ones(3)}, 3)
    found = sandbox.call(source, "f", {"X": rows}).value
    assert (found["names"], found["items"], found["n"], found["has"]) == (
        ["a", "b", "c"],
        ["a", "b", "c"],
        3,
        [True, False],
    )
    assert found["numbers"].tolist() == found["array"].tolist() == [[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]
    assert (found["part"].tolist(), found["mask"], found["none"].shape) == (["z", "x"], 2, (0, 2))
    assert found["repr"] == "Rows(3 rows; a, b, c)"
    assert found["said"] == "there is no column 'none'; there are 'a', 'b', 'c'"


def test_what_c_imports_while_it_computes_is_there(sandbox):
    source = """
import datetime, decimal
import numpy as np
def f(x):
    day = datetime.datetime.strptime("2020-02-03", "%Y-%m-%d")
    return [x.mean(), x.std(), float(decimal.Decimal("1.5")), day.day, np.datetime64("2020-01-02").astype(str).item()]
"""
    assert sandbox.call(source, "f", {"x": np.ones(3)}).value == [1.0, 0.0, 1.5, 3, "2020-01-02"]


@pytest.mark.parametrize(
    ("imports", "body", "value"),
    [
        ("import pandas as pd\nfrom pandas.api.types import is_numeric_dtype",
         "d = pd.DataFrame({'a': x, 'b': list('xyx')})\n    d.agg('mean', numeric_only=True)\n"
         "    return [is_numeric_dtype(d.a), d.groupby('b').a.agg('sum').tolist(), str(d)[:3]]",
         [True, [2.0, 1.0], "   "]),
        ("from scipy import stats\nimport scipy.special as sp", "return [stats.norm.cdf(0.0), sp.expit(x)[0]]",
         [0.5, 0.5]),
    ],
)  # fmt: skip
def test_large_packages_work_where_their_libraries_may_not_start_threads(sandbox, imports, body, value):
    assert sandbox.call(f"{imports}\ndef f(x):\n    {body}\n", "f", {"x": np.arange(3.0)}).value == value


@pytest.mark.parametrize("draw", ["np.random.normal()", "np.random.default_rng().normal()", "random.random()"])
def test_chance_without_a_seed_is_another_in_each_call(sandbox, draw):
    source = f"import random\nimport numpy as np\ndef f(): return {draw}\n"
    assert len({sandbox.call(source, "f", {}).value for _ in range(3)}) == 3


@pytest.mark.slow
def test_scikit_learn_works_without_proc(sandbox):
    source = """
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingRegressor
def f(x):
    HistGradientBoostingRegressor(max_iter=2).fit(x, x[:, 0])
    return KMeans(2, n_init=1, random_state=0).fit(x).labels_
"""
    assert sandbox.call(source, "f", {"x": np.arange(12.0).reshape(6, 2)}).value.shape == (6,)


@pytest.mark.slow
def test_sources_with_many_imports_do_not_keep_many_processes():
    with Sandbox() as one:
        for name in ("special", "linalg", "fft", "sparse", "constants"):
            one.call(f"import scipy.{name}\ndef f(): return 1\n", "f", {})
        assert len(one.process_ids()) == MOST_SERVERS


@ON_LINUX
def test_a_guest_has_no_environment_no_arguments_of_ours_and_no_open_files(open_one):
    source = """
import os, sys
def f():
    found = []
    for number in range(1024):
        try:
            os.fstat(number)
            found.append(number)
        except OSError:
            pass
    return {"open": len(found), "standard": found[:3], "environment": sorted(os.environ), "folder": os.getcwd()}
"""
    found = open_one.call(source, "f", {}).value
    assert (found["open"], found["standard"]) == (4, [0, 1, 2])  # and the line that its server sees it end by
    assert found["environment"] == sorted(ONE_THREAD)
    assert found["folder"] == "/"


def test_a_function_has_a_folder_of_its_own_that_is_empty_at_each_call(open_one):
    if "namespaces" in open_one.lacking():
        pytest.skip("this machine has no namespaces")
    source = """
import os
def f():
    before = os.listdir("/own")
    open("/own/a", "w").write("text")
    os.mkdir("/own/b")
    os.rename("/own/a", "/own/b/c")
    return [before, open("/own/b/c").read()]
"""
    assert [open_one.call(source, "f", {}).value for _ in range(2)] == [[[], "text"]] * 2


@ON_LINUX
def test_a_server_that_was_killed_is_started_again():
    source = "def f(): return 1\n"
    with Sandbox() as one:
        one.call(source, "f", {})
        (server,) = one.process_ids()
        os.kill(server, signal.SIGKILL)
        ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
        assert until(lambda: os.waitid(os.P_PID, server, ended) is not None, 2.0)
        assert one.call(source, "f", {}).value == 1
        assert one.process_ids() != (server,)


def test_a_closed_sandbox_has_no_processes_and_can_be_used_again():
    one = Sandbox()
    with one:
        one.call("def f(): return 1\n", "f", {})
        before = one.process_ids()
    assert (len(before), one.process_ids()) == (1, ())
    with pytest.raises(ProcessLookupError):
        os.kill(before[0], 0)
    assert one.call("def f(): return 2\n", "f", {}).value == 2
    one.close()


@ON_LINUX
@pytest.mark.parametrize("layers", [LAYERS, ("language",), ("language", "limits"), ("language", "seccomp", "landlock")])
def test_nothing_lives_on_when_the_caller_is_killed_during_a_call(layers):
    mark = "assay" + secrets.token_hex(8)
    body = f"""
from assay.sandbox.sandbox import Sandbox, CallLimits
one = Sandbox(frozenset({layers!r}) - {{"language"}})
print(len(one.lacking()), flush=True)
one.call({SLEEP!r}, "f", {{}}, limits=CallLimits(wall_seconds=60.0))
"""
    caller = subprocess.Popen([sys.executable, "-c", program(body, mark=mark)], stdout=subprocess.PIPE)
    try:
        assert caller.stdout is not None
        caller.stdout.readline()
        assert until(lambda: any(memory_bytes(process) > 2**26 for process in marked(mark)), 5.0)  # it runs
    finally:
        caller.kill()
        caller.wait()
        caller.stdout.close()
    assert until(lambda: marked(mark) == [], 2.0)


def test_a_fork_of_the_caller_has_processes_of_its_own():
    said = run(program("""
import os
from assay.sandbox.sandbox import Sandbox
one = Sandbox()
source = "def f(x): return x"
assert one.call(source, "f", {"x": 1}).value == 1
ours = one.process_ids()
child = os.fork()
if not child:
    assert one.call(source, "f", {"x": 2}).value == 2
    assert one.process_ids() != ours
    one.close()
    sys.exit(7)  # with all that Python does at its end
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert one.call(source, "f", {"x": 3}).value == 3
assert one.process_ids() == ours
print("alive")
"""))  # fmt: skip
    assert said == "alive"


def test_two_threads_and_two_sandboxes_do_not_mix_their_answers():
    source = "def f(x): return x\n"
    with Sandbox() as first, Sandbox() as second, ThreadPoolExecutor(4) as threads:
        jobs = [(threads.submit(one.call, source, "f", {"x": i}), i) for i in range(20) for one in (first, second)]
        assert [job.result().value for job, _ in jobs] == [i for _, i in jobs]


class InterruptedForTestError(BaseException):
    pass


def test_an_interrupt_leaves_no_answer_for_the_next_call():
    def interrupt(*_: object) -> None:
        raise InterruptedForTestError

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with Sandbox(WITHOUT_READING) as one:
            one.call("def f(): return 1\n", "f", {})
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(InterruptedForTestError):
                one.call("import time\ndef f():\n    time.sleep(0.5)\n    return 2\n", "f", {})
            assert one.call("def f(): return 3\n", "f", {}).value == 3
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_call_that_is_too_late_takes_little_longer_than_its_limit(sandbox):
    with pytest.raises(CodeError, match=r"took longer than 0\.2 s"):
        sandbox.call("def f():\n    while True: pass\n", "f", {}, limits=CallLimits(wall_seconds=0.2))
    assert sandbox.call("def f(): return 1\n", "f", {}).seconds < 1.0


@pytest.mark.slow
def test_each_layer_says_what_it_is_for():
    assert set(PURPOSE) == set(LAYERS)
