"""The lesson whose answers follow the clock can be typed in order, and is answered by what its page explains."""

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BY_CLOCK = [page for page in sorted((DOCS / "tutorial").glob("*.md")) if "by the clock" in page.read_text()]
SHORTER = {"--until 20s": "--until 10s"}
"""What is typed in place of a length of time: the first session need not be as good as the page's."""
LOOKS = 100
"""Times to look whether the session has experiments again after all were void, which takes it seconds."""
ANSWERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("assay research calls.csv.gz", (r"^calls\.lab is ready", r"^  vault +800 rows, never opened",
                                     "assay certify calls")),
    ("assay hint calls", (r"^  h1  try +ratio of balance and age", r"^  h2  never +realmlp, tabm", r"^Not understood",
                          r'"The boss wants it by May"', r"assay hint calls --undo h1")),
    ("assay research calls ", (r"^calls\.lab goes on without this terminal", "assay watch calls", "assay stop calls")),
    ("assay status calls", (r"^calls\.lab is running: .* of 10:", r"hints +h1 try ratio", "h2 never realmlp, tabm")),
    ("assay hint calls", (r"^  h3  never +duration", r"experiments used it", r"--undo h3")),
    ("assay status calls", (r"^calls\.lab is running", r"\d+ void", r"h3 never duration .*void")),
    ("assay stop calls", (r"^Stopping calls: the best so far is saved",)),
    ("assay watch calls", (r"^calls\.lab is finished", r"never opened", "assay certify calls")),
    ("assay why calls h3", (r"^h3 ", r"^  void +#1 #2")),
    ("assay certify calls", (r"^calls\.lab is ready", r"^  expect .* vault$", r"^  ships ")),
    ("assay predict calls", (r"^row,y,p_no,p_yes$", r"^8,(yes|no),")),
)  # fmt: skip
"""Of each command in order: what the prose relies on, in the answer on the page and in one typed now."""

sys.path.insert(0, str(DOCS))
from generate.lessons import answer_to, typed  # noqa: E402


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the tables; the session that the lesson leaves running ends with the test, however that ends."""
    monkeypatch.setenv("ASSAY_HISTORY", "off")
    for file in (DOCS / "tutorial").glob("*.csv*"):
        shutil.copy(file, tmp_path)
    yield tmp_path
    if (tmp_path / "calls.lab").exists():
        pid = json.loads(answer_to("assay status calls --json", tmp_path))["pid"]
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def stands(folder: Path) -> bool:
    """Whether experiments stand that a model can be made of."""
    found = json.loads(answer_to("assay status calls --json", folder))
    return found["kept"] + found["dropped"] > 0


def test_one_lesson_goes_by_the_clock() -> None:
    assert [page.name for page in BY_CLOCK] == ["evening.md"]


@pytest.mark.parametrize("page", BY_CLOCK, ids=lambda page: page.stem)
def test_its_page_shows_what_it_explains(page: Path) -> None:
    shown = list(typed(page.read_text()))
    assert len(shown) == len(ANSWERS)
    for (command, answer), (begin, wanted) in zip(shown, ANSWERS, strict=True):
        assert command.startswith(begin)
        assert [text for text in wanted if not re.search(text, answer, re.MULTILINE)] == [], command


@pytest.mark.slow
@pytest.mark.parametrize("page", BY_CLOCK, ids=lambda page: page.stem)
def test_it_can_be_typed_in_order(page: Path, folder: Path) -> None:
    for (command, _), (_, wanted) in zip(typed(page.read_text()), ANSWERS, strict=True):
        for text, other in SHORTER.items():
            command = command.replace(text, other)
        if command.startswith("assay stop"):
            assert any(stands(folder) for _ in range(LOOKS))
        answer = answer_to(command, folder)
        assert [text for text in wanted if not re.search(text, answer, re.MULTILINE)] == [], f"{command}\n{answer}"
