extension StoreSchema {
  /// Variables, data stores, persisted messages and number ranges.
  ///
  /// In a row that a run has written as a transaction `run` is the run's id, and empty when the row is in force. `flow` is
  /// empty for what is global. Times are milliseconds since 1970.
  static let stateTables = [
    """
    CREATE TABLE variable (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      flow TEXT NOT NULL,
      name TEXT NOT NULL,
      run TEXT NOT NULL,
      kind TEXT NOT NULL,
      value BLOB NOT NULL,
      key_id TEXT,
      written_by TEXT NOT NULL,
      updated_on INTEGER NOT NULL,
      expires_on INTEGER NOT NULL,
      UNIQUE (flow, name, run)
    ) STRICT
    """,
    "CREATE INDEX variable_run ON variable (run, updated_on) WHERE run <> ''",
    "CREATE INDEX variable_expiry ON variable (expires_on)",
    """
    CREATE TABLE data_store_entry (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      flow TEXT NOT NULL,
      store TEXT NOT NULL,
      entry TEXT NOT NULL,
      run TEXT NOT NULL,
      is_deletion INTEGER NOT NULL CHECK (is_deletion IN (0, 1)),
      replaces INTEGER NOT NULL CHECK (replaces IN (0, 1)),
      written_in TEXT NOT NULL,
      written_by TEXT NOT NULL,
      stored_on INTEGER NOT NULL,
      overdue_on INTEGER NOT NULL,
      expires_on INTEGER NOT NULL,
      byte_count INTEGER NOT NULL,
      body BLOB,
      file TEXT,
      headers BLOB NOT NULL,
      key_id TEXT,
      UNIQUE (flow, store, entry, run)
    ) STRICT
    """,
    "CREATE INDEX data_store_run ON data_store_entry (run, stored_on) WHERE run <> ''",
    "CREATE INDEX data_store_expiry ON data_store_entry (expires_on)",
    "CREATE INDEX data_store_file ON data_store_entry (file) WHERE file IS NOT NULL",
    """
    CREATE TABLE data_store_completion (
      run TEXT NOT NULL,
      entry INTEGER NOT NULL,
      marked_on INTEGER NOT NULL,
      PRIMARY KEY (run, entry)
    ) STRICT
    """,
    """
    CREATE TABLE persisted_message (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      run TEXT NOT NULL,
      written_in TEXT NOT NULL,
      flow TEXT NOT NULL,
      step TEXT NOT NULL,
      stored_on INTEGER NOT NULL,
      expires_on INTEGER NOT NULL,
      byte_count INTEGER NOT NULL,
      body BLOB,
      file TEXT,
      headers BLOB NOT NULL,
      key_id TEXT
    ) STRICT
    """,
    "CREATE INDEX persisted_run ON persisted_message (run, stored_on) WHERE run <> ''",
    "CREATE INDEX persisted_in ON persisted_message (written_in)",
    "CREATE INDEX persisted_expiry ON persisted_message (expires_on)",
    "CREATE INDEX persisted_file ON persisted_message (file) WHERE file IS NOT NULL",
    // Each file is written down here before it is made, so that none is ever forgotten.
    """
    CREATE TABLE state_file (
      name TEXT NOT NULL PRIMARY KEY,
      made_on INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE number_range (
      name TEXT NOT NULL PRIMARY KEY,
      description TEXT NOT NULL,
      minimum INTEGER NOT NULL CHECK (minimum >= 0),
      maximum INTEGER NOT NULL CHECK (maximum >= minimum),
      rotates INTEGER NOT NULL CHECK (rotates IN (0, 1)),
      field_length INTEGER NOT NULL CHECK (field_length >= 0),
      next INTEGER NOT NULL,
      highest INTEGER,
      deployed_by TEXT NOT NULL,
      deployed_on INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE number_range_use (
      range TEXT NOT NULL REFERENCES number_range (name) ON DELETE CASCADE,
      correlation TEXT NOT NULL,
      number INTEGER NOT NULL,
      given_on INTEGER NOT NULL,
      PRIMARY KEY (range, correlation)
    ) STRICT
    """,
    "CREATE INDEX number_range_use_age ON number_range_use (given_on)",
  ]
}
