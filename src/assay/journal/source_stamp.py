"""The file that a lab was made from: whether it is unchanged, and its path from the working folder."""

import json
from dataclasses import dataclass
from pathlib import Path

from assay.core.atomic_files import atomic_file
from assay.core.codec import from_json, to_json
from assay.core.task import Task
from assay.data.options import TaskOptions
from assay.journal.find_labs import shown_path
from assay.ledger.artifacts import storage_error

NAME = "source.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A file as it was read, and the options it was read with: equal stamps need no second reading."""

    path: str
    size: int
    modified_ns: int
    options: str

    @classmethod
    def of(cls, source: object, options: TaskOptions) -> "Stamp | None":
        """The stamp of a local file; None for anything else, and for a metric without a text to compare."""
        if (
            not isinstance(options.metric, str | None)
            or not isinstance(source, str | Path)
            or not Path(source).is_file()
        ):
            return None
        facts = Path(source).stat()
        asked = json.dumps(to_json(options), sort_keys=True)
        return cls(path=str(Path(source).resolve()), size=facts.st_size, modified_ns=facts.st_mtime_ns, options=asked)

    @classmethod
    def read(cls, lab: Path) -> "Stamp | None":
        """The stamp of a lab; None where it was not made from a file, or the stamp has a form that this version cannot
        read.
        """
        file = lab / "data" / NAME
        try:
            return from_json(cls, json.loads(file.read_text())) if file.is_file() else None
        except ValueError:
            return None

    def write(self, lab: Path) -> None:
        """Write it to the lab's data folder."""
        file = lab / "data" / NAME
        try:
            with atomic_file(file) as temporary:
                temporary.write_text(json.dumps(to_json(self)))
        except OSError as error:
            raise storage_error(error, file) from error

    @property
    def is_unchanged(self) -> bool:
        """Whether the file is still there as it was stamped."""
        try:
            facts = Path(self.path).stat()
        except OSError:
            return False
        return (facts.st_size, facts.st_mtime_ns) == (self.size, self.modified_ns)

    def is_of(self, lab: Path) -> bool:
        """Whether the lab was made, or last continued, from exactly this file with these options."""
        return Stamp.read(lab) == self


def source_of(task: Task, stamp: Stamp | None) -> str:
    """The file argument of a task for a command: its path from here while it exists, else its name."""
    return shown_path(Path(stamp.path)) if stamp is not None and Path(stamp.path).is_file() else task.source
