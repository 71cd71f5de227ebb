"""The command doctor, which checks the installation."""

import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assay.cli.command_options import OutputOptions
from assay.cli.line_layout import Line, LineLayout, Span, labelled, line

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


def doctor(output: OutputOptions) -> int:
    """Check the installation.

    assay doctor
    assay doctor --json
    """
    from assay.cli.json_documents import document, fields_of

    console = output.console()
    found = findings()
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
    return [*lines, line(f"{missing} missing" if missing else "Nothing is missing.")]


def findings() -> tuple[Finding, ...]:
    """Python, cores, memory, disk, the sandbox, libraries and extras."""
    return (*_machine(), _sandbox(), *_libraries(), *_extras())


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
