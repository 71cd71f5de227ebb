"""The ledger's tables: numbered changes, appended and never edited, each applied once."""

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
