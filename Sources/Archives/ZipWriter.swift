/// Makes a zip archive piece by piece: what it returns goes one after the other into a file.
///
/// Entries are deflated, their names are UTF-8. No zip64: entries and the archive are under 4 GiB, at most 65,535 entries.
package struct ZipWriter {
  private var directory: [UInt8] = []
  private var offset = 0
  private var count = 0

  package init() {}

  /// The bytes of one entry.
  ///
  /// - Parameters:
  ///   - name: a path with `/`, relative.
  ///   - time: of last modification as zip has it: MS-DOS date and time; midnight of 1980-01-01 by default.
  package mutating func entry(
    named name: String, _ content: [UInt8], time: (date: UInt16, time: UInt16) = (0x21, 0)
  ) throws(ArchiveError) -> [UInt8] {
    let label = Array(name.utf8)
    let packed = try Deflate.compress(content)
    let isSmaller = packed.count < content.count
    let stored = isSmaller ? packed : content
    guard label.count <= 0xFFFF, count < 0xFFFF, content.count <= 0xFFFF_FFFE, offset <= 0xFFFF_FFFE - stored.count
    else {
      throw ArchiveError(.limitExceeded, detail: "the archive would be too large")
    }
    // Bit 11: the name is UTF-8.
    var facts = Self.little(20, 2) + Self.little(0x0800, 2) + Self.little(isSmaller ? 8 : 0, 2)
    facts += Self.little(Int(time.time), 2) + Self.little(Int(time.date), 2)
    facts += Self.little(Int(Deflate.crc32(content)), 4)
    facts += Self.little(stored.count, 4) + Self.little(content.count, 4) + Self.little(label.count, 2)
    let local = Self.little(0x0403_4B50, 4) + facts + Self.little(0, 2) + label
    directory += Self.little(0x0201_4B50, 4) + Self.little(20, 2) + facts + Self.little(0, 2) + Self.little(0, 2)
    directory += Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 4) + Self.little(offset, 4) + label
    offset += local.count + stored.count
    count += 1
    return local + stored
  }

  /// The end of the archive.
  package func finish() throws(ArchiveError) -> [UInt8] {
    guard offset <= 0xFFFF_FFFE, directory.count <= 0xFFFF_FFFE else {
      throw ArchiveError(.limitExceeded, detail: "the archive would be too large")
    }
    var end = Self.little(0x0605_4B50, 4) + Self.little(0, 4) + Self.little(count, 2) + Self.little(count, 2)
    end += Self.little(directory.count, 4) + Self.little(offset, 4) + Self.little(0, 2)
    return directory + end
  }

  private static func little(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
