"""What a benchmark hands back: promises with what was asked and measured, and everything behind them."""

import argparse
import json
import math
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machine import facts

OUT = Path(__file__).parent / "out"
RESULTS = Path(__file__).parent / "results"
"""Results that are kept in the repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise. holds: None where nothing was asked, or nothing could be measured."""

    what: str
    asked: str
    measured: str
    holds: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A benchmark's result; details is whatever the figures were made of."""

    name: str
    title: str
    checks: tuple[Check, ...]
    details: Any = None
    method: str = ""
    date: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    machine: dict[str, str] = field(default_factory=facts)


def at_most(what: str, value: float, limit: float, unit: str, *, digits: int = 2) -> Check:
    """A promise that a figure is not above its limit."""
    return _check(what, value, limit, unit, digits, "≤", value <= limit)


def at_least(what: str, value: float, limit: float, unit: str, *, digits: int = 2) -> Check:
    """A promise that a figure is not below its limit."""
    return _check(what, value, limit, unit, digits, "≥", value >= limit)


def _check(what: str, value: float, limit: float, unit: str, digits: int, sign: str, holds: bool) -> Check:
    known, holds = math.isfinite(value), bool(holds)  # one of numpy would be kept as text
    return Check(
        what=what, asked=f"{sign} {limit:,g} {unit}".rstrip(), holds=holds if known else None,
        measured=f"{value:,.{digits}f} {unit}".rstrip() if known else "not measured",
    )  # fmt: skip


def all_of(what: str, failed: list[str], count: int) -> Check:
    """A promise about each of several cases; the failed ones are named."""
    named = f": {', '.join(failed[:8])}{' …' if len(failed) > 8 else ''}" if failed else ""
    return Check(what=what, asked=f"{count} of {count}", measured=f"{count - len(failed)} of {count}{named}",
                 holds=not failed if count else None)  # fmt: skip


def parser(description: str | None, *, out: Path | None = None) -> argparse.ArgumentParser:
    """A parser that knows the one option every benchmark has. out: the folder where none is named, OUT if not given."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument(
        "--out", type=Path, default=out or OUT, help=f"folder of results (benchmarks/{(out or OUT).name})"
    )
    return made


def save(outcome: Outcome, folder: Path) -> None:
    """Write the outcome as JSON and print its promises."""
    folder.mkdir(parents=True, exist_ok=True)
    body = json.dumps(asdict(outcome), indent=1, ensure_ascii=False, default=str)
    (folder / f"{outcome.name}.json").write_text(body + "\n")
    print(outcome.title)
    for check in outcome.checks:
        mark = {True: "ok    ", False: "FAILED", None: "      "}[check.holds]
        print(f"  {mark} {check.what}: {check.measured} (asked {check.asked})", flush=True)


def load(path: Path) -> Outcome:
    """An outcome as it was saved."""
    body = json.loads(path.read_text())
    return Outcome(**{**body, "checks": tuple(Check(**check) for check in body["checks"])})
