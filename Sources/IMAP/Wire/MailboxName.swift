import TenantBase

/// The name of a folder, as people read it and as the server wants it.
package struct MailboxName: Sendable, Hashable, CustomStringConvertible {
  /// For people and flows: modified UTF-7 undone, or UTF-8. Where the server's name is neither, its bytes as they are
  /// (what is not UTF-8 becomes U+FFFD).
  package let text: String
  /// What the server called it, where the name came from it: it goes back unchanged.
  package let received: [UInt8]?

  /// A name from a flow. What cannot go into a command is refused there.
  package init(_ text: String) {
    self.text = text
    received = nil
  }

  /// A name from the server, as UTF-7 (RFC 9051 appendix A.1) unless `isUTF8` or a byte says otherwise.
  package init(received bytes: [UInt8], isUTF8: Bool) {
    received = bytes
    let isPlain = isUTF8 || bytes.contains { $0 >= 0x80 }
    text = (isPlain ? nil : ModifiedUTF7.decode(bytes)) ?? String(decoding: bytes, as: UTF8.self)
  }

  package static let inbox = MailboxName("INBOX")

  /// INBOX in any case is the one inbox (RFC 9051 section 5.1).
  package var isInbox: Bool { ASCII.equalIgnoringCase(text.utf8, "INBOX".utf8) }

  package var description: String { text }

  package static func == (left: MailboxName, right: MailboxName) -> Bool {
    left.text == right.text || left.isInbox && right.isInbox
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(isInbox ? "INBOX" : text) }

  /// What a command holds: what the server sent, else modified UTF-7, or UTF-8 once that is enabled.
  func wireBytes(isUTF8: Bool) -> [UInt8] {
    if let received { return received }
    if isInbox { return Array("INBOX".utf8) }
    return isUTF8 ? Array(text.utf8) : ModifiedUTF7.encode(text)
  }
}
