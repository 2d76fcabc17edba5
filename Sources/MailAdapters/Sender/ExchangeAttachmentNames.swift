import Crypto
import MIME
import System

/// Names of attachments as SAP documents them: unique within the message. Of several with one name each gets `_<GUID>`
/// before its extension, the first too; one without a name gets a GUID as its name.
///
/// The GUIDs come from the mail's digest and the attachment's place: a repeated run gives the same names.
struct ExchangeAttachmentNames {
  private let digest: [UInt8]

  init(digest: [UInt8]) { self.digest = digest }

  /// - Parameter names: as the mail gives them, decoded; nil for none. In the order of the mail.
  func unique(_ names: [String?]) -> [String] {
    let safe = names.map { $0.map { AttachmentNames.safe($0) } ?? "" }
    let counts = Dictionary(safe.map { ($0.lowercased(), 1) }, uniquingKeysWith: +)
    return safe.enumerated().map { index, name in
      if name.isEmpty { return guid(index) }
      guard counts[name.lowercased(), default: 0] > 1 else { return name }
      let (stem, suffix) = Self.divided(name)
      return "\(stem)_\(guid(index))\(suffix)"
    }
  }

  private static func divided(_ name: String) -> (stem: String, suffix: String) {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return (name, "") }
    return (String(name[..<dot]), String(name[dot...]))
  }

  /// RFC 9562 section 5.8: version 8, our own content.
  private func guid(_ index: Int) -> String {
    var bytes = Digest.hash(digest + Array("attachment \(index)".utf8), with: .sha256).prefix(16).map { $0 }
    guard bytes.count == 16 else { return RandomIdentifier.hex(byteCount: 16) }
    bytes[6] = bytes[6] & 0x0F | 0x80
    bytes[8] = bytes[8] & 0x3F | 0x80
    let hex = Array(RandomIdentifier.hex(bytes))
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
  }
}
