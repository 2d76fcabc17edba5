/// One mailbox: RFC 5322 section 3.4, with UTF-8 in every part (RFC 6532).
package struct MailAddress: Sendable, Equatable, Hashable {
  /// Decoded and unquoted; nil when there is none.
  package var displayName: String?
  /// Without quotes: what stands between them when the local part was a quoted string.
  package var localPart: String
  /// As written: a domain name, or an address literal with its brackets. Empty only in damaged mail.
  package var domain: String

  package init(displayName: String? = nil, localPart: String, domain: String) {
    self.displayName = displayName
    self.localPart = localPart
    self.domain = domain
  }
}
