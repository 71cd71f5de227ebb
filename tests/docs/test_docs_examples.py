"""Pages are executed: Python blocks in a fresh interpreter, lessons typed into a shell."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if "```python\n" in page.read_text()]
LESSONS = [page for page in sorted((DOCS / "tutorial").glob("*.md")) if "```console" in page.read_text()]
FILES = ("calls.csv.gz", "new.csv")

sys.path.insert(0, str(DOCS))
from generate.lessons import answer_to, shape, typed  # noqa: E402


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the first lesson asks for; no list of labs is kept."""
    for name in FILES:
        shutil.copy(DOCS / "tutorial" / name, tmp_path)
    monkeypatch.setenv("ASSAY_HISTORY", "off")
    return tmp_path


@pytest.mark.scenario
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_python_blocks_of_a_page_run_in_order_without_a_warning(page: Path, folder: Path) -> None:
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE))
    (folder / "page.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", "page.py"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.scenario
@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_lesson_can_be_typed_and_is_answered_as_written(page: Path, folder: Path) -> None:
    for command, written in typed(page.read_text()):
        assert shape(answer_to(command, folder)) == shape(written), f"{command}: python docs/build.py --lessons"
