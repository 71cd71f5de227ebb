"""The vault, rows held out until the end: which they are, how many suffice, and the level of each opening."""

import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.core.errors import TaskError, Where
from assay.core.problem import Problem

MOST_SHARE = 0.30
"""Largest share that a vault may grow to where the requested one holds too few rows."""
FIGURE = {"class": 50, "number": 250}
FINDING = {"class": 100, "number": 500}
"""Units (of the rarest class) a vault needs for a figure, and for a finding."""
FEWEST_GROUPS, ENOUGH_GROUPS = 10, 30
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultPlan:
    """The size of a vault. asked: the requested share; share: the one taken; notes: for people."""

    asked: float
    share: float
    allows_findings: bool
    notes: tuple[str, ...] = ()


def plan_vault(*, asked: float, n_units: int, n_rarest: int, problem: Problem, grouped: bool) -> VaultPlan:
    """The share of a vault: as requested, or as much more as a figure needs, at most 30 %.

    n_units: rows or groups; n_rarest: those of the rarest class (regression: all). Raises TaskError where even 30 % of
    the rows would be too few to say anything.
    """
    check_share(asked)
    if grouped:
        return _plan_groups(asked, n_units, n_rarest)
    kind, noun = ("class", "rows of the rarest class") if problem.is_class else ("number", "rows")
    needed = FIGURE[kind]
    if MOST_SHARE * n_rarest < needed and asked * n_rarest < needed:
        raise TaskError(
            f"A vault needs {needed} {noun} for a figure; {_would_be(asked, n_rarest)}. "
            f"Enough would be {math.ceil(needed / max(asked, MOST_SHARE)):,} {noun} in all.",
            where=Where(option="--vault"),
            do=("leave out --vault: the figure is then corrected for choosing", "add rows"),
        )  # fmt: skip
    share = max(asked, min(MOST_SHARE, needed / n_rarest * 1.02))
    findings = share * n_rarest >= FINDING[kind]
    notes = [] if share == asked else [f"the vault takes {share:.0%} of the rows, as {asked:.0%} would be too few"]
    if not findings:
        notes.append(f"too few rows for findings: these need {FINDING[kind]} {noun} in the vault")
    return VaultPlan(asked=asked, share=share, allows_findings=findings, notes=tuple(notes))


def _would_be(asked: float, n: int) -> str:
    """ "20% of the 113 there are would be 22, and the 30% it may grow to 33" """
    text = f"{asked:.0%} of the {n:,} there are would be {int(asked * n):,}"
    grown = f", and the {MOST_SHARE:.0%} it may grow to {int(MOST_SHARE * n):,}"
    return text + grown if asked < MOST_SHARE else text


def check_share(asked: float) -> None:
    """TaskError for a share that is none."""
    if not 0.0 < asked <= 0.5:
        raise TaskError(
            f"A vault of {asked:g} of the rows is not possible. Give more than 0 and at most 0.5.",
            where=Where(option="--vault"), do=("--vault 0.2",),
        )  # fmt: skip


def _plan_groups(asked: float, n_groups: int, n_rarest: int) -> VaultPlan:
    if MOST_SHARE * n_groups < FEWEST_GROUPS:
        raise TaskError(
            f"A vault needs {FEWEST_GROUPS} groups; {_would_be(min(asked, MOST_SHARE), n_groups)}. "
            f"Enough would be {math.ceil(FEWEST_GROUPS / MOST_SHARE)} groups in all.",
            where=Where(option="--vault"), do=("leave out --vault", "add groups"),
        )  # fmt: skip
    share = max(asked, min(MOST_SHARE, ENOUGH_GROUPS / n_groups))
    notes = []
    if share * n_groups < ENOUGH_GROUPS:
        notes.append(f"only {int(share * n_groups)} groups in the vault: too few for an interval")
    if share * n_rarest < FEWEST_GROUPS:
        notes.append(f"about {share * n_rarest:.0f} groups of the rarest class in the vault: too few for findings")
    allows = share * n_groups >= ENOUGH_GROUPS and share * n_rarest >= FEWEST_GROUPS
    return VaultPlan(asked=asked, share=share, allows_findings=allows, notes=tuple(notes))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VaultRows:
    """inside: (n,) rows of the vault. cuts: by stratum, the highest place in [0, 1) that is still inside; of rows in
    order of time the first moment inside. waiting: (n,) rows that belong to neither side until the final fit.
    """

    inside: Bools
    cuts: dict[int, float]
    waiting: Bools | None = None


def assign(units: Sequence[str], strata: Index, *, share: float, key: bytes) -> VaultRows:
    """The rows whose unit has the lowest keyed hashes of its stratum, so many that they are the share.

    units: (n,) what each row belongs to: equal texts stay together, whatever their strata (the unit's is that of its
    first row). The place of a unit depends on its text and the key alone; the cut below which places lie inside is
    that of the rows there are, so that of other rows those next to it may change sides. Cost: a million rows in 2 s.
    """
    names, first, unit_of = np.unique(
        np.asarray(units, dtype=object).astype(str), return_index=True, return_inverse=True
    )
    places = np.array([place(str(name), key) for name in names])
    of_unit = strata[first]
    inside = np.zeros(len(names), dtype=bool)
    cuts: dict[int, float] = {}
    for stratum in np.unique(of_unit):
        members = np.flatnonzero(of_unit == stratum)
        n_inside = min(round(share * len(members)), len(members) - 1)
        chosen = members[np.argsort(places[members], kind="stable")[:n_inside]]
        inside[chosen] = True
        cuts[int(stratum)] = float(places[chosen].max(initial=0.0))
    return VaultRows(inside=np.asarray(inside[unit_of]), cuts=cuts)


