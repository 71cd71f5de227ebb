"""What a command prints, as text of 100 columns."""

import contextlib
import io
import os

from assay.cli.main import main

WIDTH = "100"


def printed(*arguments: str) -> str:
    """The standard output of a command; RuntimeError when it does not end well."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    os.environ.update(COLUMNS=WIDTH, TERM="xterm")
    os.environ.pop("NO_COLOR", None)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(arguments))
    if code:
        raise RuntimeError(f"assay {' '.join(arguments)} ended with {code}: {_text(err)}")
    return _text(out)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    content: io.BytesIO = stream.buffer  # type: ignore[assignment]  # as made above
    return content.getvalue().decode()
