"""What the suite costs in processor time: told in its last lines; a test that takes long has to say so.

Loaded by conftest.py as a plug-in of pytest.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterable
from pathlib import Path
from time import perf_counter

import pytest

MOST_SECONDS = 2.0
"""Of a test that is not marked slow, with its own fixtures and the processes it starts (--most-seconds)."""
MANY_MODULES = 50
"""A test that is the first of its process to import a library is not judged for that."""
SLOWEST = 10
NAME = "processor_seconds"


def tree_seconds(pid: int | None = None) -> float:
    """Processor time so far of a process (this one), of those below it, and of those below it that have ended."""
    if pid is None:
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
    else:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            return 0.0
        own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    number = pid or os.getpid()
    try:
        below = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    except OSError:  # a system without this file, where children count once they have ended
        return own
    return own + sum(tree_seconds(int(child)) for child in below)


class Judge:
    """Measures each test in the process that runs it, and fails those that take long without saying so."""

    def __init__(self, most_seconds: float) -> None:
        self.most_seconds = most_seconds
        self.before, self.modules, self.shared = 0.0, 0, 0.0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        self.before, self.modules, self.shared = tree_seconds(), len(sys.modules), 0.0
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """What other tests use too is not this one's."""
        before = tree_seconds()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self.shared += tree_seconds() - before

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        given = yield
        seconds = tree_seconds() - self.before - self.shared
        item.user_properties.append((NAME, round(seconds, 3)))
        imports = len(sys.modules) - self.modules >= MANY_MODULES
        if seconds > self.most_seconds and not imports and item.get_closest_marker("slow") is None:
            pytest.fail(f"It took {seconds:.1f} s of processor time: make it lighter, or mark it slow.", pytrace=False)
        return given

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[NAME] = tree_seconds()


class Bill:
    """Adds up what the processes of a run took, and says it at the end."""

    def __init__(self) -> None:
        self.started, self.of_workers = perf_counter(), 0.0

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        self.of_workers += getattr(node, "workeroutput", {}).get(NAME, 0.0)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        reports = [one for outcome in ("passed", "failed") for one in terminalreporter.getreports(outcome)]
        taken = [(dict(one.user_properties).get(NAME, 0.0), one.nodeid) for one in reports if one.when == "call"]
        times = os.times()
        total = self.of_workers + times.user + times.system if self.of_workers else tree_seconds()
        if terminalreporter.config.getoption("--rooms"):
            write_rooms(terminalreporter, taken)
        terminalreporter.section("slowest tests, in seconds of processor time")
        for seconds, name in sorted(taken, reverse=True)[:SLOWEST]:
            terminalreporter.write_line(f"{seconds:8.1f}  {name}")
        wall = perf_counter() - self.started
        terminalreporter.write_line(
            f"{len(taken):,} tests took {total:.0f} s of processor time, {wall:.0f} s by the clock"
        )


def write_rooms(terminalreporter: pytest.TerminalReporter, taken: Iterable[tuple[float, str]]) -> None:
    """Tests and seconds of each folder, the dearest first; seconds of shared fixtures and of collecting are in none."""
    rooms: dict[str, list[float]] = defaultdict(list)
    for seconds, name in taken:
        rooms[name.split("/")[1].partition("::")[0]].append(seconds)
    terminalreporter.section("rooms: tests, seconds of processor time")
    for room, own in sorted(rooms.items(), key=lambda item: -sum(item[1])):
        terminalreporter.write_line(f"{room:24} {len(own):6,} {sum(own):8.1f}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--most-seconds", type=float, default=MOST_SECONDS, help="processor time of a test that is not marked slow"
    )
    parser.addoption("--rooms", action="store_true", help="also say what the tests of each folder took")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Judge(config.getoption("--most-seconds")), "judge of processor time")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Bill(), "bill of processor time")
