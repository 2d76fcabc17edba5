/// A mail as it was understood.
///
/// Values only; offsets count in ``source``. Writing a mail unchanged is writing `source`.
package struct ReceivedMail: Sendable {
  /// The mail and the decoded encoded messages within; empty arrays when the mail was parsed as it arrived.
  package let sources: [[UInt8]]
  package let root: MIMEPart
  /// In the order in which they were found; at most `MIMELimits.defects`.
  package let defects: [MIMEDefect]
  /// All defects, also those beyond the limit.
  package let defectCount: Int
  /// The limit that this mail is over: then `root` is one raw leaf and the mail belongs on the error path.
  package let exceededLimit: MIMELimits.Name?

  /// The mail byte for byte.
  package var source: [UInt8] { sources.first ?? [] }

  /// The part at a path such as `[1, 2]`.
  package func part(at path: [Int]) -> MIMEPart? {
    guard path.first == 1 else { return nil }
    var part = root
    for number in path.dropFirst() {
      guard part.children.indices.contains(number - 1) else { return nil }
      part = part.children[number - 1]
    }
    return part
  }

  /// Header and body of a part as they came.
  package func rawBytes(of part: MIMEPart) -> ArraySlice<UInt8> { slice(part.range, of: part.source) }

  /// The body of a part as it came, transfer encoding and all.
  package func rawBody(of part: MIMEPart) -> ArraySlice<UInt8> { slice(part.bodyRange, of: part.source) }

  /// The body with its transfer encoding undone; nil when it is in the store.
  ///
  /// Of an encoded message within: the message that was decoded.
  package func content(of part: MIMEPart) -> [UInt8]? {
    switch part.content {
    case .raw: TransferDecoder.decode(rawBody(of: part), part.transferEncoding)
    case .memory(let bytes): bytes
    case .stored: nil
    case .none:
      part.kind == .message && part.transferEncoding != .identity
        ? TransferDecoder.decode(rawBody(of: part), part.transferEncoding) : Array(rawBody(of: part))
    }
  }

  /// The body as text by its charset; nil when it is in the store.
  package func text(of part: MIMEPart) -> String? {
    content(of: part).map { Charset.decode($0, charset: part.contentType.charset) }
  }

  private func slice(_ range: Range<Int>, of source: Int) -> ArraySlice<UInt8> {
    guard sources.indices.contains(source) else { return [] }
    return sources[source][range.clamped(to: 0..<sources[source].count)]
  }
}
