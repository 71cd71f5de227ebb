"""Tampering with labs: whatever is done to a copy of one, an audit finds it, or the table says why nothing could.

    python benchmarks/attacks.py [--only WORDS] [--out FOLDER]

Labs of 600 rows are made with this code: one plain, one with a vault, one searched again after its figure was
shown. Each tamper is done to a copy in the lab's own place, then `assay audit` is asked, which knows the head of
the ledger from the list of labs as on the machine where the lab was made. Found means exit 1 and a finding; 70 is a
fault of ours. Where the finding is the noted head alone, nothing inside the folder could have told.
"""

import contextlib
import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assay.cli import main as cli
from attacks_brief import BRIEFS
from attacks_files import BASE, MODELS, ROWS, STORED
from attacks_labs import SEARCHES, make
from attacks_ledger import DAMAGED, EDITED, LEFT_OUT, PUT_IN
from attacks_tamper import Tamper
from outcome import Outcome, all_of, parser, save

TAMPERS: tuple[Tamper, ...] = (
    *EDITED, *LEFT_OUT, *PUT_IN, *DAMAGED, *MODELS, *ROWS, *STORED, *BRIEFS, *BASE,
)  # fmt: skip
FOUND, NOTHING = 1, 0
NOWHERE = (
    ("all of it rewritten, and the list of labs with it",
     "no head is left that the tamperer did not write: only one that a person noted elsewhere, or a replay, tells"),
    ("a lab made up whole with this code, and given away",
     "it is a lab: `assay replay` fits its experiments again from its rows; that the rows are true nothing can tell"),
    ("rows forged in the file before the first fit", "the lab begins with them"),
    ("the vault's rows read in the file by a person or program outside of Assay", "nothing that a lab holds changes"),
)  # fmt: skip
"""What nothing can find, and why."""
METHOD = (
    "Each thing is done to a copy of one of {labs} small labs (plain, with a vault, searched again after its figure "
    "was shown), then `assay audit` is asked, which knows the head from the list of labs. {nothing} of them "
    "change nothing that a lab claims, so that no finding is asked for; {by_head} are found by the noted head alone."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What an audit said of a tampered lab. checks: those that found something; by_head: the noted head alone did."""

    name: str
    lab: str
    code: int
    checks: tuple[str, ...]
    by_head: bool
    first: str
    seconds: float
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether it was found, or changes nothing."""
        return self.code == (NOTHING if self.reason else FOUND)


@contextlib.contextmanager
def user(state: Path) -> Iterator[None]:
    """A person's own folder, where the list of labs lies."""
    before = {name: os.environ.get(name) for name in ("ASSAY_HOME", "ASSAY_HISTORY")}
    os.environ.update(ASSAY_HOME=str(state), ASSAY_HISTORY="on")
    try:
        yield
    finally:
        for name, was in before.items():
            os.environ.pop(name, None) if was is None else os.environ.update({name: was})


def asked(lab: Path) -> tuple[int, dict[str, object]]:
    """The exit code and document of `assay audit LAB --json`."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = cli.main(["audit", str(lab), "--json"])
    return code, json.loads(out.getvalue() or "{}")


def tampered(tamper: Tamper, whole: Path, place: Path, state: Path) -> Told:
    """Do it to a copy at `place`, which the list in `state` knows, and ask."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(whole, place)
    kept = (state / "labs.json").read_bytes()
    try:
        tamper.act(place)
    finally:
        (state / "labs.json").write_bytes(kept)
    began = time.perf_counter()
    code, document = asked(place)
    seconds = time.perf_counter() - began
    (state / "labs.json").write_bytes(kept)
    checks = [check for check in document.get("checks", []) if not check["ok"]]  # type: ignore[attr-defined]  # as written
    found = [one for check in checks for one in check["differ"]]
    by_head = bool(found) and all(one["what"].startswith("the list of labs") for one in found)
    return Told(
        name=tamper.name, lab=tamper.lab, code=code, checks=tuple(check["name"] for check in checks), by_head=by_head,
        first=found[0]["what"] if found else str(document.get("message", "")), seconds=seconds, reason=tamper.harmless,
    )  # fmt: skip


def run(tampers: Sequence[Tamper], folder: Path) -> list[Told]:
    """Make the labs that are needed, and do each tamper to a copy."""
    told: list[Told] = []
    for kind in (kind for kind in SEARCHES if any(tamper.lab == kind for tamper in tampers)):
        place, whole, state = folder / f"{kind}.lab", folder / "whole" / kind, folder / "state" / kind
        state.mkdir(parents=True)
        make(kind, place)
        shutil.copytree(place, whole)
        with user(state):
            code, _ = asked(place)  # which notes its head, too
            assert code == NOTHING, f"the {kind} lab is not sound before anything was done to it"
            for tamper in (tamper for tamper in tampers if tamper.lab == kind):
                told.append(tampered(tamper, whole, place, state))
                print(row(told[-1]), flush=True)
    return told


def row(one: Told) -> str:
    """One line of the table, in Markdown."""
    by = "the noted head alone" if one.by_head else ", ".join(one.checks)
    nothing = "" if one.holds else f"NOT FOUND, exit {one.code}: {one.first}"
    return f"| {one.name} | {one.lab} | {nothing or one.reason or by} |"


def main() -> None:
    """Make labs, tamper, tell."""
    options = parser(__doc__)
    options.add_argument("--only", default="", help="tampers whose name holds these words")
    asked_for = options.parse_args()
    wanted = [tamper for tamper in TAMPERS if asked_for.only in tamper.name]
    print("| tamper | lab | found by |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        told = run(wanted, Path(folder))
    for name, reason in NOWHERE:
        print(f"| {name} | | not findable: {reason} |")
    missed = [one.name for one in told if not one.holds]
    broke = [one.name for one in told if one.code not in (FOUND, NOTHING)]
    method = METHOD.format(
        labs=len(SEARCHES), nothing=sum(bool(one.reason) for one in told), by_head=sum(one.by_head for one in told)
    )
    save(
        Outcome(
            name="attacks", title="Tampering with labs", details=[asdict(one) for one in told], method=method,
            checks=(
                all_of("tampers found by an audit, or changing nothing that a lab claims", missed, len(told)),
                all_of("audits that end with exit 0 or 1", broke, len(told)),
            ),
        ),
        asked_for.out,
    )  # fmt: skip


if __name__ == "__main__":
    main()
