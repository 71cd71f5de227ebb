"""Workers that are dead before they hear of a job cost nobody a job."""

from dataclasses import dataclass

import pytest

from assay.core.clock import Deadline
from assay.core.result import Failure
from assay.execute.forkserver import ForkServer
from assay.execute.local import LocalExecutor
from assay.execute.process import WorkerProcess
from assay.testing.jobs import RUN, job_that


@dataclass
class Deadly:
    """A fork server whose first workers are killed before they are handed over."""

    server: ForkServer
    deaths: int

    def fileno(self) -> int:
        return self.server.fileno()

    def is_ready(self) -> bool:
        return self.server.is_ready()

    def start(self) -> WorkerProcess:
        worker = self.server.start()
        if self.deaths:
            self.deaths -= 1
            worker.kill()
            assert worker.ended.poll(5)
        return worker

    def stop(self) -> None:
        self.server.stop()


@pytest.mark.parametrize(("deaths", "fails"), [(1, False), (9, True)])
def test_a_worker_that_died_before_its_first_job_is_replaced_once(deaths: int, fails: bool) -> None:
    starter = Deadly(ForkServer(["assay.testing.jobs"]), deaths)
    executor = LocalExecutor(RUN, workers=1, preload=(), starter=starter)
    outcome = executor.submit(job_that("tell its pid"), deadline=Deadline()).result(30)
    executor.close()
    starter.stop()
    assert isinstance(outcome, Failure) is fails, outcome
