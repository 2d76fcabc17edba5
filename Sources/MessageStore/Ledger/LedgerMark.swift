import Crypto
import FlowEngine
import System
import TenantBase

/// What is known of the ledger outside of it: `data/ledger.mark`, which no backup of the database holds.
///
/// It has the ledger's random id, a number that grows with every poll that takes something, and a digest of every folder
/// that was polled. A database that is not of that id, or whose number is lower, or that has no such mark beside it, is
/// not the one that was last used here: messages may have been taken that it does not know.
struct LedgerMark: Sendable {
  static let fileName = "ledger.mark"
  /// Of the file that whoever writes the mark has locked.
  static let lockName = "mark"
  private static let head = "tenant-ledger-mark 1"
  private static let limit = 4 << 20

  let folder: String

  struct Content: Sendable, Equatable {
    var ledgerID: String
    var epoch: Int64
    /// See ``LedgerMark/digest(of:)``.
    var folders: Set<String>
  }

  /// Nil when it is not there, or is no mark.
  func read() throws(SystemError) -> Content? {
    guard try FileStatus.exists(Self.fileName, in: folder) else { return nil }
    let bytes = try FileContents.read(
      FilePath.join(folder, Self.fileName), limit: Self.limit, access: .regular)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 4, lines[0] == Self.head, lines.last == "", let id = Self.value("ledger", lines[1]),
      let epoch = Self.value("epoch", lines[2]).flatMap({ Int64($0) })
    else { return nil }
    return Content(
      ledgerID: id, epoch: epoch, folders: Set(lines[3...].compactMap { Self.value("folder", $0) }))
  }

  /// - Parameter durability: `eventually` where an older mark does no harm: it lets pass what it should have held, and
  ///   never holds what it should have let pass.
  func write(_ content: Content, durability: Folder.Durability) throws(SystemError) {
    var text = "\(Self.head)\nledger \(content.ledgerID)\nepoch \(content.epoch)\n"
    for folder in content.folders.sorted() { text += "folder \(folder)\n" }
    try FileContents.replace(
      FilePath.join(folder, Self.fileName), with: Array(text.utf8), durability: durability)
  }

  /// Names a folder without telling it: 64 hexadecimal digits.
  static func digest(of folder: SourceFolder) -> String {
    var digest = Digest(.sha256)
    for part in [folder.flowName, folder.channelID, folder.account, folder.folder] {
      digest.update(Array("\(part.utf8.count):\(part)".utf8))
    }
    return RandomIdentifier.hex(digest.finish())
  }

  private static func value(_ name: String, _ line: Substring) -> String? {
    line.hasPrefix(name + " ") ? String(line.dropFirst(name.count + 1)) : nil
  }
}

extension LedgerStore {
  /// Compares the database with the mark beside it, and holds what must be held.
  ///
  /// - Returns: the key of the tokens.
  static func settle(_ database: TenantDatabase, _ mark: LedgerMark, lockFolder: String) throws -> SecretBox {
    // Two that begin a ledger at the same time would take each other's mark for a foreign one.
    let lock = try Folder(opening: lockFolder).lock(LedgerMark.lockName, deadline: .after(.seconds(10)))
    defer { withExtendedLifetime(lock) {} }
    // Nobody writes a mark without the lock: what looks unfinished was left by a process that was killed.
    try? Folder(opening: mark.folder).removeAbandoned(of: LedgerMark.fileName)
    let found = try mark.read()
    let present = try database.connection.perform(.read, "read the ledger") {
      (session) throws(MessageStoreError) in try LedgerSettings(session)
    }
    if let present, let found, found.ledgerID == present.id, found.epoch <= present.epoch {
      return SecretBox(SecretBytes(copying: present.tokenKey))
    }
    if present == nil, found == nil {
      // The mark comes first: a ledger without one is held.
      let fresh = LedgerSettings(
        id: RandomIdentifier.hex(byteCount: 16), tokenKey: RandomIdentifier.bytes(32), epoch: 0)
      return try begin(fresh, database, mark)
    }
    return try hold(present, found, database, mark)
  }

