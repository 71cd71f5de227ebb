"""What the ledger says of a vault: how it was chosen, when it was opened, what that showed."""

from dataclasses import dataclass

from assay.core.figure import Difference, Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRecord:
    """How a vault was chosen and how large it is, never what is in it.

    cuts: by stratum, below which keyed hash a unit lies in the vault; places rows that are appended later.
    """

    asked: float
    share: float
    rows: int
    units: int
    search_rows: int
    by: str
    cuts: tuple[tuple[int, float], ...]
    allows_findings: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRecord:
    """Written before a label is looked at. opening: counted from 1; level: of its test and interval; bits: what earlier
    reports may have told whoever asked for this session.
    """

    opening: int
    level: float
    bits: float
    rows: int
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedRecord:
    """What an opening showed. figure: of the certified model; optimism: the search's score minus it, oriented.

    against: what it gains over the baseline, both fitted on the same search rows; finding: whether that may be claimed.
    shipped: what ships and how it differs. prediction, truth, baseline, groups, weight: keys of stored arrays, so that
    an audit can compute everything again.
    """

    opening: int
    figure: Figure
    optimism: float | None
    against: Difference | None
    finding: bool
    why: str
    shipped: str
    prediction: str
    truth: str
    baseline: str | None = None
    groups: str | None = None
    weight: str | None = None
