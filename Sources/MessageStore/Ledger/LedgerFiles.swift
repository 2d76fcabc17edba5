import Crypto
import FlowEngine
import System
import TenantBase

/// The ledger's files beside the database: outgoing mails, quarantined mails, locks.
struct LedgerFiles: Sendable {
  /// The home's `data`.
  let folder: String

  static let outgoing = "spool/outgoing"
  static let quarantine = "quarantine"

  var lockFolder: String { FilePath.join(folder, "locks") }

  /// What was kept of a mail.
  struct Kept: Sendable, Equatable {
    let byteCount: Int
    let digest: [UInt8]
    /// Nil when it is in a file.
    let bytes: [UInt8]?
    /// From `data` on; nil when it is in memory.
    let file: String?
  }

  /// Takes a mail in, piece by piece. When it returns, a large one is on disk with its folder: a row may name it.
  ///
  /// - Parameters:
  ///   - place: ``outgoing`` or ``quarantine``.
  ///   - limit: mails of up to so many bytes stay in memory.
  ///   - process: its token begins the file's name, so that nobody takes the file for left before its row is there.
  func keep(
    in place: String, of process: LedgerProcess, limit: Int, _ nextChunk: () throws -> [UInt8]?
  ) throws -> Kept {
    var digest = Digest(.sha256)
    var start: [UInt8] = []
    while let chunk = try nextChunk(), !chunk.isEmpty {
      digest.update(chunk)
      start += chunk
      if start.count > limit {
        return try keepInFile(start, digest, in: place, of: process, nextChunk)
      }
    }
    return Kept(byteCount: start.count, digest: digest.finish(), bytes: start, file: nil)
  }

  private func keepInFile(
    _ start: [UInt8], _ begun: consuming Digest, in place: String, of process: LedgerProcess,
    _ nextChunk: () throws -> [UInt8]?
  ) throws -> Kept {
    var digest = begun
    let parent = FilePath.join(folder, place)
    if try Folder.create(parent, mode: 0o700) { try syncParents(of: parent) }
    let name = "\(process.token)-\(RandomIdentifier.hex(byteCount: 8)).eml"
    let file = try FreshFile(name, in: parent)
    var count = start.count
    try file.append(start)
    while let chunk = try nextChunk(), !chunk.isEmpty {
      digest.update(chunk)
      count += chunk.count
      try file.append(chunk)
    }
    try file.finish()
    return Kept(byteCount: count, digest: digest.finish(), bytes: nil, file: FilePath.join(place, name))
  }

  /// A folder that was just made must not be lost with what it holds.
  private func syncParents(of path: String) throws(SystemError) {
    var parent = FilePath.split(path).parent
    while parent.count > folder.count {
      try Folder(opening: parent).sync()
      parent = FilePath.split(parent).parent
    }
    try Folder(opening: folder).sync()
  }

  func path(of file: String) -> String { FilePath.join(folder, file) }

  /// A kept mail as a body.
  ///
  /// - Parameter verifies: reads it once to see that it is what was kept.
  /// - Throws: `LedgerError.contentLost`.
  func body(bytes: [UInt8]?, file: String?, byteCount: Int, digest: [UInt8]?) throws -> MessageBody {
    if let bytes, file == nil {
      if let digest, Digest.hash(bytes, with: .sha256) != digest { throw Self.lost("the database") }
      return MessageBody(bytes: bytes)
    }
    guard let file else { throw Self.lost("the database") }
    let path = path(of: file)
    let opened: OpenFile
    do throws(SystemError) { opened = try OpenFile(path, access: .regular) } catch {
      throw error.kind == .notFound ? Self.lost(path) : error
    }
    guard opened.byteCount == byteCount else { throw Self.lost(path) }
    let body = try MessageBody(file: opened)
    if let digest {
      var found = Digest(.sha256)
      var reader = body.makeReader()
      while let chunk = try reader.nextChunk(atMost: 256 * 1024) { found.update(chunk) }
      guard found.finish() == digest else { throw Self.lost(path) }
    }
    return body
  }

  private static func lost(_ place: String) -> LedgerError {
    LedgerError(
      .contentLost, .permanent,
      Explanation("a mail that was kept is gone or was changed", places: [PrintableText.escaping(place)]))
  }

  /// Removes a file that no row names any more. One that stays is removed as an orphan later.
  func discard(_ file: String) {
    let path = path(of: file)
    let (parent, name) = FilePath.split(path)
    _ = try? Folder(opening: parent).remove(name)
  }

  /// Removes files that no row names and whose writer is dead.
  func removeOrphans(keeping known: Set<String>, _ process: LedgerProcess) throws(SystemError) {
    for place in [Self.outgoing, Self.quarantine] {
      let parent = FilePath.join(folder, place)
      guard FileStatus.isFolder(parent) else { continue }
      let opened = try Folder(opening: parent)
      for name in try opened.entries() where !known.contains(FilePath.join(place, name)) {
        guard let token = Self.writer(of: name), !process.isAlive(token) else { continue }
        try opened.remove(name)
      }
    }
  }

  /// Nil for a file that is not ours.
  private static func writer(of name: String) -> String? {
    let stem = name.hasSuffix(".tmp") ? String(name.dropLast(4)) : name
    guard stem.hasSuffix(".eml") else { return nil }
    let parts = stem.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 16 && $0.allSatisfy(\.isHexDigit) }) else { return nil }
    return String(parts[0])
  }
}
