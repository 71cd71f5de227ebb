"""Validation rows and folds from the user: read with the table, and refused together with a vault."""

from pathlib import Path

from assay.core.errors import UsageError, Where
from assay.data.options import TaskOptions
from assay.data.read import RawTable, read_table
from assay.data.user_split import with_valid
from assay.search.settings import FitSettings


def with_own_rows(raw: RawTable, options: TaskOptions, settings: FitSettings) -> tuple[RawTable, TaskOptions]:
    """The table with the rows of the file that --valid names."""
    check_alone(options, settings)
    return with_valid(raw, options, lambda path: read_table(path, sheet=options.sheet, raw=options.raw))


def check_alone(options: TaskOptions, settings: FitSettings) -> None:
    """UsageError where rows are also to be set aside: a vault's are chosen from all rows, across the user's folds."""
    if options.valid is not None and settings.vault is not None:
        raise UsageError(
            "--valid deals the rows, and --vault would deal them again.", where=Where(option="--valid"),
            do=("leave out --vault", "leave out --valid", "assay score LAB FILE  (rows kept for the end)"),
        )  # fmt: skip


def reads_another_file(options: TaskOptions) -> bool:
    """Whether --valid names a file, whose changes can only be found by reading it."""
    return options.valid is not None and Path(options.valid).is_file()