  private static func begin(
    _ settings: LedgerSettings, _ database: TenantDatabase, _ mark: LedgerMark
  ) throws -> SecretBox {
    try mark.write(.init(ledgerID: settings.id, epoch: 0, folders: []), durability: .onDisk)
    try database.connection.perform(.write, "begin the ledger") {
      (session) throws(MessageStoreError) in try settings.store(session)
    }
    return SecretBox(SecretBytes(copying: settings.tokenKey))
  }

  private static func hold(
    _ present: LedgerSettings?, _ found: LedgerMark.Content?, _ database: TenantDatabase, _ mark: LedgerMark
  ) throws -> SecretBox {
    var settings =
      present
      ?? LedgerSettings(id: RandomIdentifier.hex(byteCount: 16), tokenKey: RandomIdentifier.bytes(32), epoch: 0)
    let reason = reason(present, found)
    settings.epoch = max(settings.epoch, found?.epoch ?? 0)
    let held = settings
    let folders = try database.connection.perform(.write, "hold the folders") {
      (session) throws(MessageStoreError) -> Set<String> in
      try held.store(session)
      try session.run("UPDATE source_folder SET hold = ?1 WHERE hold IS NULL", [.text(reason)])
      let known = try LedgerStore.folderDigests(session)
      for digest in (found?.folders ?? []).subtracting(known) {
        try session.run("INSERT OR IGNORE INTO lost_folder VALUES (?1)", [.text(digest)])
      }
      return known
    }
    try mark.write(
      .init(ledgerID: settings.id, epoch: settings.epoch, folders: folders.union(found?.folders ?? [])),
      durability: .onDisk)
    return SecretBox(SecretBytes(copying: settings.tokenKey))
  }

  private static func reason(_ present: LedgerSettings?, _ found: LedgerMark.Content?) -> String {
    switch (present, found) {
    case (nil, _): "the ledger is new, and messages were taken here before"
    case (_, nil): "the mark beside the ledger is missing: it was restored or moved"
    case (let present?, let found?) where present.id == found.ledgerID:
      "the ledger is older than the last messages that were taken here: it was restored from a backup"
    case (_, _): "the ledger is not the one that was used here: it was replaced"
    }
  }

  static func folderDigests(_ session: borrowing SQLiteSession) throws(MessageStoreError) -> Set<String> {
    var digests: Set<String> = []
    for row in try session.rows("SELECT flow, channel, account, folder FROM source_folder") {
      digests.insert(LedgerMark.digest(of: try sourceFolder(row, session)))
    }
    return digests
  }
}

/// What the database itself knows of the ledger as a whole.
struct LedgerSettings: Sendable {
  let id: String
  /// 32 bytes.
  let tokenKey: [UInt8]
  var epoch: Int64

  init(id: String, tokenKey: [UInt8], epoch: Int64) {
    self.id = id
    self.tokenKey = tokenKey
    self.epoch = epoch
  }

  /// Nil when the ledger was never begun.
  init?(_ session: borrowing SQLiteSession) throws(MessageStoreError) {
    var values: [String: [UInt8]] = [:]
    for row in try session.rows("SELECT name, value FROM ledger_setting") {
      if let name = row.first?.text, let value = row.last?.bytes { values[name] = value }
    }
    if values.isEmpty { return nil }
    guard let id = values["id"], let key = values["tokenKey"], key.count == 32,
      let epoch = values["epoch"].flatMap({ Int64(String(decoding: $0, as: UTF8.self)) })
    else { throw session.damaged("the ledger's settings") }
    self.init(id: String(decoding: id, as: UTF8.self), tokenKey: key, epoch: epoch)
  }

  func store(_ session: borrowing SQLiteSession) throws(MessageStoreError) {
    let values = [
      ("id", Array(id.utf8)), ("tokenKey", tokenKey), ("epoch", Array(String(epoch).utf8)),
    ]
    for (name, value) in values {
      try session.run("INSERT OR REPLACE INTO ledger_setting VALUES (?1, ?2)", [.text(name), .blob(value)])
    }
  }
}
