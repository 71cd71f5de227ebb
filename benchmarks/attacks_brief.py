"""Tampers of the brief: the text alone, and with what the ledger says of its files made to fit."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from attacks_files import damaged, gone, written
from attacks_hand import Line, forge, number_of
from attacks_labs import PLAIN
from attacks_tamper import Tamper


def told(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    """A text of the brief that says something else, and a ledger that says so was written; every hash made to fit."""
    edited = written(name, change)

    def act(lab: Path) -> None:
        edited(lab)
        files = {name: hashlib.sha256((lab / name).read_bytes()).hexdigest()}

        def change(known: list[Line]) -> None:
            value = known[number_of(lab, "brief") - 1].value
            value["files"] = [[one, files.get(one, digest)] for one, digest in value["files"]]

        forge(lab, change)

    return act


def _exchanged(text: str) -> str:
    """Two paragraphs, each at the other's place."""
    parts = text.split("\n\n")
    parts[4], parts[7] = parts[7], parts[4]
    return "\n\n".join(parts)


def _doubled(text: str) -> str:
    parts = text.split("\n\n")
    return "\n\n".join([*parts[:5], *parts[4:]])


def _replaced(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


EDITS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("two paragraphs exchanged", "brief.md", _exchanged),
    ("a paragraph twice", "brief.md", _doubled),
    (
        "a paragraph twice",
        "brief.html",
        lambda t: t.replace("<p>A row is", "<p>A row is called well.</p><p>A row is", 1),
    ),
    ("a line of the code left out", "brief.md", _replaced("from assay import load\n", "")),
    ("a command edited", "brief.md", _replaced("assay predict", "assay fit")),
    ("a command edited", "brief.html", _replaced("assay predict", "assay fit")),
    ("the versions edited", "brief.md", _replaced("· python ", "· python 9 ")),
    ("the stamp edited", "brief.md", _replaced("· assay ", "· audited · assay ")),
    ("the stamp edited", "brief.html", _replaced("· assay ", "· audited · assay ")),
    ("the lab's name edited", "brief.md", _replaced("· plain.lab ", "· certified.lab ")),
    ("the title edited", "brief.md", _replaced("# bought in", "# sold in")),
    ("the title edited", "brief.html", _replaced("<title>", "<title>99: ")),
    ("the style edited", "brief.html", _replaced("<style>", "<style>aside{display:none}")),
    ("a step of the appendix edited", "brief.html", _replaced("<pre><code>one_hot", "<pre><code>none")),
    ("a picture edited", "brief.html", _replaced("</svg>", "<text>best</text></svg>")),
    ("a number of the picture edited", "progress.svg", _replaced("</text>", "9</text>")),
    ("a blank line more", "brief.md", lambda text: text + "\n"),
)
"""What of it, the file, the edit: none of these was written by Assay."""
BRIEFS = (
    Tamper(
        "the headline of brief.html polished",
        PLAIN,
        written("brief.html", lambda text: text.replace('class="lead">', 'class="lead">99 of 100: ')),
    ),
    Tamper(
        "the headline of brief.md polished",
        PLAIN,
        written("brief.md", lambda text: text.replace("**", "**Certified: ", 1)),
    ),
    Tamper(
        "a script put into brief.html",
        PLAIN,
        written("brief.html", lambda text: text.replace("</body>", "<script></script></body>")),
    ),
    *(
        Tamper(f"{what} in {name}, and the ledger made to say so", PLAIN, told(name, edit))
        for what, name, edit in EDITS
    ),
    Tamper(
        "a line taken out of brief.md",
        PLAIN,
        written("brief.md", lambda text: "\n".join(line for line in text.splitlines() if not line.startswith("data "))),
    ),
    Tamper(
        "a number of brief.html's appendix edited",
        PLAIN,
        written("brief.html", lambda text: text.replace("out-of-fold", "on the vault", 1)),
    ),
    Tamper("the picture exchanged", PLAIN, damaged("progress.svg", lambda body: body[:-20] + bytes(20))),
    Tamper("the brief emptied", PLAIN, lambda lab: (lab / "brief.md").write_text("")),
    Tamper(
        "the head in the brief exchanged", PLAIN, written("brief.md", lambda text: text.replace("ledger ", "ledger 1"))
    ),
    Tamper(
        "the brief taken away",
        PLAIN,
        gone("brief.html"),
        harmless="nothing is claimed by what is not there; fit writes it again",
    ),
)
