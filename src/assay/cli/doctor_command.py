"""The command doctor, which checks the installation."""

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from assay.cli.command_options import OutputOptions
from assay.cli.line_layout import Line, LineLayout, Span, labelled, line
from assay.cli.option_groups import option

if TYPE_CHECKING:
    from assay.core.array import Json

State = Literal["ok", "note", "missing"]
MARKS = {"ok": Span("✓", "good"), "note": Span("·", "warn"), "missing": Span("✗", "bad")}
LEAST_MEMORY = 2_000_000_000
LEAST_DISK = 2_000_000_000
SHOWN_EXTRAS = ("excel", "polars", "sql", "nn", "stats")
EXTRA_USES = {
    "excel": "Excel workbooks", "polars": "polars frames", "sql": "databases by URL", "nn": "a second neural network",
    "stats": "assay infer",
}  # fmt: skip
LEFT_OUT_USES = {"catboost": "no CatBoost models", "pyarrow": "no Parquet or Arrow files, CSV read more slowly"}
"""Libraries that a small installation omits (requirements-small.txt), and what is lost without them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check; do: what would help."""

    name: str
    state: State
    text: str
    do: str = ""


def doctor(
    output: OutputOptions,
    try_all: Annotated[bool, option("--try", help="Fit every model and every step once, some 20 s.")] = False,
) -> int:
    """Check the installation.

    assay doctor
    assay doctor --try
    """
    from assay.cli.json_documents import document, fields_of

    console = output.console()
    found = (*findings(), *(_trials() if try_all else ()))
    ok = all(finding.state != "missing" for finding in found)
    checks: list[Json] = [fields_of(one, "name", "state", "text", "do") for one in found]
    console.document(document("doctor", None, {"ok": ok, "checks": checks}))
    console.answer(doctor_lines(console.out.layout, found))
    return 0 if ok else 1


def doctor_lines(layout: LineLayout, found: tuple[Finding, ...]) -> list[Line]:
    """One line per check, with the command to type where something is missing."""
    lines: list[Line] = []
    for finding in found:
        text = finding.text + (f"   {finding.do}" if finding.do else "")
        first, *more = labelled(layout, finding.name, text, indent=2, size=12)
        lines += [(MARKS[finding.state], *first), *((Span(" "), *part) for part in more)]
    missing = sum(finding.state == "missing" for finding in found)
    if not missing:
        return [*lines, line("Nothing is missing.")]
    tried = any(finding.name in ("models", "steps") for finding in found if finding.state == "missing")
    return [*lines, line(f"{missing} missing or at fault" if tried else f"{missing} missing")]


def findings() -> tuple[Finding, ...]:
    """Python, cores, memory, disk, the sandbox, libraries and extras."""
    return (*_machine(), _sandbox(), *_libraries(), _tested(), *_extras())


def _machine() -> tuple[Finding, ...]:
    import shutil

    import psutil

    from assay.report.phrases import plural, size_text

    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    free, disk = psutil.virtual_memory().available, shutil.disk_usage(Path.cwd()).free
    enough, space = free >= LEAST_MEMORY, disk >= LEAST_DISK
    return (
        Finding("python", "ok", f"{platform.python_version()} at {sys.executable}"),
        Finding("cores", "ok" if cores > 1 else "note", f"{plural(cores, 'core')}, load {psutil.getloadavg()[0]:.1f}"),
        Finding("memory", "ok" if enough else "note", f"{size_text(free)} free",
                "" if enough else "close other programs, or give --memory"),
        Finding("disk", "ok" if space else "note", f"{size_text(disk)} free here",
                "" if space else "write the lab elsewhere with --out"),
    )  # fmt: skip


def _sandbox() -> Finding:
    """What holds functions of people on this machine, tried."""
    from assay.sandbox.barriers import strength

    found = strength()
    if found.is_strong:
        return Finding("sandbox", "ok", f"holds functions of others: {found.text}")
    why = "; ".join(f"{layer}: {reason}" for layer, reason in found.lacking)
    text = f"{found.text}{f' ({why})' if why else ''}" if found.layers else "none on this machine"
    return Finding("sandbox", "note", text, "assay add … --trust runs your own functions without")


