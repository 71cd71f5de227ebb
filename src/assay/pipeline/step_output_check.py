"""Check of a step's output: the same rows, and equally many in every block."""

from assay.core.errors import DataError, Where
from assay.core.table import Table


def with_rows(table: Table, n_rows: int, step: str) -> Table:
    """The table a step returned, if every block of it has `n_rows` rows.

    Raises DataError naming the step: a row too many or too few would silently give rows the targets of others.
    """
    wrong = {name: block.n_rows for name, block in table.blocks.items() if block.n_rows != n_rows}
    if wrong:
        name, size = next(iter(wrong.items()))
        raise DataError(
            f"The step {step!r} was given {n_rows:,} rows and returned {size:,} ({name}). A step keeps every row.",
            where=Where(option=step), do=("mend the step: assay.testing.encoders.check_encoder tries it",),
        )  # fmt: skip
    return table
