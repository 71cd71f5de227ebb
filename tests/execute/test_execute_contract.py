from collections.abc import Iterator

import pytest

from assay.core.job import Executor
from assay.execute.forkserver import ForkServer
from assay.execute.inline import InlineExecutor
from assay.execute.local import LocalExecutor
from assay.execute.spawner import Spawner
from assay.testing.executors import CHECKS, ISOLATION_CHECKS, Check, check_outcomes_belong_to_their_jobs


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    server = ForkServer(["assay.testing.jobs"])
    yield server
    server.stop()


def named(check: Check) -> str:
    return check.__name__.removeprefix("check_")


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_the_inline_executor_keeps_the_contract(check: Check) -> None:
    check(InlineExecutor)


@pytest.mark.parametrize("check", [*CHECKS, *ISOLATION_CHECKS], ids=named)
def test_the_local_executor_keeps_the_contract(check: Check, server: ForkServer) -> None:
    check(lambda run: LocalExecutor(run, workers=2, starter=server))


@pytest.mark.slow
def test_fresh_interpreters_serve_as_well_as_forked_ones() -> None:
    def make(run: str) -> Executor:
        return LocalExecutor(run, workers=1, starter=Spawner())

    check_outcomes_belong_to_their_jobs(make)
