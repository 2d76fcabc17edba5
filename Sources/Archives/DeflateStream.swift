import CZlib

/// How deflated data is wrapped.
package enum DeflateFormat: Sendable {
  /// RFC 1951 alone, as in zip.
  case raw
  /// RFC 1952.
  case gzip

  fileprivate var windowBits: Int32 { self == .raw ? -15 : 15 + 16 }
}

/// Packs data piece by piece. For one thread.
package final class Compressor {
  // zlib keeps the address of its stream, so that the stream must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  /// - Parameter level: 1 fast to 9 small.
  package init(_ format: DeflateFormat, level: Int32 = 6) throws(ArchiveError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard tnt_deflateInit2(stream, min(max(level, 1), 9), format.windowBits) == Z_OK else {
      stream.deallocate()
      throw ArchiveError(.limitExceeded, detail: "out of memory")
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// - Returns: what is packed so far; may be empty.
  package func compress(_ piece: [UInt8]) -> [UInt8] { run(piece[...], Z_NO_FLUSH) }

  /// The rest. Nothing may follow.
  package func finish() -> [UInt8] { run([], Z_FINISH) }

  private func run(_ piece: ArraySlice<UInt8>, _ flush: Int32) -> [UInt8] {
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    var rest = piece
    repeat {
      // avail_in has 32 bits.
      let part = rest.prefix(1 << 30)
      rest = rest.dropFirst(part.count)
      part.withUnsafeBufferPointer { input in
        // zlib never writes to its input, though its type says that it may.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        var isFull = true
        while isFull {
          let count = buffer.withUnsafeMutableBufferPointer { target -> Int in
            stream.pointee.next_out = target.baseAddress
            stream.pointee.avail_out = UInt32(target.count)
            _ = deflate(stream, flush)
            return target.count - Int(stream.pointee.avail_out)
          }
          output += buffer[..<count]
          isFull = count == buffer.count
        }
      }
    } while !rest.isEmpty
    return output
  }
}

/// Unpacks data piece by piece, with a limit on what comes out. For one thread.
package final class Decompressor {
  private let stream: UnsafeMutablePointer<z_stream>
  private let format: DeflateFormat
  private let limit: Int
  private var outputCount = 0
  private var hasEnded = false
  private var hasBegun = false
  /// Bytes behind the end of one member of a gzip file, until it is known what they are.
  private var behind: [UInt8] = []

  /// - Parameter limit: the most bytes that may come out.
  package init(_ format: DeflateFormat, limit: Int) throws(ArchiveError) {
    self.format = format
    self.limit = limit
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard tnt_inflateInit2(stream, format.windowBits) == Z_OK else {
      stream.deallocate()
      throw ArchiveError(.limitExceeded, detail: "out of memory")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// - Parameter piece: small pieces keep what comes out small: deflate may make a thousand bytes of one.
  /// - Returns: what is unpacked so far; may be empty.
  package func decompress(_ piece: [UInt8]) throws(ArchiveError) -> [UInt8] {
    var output: [UInt8] = []
    var rest = behind + piece
    behind = []
    while !rest.isEmpty {
      if hasEnded {
        guard format == .gzip else { throw ArchiveError(.malformed, detail: "something follows the compressed data") }
        // Another member (RFC 1952 section 2.2) begins with 1F 8B.
        guard rest.count >= 2 else {
          behind = rest
          break
        }
        guard rest[0] == 0x1F, rest[1] == 0x8B, inflateReset(stream) == Z_OK else {
          throw ArchiveError(.malformed, detail: "something follows the compressed data")
        }
        hasEnded = false
      }
      hasBegun = true
      rest = try inflateSome(rest, into: &output)
    }
    return output
  }

  /// - Throws: `malformed` when the data is cut off.
  package func finish() throws(ArchiveError) {
    guard hasBegun, hasEnded, behind.isEmpty else {
      throw ArchiveError(.malformed, detail: hasBegun ? "the compressed data is cut off" : "there is no data")
    }
  }

  /// - Returns: what was not taken, behind the end of the data.
  private func inflateSome(_ input: [UInt8], into output: inout [UInt8]) throws(ArchiveError) -> [UInt8] {
    guard let length = UInt32(exactly: input.count) else {
      throw ArchiveError(.limitExceeded, detail: "\(input.count) bytes in one piece")
    }
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    var status = Z_OK
    var taken = 0
    var isOver = false
    input.withUnsafeBufferPointer { source in
      stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
      stream.pointee.avail_in = length
      while status == Z_OK, !isOver {
        let count = buffer.withUnsafeMutableBufferPointer { target -> Int in
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = UInt32(target.count)
          status = inflate(stream, Z_NO_FLUSH)
          return target.count - Int(stream.pointee.avail_out)
        }
        output += buffer[..<count]
        outputCount += count
        isOver = outputCount > limit
        if count < buffer.count, stream.pointee.avail_in == 0 { break }
      }
      taken = source.count - Int(stream.pointee.avail_in)
    }
    guard !isOver else { throw ArchiveError(.limitExceeded, detail: "more than \(limit) bytes unpacked") }
    // Z_BUF_ERROR only says that there was nothing to do.
    guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(status) else {
      throw ArchiveError(.malformed, detail: "the compressed data is damaged")
    }
    hasEnded = status == Z_STREAM_END
    return Array(input[taken...])
  }
}
