"""What holds for every test: laws are tried on as many examples, however busy the machine is."""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["processor_time"]

settings.register_profile("usual", deadline=None, max_examples=15)
settings.register_profile("all", deadline=None, max_examples=100)
settings.load_profile("usual")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every", type=int, metavar="N", help="only the first test of each file, and every Nth after it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what --every leaves out."""
    every, seen, kept, left = config.getoption("--every"), Counter[Path](), list[pytest.Item](), list[pytest.Item]()
    for item in items if every else ():
        (left if seen[item.path] % every else kept).append(item)
        seen[item.path] += 1
    if every:
        items[:] = kept
        config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end, and is not looked through for garbage again and again."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _few_timings() -> Iterator[None]:
    """Fits in this process time what they made by few calls: how long a row takes is what benchmarks measure."""
    from assay.search import worker_jobs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_jobs, "TURNS", 1)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_list_of_labs() -> Iterator[None]:
    """Labs with a vault note themselves in the list of whoever runs them, which no test may fill, nor learn from."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_HISTORY", "off")
        yield


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, no history, no settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("ASSAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
