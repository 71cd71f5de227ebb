"""Findings of a vault as faces draw them."""

from dataclasses import dataclass

from assay.core.figure import Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One step from the baseline to the certified model, tested on the vault: its gain over the model before it.

    found: it may be claimed with a bounded false discovery rate; firm: with a bounded chance of any false claim.
    """

    number: int
    what: str
    gain: Difference
    found: bool
    firm: bool

    @property
    def word(self) -> str:
        return "finding, firm" if self.found and self.firm else "finding" if self.found else "not shown by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultView:
    """A lab's vault. finding: whether the gain over the baseline may be claimed, and why; shipped: how the shipped
    model differs from the certified one; changes: the steps to it, each tested; seals: number of parts the vault is cut
    into, one per report."""

    rows: int
    openings: int
    finding: bool
    why: str
    shipped: str
    notes: tuple[str, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    seals: int = 1
    copies: tuple[str, ...] = ()
    """What is known of copies of the lab that went on elsewhere, in words."""

    @property
    def findings(self) -> tuple[ChangeView, ...]:
        return tuple(change for change in self.changes if change.found)
