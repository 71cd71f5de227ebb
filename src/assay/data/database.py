"""Rows of a database, through a SQLAlchemy URL and a query."""

import re

from assay.core.errors import DataError, MissingExtraError, UsageError, Where
from assay.core.safe_text import without_secrets
from assay.data.raw import RawTable, with_tidy_names
from assay.data.whole_numbers import with_whole_numbers

_URL = re.compile(r"^[a-z][a-z0-9]+(\+[a-z0-9_]+)?://", re.IGNORECASE)


def is_database(source: str) -> bool:
    """Whether the text is a database URL, such as sqlite:///shop.db."""
    return bool(_URL.match(source))


def read_database(url: str, query: str | None, *, name: str | None = None) -> RawTable:
    """The rows of one query. The URL's password is never shown."""
    try:
        import sqlalchemy
    except ImportError as error:
        raise MissingExtraError("Reading a database needs sqlalchemy, which is not installed.",
                                do=("pip install sqlalchemy   (or 'assay-ml[sql]')",)) from error  # fmt: skip
    import pandas as pd

    shown = name or without_secrets(url)
    if not query:
        raise UsageError(f"{shown} is a database; say which rows.", where=Where(file=shown, option="--query"),
                         do=('--query "select * from TABLE"',))  # fmt: skip
    try:
        engine = sqlalchemy.create_engine(url)
        try:
            with engine.connect() as connection:
                found = connection.execute(sqlalchemy.text(query))
                names, rows = list(found.keys()), [tuple(row) for row in found]
        finally:
            engine.dispose()
    except sqlalchemy.exc.SQLAlchemyError as error:
        cause = error.__cause__ or error
        first = without_secrets(str(getattr(cause, "orig", cause)).split("\n")[0])
        raise DataError(f"{shown} cannot be read: {first}.", where=Where(file=shown),
                        do=("check the URL and the query",)) from error  # fmt: skip
    except ImportError as error:
        raise MissingExtraError(
            f"{shown} needs a database driver: {error}.", do=("install the driver named",)
        ) from error
    frame = pd.DataFrame.from_records(rows, columns=names, coerce_float=True)
    frame = with_whole_numbers(frame, lambda j: [row[j] for row in rows])
    if frame.empty:
        raise DataError(f"The query on {shown} gives no row.", where=Where(file=shown), do=("widen the query",))
    named = with_tidy_names(frame, tuple(frame.columns))
    return RawTable(frame=named.frame, name=shown, notices=named.notices, repeated=named.repeated)
