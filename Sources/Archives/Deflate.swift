import CZlib

/// The deflate format of RFC 1951, by zlib.
package enum Deflate {
  /// Unpacks all of `bytes`.
  ///
  /// - Parameter limit: the most bytes that may come out.
  /// - Throws: `malformed` when the data is damaged, cut off, or followed by something; `limitExceeded`.
  package static func decompress(_ bytes: ArraySlice<UInt8>, limit: Int) throws(ArchiveError) -> [UInt8] {
    guard let length = UInt32(exactly: bytes.count) else {
      throw ArchiveError(.limitExceeded, detail: "\(bytes.count) bytes of compressed data")
    }
    var stream = z_stream()
    guard tnt_inflateInit2(&stream, -15) == Z_OK else { throw ArchiveError(.limitExceeded, detail: "out of memory") }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    // zlib never writes to its input, though its type says that it may.
    let status: Int32 = bytes.withUnsafeBufferPointer { input in
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = length
      while true {
        let (result, count) = run(&stream, into: &piece) { inflate($0, Z_NO_FLUSH) }
        output.append(contentsOf: piece.prefix(count))
        if result != Z_OK || output.count > limit || (count == 0 && stream.avail_in == 0) { return result }
      }
    }
    guard output.count <= limit else { throw ArchiveError(.limitExceeded, detail: "more than \(limit) bytes unpacked") }
    guard status == Z_STREAM_END, stream.avail_in == 0 else {
      throw ArchiveError(.malformed, detail: "the compressed data is damaged")
    }
    return output
  }

  /// - Parameter level: 1 fast to 9 small.
  package static func compress(_ bytes: [UInt8], level: Int32 = 6) throws(ArchiveError) -> [UInt8] {
    var stream = z_stream()
    guard let length = UInt32(exactly: bytes.count), tnt_deflateInit2(&stream, min(max(level, 1), 9), -15) == Z_OK
    else {
      throw ArchiveError(.limitExceeded, detail: "\(bytes.count) bytes to compress")
    }
    defer { deflateEnd(&stream) }
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 * 1024)
    bytes.withUnsafeBufferPointer { input in
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = length
      var result = Z_OK
      while result == Z_OK {
        let count: Int
        (result, count) = run(&stream, into: &piece) { deflate($0, Z_FINISH) }
        output.append(contentsOf: piece.prefix(count))
      }
    }
    return output
  }

  /// The checksum of zip and gzip.
  package static func crc32(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
  }

  private static func run(
    _ stream: inout z_stream, into piece: inout [UInt8], _ step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) -> (result: Int32, count: Int) {
    piece.withUnsafeMutableBufferPointer { output in
      stream.next_out = output.baseAddress
      stream.avail_out = UInt32(output.count)
      let result = step(&stream)
      return (result, output.count - Int(stream.avail_out))
    }
  }
}
