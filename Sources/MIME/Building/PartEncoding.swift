import TenantBase

/// What a channel asks for. It is a wish: content that would not arrive unchanged in it is encoded more strongly.
package enum TransferEncodingRequest: String, Sendable, CaseIterable {
  /// The smallest that is safe everywhere.
  case automatic = "auto"
  case sevenBit = "7bit"
  case eightBit = "8bit"
  case quotedPrintable = "quoted-printable"
  case base64
  /// Leaves as 8bit where lines allow, else as base64: SMTP has no way for binary that servers commonly take.
  case binary

  /// - Parameter name: as channels write it, in any case (`7Bit`, `Quoted-Printable`, `Automatic`).
  package init?(name: String) {
    let lowered = name.lowercased()
    if lowered == "automatic" {
      self = .automatic
    } else {
      self.init(rawValue: lowered)
    }
  }
}

/// The Content-Transfer-Encoding of one part (RFC 2045 section 6).
enum PartEncoding: String, Sendable {
  case sevenBit = "7bit"
  case eightBit = "8bit"
  case quotedPrintable = "quoted-printable"
  case base64

  /// RFC 5322 section 2.1.1: the most bytes of a line.
  static let lineLimit = 998

  /// - Parameter isText: line ends are made canonical on the way; else every byte must arrive as it is.
  /// - Parameter endsBody: the part is the whole body, to which SMTP adds a line end when it has none.
  static func choose(_ request: TransferEncodingRequest, for scan: ContentScan, isText: Bool, endsBody: Bool)
    -> PartEncoding
  {
    let keepsItsEnd = isText || !endsBody || scan.endsInLineEnd || scan.byteCount == 0
    let isLineSafe =
      scan.longestLine <= lineLimit && !scan.hasNUL && (isText || !scan.hasBareLineEnd) && keepsItsEnd
    let smallest: PartEncoding = scan.isShorterInBase64 ? .base64 : .quotedPrintable
    switch request {
    case .automatic, .sevenBit:
      return isLineSafe && scan.eightBitBytes == 0 ? .sevenBit : isText ? smallest : .base64
    case .eightBit: return isLineSafe ? .eightBit : isText ? smallest : .base64
    case .binary: return isLineSafe ? .eightBit : .base64
    case .quotedPrintable: return .quotedPrintable
    case .base64: return .base64
    }
  }
}
