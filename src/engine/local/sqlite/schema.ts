/** Marks a SQLite file as a store of jobcontrol: "jobc", at byte 68. */
export const applicationId = 0x6a6f6263;

/**
 * What brings a file from each version (`user_version`) to the next; the first makes a store of an empty one. One that
 * was released is never changed: files of its version exist.
 */
export const migrations: readonly string[] = [
  `
  PRAGMA application_id = ${applicationId};

  -- One row. Another epoch means that revisions are counted anew.
  CREATE TABLE identity (epoch TEXT NOT NULL) STRICT;
  INSERT INTO identity VALUES (lower(hex(randomblob(6))));

  CREATE TABLE jobs (
    job_id TEXT NOT NULL PRIMARY KEY, uid TEXT NOT NULL, status TEXT NOT NULL, rest TEXT NOT NULL
  ) STRICT;

  -- Apart, so that a change of progress does not write a large input again.
  CREATE TABLE job_data (job_id TEXT NOT NULL PRIMARY KEY, input TEXT, result TEXT) STRICT;

  CREATE TABLE changes (revision INTEGER PRIMARY KEY, status TEXT NOT NULL, rest TEXT NOT NULL) STRICT;

  -- By uid: a job made anew under an old id has none of the old one's runs.
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY, uid TEXT NOT NULL, run_id TEXT NOT NULL, time_ms INTEGER NOT NULL, run TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_of_job ON runs (uid, number);

  -- Removed jobs whose runs are still to be deleted.
  CREATE TABLE removed_jobs (uid TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

  -- Answers, which replay; and refusals, apart, so that no flood of them costs an answer.
  CREATE TABLE receipts (
    number INTEGER PRIMARY KEY, command_id TEXT NOT NULL, request_id TEXT NOT NULL, time_ms INTEGER NOT NULL,
    content TEXT NOT NULL, settlement TEXT NOT NULL
  ) STRICT;
  CREATE INDEX receipts_by_command ON receipts (command_id);
  CREATE INDEX receipts_by_request ON receipts (request_id) WHERE request_id <> '';
  CREATE TABLE refusals (
    number INTEGER PRIMARY KEY, command_id TEXT NOT NULL, request_id TEXT NOT NULL, time_ms INTEGER NOT NULL,
    content TEXT NOT NULL, settlement TEXT NOT NULL
  ) STRICT;
  CREATE INDEX refusals_by_command ON refusals (command_id);
  CREATE INDEX refusals_by_request ON refusals (request_id) WHERE request_id <> '';

  -- Commands that were accepted for good and are not settled yet, in the order of their numbers.
  CREATE TABLE pending (
    number INTEGER PRIMARY KEY, command_id TEXT NOT NULL UNIQUE, accept_time_ms REAL NOT NULL, command TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- The circuit breakers of job types, but for those that are closed and have seen no failure.
  CREATE TABLE circuits (job_type TEXT NOT NULL PRIMARY KEY, circuit TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
];

export const schemaVersion = migrations.length;
