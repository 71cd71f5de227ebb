-- A ledger of format 1, as the first release wrote it. Never edit: it stands for the labs of users.
PRAGMA application_id=1095979865;
PRAGMA user_version=1;
BEGIN TRANSACTION;
CREATE TABLE record (
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
INSERT INTO "record" VALUES(1,'task',NULL,'2026-11-21T08:00:00+00:00','{"target":"churn"}',NULL,'0000000000000000000000000000000000000000000000000000000000000000','4d58bb92add46aa0bf8a0e710150d6362d8dfa35646afd1bdf72b0ec7883f322');
INSERT INTO "record" VALUES(2,'asked',1,'2026-11-21T08:00:00+00:00','{"what":"constant"}',NULL,'4d58bb92add46aa0bf8a0e710150d6362d8dfa35646afd1bdf72b0ec7883f322','50951d70e12b5538537ff667628ab9c81d4b5e7e8fefaebf5bcbbf6754d47ad8');
CREATE INDEX record_by_experiment on record (experiment) where experiment is not null;
CREATE TRIGGER record_is_never_changed before update on record
      begin select raise(abort, 'the ledger only grows'); end;
CREATE TRIGGER record_is_never_deleted before delete on record
      begin select raise(abort, 'the ledger only grows'); end;
CREATE TRIGGER record_follows_the_last before insert on record
      when new.number <> (select coalesce(max(number), 0) + 1 from record)
      begin select raise(abort, 'a record must follow the last one'); end;
COMMIT;
