extension StoreSchema {
  /// The source ledger and the outgoing journal. `docs/formats/ledger.md` describes the columns.
  static let ledgerTables = [
    """
    CREATE TABLE ledger_setting (
      name TEXT NOT NULL PRIMARY KEY,
      value BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE lost_folder (
      digest TEXT NOT NULL PRIMARY KEY
    ) STRICT
    """,
    """
    CREATE TABLE source_folder (
      number INTEGER PRIMARY KEY,
      flow TEXT NOT NULL,
      channel TEXT NOT NULL,
      account TEXT NOT NULL,
      folder TEXT NOT NULL,
      validity TEXT NOT NULL,
      hold TEXT,
      UNIQUE (flow, channel, account, folder)
    ) STRICT
    """,
    """
    CREATE TABLE source_message (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      folder INTEGER NOT NULL REFERENCES source_folder (number),
      uid TEXT NOT NULL,
      is_void INTEGER NOT NULL DEFAULT 0 CHECK (is_void IN (0, 1)),
      email_id TEXT,
      size INTEGER,
      internal_date INTEGER,
      digest BLOB CHECK (digest IS NULL OR length(digest) = 32),
      message_id TEXT,
      sender TEXT NOT NULL DEFAULT '',
      subject TEXT NOT NULL DEFAULT '',
      state TEXT NOT NULL CHECK (state IN ('taken', 'failed', 'waiting', 'processed', 'postProcessing', 'done',
        'quarantined', 'held', 'dropped')),
      attempts INTEGER NOT NULL CHECK (attempts >= 0),
      owner TEXT,
      failure_kind TEXT CHECK (failure_kind IN ('temporary', 'counted', 'permanent', 'outcomeUnknown')),
      failure TEXT,
      failing_since INTEGER,
      temporary_failures INTEGER NOT NULL DEFAULT 0,
      not_before INTEGER,
      intent TEXT,
      intent_target TEXT,
      intent_detail TEXT NOT NULL DEFAULT '',
      first_seen INTEGER NOT NULL,
      changed INTEGER NOT NULL,
      raw BLOB,
      raw_file TEXT,
      raw_size INTEGER
    ) STRICT
    """,
    "CREATE UNIQUE INDEX source_message_uid ON source_message (folder, uid) WHERE is_void = 0",
    "CREATE INDEX source_message_digest ON source_message (folder, digest)",
    "CREATE INDEX source_message_state ON source_message (state)",
    """
    CREATE TABLE delivery (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      source INTEGER NOT NULL REFERENCES source_message (number) ON DELETE CASCADE,
      point TEXT NOT NULL,
      flow TEXT NOT NULL,
      flow_version TEXT NOT NULL,
      channel TEXT NOT NULL,
      token TEXT NOT NULL,
      message_id TEXT NOT NULL,
      envelope BLOB NOT NULL,
      holds_doubt INTEGER NOT NULL CHECK (holds_doubt IN (0, 1)),
      size INTEGER NOT NULL,
      digest BLOB NOT NULL CHECK (length(digest) = 32),
      content BLOB,
      file TEXT,
      begun INTEGER NOT NULL,
      UNIQUE (source, point)
    ) STRICT
    """,
    """
    CREATE TABLE delivery_target (
      delivery INTEGER NOT NULL REFERENCES delivery (number) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      name TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'refused', 'deferred', 'inDoubt')),
      answer TEXT NOT NULL,
      since INTEGER NOT NULL,
      PRIMARY KEY (delivery, position)
    ) STRICT, WITHOUT ROWID
    """,
  ]
}
