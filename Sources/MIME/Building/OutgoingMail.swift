import TenantBase

/// The bytes of a mail, canonical: CRLF line ends, no line over 998 bytes, nothing bare, no NUL. Made as they are read,
/// the same at every reading, so that the largest attachment costs no memory.
package struct OutgoingMail: Sendable {
  enum Segment: Sendable {
    case bytes([UInt8])
    case body(BodySource, BodyTransform)
  }

  /// With angle brackets.
  package let messageID: String
  /// The exact number of bytes; nil when telling it would need encoding the whole.
  package let size: Int?
  /// It has 8-bit bytes in a body (RFC 6152).
  package let needs8BitMIME: Bool
  /// It has UTF-8 in its header (RFC 6532).
  package let needsSMTPUTF8: Bool

  let segments: [Segment]

  init(messageID: String, size: Int?, needs8BitMIME: Bool, needsSMTPUTF8: Bool, segments: [Segment]) {
    self.messageID = messageID
    self.size = size
    self.needs8BitMIME = needs8BitMIME
    self.needsSMTPUTF8 = needsSMTPUTF8
    self.segments = segments
  }

  /// A mail that was built before and kept, such as in the outgoing journal: the bytes leave as they are.
  package init(
    stored source: BodySource, messageID: String, needs8BitMIME: Bool, needsSMTPUTF8: Bool
  ) {
    self.init(
      messageID: messageID, size: source.byteCount, needs8BitMIME: needs8BitMIME, needsSMTPUTF8: needsSMTPUTF8,
      segments: [.body(source, .asIs)])
  }

  /// A reader at the first byte. Several can be open at once.
  package func makeReader() -> Reader { Reader(segments: segments) }

  /// All bytes, for small mails: tests, and the output of a dry run.
  package func wholeBytes() throws(MIMEError) -> [UInt8] {
    var reader = makeReader()
    var bytes: [UInt8] = []
    while let chunk = try reader.nextChunk() { bytes += chunk }
    return bytes
  }

  /// Yields the mail's bytes in order.
  package struct Reader {
    /// Bytes of content read at a time.
    static let chunkSize = 48 * 1024

    private let segments: [Segment]
    private var next = 0
    private var encoder: BodyEncoder?

    fileprivate init(segments: [Segment]) { self.segments = segments }

    /// The next bytes, at least one; nil at the end.
    /// - Throws: `MIMEError.unreadableBody` when a source cannot be read.
    package mutating func nextChunk() throws(MIMEError) -> [UInt8]? {
      while true {
        if let chunk = try encoder?.nextChunk() { return chunk }
        encoder = nil
        guard next < segments.count else { return nil }
        let segment = segments[next]
        next += 1
        switch segment {
        case .bytes(let bytes) where !bytes.isEmpty: return bytes
        case .bytes: continue
        case .body(let source, let transform):
          encoder = BodyEncoder(reader: try source.makeReader(), transform: transform)
        }
      }
    }
  }
}

/// How a content becomes the bytes of a part.
struct BodyTransform: Sendable, Equatable {
  var encoding: PartEncoding
  /// Line ends become CRLF before the encoding.
  var isText: Bool
  /// The part ends the message.
  var endsBody: Bool

  static let asIs = BodyTransform(encoding: .eightBit, isText: false, endsBody: false)

  /// The encoded size; nil when only encoding it would tell.
  func size(of scan: ContentScan) -> Int? {
    let count = isText ? scan.canonicalByteCount : scan.byteCount
    switch encoding {
    case .sevenBit, .eightBit: return count
    case .base64: return Base64LineEncoder.encodedSize(of: count)
    case .quotedPrintable: return nil
    }
  }
}

/// Reads a content and encodes it, chunk by chunk.
private struct BodyEncoder {
  private var reader: any ByteSourceReader
  private let transform: BodyTransform
  private var canonicalizer = LineEndCanonicalizer()
  private var base64 = Base64LineEncoder()
  private var quotedPrintable: QuotedPrintableEncoder
  private var isFinished = false

  init(reader: any ByteSourceReader, transform: BodyTransform) {
    self.reader = reader
    self.transform = transform
    quotedPrintable = QuotedPrintableEncoder(isText: transform.isText)
  }

  mutating func nextChunk() throws(MIMEError) -> [UInt8]? {
    while !isFinished {
      var output: [UInt8] = []
      if let chunk = try reader.nextChunk(atMost: OutgoingMail.Reader.chunkSize) {
        encode(chunk, into: &output)
      } else {
        finish(into: &output)
        isFinished = true
      }
      if !output.isEmpty { return output }
    }
    return nil
  }

  private mutating func encode(_ chunk: [UInt8], into output: inout [UInt8]) {
    var content = chunk
    if transform.isText {
      content = []
      canonicalizer.encode(chunk, into: &content)
    }
    switch transform.encoding {
    case .sevenBit, .eightBit: output = content
    case .base64: base64.encode(content, into: &output)
    case .quotedPrintable: quotedPrintable.encode(content, into: &output)
    }
  }

  private mutating func finish(into output: inout [UInt8]) {
    switch transform.encoding {
    case .sevenBit, .eightBit: break
    case .base64: base64.finish(into: &output)
    case .quotedPrintable: quotedPrintable.finish(endsBody: transform.endsBody, into: &output)
    }
  }
}
