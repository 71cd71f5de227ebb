"""Records of a vault: how it was chosen, when it was opened, what that showed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.core.figure import Difference, Figure
from assay.core.near_view import NearView
from assay.evidence.seal import Shown

if TYPE_CHECKING:
    from assay.data.row_identity import RowIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRecord:
    """How a vault was chosen and how large it is, never its contents.

    cuts: by stratum, the keyed hash below which a unit lies in the vault. by: "row", "group" or "time". key: the hash
    of the key that assigned the rows; seals: number of parts that are opened one after another. apart: columns that are
    ignored where rows are compared to form units, as they number or name the rows or differ between copies. grid: how
    cells of copies were compared (data/near_duplicates.py), None where they had to be equal; spreads: of measured
    columns then, which later comparisons use unchanged; reworded: columns of texts in which copies differ by a few
    words (RowIdentity.reworded); view: in which rows are near each other that are copies (RowIdentity.view).
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
    key: str
    seals: int = 1
    apart: tuple[str, ...] = ()
    grid: float | None = None
    spreads: tuple[tuple[str, float], ...] = ()
    reworded: tuple[str, ...] = ()
    view: NearView | None = None

    @property
    def all_rows(self) -> int:
        """Of the table, on both sides."""
        return self.rows + self.search_rows

    def one_row(self) -> "RowIdentity":
        """The rule by which rows count as one unit."""
        from assay.data.row_identity import RowIdentity  # reads tables, which a lab's state needs not

        return RowIdentity(
            apart=self.apart, grid=self.grid, spreads=self.spreads, reworded=self.reworded, view=self.view,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRecord:
    """Written before any label is read. opening: counted from 1; level: of its test and interval; bits: what earlier
    reports may have disclosed to the settings of this session; seal: the part that is opened, None for the whole vault.
    numbers: how many figures the answer to a question discloses (`assay infer`); a certified figure has its own count.
    certifies: whether a figure of the model follows; else a question was answered at once.
    """

    opening: int
    level: float
    bits: float
    rows: int
    pid: int
    seal: int | None = None
    numbers: int = 1
    certifies: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRecord:
    """That this lab went on elsewhere, too, as a copy that lies in folder `lab`. openings: of the vault there, which
    count here as its own, by the hashes of their records; () where none is known. head: of the copy's ledger.
    """

    lab: str
    head: str
    openings: tuple[Shown, ...] = ()
    hashes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What to know of it, in words."""
        if not self.openings:
            return f"this lab went on elsewhere, too ({self.lab}); whether its vault was opened there is not known"
        times = "once" if len(self.openings) == 1 else f"{len(self.openings)} times"
        return f"a copy of this lab, {self.lab}, opened the vault {times}: that counts among the openings here"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """One step from the baseline to what was certified, tested on the vault. number: the experiment that made it.

    gain: over the model before it, gain.over; found, firm: what may be claimed of it; prediction: key of what that
    experiment, fitted on the search rows, predicted.
    """

    number: int
    gain: Difference
    found: bool
    firm: bool
    prediction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedRecord:
    """The result of an opening. figure: of the certified model; optimism: the search's score minus it, oriented.

    against: its gain over the baseline, both fitted on the same search rows; finding: whether that may be claimed.
    shipped: what ships and how it differs; learned_rows: how many rows that learned from, None in labs of earlier
    versions. prediction, truth, baseline, groups, weight: keys of stored arrays, from
    which an audit computes everything again; truth, groups and weight lie in the lab's sealed folder. Figures are
    rounded to half their standard error (evidence.seal); numbers: how many are disclosed, counted if the rows are
    opened again. changes: the steps from the baseline to the certified model, tested one by one where the whole is a
    finding.
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
    numbers: int = 1
    changes: tuple[ChangeRecord, ...] = ()
    learned_rows: int | None = None
