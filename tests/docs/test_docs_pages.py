"""What pages say is true: names exist and are mentioned, links resolve, commands can be typed, words are ours."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.main import COMMANDS, commands
from assay.features import registry as steps
from assay.metrics import registry as metrics
from assay.models import registry as models
from assay.research import registry as researchers
from each import each

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FRONT = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "AGENTS.md", "CHANGELOG.md")]
TYPED = [page for page in (*PAGES, *FRONT) if page.parent.name != "reference" and page.name != "benchmarks.md"]
VERBS = tuple(name for _, name, _ in COMMANDS)
FENCED = re.compile(r"^(`{3,})\w*\n.*?^\1$", re.DOTALL | re.MULTILINE)
AVOIDED = re.compile(
    r"\b(trials?|simply|just|easy|easily|powerful|smart|magic(al)?|AI-driven|state of the art|optimal|please|sorry|"
    r"oops|successful(ly)?|holdout set|test score|users?|N/A|seamless(ly)?|robust|blazing(ly)?)\b",
    re.IGNORECASE,
)  # fmt: skip


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def without_code(text: str) -> str:
    """The page's prose: fenced, indented and inline code left out."""
    text = FENCED.sub("", text)
    text = re.sub(r"^    .*$", "", text, flags=re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as Python-Markdown makes them."""
    found = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower()) for title in found}


def command_lines(text: str) -> list[str]:
    """Lines of an `assay` command in code blocks, and inline code that starts with one."""
    lines = re.findall(r"^(?:\$ |    )?(?:\.venv/bin/)?(assay .*)$", text, re.MULTILINE)
    return [line.split("  #")[0] for line in [*lines, *re.findall(r"`(assay [a-z][^`]*)`", text)]]


def options_of(command: object) -> set[str]:
    """All spellings of a command's options."""
    found = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    return {*found, "--help"}


@each("verb", VERBS)
def test_every_command_is_explained_in_a_page_written_by_hand(verb: str) -> None:
    pages = [page for page in PAGES if page.parent.name != "reference"]
    assert any(f"assay {verb}" in page.read_text() for page in pages), f"no page uses assay {verb}"


@pytest.mark.parametrize(
    ("page", "names"),
    [("models.md", models.names()), ("steps.md", steps.names()), ("metrics.md", metrics.names()),
     ("researchers.md", researchers.names())],
)  # fmt: skip
def test_every_registered_name_has_its_place_in_the_reference(page: str, names: tuple[str, ...]) -> None:
    text = (DOCS / "reference" / page).read_text()
    assert [name for name in names if f"\n## {name}\n" not in text] == []


@pytest.mark.slow
def test_the_reference_says_what_the_code_says() -> None:
    done = subprocess.run([sys.executable, DOCS / "build.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@each("page", [*PAGES, *FRONT], ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text())):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            lost.append(target)
    assert lost == []


def test_every_page_is_in_the_navigation() -> None:
    nav = (ROOT / "mkdocs.yml").read_text().split("\nnav:\n")[1]
    listed = set(re.findall(r"(\S+\.md)$", nav, re.MULTILINE))
    assert listed == {str(page.relative_to(DOCS)) for page in PAGES}


@each("page", TYPED, ids=named)
def test_commands_and_options_in_a_page_exist(page: Path) -> None:
    known = commands().commands
    unknown = []
    for line in command_lines(page.read_text()):
        verb, *rest = shlex.split(line)[1:]
        if verb.startswith("-") or verb == "COMMAND":
            continue
        options = options_of(known[verb]) if verb in known else set()
        unknown += [line for word in rest if word.startswith("--") and word.split("=")[0] not in options]
        unknown += [line] if verb not in known else []
    assert unknown == []


@each("page", TYPED, ids=named)
def test_options_named_in_prose_exist(page: Path) -> None:
    known = {option for item in commands().commands.values() for option in options_of(item)}
    ours = {"--reference", "--check", "--rooms", "--part"}
    named_options = {code.split()[0].split("=")[0] for code in re.findall(r"`(--[^`]+)`", page.read_text())}
    assert named_options - known - ours == set()


@each("page", TYPED, ids=named)
def test_prose_keeps_to_our_words(page: Path) -> None:
    prose = without_code(page.read_text())
    if page.name == "AGENTS.md":
        prose = prose.replace("experiment, not trial; out-of-fold, not test score", "")
    assert [match[0] for match in AVOIDED.finditer(prose)] == []
    assert "!" not in prose.replace("![", "").replace("<!--", "")


def test_sections_of_the_readme_are_short() -> None:
    for section in (ROOT / "README.md").read_text().split("\n## ")[1:]:
        title, *lines = section.strip().splitlines()
        assert len(lines) <= 8, f"{title} has {len(lines)} lines"


def test_the_first_screen_of_the_readme_is_what_the_demo_printed() -> None:
    text = (ROOT / "README.md").read_text()
    screen = text.split("<!-- written by docs/build.py -->")[1].split("<!-- end -->")[0].strip("\n").splitlines()
    assert screen[0].startswith("    bank.lab is ready: ")
    assert [line.split()[0] for line in screen[1:]][:2] == ["expect", "search"]
    assert (DOCS / "img" / "demo.svg").exists()
