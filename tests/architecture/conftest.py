"""Laws of the code's shape."""

import pytest
from syntax_trees import FILES, nodes_of


@pytest.fixture(scope="session", autouse=True)
def _read() -> None:
    """Reading a thousand files is the cost of no single law."""
    for path in FILES:
        nodes_of(path)
