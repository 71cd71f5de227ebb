"""The database file: its tables (numbered changes, appended and never edited, each applied once), settings, and errors
in words."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from assay.core.errors import LabError, StorageError, Where
from assay.core.special_files import refuse_link
from assay.ledger.artifacts import storage_error

APPLICATION_ID = 0x41535359
"""Stored in the file, "ASSY": tells a ledger from any other SQLite file."""

MIGRATIONS: tuple[str, ...] = (
    # 1: records. A body above 4 kB lies in the artifact folder; the row then has its key instead.
    # The insert trigger also refuses "insert or replace", which would pass the delete trigger.
    """
    create table record (
      number integer primary key,
      kind text not null,
      experiment integer,
      at text not null,
      body text,
      artifact text,
      previous text not null,
      hash text not null,
      check ((body is null) <> (artifact is null))
    );
    create index record_by_experiment on record (experiment) where experiment is not null;
    create trigger record_is_never_changed before update on record
      begin select raise(abort, 'the ledger only grows'); end;
    create trigger record_is_never_deleted before delete on record
      begin select raise(abort, 'the ledger only grows'); end;
    create trigger record_follows_the_last before insert on record
      when new.number <> (select coalesce(max(number), 0) + 1 from record)
      begin select raise(abort, 'a record must follow the last one'); end;
    """,
)

WAIT_MS = 10_000
"""How long a statement waits for another process that holds the database, in milliseconds."""

_STATISTICS = ("sqlite_stat1", "sqlite_stat4")
"""Tables that SQLite makes for itself."""
_NO_SPACE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}


def prepare_folder(lab: Path, *, create: bool) -> Path:
    """The database file of a lab folder, which is made if `create`; LabError if there is none otherwise."""
    file = lab / "ledger.sqlite"
    if file.exists():
        return file
    if not create:
        raise no_lab(lab)
    try:
        lab.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error, lab) from error
    return file


def refuse_links(lab: Path) -> None:
    """StorageError where a lab that is to be written has a link among its files, or among the folders in it, planted
    or not. A file further in is written by putting another in its place.
    """
    try:
        found = sorted(lab.iterdir()) if lab.is_dir() else []
        found += [Path(folder, name) for folder, names, _ in os.walk(lab) for name in names]
    except OSError as error:
        raise storage_error(error, lab) from error
    for path in found:
        refuse_link(path)


def no_lab(lab: Path) -> LabError:
    """The error for a folder without a ledger, or with one that holds nothing yet."""
    return LabError(f"There is no lab at {lab}. Make one with assay fit.", where=Where(file=str(lab)))


def connect(file: Path, *, write: bool) -> sqlite3.Connection:
    """An open database at the latest version; a reader takes any version up to it."""
    with said(file.parent):
        connection = _open(file, write=write)
        try:
            version = _version(connection, file.parent)
            if not write and version == 0:
                raise no_lab(file.parent)
            _check_schema(connection, version, file.parent)
            if write:
                connection.execute("pragma journal_mode = wal")
                migrate(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def migrate(connection: sqlite3.Connection) -> None:
    """Apply the migrations the file does not have yet, each in a transaction of its own."""
    (version,) = connection.execute("pragma user_version").fetchone()
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        settings = f"pragma application_id = {APPLICATION_ID}; pragma user_version = {number};"
        connection.executescript(f"begin immediate; {script} {settings} commit;")


def _check_schema(connection: sqlite3.Connection, version: int, lab: Path) -> None:
    """LabError where the file holds another table, view or trigger than Assay makes: what a stranger put there would
    act whenever a record is added or read.
    """
    with closing(sqlite3.connect(":memory:")) as fresh:
        for script in MIGRATIONS[:version]:
            fresh.executescript(script)
        usual = _schema(fresh)
    strange = sorted(_schema(connection) - usual)
    if strange:
        kind, name, _ = strange[0]
        raise LabError(
            f"The ledger of {lab.name} holds the {kind} {name!r}, which Assay never made. It was changed.",
            where=Where(file=str(lab / "ledger.sqlite")),
            do=("restore the lab from a copy", "do not use it, if it came from somebody else"),
        )


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Type, name and making of all that SQLite did not make for itself; how lines are broken makes no difference."""
    rows = connection.execute("select type, name, sql from sqlite_master where sql is not null")
    return {(str(kind), str(name), " ".join(str(sql).split())) for kind, name, sql in rows if name not in _STATISTICS}


@contextmanager
def said(lab: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours: StorageError for disk and rights, LabError for a file that is no ledger."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest its detail
        if code in _NO_SPACE:
            raise storage_error(OSError(errno.EIO, str(error)), lab / "ledger.sqlite") from error
        raise _lab_error(error, code, lab) from error
    except UnicodeDecodeError as error:  # of a text in a damaged page
        raise _damaged(error, lab) from error


def _lab_error(error: sqlite3.DatabaseError, code: int, lab: Path) -> LabError | StorageError:
    where = Where(file=str(lab / "ledger.sqlite"))
    if code == sqlite3.SQLITE_BUSY:
        return LabError(f"The ledger of {lab} was busy for {WAIT_MS // 1000} s. Try again.", where=where)
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return _damaged(error, lab)
    return LabError(f"The ledger of {lab} refused: {error}.", where=where)


def _damaged(error: Exception, lab: Path) -> LabError:
    return LabError(
        f"The ledger of {lab} is damaged or not a ledger ({error}). Restore it from a copy, or start a new lab.",
        where=Where(file=str(lab / "ledger.sqlite")),
    )


def _open(file: Path, *, write: bool) -> sqlite3.Connection:
    if write:
        query = "mode=rwc"
    elif os.access(file.parent, os.W_OK) or file.with_name(file.name + "-wal").exists():
        query = "mode=ro"
    else:  # a lab on read-only storage: its log was folded in when it was closed, and no index can be made beside it
        query = "mode=ro&immutable=1"
    uri = f"{file.resolve().as_uri()}?{query}"
    connection = sqlite3.connect(uri, uri=True, timeout=WAIT_MS / 1000, isolation_level=None, check_same_thread=False)
    if not write:
        connection.execute("pragma query_only = on")
    return connection


def _version(connection: sqlite3.Connection, lab: Path) -> int:
    """The format of the file, 0 when it is new; LabError when it is not ours to read."""
    (version,) = connection.execute("pragma user_version").fetchone()
    (application,) = connection.execute("pragma application_id").fetchone()
    (n_tables,) = connection.execute("select count(*) from sqlite_master").fetchone()
    where = Where(file=str(lab / "ledger.sqlite"))
    if application != APPLICATION_ID and n_tables:
        raise LabError(f"{lab / 'ledger.sqlite'} is a database of another program. Choose another lab.", where=where)
    if version > len(MIGRATIONS):
        raise LabError(
            f"The lab {lab} has format {version}, made by a newer Assay; this one reads up to {len(MIGRATIONS)}. "
            "Upgrade with pip install -U assay-ml, or choose another lab.",
            where=where, do=("pip install -U assay-ml",),
        )  # fmt: skip
    return int(version)
