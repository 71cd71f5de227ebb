"""Programs as people write them: no main guard, standard input, threads, kill -9."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from assay.testing.executors import wait_for_files

SCRIPT = """
from assay.core.clock import Deadline
from assay.execute.local import LocalExecutor
from assay.execute.prestart import warm, warm_server
from assay.testing.jobs import RUN, job_that

warm(["assay.testing.jobs"])
executor = LocalExecutor(RUN, workers=2, preload=["assay.testing.jobs"])
print(executor.submit(job_that("tell its main module"), deadline=Deadline()).result(20))
assert warm_server(()).is_ready()
executor.close()
"""
THREADED = f"""
import threading
thread = threading.Thread(target=exec, args=({SCRIPT!r}, {{}}))
thread.start()
thread.join()
"""
FORGETFUL = SCRIPT.replace("executor.close()", "")
SHARED = """
import psutil
from assay.core.clock import Deadline
from assay.execute.local import LocalExecutor
from assay.execute.prestart import cool, warm
from assay.testing.jobs import RUN, job_that

warm(["json", "assay.testing.jobs"])
servers = []
for preload in (["json"], ["assay.testing.jobs"], ["csv"]):
    executor = LocalExecutor(RUN, workers=1, preload=preload)
    pid = executor.submit(job_that("tell its pid"), deadline=Deadline()).result(20)
    servers.append(psutil.Process(pid).ppid())
    executor.close()
assert servers[0] == servers[1] != servers[2], servers
assert psutil.pid_exists(servers[0]) and not psutil.pid_exists(servers[2])
cool()
assert not psutil.pid_exists(servers[0])
print("shared")
"""
TO_BE_KILLED = """
import sys
from pathlib import Path
from assay.core.clock import Deadline
from assay.execute.local import LocalExecutor
from assay.testing.jobs import RUN, job_that

executor = LocalExecutor(RUN, workers=2, preload=["assay.testing.jobs"])
for fold, action in enumerate(["spin in C", "spawn and spin"]):
    executor.submit(job_that(action, folder=Path(sys.argv[1]), fold=fold), deadline=Deadline())
executor.close()
"""


def python(*arguments: str, given: str | None = None) -> str:
    command = [sys.executable, "-W", "error", *arguments]
    ended = subprocess.run(command, input=given, capture_output=True, text=True, timeout=40, check=False)
    assert ended.returncode == 0, ended.stderr
    assert not ended.stderr.replace(">>> ", "").strip(), ended.stderr
    return ended.stdout.strip()


@pytest.mark.parametrize("source", [SCRIPT, THREADED, FORGETFUL], ids=["plain", "in a thread", "never closed"])
def test_a_script_without_a_main_guard_works_and_is_run_once(source: str, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(source)
    assert python(str(script)) == "None"


def test_a_program_on_standard_input_works() -> None:
    assert python("-", given=SCRIPT) == "None"


def test_an_interactive_session_works() -> None:
    assert python("-i", "-q", given=SCRIPT).splitlines()[0] == "None"


def test_executors_share_the_warm_server_if_it_has_their_modules() -> None:
    assert python("-c", SHARED) == "shared"


@pytest.mark.parametrize("victim", ["main process", "server too"])
def test_nothing_lives_on_after_the_main_process_is_killed(victim: str, tmp_path: Path) -> None:
    main = subprocess.Popen([sys.executable, "-c", TO_BE_KILLED, str(tmp_path)])
    workers = [int(note.read_text().split()[0]) for note in wait_for_files(tmp_path, 2)]
    family = [psutil.Process(workers[0]).parent(), *psutil.Process(main.pid).children(recursive=True)]
    assert len([process for process in family if process.is_running()]) >= 4
    os.kill(main.pid, signal.SIGKILL)
    if victim == "server too":
        family[0].kill()
        family = [process for process in family if process.pid in workers]
    main.wait()
    _, alive = psutil.wait_procs(family, timeout=3)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE], json.dumps(str(alive))
