/// The body of an exchange.
///
/// Text bodies are UTF-8; what was received in another charset has been converted by the adapter that received it.
package struct MessageBody: Sendable, Equatable {
  package let bytes: [UInt8]

  package init(bytes: [UInt8]) { self.bytes = bytes }

  package init(text: String) { bytes = Array(text.utf8) }

  package static let empty = MessageBody(bytes: [])

  /// What is not UTF-8 becomes U+FFFD.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package var count: Int { bytes.count }
}
