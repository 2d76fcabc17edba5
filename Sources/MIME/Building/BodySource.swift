/// Bytes of a body that may be too large for memory, such as a spool file. It is read more than once: to choose the
/// transfer encoding, to send, and to send again.
package protocol ByteSource: Sendable {
  /// The exact number of bytes; nil when it is not known before reading.
  var byteCount: Int? { get }

  /// Begins at the first byte.
  func makeReader() throws(MIMEError) -> any ByteSourceReader
}

/// One pass over a source. Owns what it reads from and releases it when it goes away.
package protocol ByteSourceReader {
  /// The next bytes, at most `limit`, at least one; nil at the end.
  mutating func nextChunk(atMost limit: Int) throws(MIMEError) -> [UInt8]?
}

/// The content of a part before its transfer encoding.
package enum BodySource: Sendable {
  case bytes([UInt8])
  case source(any ByteSource)

  package var byteCount: Int? {
    switch self {
    case .bytes(let bytes): bytes.count
    case .source(let source): source.byteCount
    }
  }

  func makeReader() throws(MIMEError) -> any ByteSourceReader {
    switch self {
    case .bytes(let bytes): ArrayReader(bytes: bytes)
    case .source(let source): try source.makeReader()
    }
  }
}

private struct ArrayReader: ByteSourceReader {
  let bytes: [UInt8]
  var position = 0

  mutating func nextChunk(atMost limit: Int) -> [UInt8]? {
    if position >= bytes.count { return nil }
    let end = min(bytes.count, position + max(limit, 1))
    defer { position = end }
    return position == 0 && end == bytes.count ? bytes : Array(bytes[position..<end])
  }
}
