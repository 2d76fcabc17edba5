import Archives
import Testing

private let content =
  Array("one two three one two three\n".utf8) + (0..<3000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) }

private func packed(_ format: DeflateFormat, pieceLength: Int) throws -> [UInt8] {
  let compressor = try Compressor(format)
  var result: [UInt8] = []
  for start in stride(from: 0, to: content.count, by: pieceLength) {
    result += compressor.compress(Array(content[start..<min(start + pieceLength, content.count)]))
  }
  return result + compressor.finish()
}

@Test(arguments: [1, 7, 4096]) func `pieces of any size are packed and unpacked alike`(pieceLength: Int) throws {
  for format in [DeflateFormat.raw, .gzip] {
    let bytes = try packed(format, pieceLength: pieceLength)
    let decompressor = try Decompressor(format, limit: content.count)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: pieceLength) {
      result += try decompressor.decompress(Array(bytes[start..<min(start + pieceLength, bytes.count)]))
    }
    try decompressor.finish()
    #expect(result == content)
  }
}

@Test func `raw data is what Deflate reads`() throws {
  let bytes = try packed(.raw, pieceLength: 100)
  #expect(try Deflate.decompress(bytes[...], limit: content.count) == content)
}

@Test func `every cut, and what follows the end, is refused`() throws {
  let bytes = try packed(.gzip, pieceLength: 100)
  for end in stride(from: 0, to: bytes.count, by: 11) {
    #expect(throws: ArchiveError.self) {
      let decompressor = try Decompressor(.gzip, limit: content.count)
      _ = try decompressor.decompress(Array(bytes[..<end]))
      try decompressor.finish()
    }
  }
  for tail in [[0], [0x1F], [0x1F, 0x8B], [1, 2, 3]] as [[UInt8]] {
    #expect(throws: ArchiveError.self) {
      let decompressor = try Decompressor(.gzip, limit: content.count * 2)
      _ = try decompressor.decompress(bytes + tail)
      try decompressor.finish()
    }
  }
}

@Test func `the limit is on what comes out`() throws {
  let bytes = try packed(.gzip, pieceLength: 100)
  let error = #expect(throws: ArchiveError.self) {
    _ = try Decompressor(.gzip, limit: content.count - 1).decompress(bytes)
  }
  #expect(error?.kind == .limitExceeded)
}

@Test func `a zip written in pieces is read`() throws {
  var writer = try ZipFileWriter(fileName: "in/ä.txt")
  var bytes = try writer.write(Array(content.prefix(10)))
  bytes += try writer.write([])
  bytes += try writer.write(Array(content.dropFirst(10)))
  bytes += try writer.finish()
  let archive = try ZipArchive(bytes)
  let entry = try #require(archive.entries.first)
  #expect(archive.entries.count == 1)
  #expect(entry.path == "in/ä.txt")
  #expect(try archive.contents(of: entry) == content)
}
