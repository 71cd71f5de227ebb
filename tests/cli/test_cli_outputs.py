"""Outputs that are closed, full, or left by their reader: an exit code, no traceback, nothing written elsewhere."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = f"{sys.executable} -c 'import sys; from assay.cli.main import main; sys.exit(main(sys.argv[1:]))'"


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of bash in which `assay` is the command; its exit code is that of the pipe's first command."""
    full = f'assay() {{ {COMMAND} "$@"; }}; {line}; exit "${{PIPESTATUS[0]}}"'
    return subprocess.run(["bash", "-c", full], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("line", "code"), [
    ("assay labs | true", 0), ("assay labs --json | true", 0), ("assay labs >&-", 0), ("assay labs 2>&-", 0),
    ("assay labs <&- >&- 2>&-", 0), ("assay nonsense --json | true", 2), ("assay nonsense --json >&-", 2),
    ("assay nonsense 2>&-", 2),
])  # fmt: skip
def test_an_output_that_nobody_reads_ends_without_a_traceback(line: str, code: int, tmp_path: Path) -> None:
    done = shell(line, tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_output_is_told_in_words(tmp_path: Path) -> None:
    done = shell("assay --version > /dev/full", tmp_path)
    assert done.returncode == 2
    assert "The output cannot be written: No space left on device." in done.stderr
