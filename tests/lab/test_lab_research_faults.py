"""What befalls a session that it did not ask for: a full disk, a clock that jumps, another process that searches."""

import resource
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pandas as pd
import pytest

from assay.core.clock import Budget, SystemClock
from assay.core.errors import AssayError, StorageError
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.ledger.verify import verify
from assay.steering.inbox import Inbox
from lab.sessions_by_hand import LAB, After, go_on, kinds, tell

EXPERIMENTS = 5


@contextmanager
def no_space():
    """In the block no file can grow, as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def tried(path=LAB):
    opened = Lab.open(path)
    try:
        return [one.key for one in opened.experiments if not one.is_blend]
    finally:
        opened.close()


class Jumping:
    """A monotonic clock that is put forward, as by a machine that slept."""

    ahead = 0.0

    def now(self):
        return SystemClock().now() + self.ahead


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="has no limit to the size of files")
def test_a_full_disk_ends_the_session_in_words_and_the_next_one_takes_up_all_of_it(made, run):
    made(experiments=2)
    message = []
    with ExitStack() as disk:

        def fill():
            message.append(tell("undo", number=9))
            disk.enter_context(no_space())

        with pytest.raises(StorageError) as caught:
            go_on(EXPERIMENTS, listener=After({2: fill}))
    assert "cannot be written" in caught.value.message
    assert "space" in " ".join((caught.value.message, *caught.value.do))
    opened = Lab.open(LAB)
    assert not list(verify(opened.ledger.records()))
    assert opened.state.end is None
    assert len(opened.predictor().predict(pd.read_csv("shop.csv").head(5))) == 5
    opened.close()
    go_on(EXPERIMENTS)
    assert Lab.open(LAB).state.steering.answers[message[0]].ended == "refused"
    assert Inbox(LAB).is_empty()
    run(experiments=EXPERIMENTS, out="whole.lab")
    assert tried() == tried("whole.lab")


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit to the size of files")
def test_a_message_that_finds_no_space_is_refused_in_words_and_leaves_nothing(made):
    made(experiments=2)
    before = kinds()
    with no_space(), pytest.raises(AssayError, match="cannot be written"):
        tell("pause")
    assert Inbox(LAB).is_empty()
    assert [file.name for file in Inbox(LAB).path.iterdir()] == []
    assert kinds() == before


@pytest.mark.slow
def test_a_clock_that_jumps_moves_no_decision_of_an_exact_run(made, run):
    made(experiments=2)
    clock = Jumping()

    def jump():
        clock.ahead += 86_400.0

    context = RunContext(
        inline=True, clock=clock, write_brief=False, listener=After(dict.fromkeys(range(1, EXPERIMENTS), jump))
    )
    research_lab(LAB, GoOn(budget=Budget(experiments=EXPERIMENTS)), context=context)
    assert clock.ahead >= 86_400.0
    run(experiments=EXPERIMENTS, out="whole.lab")
    assert tried() == tried("whole.lab")


def test_a_machine_that_slept_through_the_time_limit_ends_with_a_model(made):
    made(experiments=2)
    clock = Jumping()

    def sleep():
        clock.ahead += 3 * 86_400.0

    context = RunContext(inline=True, clock=clock, write_brief=False, listener=After({1: sleep}))
    began = time.monotonic()
    summary = research_lab(LAB, GoOn(budget=Budget(seconds=86_400.0)), context=context)
    assert summary.stopped_by == "time"
    assert summary.model is not None
    assert time.monotonic() - began < 60.0
    assert not list(verify(Lab.open(LAB).ledger.records()))


@pytest.mark.slow
def test_a_wall_clock_that_is_set_back_loses_no_message_and_moves_no_end(made, monkeypatch):
    made(experiments=2)
    sent, real = [], time.time_ns

    def set_clock():
        sent.append(tell("undo", number=7))
        monkeypatch.setattr("time.time_ns", lambda: real() - 86_400 * 10**9)
        sent.append(tell("undo", number=8))

    summary = go_on(EXPERIMENTS, listener=After({1: set_clock}))
    assert summary.stopped_by == "experiments"
    answers = Lab.open(LAB).state.steering.answers
    assert {answers[name].ended for name in sent} == {"refused"}
    assert Inbox(LAB).is_empty()


@pytest.mark.slow
def test_of_two_processes_that_research_one_lab_at_once_one_works_and_one_says_so(made):
    made(experiments=2)
    command = [sys.executable, "-m", "assay", "research", str(LAB), "--experiments", str(EXPERIMENTS), "--jobs", "1"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=240) for process in both]
    codes = [process.returncode for process in both]
    assert sorted(codes) in ([0, 2], [0, 0]), said  # both, where one had ended when the other began
    refused = [err for (_, err), code in zip(said, codes, strict=True) if code]
    assert all("in use" in err and "assay hint" in err for err in refused)
    opened = Lab.open(LAB)
    assert not list(verify(opened.ledger.records()))
    assert opened.state.proposed == EXPERIMENTS
    assert len(set(tried())) == len(tried())
