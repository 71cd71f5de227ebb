"""Write what documentation must not be typed by hand: reference pages, and the README's first screen.

python docs/build.py                all of it: reference, lessons, and a demo (a minute) for README.md and its picture
python docs/build.py --reference    the reference alone
python docs/build.py --lessons      the answers in the lessons alone
python docs/build.py --check        say which reference pages are stale, write nothing; exit 1 if any is
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT / "tests")]
SCREEN = re.compile(r"(?<=<!-- written by docs/build.py -->\n).*?(?=<!-- end -->)", re.DOTALL)
SCREEN_LINES = ("expect", "search", "gain", "model", "learned")


def reference() -> dict[str, str]:
    """All generated pages by file name."""
    from generate import codes, commands, documents, folders, python_api, registered, sample

    with sample.sample_lab() as place:
        on_a_lab = {"json.md": documents.json_page(place), "files.md": folders.folders_page(place)}
    return {
        "commands.md": commands.commands_page(), "options.md": commands.options_page(),
        "python.md": python_api.python_page(), "models.md": registered.models_page(),
        "steps.md": registered.steps_page(), "metrics.md": registered.metrics_page(),
        "researchers.md": registered.researchers_page(), "moves.md": registered.moves_page(),
        "codes.md": codes.codes_page(), **on_a_lab,
    }  # fmt: skip


def stale(pages: dict[str, str]) -> list[str]:
    """Names of pages whose file says something else, or is not there, and of files nobody makes any more."""
    folder = DOCS / "reference"
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in pages.keys() | found.keys() if pages.get(name) != found.get(name))


def write(pages: dict[str, str]) -> None:
    """The pages into docs/reference, and nothing else left there."""
    folder = DOCS / "reference"
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def write_lessons() -> None:
    """The answers of every lesson, as its commands give them today."""
    from generate.lessons import answered

    for page in sorted((DOCS / "tutorial").glob("*.md")):
        with tempfile.TemporaryDirectory() as folder:
            for file in (DOCS / "tutorial").iterdir():
                if file.suffix != ".md":
                    shutil.copy(file, folder)
            page.write_text(answered(page.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")


def demo() -> tuple[list[str], str]:
    """(first lines of what `assay demo` prints, its picture), as the README's reader will get them."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "COLUMNS": "100", "TERM": "xterm", "ASSAY_HISTORY": "off"}
        command = [sys.executable, "-m", "assay", "demo"]
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True)
        labels = ("bank.lab", *SCREEN_LINES)
        lines = [line for line in done.stdout.splitlines() if line.split()[0] in labels]
        return lines, (Path(folder) / "bank.lab" / "progress.svg").read_text(encoding="utf-8")


def with_screen(readme: str, lines: Sequence[str]) -> str:
    """The README with the demo's lines between the marks."""
    block = "".join(f"    {line}\n" for line in lines)
    if not SCREEN.search(readme):
        raise SystemExit("README.md has lost the marks <!-- written by docs/build.py --> and <!-- end -->.")
    return SCREEN.sub(lambda _: f"\n{block}\n", readme)


def write_screen() -> None:
    """README.md and docs/img/demo.svg from one demo."""
    lines, picture = demo()
    path = ROOT / "README.md"
    path.write_text(with_screen(path.read_text(encoding="utf-8"), lines), encoding="utf-8")
    (DOCS / "img").mkdir(exist_ok=True)
    (DOCS / "img" / "demo.svg").write_text(picture, encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Build or check; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--reference", "--lessons", "--check"):
        parser.add_argument(option, action="store_true")
    asked = parser.parse_args(arguments)
    if asked.check:
        old = stale(reference())
        if old:
            sys.stdout.write(f"stale: {', '.join(old)}. Write them: python docs/build.py --reference\n")
        return 1 if old else 0
    every = not (asked.reference or asked.lessons)
    if every or asked.reference:
        write(reference())
    if every or asked.lessons:
        write_lessons()
    if every:
        write_screen()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
