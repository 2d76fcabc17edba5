import CZlib

/// Writes a zip archive of one file, piece by piece (PKWARE APPNOTE 6.3): deflated, sizes behind the data.
///
/// The file's time is the first that zip knows, so that the same content makes the same bytes.
package struct ZipFileWriter {
  private let name: [UInt8]
  private let compressor: Compressor
  private var checksum: UInt = 0
  private var length = 0
  private var packedLength = 0
  private var hasBegun = false

  /// - Parameter name: in UTF-8; `/` separates folders.
  package init(fileName name: String) throws(ArchiveError) {
    self.name = Array(name.utf8)
    guard !self.name.isEmpty, self.name.count <= 0xFFFF else {
      throw ArchiveError(.unsupported, detail: "a file name of \(self.name.count) bytes")
    }
    compressor = try Compressor(.raw)
  }

  package mutating func write(_ piece: [UInt8]) throws(ArchiveError) -> [UInt8] {
    let head = begin()
    checksum = piece.withUnsafeBufferPointer { UInt(crc32_z(uLong(checksum), $0.baseAddress, $0.count)) }
    length += piece.count
    guard length < Int(UInt32.max) else { throw ArchiveError(.unsupported, detail: "a file beyond 4 GiB") }
    let packed = compressor.compress(piece)
    packedLength += packed.count
    return head + packed
  }

  package mutating func finish() throws(ArchiveError) -> [UInt8] {
    var output = begin()
    let packed = compressor.finish()
    packedLength += packed.count
    guard packedLength < Int(UInt32.max) - 65_536 else {
      throw ArchiveError(.unsupported, detail: "a file beyond 4 GiB")
    }
    let sizes = Self.number32(Int(checksum)) + Self.number32(packedLength) + Self.number32(length)
    output += packed + Self.number32(0x0807_4B50) + sizes
    let directoryStart = 30 + name.count + packedLength + 16
    let directory =
      Self.number32(0x0201_4B50) + Self.number16(20) + Self.common + sizes + Self.number16(name.count)
      + [UInt8](repeating: 0, count: 16) + name
    output += directory + Self.number32(0x0605_4B50) + Self.number32(0) + Self.number16(1) + Self.number16(1)
    return output + Self.number32(directory.count) + Self.number32(directoryStart) + Self.number16(0)
  }

  private mutating func begin() -> [UInt8] {
    guard !hasBegun else { return [] }
    hasBegun = true
    return Self.number32(0x0403_4B50) + Self.common + [UInt8](repeating: 0, count: 12)
      + Self.number16(name.count) + Self.number16(0) + name
  }

  /// Version needed, flags (sizes follow; the name is UTF-8), method, time, date.
  private static let common =
    number16(20) + number16(0x0808) + number16(8) + number16(0) + number16(0x21)

  private static func number16(_ number: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
  }

  private static func number32(_ number: Int) -> [UInt8] { number16(number) + number16(number >> 16) }
}
