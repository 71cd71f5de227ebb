"""What the local executor promises beyond the contract; each promise was a way to lose a run."""

import errno
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from assay.core.clock import Deadline, SystemClock
from assay.core.errors import UsageError
from assay.core.job import Executor, Job
from assay.core.result import Failure
from assay.execute import forkserver
from assay.execute.forkserver import ForkServer
from assay.execute.inline import InlineExecutor
from assay.execute.local import LocalExecutor
from assay.execute.memory_budget import MemoryBudget
from assay.testing.executors import wait_for_files
from assay.testing.jobs import RUN, act, job_that

PATIENCE = 20


@pytest.fixture
def executor() -> Iterator[LocalExecutor]:
    executor = LocalExecutor(RUN, workers=2, preload=["assay.testing.jobs"])
    yield executor
    executor.close(now=True)


def outcome(executor: Executor, action: str, *, seconds: float = 60, folder: Path = Path()) -> object:
    return executor.submit(job_that(action, folder=folder), deadline=Deadline.after(seconds)).result(PATIENCE)


def worker_pid(executor: Executor) -> int:
    pid = outcome(executor, "tell its pid")
    assert isinstance(pid, int)
    return pid


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.slow
def test_the_children_of_a_late_job_die_with_it(executor: LocalExecutor, tmp_path: Path) -> None:
    future = executor.submit(job_that("spawn and spin", folder=tmp_path), deadline=Deadline.after(1.0))
    pids = [int(word) for word in wait_for_files(tmp_path, 1)[0].read_text().split()]
    assert len(pids) == 2
    assert isinstance(future.result(PATIENCE), Failure)
    left = [process for process in psutil.process_iter() if process.pid in pids and is_running(process.pid)]
    gone, alive = psutil.wait_procs(left, timeout=3)
    assert not alive, gone


@pytest.mark.skipif(sys.platform == "win32", reason="a folder somebody is in cannot be removed there")
@pytest.mark.parametrize("when", ["before", "between jobs"])
def test_a_working_folder_that_was_removed_ends_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    with monkeypatch.context() as patch:
        patch.chdir(gone)
        if when == "before":
            gone.rmdir()
        executor = LocalExecutor(RUN, workers=1, preload=["assay.testing.jobs"])
        try:
            if when == "between jobs":
                gone.rmdir()
            assert outcome(executor, "answer") == ("answer", 0)
        finally:
            executor.close(now=True)
            os.chdir(tmp_path)


def test_hurried_jobs_end_and_later_ones_keep_their_deadlines(executor: LocalExecutor) -> None:
    slow = executor.submit(job_that("spin"), deadline=Deadline())
    executor.hurry(Deadline.after(0.1))
    later = executor.submit(job_that("answer", fold=3), deadline=Deadline())
    ended = slow.result(PATIENCE)
    assert isinstance(ended, Failure)
    assert ended.kind == "time"
    assert later.result(PATIENCE) == ("answer", 3)


def test_a_job_above_its_memory_is_killed_and_said(executor: LocalExecutor) -> None:
    job = job_that("grow", memory_bytes=200_000_000)
    failure = executor.submit(job, deadline=Deadline.after(15)).result(PATIENCE)
    assert isinstance(failure, Failure)
    assert failure.kind == "memory"
    assert "above its 200 MB" in failure.message
    assert outcome(executor, "answer") == ("answer", 0)


def test_the_failure_of_a_crash_holds_the_stack_of_the_crash(executor: LocalExecutor) -> None:
    failure = outcome(executor, "crash")
    assert isinstance(failure, Failure)
    assert "Segmentation fault" in failure.traceback
    assert "in _crash" in failure.traceback


def test_an_idle_worker_that_is_killed_is_replaced_unnoticed(executor: LocalExecutor) -> None:
    for _ in range(3):
        worker = psutil.Process(worker_pid(executor))
        worker.kill()
        worker.wait(PATIENCE)
        assert outcome(executor, "answer") == ("answer", 0)


