"""The record of twin labs, and how it follows from what each of them certified."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.core.figure import Difference, Figure
from assay.evidence.combined_halves import combined_figure, combined_gain, is_found, paid_level
from assay.journal.vault_record import CertifiedRecord

FOLDER, SIDES = "twins", ("a", "b")


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinRecord:
    """figure: the mean of both; halves: what each certified; optimism: the mean over both searches; gain: over the
    baseline, e the mean of both; finding: whether the procedure may be claimed to be better, and why; shipped: what
    ships. Interval and finding are at the level that the openings of the halves cost.
    """

    figure: Figure
    halves: tuple[Figure, ...]
    optimism: float | None
    gain: Difference | None
    finding: bool
    why: str
    shipped: str


def twin_path(lab: Path, side: str) -> Path:
    """The folder of one of a lab's twins."""
    return lab / FOLDER / f"{side}.lab"


def twin_record(
    certified: Sequence[CertifiedRecord], *, bounds: tuple[float, float], tried_first: int, n_rows: int
) -> TwinRecord:
    """The combined record of two certified halves. tried_first: recipes that the search on all rows began with."""
    gain, halves = combined_gain([half.against for half in certified]), tuple(half.figure for half in certified)
    level = paid_level(halves)
    found = is_found(gain, level=level)
    least = f"{1 / level:,.0f} asked" if level > 0 else "too much was told before"
    e = "no e-value" if gain is None or gain.e is None else f"e {gain.e:.3g}, {least}"
    optimism = [half.optimism for half in certified if half.optimism is not None]
    recipes = f"{tried_first} recipe{'s' * (tried_first != 1)}"
    return TwinRecord(
        figure=combined_figure(halves, bounds=bounds, level=level),
        halves=halves, gain=gain, finding=found,
        optimism=sum(optimism) / len(optimism) if len(optimism) == len(certified) else None,
        why=f"{'better' if found else 'not shown to be better'} than standard LightGBM in twin labs: {e}",
        shipped=f"a search on all {n_rows:,} rows that began with {recipes} kept by a twin, itself not tested",
    )  # fmt: skip
