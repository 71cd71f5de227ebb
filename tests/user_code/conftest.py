"""One sandbox for all tests of functions."""

from collections.abc import Iterator

import pytest

from assay.sandbox.sandbox import Sandbox
from assay.user_code.runners import SandboxRunner


@pytest.fixture(scope="session")
def sandboxed() -> Iterator[SandboxRunner]:
    """Runs functions in the sandbox."""
    with Sandbox() as sandbox:
        yield SandboxRunner(sandbox)