def test_a_killed_server_costs_the_running_job_only(executor: LocalExecutor, tmp_path: Path) -> None:
    running = executor.submit(job_that("spin", folder=tmp_path), deadline=Deadline.after(30))
    worker = int(wait_for_files(tmp_path, 1)[0].read_text())
    psutil.Process(worker).parent().kill()
    failure = running.result(PATIENCE)
    assert isinstance(failure, Failure)
    assert failure.kind == "crash"
    assert outcome(executor, "answer") == ("answer", 0)


def test_a_server_that_dies_while_it_imports_fails_the_jobs_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "deadly_42.py").write_text("import os, sys\nsys.stderr.write('no licence')\nos._exit(1)\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        executor = LocalExecutor(RUN, workers=1, preload=["deadly_42"])
        failure = outcome(executor, "answer")
        executor.close()
    assert isinstance(failure, Failure)
    assert failure.kind == "crash"
    assert "no licence" in failure.message


def test_workers_print_nothing_and_their_warnings_are_counted(
    executor: LocalExecutor, capfd: pytest.CaptureFixture[str]
) -> None:
    assert outcome(executor, "shout") == "shouted"
    assert outcome(executor, "warn") == "warned"
    assert executor.warned == {"RuntimeWarning": 3}
    assert capfd.readouterr() == ("", "")


def test_numerical_libraries_in_workers_use_one_thread_and_the_main_process_is_left_alone(
    executor: LocalExecutor,
) -> None:
    before = dict(os.environ)
    settings = outcome(executor, "tell its environment")
    assert isinstance(settings, dict)
    assert settings["OMP_NUM_THREADS"] == settings["OPENBLAS_NUM_THREADS"] == settings["MKL_NUM_THREADS"] == "1"
    assert settings["OMP_WAIT_POLICY"] == "PASSIVE"
    assert dict(os.environ) == before


def test_the_start_method_of_the_program_is_still_free(executor: LocalExecutor) -> None:
    before = multiprocessing.get_start_method(allow_none=True)
    outcome(executor, "answer")
    assert multiprocessing.get_start_method(allow_none=True) == before


@pytest.mark.slow
def test_openmp_threads_of_the_main_process_do_not_block_workers(executor: LocalExecutor) -> None:
    assert act(job_that("boost")) == 3
    assert outcome(executor, "boost") == 3


def test_a_function_is_as_good_as_its_name_if_it_can_be_imported() -> None:
    executor = LocalExecutor(act, workers=1, preload=())
    assert outcome(executor, "answer") == ("answer", 0)
    executor.close()


@pytest.mark.parametrize("run", [lambda job: job, "assay.testing.jobs", "no such:name", "a:b:c"])
def test_a_function_workers_cannot_import_is_refused_at_once(run: str) -> None:
    with pytest.raises(UsageError, match=r"import|names no function"):
        LocalExecutor(run, workers=1)


def test_no_workers_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        LocalExecutor(RUN, workers=0)


def test_workers_find_the_modules_of_the_main_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "only_here_42.py").write_text("def run(job):\n    return job.fold + 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    executor = LocalExecutor("only_here_42:run", workers=1, preload=())
    assert executor.submit(job_that("", fold=1), deadline=Deadline()).result(PATIENCE) == 43
    executor.close()


def test_a_cancelled_job_that_has_not_started_never_does(executor: LocalExecutor, tmp_path: Path) -> None:
    for fold in range(2):
        executor.submit(job_that("spin", folder=tmp_path, fold=fold), deadline=Deadline())
    wait_for_files(tmp_path, 2)
    waiting = executor.submit(job_that("spin", folder=tmp_path, fold=2), deadline=Deadline())
    assert waiting.cancel()
    executor.hurry(Deadline.after(0.0))
    assert outcome(executor, "answer") == ("answer", 0)
    assert len(list(tmp_path.glob("started-*"))) == 2


def test_closing_now_leaves_a_cancelled_job_cancelled(executor: LocalExecutor, tmp_path: Path) -> None:
    jobs = [job_that("spin", folder=tmp_path, fold=fold) for fold in range(4)]
    futures = [executor.submit(job, deadline=Deadline()) for job in jobs]
    wait_for_files(tmp_path, 2)
    assert futures[2].cancel()
    executor.close(now=True)
    assert futures[2].cancelled()
    assert isinstance(futures[3].result(0), Failure)


def test_a_missing_module_among_the_preloaded_does_no_harm() -> None:
    executor = LocalExecutor(RUN, workers=1, preload=["no_such_module_at_all"])
    assert outcome(executor, "answer") == ("answer", 0)
    executor.close()


def test_a_server_that_still_imports_is_ended_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "never_done.py").write_text("import threading\nthreading.Event().wait()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(forkserver, "_END_SECONDS", 30.0)  # what one that forks would be given
    before = set(psutil.Process().children())  # of other tests in this process
    server = ForkServer(["never_done"])
    importing = set(psutil.Process().children()) - before
    assert importing
    began = SystemClock().now()
    server.stop()
    assert SystemClock().now() - began < 15
    assert not any(child.is_running() for child in importing)


def test_large_jobs_and_outcomes_pass(executor: LocalExecutor) -> None:
    folds = [executor.submit(job_that("x" * 500_000), deadline=Deadline()) for _ in range(4)]
    failures = [future.result(PATIENCE) for future in folds]
    assert all(isinstance(failure, Failure) and len(failure.message) > 400_000 for failure in failures)


HOLDS_A_FOLDER = """
import time
from assay.core.scratch import ScratchFolder

def hold(job):
    folder = ScratchFolder()
    (job.store.path / "started-0").touch()
    time.sleep(60)
"""


def test_a_killed_worker_leaves_nothing_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    (tmp_path / "holds_a_folder.py").write_text(HOLDS_A_FOLDER)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    executor = LocalExecutor("holds_a_folder:hold", workers=1, preload=["assay.testing.memory_view"])
    executor.submit(job_that("anything", folder=tmp_path), deadline=Deadline())
    wait_for_files(tmp_path, 1)
    assert list(temporary.iterdir())
    executor.close(now=True)
    assert not list(temporary.iterdir())


def needs_of(sizes: dict[str, int]) -> Callable[[Job], int]:
    """What a job needs, by what it does."""
    return lambda job: sizes.get(job.experiment.what, 0)


@pytest.fixture
def crowded() -> Iterator[tuple[LocalExecutor, list[int]]]:
    """An executor on a machine with 10 GB free, and how often that was looked up; a job that answers needs 6 GB."""
    looked: list[int] = []

    def free() -> int:
        looked.append(1)
        return 10**10

    memory_budget = MemoryBudget(
        needs=needs_of({"answer": 6 * 10**9, "spin": 6 * 10**9, "tell its pid": 4 * 10**10, "raise": 2 * 10**10}),
        free=free,
    )
    executor = LocalExecutor(RUN, workers=2, preload=["assay.testing.jobs"], memory_budget=memory_budget)
    yield executor, looked
    executor.close(now=True)


def test_a_job_that_does_not_fit_beside_another_waits_for_it(
    crowded: tuple[LocalExecutor, list[int]], tmp_path: Path
) -> None:
    executor, looked = crowded
    first = executor.submit(job_that("spin", folder=tmp_path), deadline=Deadline())
    wait_for_files(tmp_path, 1)
    before = len(looked)
    second = executor.submit(job_that("answer"), deadline=Deadline())
    until = Deadline.after(PATIENCE)
    while len(looked) == before and not until.is_over:
        executor.hurry(Deadline())  # rings the bell, and hurries nobody
    assert not second.done()
    assert not first.done()
    executor.hurry(Deadline.after(0.0))
    assert isinstance(first.result(PATIENCE), Failure)
    waited = second.result(PATIENCE)
    assert isinstance(waited, Failure)
    assert waited.kind in ("memory", "time")
    assert outcome(executor, "answer") == ("answer", 0)


def test_two_jobs_that_fit_one_after_the_other_both_end_well(crowded: tuple[LocalExecutor, list[int]]) -> None:
    executor, _ = crowded
    futures = [executor.submit(job_that("answer", fold=fold), deadline=Deadline()) for fold in range(4)]
    assert [future.result(PATIENCE) for future in futures] == [("answer", fold) for fold in range(4)]


def test_a_job_that_fits_nowhere_is_refused_and_says_what_it_needs(
    crowded: tuple[LocalExecutor, list[int]],
) -> None:
    executor, _ = crowded
    assert outcome(executor, "answer") == ("answer", 0)
    failure = outcome(executor, "tell its pid")
    assert isinstance(failure, Failure)
    assert failure.kind == "memory"
    assert failure.message == "Not started: it is expected to need 40,000 MB, 30,100 MB more than is free."
    assert outcome(executor, "answer") == ("answer", 0)


def test_a_job_that_may_need_less_than_expected_is_tried_alone(
    crowded: tuple[LocalExecutor, list[int]], tmp_path: Path
) -> None:
    executor, _ = crowded
    beside = replace(job_that("spin", folder=tmp_path), hard_seconds=0.3)
    first = executor.submit(beside, deadline=Deadline())
    wait_for_files(tmp_path, 1)
    tried = executor.submit(job_that("raise"), deadline=Deadline()).result(PATIENCE)
    assert first.done()
    assert isinstance(tried, Failure)
    assert tried.kind == "error"


@pytest.mark.slow
def test_what_a_job_waits_for_memory_is_not_its_own_time(
    crowded: tuple[LocalExecutor, list[int]], tmp_path: Path
) -> None:
    executor, _ = crowded
    executor.submit(replace(job_that("spin", folder=tmp_path), hard_seconds=1.5), deadline=Deadline())
    wait_for_files(tmp_path, 1)
    waiting = replace(job_that("answer"), hard_seconds=1.0)
    assert executor.submit(waiting, deadline=Deadline()).result(PATIENCE) == ("answer", 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whom it ends when memory runs out")
def test_a_worker_is_ended_before_the_process_that_records(executor: LocalExecutor) -> None:
    own, workers = (Path(f"/proc/{pid}/oom_score_adj") for pid in (os.getpid(), outcome(executor, "tell its pid")))
    assert int(workers.read_text()) > int(own.read_text())


def test_a_job_whose_need_cannot_be_told_is_a_failure_of_its_own() -> None:
    def refuse(job: Job) -> int:
        raise KeyError("no such family")

    executor = LocalExecutor(RUN, workers=1, memory_budget=MemoryBudget(needs=refuse, free=lambda: 10**10))
    failure = outcome(executor, "answer")
    executor.close()
    assert isinstance(failure, Failure)
    assert failure.kind == "error"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_a_disk_that_takes_no_more_is_a_failure_of_its_own_kind(number: int) -> None:
    def write(job: Job) -> object:
        raise OSError(number, os.strerror(number))

    failure = outcome(InlineExecutor(write), "anything")
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.message) == ("disk", os.strerror(number))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_no_job_is_lost_where_free_memory_cannot_be_told() -> None:
    def free() -> int:
        raise PermissionError("/sys/fs/cgroup/memory.max")

    executor = LocalExecutor(RUN, workers=1, memory_budget=MemoryBudget(needs=lambda job: 1, free=free))
    futures = [executor.submit(job_that("answer", fold=fold), deadline=Deadline()) for fold in range(2)]
    failures = [future.result(PATIENCE) for future in futures]
    executor.close()
    assert all(isinstance(failure, Failure) for failure in failures)
