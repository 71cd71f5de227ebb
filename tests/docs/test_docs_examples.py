"""Pages are executed: Python blocks by an interpreter, lessons typed into a shell."""

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
LESSONS = [page for page in LESSONS if "by the clock" not in page.read_text()]
"""Of those whose answers follow no clock; the others are typed in test_docs_evening.py."""
PLUG_INS = [page for page in PAGES if "\n@register" in page.read_text()]
"""Pages that register something, which other pages must not find."""
FILES = ("calls.csv.gz", "new.csv", "make_visits.py", "answer_one.py")
ONE_AFTER_THE_OTHER = """
import os, runpy, sys
import assay
assay.warm()  # libraries are imported once for the workers of all pages
for folder in sys.argv[1:]:
    sys.stderr.write(f"{os.path.basename(folder)}\\n")
    os.chdir(folder)
    runpy.run_path("page.py")
"""

sys.path.insert(0, str(DOCS))
from generate.lessons import answer_to, shape, typed  # noqa: E402


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the first lesson asks for; no list of labs is kept."""
    monkeypatch.setenv("ASSAY_HISTORY", "off")
    return with_files(tmp_path)


def with_files(folder: Path) -> Path:
    """The folder, made if need be, with the tables of the lessons."""
    folder.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copy(DOCS / "tutorial" / name, folder)
    return folder


def write_page(page: Path, folder: Path) -> None:
    """page.py: the page's blocks in order."""
    code = "\n".join(re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE))
    (folder / "page.py").write_text(code)


def python(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.slow
@pytest.mark.parametrize("page", PLUG_INS, ids=lambda page: str(page.relative_to(DOCS)))
def test_python_blocks_of_a_page_run_in_order_without_a_warning(page: Path, folder: Path) -> None:
    write_page(page, folder)
    done = python("page.py", folder=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_so_do_those_of_pages_that_add_nothing_one_page_after_the_other(folder: Path) -> None:
    pages = [page for page in PAGES if page not in PLUG_INS]
    folders = [with_files(folder / f"{page.parent.name}-{page.stem}") for page in pages]
    for page, own in zip(pages, folders, strict=True):
        write_page(page, own)
    done = python("-c", ONE_AFTER_THE_OTHER, *folders, folder=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.split() == [own.name for own in folders]


@pytest.mark.slow
@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_lesson_can_be_typed_and_is_answered_as_written(page: Path, folder: Path) -> None:
    for command, written in typed(page.read_text()):
        assert shape(answer_to(command, folder)) == shape(written), f"{command}: python docs/build.py --lessons"
