import Artifacts
import Crypto
import System

/// The bytes of a keystore file and where its lines are. Nothing but the header is believed before the MAC was checked.
struct KeystoreFile: Sendable {
  static let name = "keystore.tks"
  static let previousName = "keystore.tks.previous"
  static let lockName = "keystore.lock"

  let bytes: [UInt8]
  let header: KeystoreHeader
  /// Where the header line ends, with its line end.
  private let entriesStart: Int

  private static let codeLine: (open: [UInt8], close: [UInt8]) = (Array("{\"mac\":\"".utf8), Array("\"}\n".utf8))
  /// The last line has always this length: 8 + 44 + 3 bytes.
  private static let codeLineLength = 55

  /// Reads the header and finds the last line.
  ///
  /// - Parameter path: for messages.
  init(_ bytes: [UInt8], path: String) throws(KeystoreError) {
    guard let headerEnd = ByteSearch.firstIndex(of: 0x0A, in: bytes), headerEnd <= KeystoreLimits.headerBytes else {
      throw .malformed(path, line: 1)
    }
    do throws(KeystoreHeader.ReadFault) {
      header = try KeystoreHeader(bytes, in: 0..<headerEnd)
    } catch {
      switch error {
      case .malformed: throw .malformed(path, line: 1)
      case .unsupportedVersion(let version):
        throw KeystoreError(
          .unsupportedVersion(version), "the keystore '\(path)' has format version \(version), which is not read here",
          hints: ["use the version of tenant that wrote it, or a newer one"])
      }
    }
    let codeStart = bytes.count - Self.codeLineLength
    guard codeStart > headerEnd, bytes[codeStart - 1] == 0x0A,
      bytes[codeStart...].starts(with: Self.codeLine.open), bytes.suffix(3).elementsEqual(Self.codeLine.close)
    else { throw .malformed(path, line: 1) }
    self.bytes = bytes
    entriesStart = headerEnd + 1
  }

  private var codeStart: Int { bytes.count - Self.codeLineLength }

  /// Whether every byte before the last line is what the holder of the keys wrote.
  func isGenuine(keys: MasterKeys) -> Bool {
    let text = Array(bytes[(codeStart + Self.codeLine.open.count)..<(bytes.count - Self.codeLine.close.count)])
    guard let code = Base64.decode(text) else { return false }
    return KeyedHash.isCode(code, of: bytes, count: codeStart, key: keys.authentication)
  }

  /// Where each entry's line is, without its line end. Only after ``isGenuine(keys:)``.
  ///
  /// - Throws: when a line is too long, names nothing, or stands in the wrong order: names are unique and sorted.
  func index(path: String) throws(KeystoreError) -> [(key: EntryKey, range: Range<Int>)] {
    var index: [(key: EntryKey, range: Range<Int>)] = []
    var start = entriesStart
    while start < codeStart {
      let line = index.count + 2
      guard let end = ByteSearch.firstIndex(of: 0x0A, in: bytes, from: start), end < codeStart,
        end - start <= KeystoreLimits.lineBytes, index.count < KeystoreLimits.entries
      else { throw .malformed(path, line: line) }
      let key: EntryKey
      do throws(LineReader.Fault) { key = try StoredEntry.key(bytes, in: start..<end) } catch {
        throw .malformed(path, line: line)
      }
      if let last = index.last, last.key >= key { throw .malformed(path, line: line) }
      index.append((key, start..<end))
      start = end + 1
    }
    return index
  }

  /// A whole file.
  ///
  /// - Parameter lines: of the entries, sorted by key, without line ends.
  static func render(header: KeystoreHeader, lines: [ArraySlice<UInt8>], keys: MasterKeys) -> [UInt8] {
    var bytes = header.bytes
    bytes.reserveCapacity(lines.reduce(bytes.count + codeLineLength + 1) { $0 + $1.count + 1 })
    bytes.append(0x0A)
    for line in lines {
      bytes += line
      bytes.append(0x0A)
    }
    let code = KeyedHash.code(of: bytes, key: keys.authentication)
    return bytes + codeLine.open + Base64.encode(code) + codeLine.close
  }
}
