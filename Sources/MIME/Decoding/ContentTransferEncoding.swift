import TenantBase

/// How a body is wrapped for transport: RFC 2045 section 6, and uuencode.
package enum ContentTransferEncoding: String, Sendable, Equatable {
  /// 7bit, 8bit, binary, or none: the bytes are the content.
  case identity
  case base64
  case quotedPrintable = "quoted-printable"
  case uuencode
  /// A name that nobody knows; the bytes are left as they are.
  case unknown

  /// Reads the value of a Content-Transfer-Encoding field, with comments, quotes and punctuation that do not belong there.
  package init(fieldValue: [UInt8]) {
    let token = fieldValue.split(whereSeparator: { $0 <= ASCII.space || $0 == 0x3B || $0 == 0x28 || $0 == 0x2C }).first
    let name = (token ?? []).filter { $0 != 0x22 && $0 != 0x27 && $0 != 0x3A }.map(ASCII.lowercased).utf8Text
    self =
      switch name {
      case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits", "none", "raw": .identity
      case "base64", "base-64", "b64": .base64
      case "quoted-printable", "quotedprintable", "quoted_printable", "qp", "q-p": .quotedPrintable
      case "x-uuencode", "uuencode", "x-uue", "uue", "x-uu": .uuencode
      default: .unknown
      }
  }
}

/// Undoes a transfer encoding piece by piece. Any bytes give a result.
package struct TransferDecoder: Sendable {
  private enum State: Sendable {
    case identity
    case base64(Base64Decoder)
    case quotedPrintable(QuotedPrintable)
    case uuencode(UUDecoder)
  }

  private var state: State

  package init(_ encoding: ContentTransferEncoding) {
    state =
      switch encoding {
      case .identity, .unknown: .identity
      case .base64: .base64(Base64Decoder())
      case .quotedPrintable: .quotedPrintable(QuotedPrintable())
      case .uuencode: .uuencode(UUDecoder())
      }
  }

  package mutating func decode(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
    switch state {
    case .identity: output += bytes
    case .base64(var decoder):
      decoder.decode(bytes, into: &output)
      state = .base64(decoder)
    case .quotedPrintable(var decoder):
      state = .identity
      decoder.decode(bytes, into: &output)
      state = .quotedPrintable(decoder)
    case .uuencode(var decoder):
      state = .identity
      decoder.decode(bytes, into: &output)
      state = .uuencode(decoder)
    }
  }

  /// What the end decides: an incomplete group, blanks at the end of the last line.
  package mutating func finish(into output: inout [UInt8]) {
    switch state {
    case .identity: break
    case .base64(var decoder): decoder.finish(into: &output)
    case .quotedPrintable(var decoder): decoder.finish(into: &output)
    case .uuencode(var decoder): decoder.finish(into: &output)
    }
    state = .identity
  }

  /// The whole of `bytes` with the encoding undone.
  package static func decode(_ bytes: ArraySlice<UInt8>, _ encoding: ContentTransferEncoding) -> [UInt8] {
    if encoding == .identity || encoding == .unknown { return Array(bytes) }
    var decoder = TransferDecoder(encoding)
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    decoder.decode(bytes, into: &output)
    decoder.finish(into: &output)
    return output
  }
}
