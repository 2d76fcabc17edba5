import FlowEngine
import System
import TenantBase

/// What runs keep beyond themselves: variables, data stores, persisted messages and number ranges, in the tenant's database
/// and in files beside it.
package struct StateStore: Sendable {
  /// Inside of the home's data folder.
  package static let folderName = "store"

  let database: TenantDatabase
  let files: StateFiles
  let keys: any StateKeySource
  let spool: BodySpool

  /// - Parameters:
  ///   - folder: the home's data folder.
  ///   - spool: where encrypted large bodies are opened.
  package init(database: TenantDatabase, folder: String, keys: any StateKeySource, spool: BodySpool) {
    self.database = database
    files = StateFiles(folder: FilePath.join(folder, Self.folderName))
    self.keys = keys
    self.spool = spool
  }

  var connection: SQLiteConnection { database.connection }

  // MARK: Keys

  /// The cipher for what is written now; nil when there is no keystore.
  func cipher(for purpose: StateCipher.Purpose) throws -> StateCipher? {
    try keys.currentKey().map { StateCipher($0, for: purpose) }
  }

  /// The cipher that opens what was encrypted under `keyID`.
  func cipher(_ keyID: String, for purpose: StateCipher.Purpose, _ subject: String) throws -> StateCipher {
    guard let key = try keys.key(named: keyID) else { throw StateError(.keyMissing(id: keyID), subject) }
    return StateCipher(key, for: purpose)
  }

  // MARK: Messages

  /// The columns of a stored message.
  struct Content: Sendable {
    var byteCount: Int
    /// nil when the body is in a file.
    var body: [UInt8]?
    var file: String?
    var headers: [UInt8]
    var keyID: String?

    var values: [SQLiteValue] {
      [
        .integer(Int64(byteCount)), body.map { .blob($0) } ?? .null, .optional(file), .blob(headers),
        .optional(keyID),
      ]
    }

    static let columns = "byte_count, body, file, headers, key_id"

    init(byteCount: Int, headers: [UInt8]) {
      self.byteCount = byteCount
      self.headers = headers
    }

    /// - Parameter row: the values of ``columns``.
    init?(_ row: ArraySlice<SQLiteValue>) {
      let row = Array(row)
      guard row.count == 5, let count = row[0].integer, let headers = row[3].bytes else { return nil }
      byteCount = Int(count)
      if case .blob(let bytes) = row[1] { body = bytes }
      file = row[2].text
      self.headers = headers
      keyID = row[4].text
      guard (body == nil) != (file == nil) else { return nil }
    }
  }

  /// Makes the columns of a message; a large body is on disk when this returns.
  ///
  /// - Parameter place: what the message belongs to; encrypted, it opens nowhere else.
  func store(
    _ message: StoredMessage, cipher: StateCipher?, place: [String], subject: String, at now: Timestamp
  ) throws -> Content {
    let headers = StoredHeaders.bytes(message.headers)
    guard headers.count <= StateLimits.headerBytes else {
      throw StateError(.tooLarge(limit: StateLimits.headerBytes), "the headers of \(subject)")
    }
    var content = Content(byteCount: message.body.byteCount, headers: headers)
    content.keyID = cipher?.keyID
    if let cipher { content.headers = cipher.seal(headers, for: place + ["headers"]) }
    if let bytes = message.body.bytesInMemory, bytes.count <= MessageBody.memoryLimit {
      content.body = cipher.map { $0.seal(bytes, for: place + ["body"]) } ?? bytes
      return content
    }
    let name = RandomIdentifier.hex(byteCount: 16)
    try connection.perform(.write, "write down a file") { (session) throws(MessageStoreError) in
      try session.run(
        "INSERT INTO state_file (name, made_on) VALUES (?1, ?2)", [.text(name), .integer(now.milliseconds)])
    }
    do throws(SystemError) {
      try files.write(message.body, name: name, cipher: cipher, place: place + ["file", name])
    } catch {
      try? forget([name])
      throw error
    }
    content.file = name
    return content
  }

  /// - Returns: nil when the file is gone: somebody deleted the message meanwhile.
  func message(
    _ content: Content, purpose: StateCipher.Purpose, place: [String], subject: String
  ) throws -> StoredMessage? {
    let cipher = try content.keyID.map { try self.cipher($0, for: purpose, subject) }
    func opened(_ bytes: [UInt8], _ part: String) throws(StateError) -> [UInt8] {
      guard let cipher else { return bytes }
      guard let plain = cipher.open(bytes, for: place + [part]) else { throw StateError(.damaged, subject) }
      return plain
    }
    guard let headers = StoredHeaders.headers(try opened(content.headers, "headers")) else {
      throw StateError(.damaged, subject)
    }
    if let bytes = content.body {
      return StoredMessage(body: MessageBody(bytes: try opened(bytes, "body")), headers: headers)
    }
    guard let name = content.file, let file = try openIfPresent(name) else { return nil }
    guard let cipher else { return StoredMessage(body: try MessageBody(file: file), headers: headers) }
    var reader = SealedFileReader(file, cipher: cipher, place: place + ["file", name])
    let body = try spool.body { () throws(SystemError) in try reader.next() }
    guard !reader.isDamaged, body.byteCount == content.byteCount else { throw StateError(.damaged, subject) }
    return StoredMessage(body: body, headers: headers)
  }

  private func openIfPresent(_ name: String) throws(SystemError) -> OpenFile? {
    do throws(SystemError) { return try files.open(name) } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }

  /// Removes files that nothing refers to any more.
  func forget(_ names: [String]) throws {
    guard !names.isEmpty else { return }
    try files.remove(names)
    try connection.perform(.write, "forget files") { (session) throws(MessageStoreError) in
      for name in names { try session.run("DELETE FROM state_file WHERE name = ?1", [.text(name)]) }
    }
  }
}
