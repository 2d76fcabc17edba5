/// What takes the structure of a mail while it is scanned.
///
/// Calls nest: `partBegan`, then either `bodyBytes` (a leaf) or the parts within, then `partEnded`.
package protocol MIMEScannerSink {
  mutating func partBegan(_ part: ScannedPart)
  /// The next bytes of the open leaf's body, raw; never empty.
  mutating func bodyBytes(_ bytes: ArraySlice<UInt8>)
  mutating func partEnded(_ end: ScannedPartEnd)
  mutating func found(_ defect: MIMEDefect)
  /// The mail has more structure than it may have; nothing follows.
  mutating func exceeded(_ limit: MIMELimits.Name, offset: Int)
}

/// A part whose header is complete.
package struct ScannedPart: Sendable {
  package enum Kind: Sendable, Equatable {
    case leaf
    case multipart
    /// One message within, which follows as the only part.
    case message
  }

  package var kind: Kind
  package var header: HeaderBlock
  package var contentType: ContentType
  package var transferEncoding: ContentTransferEncoding
  /// The first byte of the body.
  package var bodyStart: Int
}

/// Where a part ends.
package struct ScannedPartEnd: Sendable {
  /// Behind the last byte of the body; the line end before a delimiter belongs to the delimiter.
  package var bodyEnd: Int
  /// Of a multipart: what stands before the first delimiter and behind the closing one.
  package var preamble: Range<Int>?
  package var epilogue: Range<Int>?
}