def _requirements(extra: str) -> tuple[str, ...]:
    """Names of the distributions that Assay, or one of its extras, needs."""
    names = []
    for text in requires("assay-ml") or ():
        needed, _, condition = text.partition(";")
        wanted = f'extra == "{extra}"' if extra else ""
        if (extra and wanted in condition.replace("'", '"')) or (not extra and "extra ==" not in condition):
            names.append(needed.split("[")[0].split(">")[0].split("=")[0].split("<")[0].strip())
    return tuple(names)


def _trials() -> Iterator[Finding]:
    """What became of fitting every family and every step once."""
    from assay.lab.trial_fits import trial_fits

    done = tuple(trial_fits())
    for part, name in (("model", "models"), ("step", "steps")):
        own = [one for one in done if one.part == part]
        failed = [one for one in own if one.failure is not None]
        lacking = [f"{one.name}: {one.lacks}" for one in own if one.lacks]
        fine = f"{len(own) - len(failed) - len(lacking)} of {len(own)} work"
        yield Finding(name, "missing" if failed else "ok", "; ".join((fine, *lacking)))
        reasons: dict[str, list[str]] = {}
        for one in failed:
            assert one.failure is not None
            at = f"{one.failure.step}: " if one.failure.step not in ("", one.name) else ""
            reasons.setdefault(f"{at}{one.failure.message}", []).append(one.name)
        for reason, names in reasons.items():
            yield Finding(", ".join(names), "missing", reason)


def tested_versions() -> dict[str, tuple[str, str]]:
    """(oldest, newest) version with which the tests pass, of Python and of each library; see .ci/every_python.py."""
    import json
    from importlib.resources import files

    known = json.loads(files("assay.cli").joinpath("tested_versions.json").read_text("utf-8"))
    return {name: (oldest, newest) for name, (oldest, newest) in known.items()}


def _tested() -> Finding:
    """Which libraries are older or newer than those tested with; a later patch release counts as tested."""
    beyond = []
    for name, (oldest, newest) in tested_versions().items():
        number = platform.python_version() if name == "python" else _installed(name)
        if number is not None and (_release(number) < _release(oldest) or _release(number)[:2] > _release(newest)[:2]):
            beyond.append(f"{name} {number} (tested: {oldest} to {newest})")
    if not beyond:
        return Finding("tested", "ok", "these versions are among those that Assay is tested with")
    return Finding("tested", "note", f"not tested with {', '.join(beyond)}", "assay doctor --try")


def _release(version: str) -> tuple[int, ...]:
    """ "2.10.1rc2" as (2, 10, 1)"""
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def lost_text() -> str:
    """What this installation lacks, in one sentence; "" if nothing."""
    from importlib.util import find_spec

    lost = [name for name in LEFT_OUT_USES if find_spec(name) is None]
    if not lost:
        return ""
    verb = "is" if len(lost) == 1 else "are"
    uses = "; ".join(LEFT_OUT_USES[name] for name in lost)
    return f"{' and '.join(lost)} {verb} not installed: {uses} (pip install {' '.join(lost)})"


def _libraries() -> tuple[Finding, ...]:
    found = {name: _installed(name) for name in _requirements("")}
    missing = sorted(name for name, number in found.items() if number is None)
    if missing:
        return (Finding("libraries", "missing", ", ".join(missing), "pip install assay-ml"),)
    shown = ", ".join(f"{name} {number}" for name, number in sorted(found.items()))
    return (Finding("libraries", "ok", shown),)


def _extras() -> tuple[Finding, ...]:
    found = []
    for extra in SHOWN_EXTRAS:
        needed = _requirements(extra)
        there = all(_installed(name) for name in needed)
        text = f"{EXTRA_USES[extra]}: {'installed' if there else 'not installed'}"
        do = "" if there else f"pip install {' '.join(needed)}   (or 'assay-ml[{extra}]')"
        found.append(Finding(extra, "ok" if there else "note", text, do))
    return tuple(found)
