"""What the ledger says of the files beside it: the rows it learned from, what shipped, the brief."""

from dataclasses import dataclass

BRIEF = "brief"
"""The kind of record that follows a brief, which names the record before."""
Hashes = tuple[tuple[str, str], ...]
"""(name within its folder, SHA-256 in hexadecimal digits) of files, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRecord:
    """The files of a lab's rows as they were when it began."""

    files: Hashes


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRecord:
    """A predictor as it was saved. folder: its name in the lab; copy: key of its files as one zip; answers: key of
    what it answers for a sample of the lab's rows (beside.sample).
    """

    folder: str
    files: Hashes
    copy: str
    answers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedRecord:
    """What a search left: the model, and after a vault the one that was certified."""

    bundles: tuple[BundleRecord, ...]

    def of(self, folder: str) -> BundleRecord | None:
        """The predictor in a folder; None where there was none."""
        return next((one for one in self.bundles if one.folder == folder), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefRecord:
    """The files of the brief as they were written."""

    files: Hashes
