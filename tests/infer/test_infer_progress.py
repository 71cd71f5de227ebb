"""What `assay infer` says while it works."""

import io

import pytest

from assay.cli.console import Console, Stream
from assay.cli.line_layout import LineLayout


@pytest.mark.parametrize(("terminal", "shown"), [(True, "\r\x1b[2Kfitting …\r\x1b[2K"), (False, "")])
def test_what_is_being_done_is_one_line_at_a_terminal_that_goes_again(terminal, shown):
    file = io.StringIO()
    stream = Stream(file, LineLayout(), color=False, is_terminal=terminal)
    console = Console(stream, stream)
    console.passing("fitting …")
    console.passing("")
    assert file.getvalue() == shown
