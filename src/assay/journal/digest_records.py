"""Records of the files beside the ledger: the rows it learned from, what shipped, the brief."""

from dataclasses import dataclass
from pathlib import PurePosixPath

BRIEF = "brief"
"""The kind of record that follows a brief, which names the record before."""
MODEL, CERTIFIED = FOLDERS = ("model", "certified")
"""The lab's folders that hold a predictor: the one that ships, and the one that was certified."""
Digests = tuple[tuple[str, str], ...]
"""(name within its folder, SHA-256 in hexadecimal digits) of files, sorted."""

MOST_IN_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRecord:
    """The files of a lab's rows as they were when it began."""

    files: Digests


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleRecord:
    """A predictor as it was saved. folder: its name in the lab; copy: key of its files as one zip; answers: key of its
    predictions for a sample of the lab's rows (file_digests.sample); arithmetic: how the machine computed these
    (core.arithmetic).
    """

    folder: str
    files: Digests
    copy: str
    answers: str
    arithmetic: str

    def __post_init__(self) -> None:
        if self.folder not in FOLDERS:  # a ledger may come from a stranger, and the folder it names is read and written
            raise ValueError(f"A predictor lies in {' or '.join(FOLDERS)}, not in {self.folder!r}.")
        for name, _ in self.files:
            path = PurePosixPath(name)
            if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
                raise ValueError(f"{name!r} is no name of a file in a predictor's folder.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedRecord:
    """What a search left: the model, and after a vault opening the certified one."""

    bundles: tuple[BundleRecord, ...]

    def of(self, folder: str) -> BundleRecord | None:
        """The predictor in a folder; None where there was none."""
        return next((one for one in self.bundles if one.folder == folder), None)


BRIEF_FORM = 1
"""Of the briefs that this version writes; one that is there is drawn again as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefRecord:
    """The files of the brief as they were written. lab: the name of the lab's folder then; "" where that is not a plain
    name, as the brief can then be audited under that name only. form: of what it may hold, BRIEF_FORM when it was
    written; 0 of versions whose briefs had no parts of long runs.
    """

    lab: str
    files: Digests
    form: int = 0

    def __post_init__(self) -> None:
        if self.lab and not is_plain_name(self.lab):  # it appears in the brief, and a ledger may come from a stranger
            raise ValueError(f"{self.lab[:MOST_IN_NAME]!r} is no plain name of a lab's folder.")


def is_plain_name(name: str) -> bool:
    """Whether a text is a valid file name on every system and prints as it is: no path, no control characters."""
    return (
        0 < len(name) <= MOST_IN_NAME and name.isprintable() and name == name.strip() and name not in (".", "..")
        and not set(name) & set('/\\<>:"|?*')
    )  # fmt: skip
