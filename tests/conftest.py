"""What holds for every test: laws are tried on as many examples, however busy the machine is."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("assay", deadline=None)
settings.load_profile("assay")


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


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, no history, no settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("ASSAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
