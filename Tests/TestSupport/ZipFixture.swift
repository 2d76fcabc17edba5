import Archives

/// Writes zips for tests.
package struct ZipFixture {
  package var files: [(path: String, bytes: [UInt8])]
  package var isDeflated = true
  package var flags: UInt16 = 0
  package var method: UInt16?

  package init(
    files: [(path: String, bytes: [UInt8])], isDeflated: Bool = true, flags: UInt16 = 0, method: UInt16? = nil
  ) {
    self.files = files
    self.isDeflated = isDeflated
    self.flags = flags
    self.method = method
  }

  private static func number(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  package func bytes() throws -> [UInt8] {
    var body: [UInt8] = []
    var directory: [UInt8] = []
    for file in files {
      let packed = isDeflated ? try Deflate.compress(file.bytes) : file.bytes
      let name = Array(file.path.utf8)
      let common =
        Self.number(Int(flags), 2) + Self.number(Int(method ?? (isDeflated ? 8 : 0)), 2) + Self.number(0, 4)
        + Self.number(Int(Deflate.crc32(file.bytes)), 4) + Self.number(packed.count, 4)
        + Self.number(file.bytes.count, 4)
        + Self.number(name.count, 2) + Self.number(0, 2)
      directory +=
        [0x50, 0x4B, 1, 2] + Self.number(20, 2) + Self.number(20, 2) + common + Self.number(0, 10)
        + Self.number(body.count, 4) + name
      body += [0x50, 0x4B, 3, 4] + Self.number(20, 2) + common + name + packed
    }
    return body + directory + [0x50, 0x4B, 5, 6] + Self.number(0, 4) + Self.number(files.count, 2)
      + Self.number(files.count, 2) + Self.number(directory.count, 4) + Self.number(body.count, 4) + Self.number(0, 2)
  }
}