def place(unit: str, key: bytes) -> float:
    """Where a unit lies in [0, 1): the first 8 bytes of HMAC-SHA256 of its text under the lab's key."""
    digest = hmac.digest(key, unit.encode("utf-8", "surrogatepass"), "sha256")
    return int.from_bytes(digest[:8], "big") / 2.0**64


def latest(
    moments: AnyArray, classes: AnyArray | None, *, asked: float, groups: AnyArray | None = None
) -> tuple[VaultPlan, VaultRows]:
    """The last rows in order of time, as many as asked or as a figure needs, at most 30 %.

    moments: (n,) sortable numbers; rows of one moment stay together. classes: (n,) codes, None for numbers. groups:
    (n,) a group is inside when it goes on past the cut, so that none is on both sides: its rows from before the cut
    wait for the final fit. Raises TaskError where 30 % of the rows are too few for a figure, or are all of one moment.
    """
    kind, noun = ("number", "rows") if classes is None else ("class", "rows of the rarest class")
    codes = np.zeros(len(moments), dtype=np.int64) if classes is None else classes
    found = 0
    for share in (asked, *(s / 100 for s in range(int(100 * asked) + 1, int(100 * MOST_SHARE) + 1))):
        dealt = _after(moments, share, groups)
        inside = dealt.inside
        found = min(int((inside & (codes == code)).sum()) for code in np.unique(codes))
        if found >= FIGURE[kind] and not inside.all():
            n_units = len(np.unique(blocks_of(moments[inside]) if groups is None else groups[inside]))
            return _plan_latest(asked, share, found, kind, n_units, is_grouped=groups is not None), dealt
    raise TaskError(
        f"A vault needs {FIGURE[kind]} {noun} for a figure; the last {max(MOST_SHARE, asked):.0%} in order of time "
        f"hold {found:,}.",
        where=Where(option="--vault"),
        do=("leave out --vault: blocks of time are scored from the past anyway", "add rows"),
    )  # fmt: skip


def _after(moments: AnyArray, share: float, groups: AnyArray | None) -> VaultRows:
    """Rows of moments from which on at most the share of all rows lies, but at least the last moment."""
    found, position, sizes = np.unique(moments, return_inverse=True, return_counts=True)
    from_here = np.cumsum(sizes[::-1])[::-1]
    first = min(int(np.searchsorted(-from_here, -(share * len(moments) + 0.5))), len(found) - 1)
    late = position >= first
    cuts = {0: float(found[first])}
    if groups is None:
        return VaultRows(inside=late, cuts=cuts)
    unit = np.unique(groups, return_inverse=True)[1]
    goes_on = np.zeros(int(unit.max()) + 1, dtype=bool)
    goes_on[unit[late]] = True
    return VaultRows(inside=late, cuts=cuts, waiting=np.asarray(goes_on[unit] & ~late))


def _plan_latest(asked: float, share: float, found: int, kind: str, n_units: int, *, is_grouped: bool) -> VaultPlan:
    """found: rows of the rarest class (numbers: all); n_units: groups, or blocks of time, that the vault holds."""
    notes = [] if share == asked else [f"the vault takes {share:.0%} of the rows, as {asked:.0%} would be too few"]
    allows = found >= FINDING[kind] and n_units >= ENOUGH_GROUPS
    if n_units < ENOUGH_GROUPS:
        noun = "groups" if is_grouped else "blocks of time"
        notes.append(f"only {n_units} {noun} in the vault: too few for an interval")
    if not allows:
        notes.append("too few rows for findings")
    return VaultPlan(asked=asked, share=share, allows_findings=allows, notes=tuple(notes))


def blocks_of(moments: AnyArray) -> Index:
    """(n,) blocks of ⌈n^⅓⌉ neighbours in time, the units of statistics where rows follow each other.

    Rows of one moment are in one block. Errors that last longer than a block leave intervals too short
    (benchmarks/evidence.py, rows in order of time).
    """
    length = max(math.ceil(len(moments) ** (1 / 3) - 1e-9), 1)
    _, position, sizes = np.unique(moments, return_inverse=True, return_counts=True)
    before = np.cumsum(sizes) - sizes
    return np.asarray(np.unique((before // length)[position], return_inverse=True)[1], dtype=np.int64)


def strata_of(y: AnyArray, problem: Problem) -> Index:
    """(n,) class codes, or deciles of a number."""
    if problem.is_class:
        return np.asarray(y, dtype=np.int64)
    ranks = np.argsort(np.argsort(y, kind="stable"), kind="stable")
    return np.asarray(ranks * 10 // max(len(ranks), 1), dtype=np.int64)


def price(opening: int, *, bits: float = 0.0) -> float:
    """The level of the k-th opening: 0.05 / k² · 2^-bits.

    k alone is a union bound over openings whose results only the user, no researcher, has seen: all together stay below
    8.3 %. bits: what a person could have read in earlier reports before deciding anything, evidence.seal.BITS for each
    figure shown (counting transcripts; Dwork et al., 2015).
    """
    if opening < 1:
        raise ValueError(f"Openings are counted from 1, not {opening}.")
    return float(LEVEL / opening**2 * 2.0**-bits)
