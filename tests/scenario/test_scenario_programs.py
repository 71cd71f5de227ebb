"""People's programs: without a main guard, from a thread, after OpenMP, and stopped from the keyboard."""

import json
import sys

import pytest

from assay.models import registry as models

pytestmark = pytest.mark.slow

DATA = """
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
frame = pd.DataFrame({"x": rng.normal(size=200), "city": rng.choice(["Köln", "Ulm"], 200)})
frame["y"] = np.where(frame.x + (frame.city == "Ulm") + rng.normal(size=200) > 0, "yes", "no")
"""
FIT = """
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
settings = FitSettings(budget=Budget(experiments=4), jobs=2, out="lab.lab", without=frozenset({"catboost"}))
summary = fit(frame, TaskOptions(target="y"), settings, context=RunContext(write_brief=False))
print("members", len(summary.model.members))
"""
IN_A_THREAD = """
import threading
def work():
    exec(FIT, {"frame": frame})
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
AFTER_OPENMP = """
import lightgbm
lightgbm.train({"num_threads": 2, "verbosity": -1}, lightgbm.Dataset(frame[["x"]], label=frame.x > 0), 5)
"""


@pytest.mark.parametrize(
    "text",
    [DATA + FIT, DATA + f"FIT = {FIT!r}" + IN_A_THREAD, DATA + AFTER_OPENMP + FIT],
    ids=["no main guard", "from a thread", "after two threads of LightGBM"],
)
def test_a_program_fits_once_and_ends(script, text):
    done = script(text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("members") == 1
    assert "Traceback" not in done.stderr


TWICE = """
import assay
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.run_context import RunContext
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.search.settings import FitSettings
TIMES = {"wall_seconds", "cpu_seconds", "seconds_in", "seconds", "measured_ms", "peak_bytes", "utilisation", "pid"}
TIMES |= {"copy", "files"}  # hashes of files that tell of such records
def plain(value):
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if name not in TIMES}
    return [plain(item) for item in value] if isinstance(value, list) else value
told = []
if any(JOBS):
    assay.warm()  # both use these workers' imports
for i, jobs in enumerate(JOBS):
    settings = FitSettings(
        budget=Budget(experiments=N), jobs=jobs, out=f"lab{i}.lab", without=frozenset(WITHOUT), researchers=WHO
    )
    fit(frame, TaskOptions(target="y"), settings, context=RunContext(write_brief=False, inline=jobs == 0))
    lab = Lab.open(f"lab{i}.lab")
    told.append([(one.kind, one.experiment, plain(one.body)) for one in lab.ledger.records()])
for number, (a, b) in enumerate(zip(*told, strict=True)):
    assert a == b, f"record {number}: {a} {b}"
models = [{file.name: file.read_bytes() for file in (lab.path.parent / f"lab{i}.lab" / "model").rglob("*.txt")}
          for i in (0, 1)]
assert models[0] == models[1]
print("by", *sorted({one.by for one in lab.experiments}), "records", len(told[0]))
"""


def test_the_same_experiments_give_the_same_ledger_with_one_worker_and_with_two(script):
    done = script(DATA + "JOBS, N, WITHOUT, WHO = (1, 2), 6, ['catboost'], ('portfolio',)" + TWICE)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 30


@pytest.mark.parametrize(
    ("jobs", "n", "who", "by"),
    [((1, 2), 6, ("portfolio", "features"), "features"), ((1, 3), 4, ("small", "features_kept"), "confirm")],
    ids=["sets of columns are guarded", "keeps are tried on other folds"],
)
def test_so_they_do_where_one_experiment_asks_for_others(script, jobs, n, who, by):
    quick = sorted(set(models.names()) - {"constant", "rule", "linear"})
    related = DATA + "frame['z'] = rng.normal(size=200); frame['y'] = (frame.x * frame.z > 0).astype(int)\n"
    done = script(related + f"JOBS, N, WITHOUT, WHO = {jobs}, {n}, {quick}, {who}" + TWICE)
    assert done.returncode == 0, done.stderr
    assert by in done.stdout


def test_the_same_experiments_give_the_same_ledger_twice_with_search_among_them(script):
    without = sorted(set(models.names()) - {"constant", "linear"})
    more = DATA.replace("200", "1050")
    who = ("portfolio", "repeats", "neighbours", "tpe")
    done = script(more + f"JOBS, N, WITHOUT, WHO = (0, 0), 8, {without}, {who}" + TWICE)
    assert done.returncode == 0, done.stderr
    assert "tpe" in done.stdout


def test_ctrl_c_on_the_command_line_ends_with_a_model(script, here):
    done = script(
        DATA
        + """
import json, os, signal, subprocess, sys
frame.to_csv("t.csv", index=False)
command = [sys.executable, "-m", "assay", "fit", "t.csv", "-t", "y", "--json", "--events", "--jobs", "1",
           "--without", "catboost"]
process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
scored = 0
for line in process.stderr:
    scored += '"scored"' in line
    if scored == 4:
        process.send_signal(signal.SIGINT)
        break
out, err = process.communicate(timeout=40)
print(process.returncode)
print(out)
"""
    )
    assert done.returncode == 0, done.stderr
    code, text = done.stdout.split("\n", 1)
    said = json.loads(text)
    assert code in ("0", "130")
    assert said["stopped_by"] == "interrupt"
    assert said["predictor"] is not None


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals that hang up")
def test_a_terminal_that_is_closed_ends_with_a_model_too(script, here):
    done = script(
        DATA
        + """
import fcntl, os, pty, subprocess, sys, termios
frame.to_csv("t.csv", index=False)
terminal, end = pty.openpty()
command = [sys.executable, "-m", "assay", "fit", "t.csv", "-t", "y", "--out", "t", "--time-limit", "60s", "--jobs", "1",
           "--without", "catboost"]
process = subprocess.Popen(
    command, stdin=end, stdout=end, stderr=end, start_new_session=True,
    preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env={**os.environ, "TERM": "xterm"},
)
os.close(end)
seen = b""
while b"out-of-fold" not in seen:  # of the live display, once there is a best
    seen += os.read(terminal, 4096)
os.close(terminal)
print(process.wait(timeout=50))
from assay import Lab, load
lab = Lab.open("t")
print(lab.state.end.stopped_by)
load("t/model").predict(frame.drop(columns="y"))
"""
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() in (["0", "interrupt"], ["0", "pool"])  # so small a search may have ended before
