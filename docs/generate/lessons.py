"""Lessons: pages whose console blocks are typed into a shell, with the answers written in.

In a block ```console (with more backticks where an answer holds some) a line that starts with "$ " is typed; what
follows, up to the next, is its answer.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

BLOCK = re.compile(r"^(`{3,})console\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
COLUMNS = "96"


def typed(text: str) -> Iterator[tuple[str, str]]:
    """(command, answer as written) of a page's console blocks, in order."""
    for _, block in BLOCK.findall(text):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, answer = part.partition("\n")
            yield command, answer


def answer_to(command: str, folder: Path) -> str:
    """What a command says on both outputs, without the folder's path; RuntimeError if it fails."""
    words = shlex.split(command)
    program = {"assay": [sys.executable, "-m", "assay"], "python": [sys.executable]}.get(words[0], words[:1])
    environ = {**os.environ, "COLUMNS": COLUMNS, "TERM": "xterm", "ASSAY_HISTORY": "off"}
    environ.pop("NO_COLOR", None)
    done = subprocess.run(
        [*program, *words[1:]],
        cwd=folder,
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout.replace(f"{folder.resolve()}/", "")


def answered(text: str, folder: Path) -> str:
    """The page with every answer as it is today."""

    def block(match: "re.Match[str]") -> str:
        said = "".join(f"$ {command}\n{answer_to(command, folder)}".rstrip() + "\n\n" for command, _ in typed(match[0]))
        return f"{match[1]}console\n{said.rstrip()}\n{match[1]}"

    return BLOCK.sub(block, text)


def shape(answer: str) -> list[str]:
    """The first word of each line without its digits: what does not change from day to day; clock lines left out."""
    words = [line.split()[0] for line in answer.splitlines() if line.strip() and not re.match(r"\d+:\d\d ", line)]
    return [re.sub(r"\d+", "0", word) for word in words]
