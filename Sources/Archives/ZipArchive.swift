import TenantBase

/// A zip archive held in memory (PKWARE APPNOTE 6.3): read by its central directory, each file when it is asked for.
///
/// Stored and deflated files; no encryption, no parts, no ZIP64.
package struct ZipArchive: Sendable {
  package struct Entry: Sendable, Equatable {
    /// With `/` between folders; never absolute, never with `..`.
    package let path: String
    package let isFolder: Bool
    /// Unpacked, as the directory says.
    package let length: Int
    fileprivate let method: UInt16
    fileprivate let packedLength: Int
    fileprivate let checksum: UInt32
    fileprivate let offset: Int
  }

  /// In the order of the directory.
  package let entries: [Entry]
  private let bytes: [UInt8]
  private let limits: ArchiveLimits

  /// Whether the bytes begin as a zip does.
  package static func isZip(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6])
  }

  /// - Throws: `ArchiveError` when the directory is damaged, a path leads outside, a path stands twice, or a limit is passed.
  package init(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveError) {
    self.bytes = bytes
    self.limits = limits
    entries = try ZipDirectory(bytes: bytes, limits: limits).entries()
  }

  /// The unpacked file, its length and checksum verified.
  package func contents(of entry: Entry) throws(ArchiveError) -> [UInt8] {
    let reader = ZipReader(bytes: bytes)
    guard reader.number32(entry.offset) == 0x0403_4B50, let nameLength = reader.number16(entry.offset + 26),
      let extraLength = reader.number16(entry.offset + 28)
    else { throw ArchiveError(.malformed, detail: "the file '\(entry.path)' has no header") }
    let start = entry.offset + 30 + nameLength + extraLength
    guard start + entry.packedLength <= bytes.count else {
      throw ArchiveError(.malformed, detail: "the file '\(entry.path)' is cut off")
    }
    let packed = bytes[start..<start + entry.packedLength]
    let content = entry.method == 0 ? Array(packed) : try Deflate.decompress(packed, limit: entry.length)
    guard content.count == entry.length, Deflate.crc32(content) == entry.checksum else {
      throw ArchiveError(.malformed, detail: "the file '\(entry.path)' is damaged")
    }
    return content
  }
}

/// Little-endian numbers at offsets; nil outside.
private struct ZipReader {
  let bytes: [UInt8]

  func number16(_ offset: Int) -> Int? {
    guard offset >= 0, offset + 2 <= bytes.count else { return nil }
    return Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
  }

  func number32(_ offset: Int) -> Int? {
    guard let low = number16(offset), let high = number16(offset + 2) else { return nil }
    return low | high << 16
  }
}

private struct ZipDirectory {
  private let reader: ZipReader
  private let limits: ArchiveLimits

  init(bytes: [UInt8], limits: ArchiveLimits) {
    reader = ZipReader(bytes: bytes)
    self.limits = limits
  }

  func entries() throws(ArchiveError) -> [ZipArchive.Entry] {
    let (start, count) = try locate()
    guard count <= limits.entries else { throw ArchiveError(.limitExceeded, detail: "\(count) files") }
    var result: [ZipArchive.Entry] = []
    var paths: Set<String> = []
    var total = 0
    var offset = start
    for _ in 0..<count {
      let (entry, next) = try entry(at: offset)
      guard paths.insert(entry.path).inserted else {
        throw ArchiveError(.malformed, detail: "the path '\(entry.path)' stands twice")
      }
      total += entry.length
      guard entry.length <= limits.entryLength, total <= limits.totalLength else {
        throw ArchiveError(.limitExceeded, detail: "'\(entry.path)' makes it larger than allowed")
      }
      result.append(entry)
      offset = next
    }
    return result
  }

  /// The end record stands at the end, before a comment of at most 65,535 bytes.
  private func locate() throws(ArchiveError) -> (start: Int, count: Int) {
    let length = reader.bytes.count
    var offset = length - 22
    while offset >= max(0, length - 22 - 65_535) {
      if reader.number32(offset) == 0x0605_4B50, let comment = reader.number16(offset + 20),
        offset + 22 + comment == length, let count = reader.number16(offset + 10),
        let start = reader.number32(offset + 16), let disk = reader.number16(offset + 4)
      {
        guard disk == 0, count != 0xFFFF, start != 0xFFFF_FFFF else {
          throw ArchiveError(.unsupported, detail: "archives of several parts and ZIP64 are not read")
        }
        return (start, count)
      }
      offset -= 1
    }
    throw ArchiveError(.malformed, detail: "it has no directory: it is cut off, or no zip")
  }

  private func entry(at offset: Int) throws(ArchiveError) -> (ZipArchive.Entry, next: Int) {
    guard reader.number32(offset) == 0x0201_4B50, let flags = reader.number16(offset + 8),
      let method = reader.number16(offset + 10), let checksum = reader.number32(offset + 16),
      let packed = reader.number32(offset + 20), let length = reader.number32(offset + 24),
      let nameLength = reader.number16(offset + 28), let extra = reader.number16(offset + 30),
      let comment = reader.number16(offset + 32), let local = reader.number32(offset + 42),
      offset + 46 + nameLength <= reader.bytes.count
    else { throw ArchiveError(.malformed, detail: "its directory is damaged") }
    let name = reader.bytes[offset + 46..<offset + 46 + nameLength].utf8Text
    let path = try Self.checked(name)
    guard flags & 1 == 0 else { throw ArchiveError(.unsupported, detail: "'\(path)' is encrypted") }
    guard method == 0 || method == 8 else {
      throw ArchiveError(.unsupported, detail: "'\(path)' is compressed by method \(method)")
    }
    let entry = ZipArchive.Entry(
      path: path, isFolder: name.hasSuffix("/"), length: length, method: UInt16(method), packedLength: packed,
      checksum: UInt32(truncatingIfNeeded: checksum), offset: local)
    return (entry, offset + 46 + nameLength + extra + comment)
  }

  /// Some writers use `\` between folders.
  private static func checked(_ name: String) throws(ArchiveError) -> String {
    let path = name.replacing("\\", with: "/")
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    guard !path.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !path.utf8.contains(0) else {
      throw ArchiveError(.malformed, detail: "the path '\(name)' leads outside")
    }
    return parts.joined(separator: "/")
  }
}
