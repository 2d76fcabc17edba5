import System
import TenantBase

/// A charset for text that we write.
package struct MailCharset: Sendable, Equatable {
  /// As it stands in `charset=`.
  package let name: String

  package static let utf8 = MailCharset(known: "UTF-8")
  package static let usASCII = MailCharset(known: "us-ascii")

  private init(known name: String) { self.name = name }

  /// - Parameter name: as a channel writes it; `UTF-ASCII`, as one of SAP's choices is spelled, means us-ascii.
  /// - Throws: `MIMEError.unknownCharset`.
  package init(name: String, field: String) throws(MIMEError) {
    let trimmed = String(name.filter { $0 != " " })
    if trimmed.lowercased() == "utf-ascii" {
      self = .usASCII
      return
    }
    guard !trimmed.isEmpty, trimmed.utf8.allSatisfy(HeaderParameter.isTokenByte),
      CharsetName.isUTF8(trimmed) || CharsetConverter.isKnown(trimmed)
    else {
      throw MIMEError(
        .unknownCharset, field: field, detail: "no charset '\(PrintableText.escaping(name))' is known here")
    }
    self.name = trimmed
  }

  /// The bytes of `text`, with `?` for what the charset does not have.
  package func encode(_ text: String) throws(MIMEError) -> (bytes: [UInt8], isLossless: Bool) {
    let utf8 = Array(text.utf8)
    if CharsetName.isUTF8(name) { return (utf8, true) }
    guard let result = CharsetConverter.encode(utf8, charset: name) else {
      throw MIMEError(.unknownCharset, field: "charset", detail: "no charset '\(name)' is known here")
    }
    return result
  }

  /// Whether bytes below 0x80 always are the ASCII characters, so that line ends can be seen in the bytes.
  static func keepsASCII(_ charset: String?) -> Bool {
    guard let charset = charset?.lowercased() else { return true }
    let prefixes = ["utf-16", "utf16", "utf-32", "utf32", "utf-7", "ucs", "unicode", "ibm", "cp037", "ebcdic"]
    return !prefixes.contains { charset.hasPrefix($0) }
  }
}
