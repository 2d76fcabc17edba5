/// How much structure a mail may have. Over a limit the mail is kept raw and marked, never cut or refused.
package struct MIMELimits: Sendable, Equatable {
  /// Containers within containers: multiparts and messages. A real mail has fewer than 10.
  package var depth = 100
  /// Parts of all kinds in the whole mail, those of an encoded message included.
  package var parts = 10_000
  /// Bytes of one header block, the root's or a part's.
  package var headerBlock = 1 << 20
  /// Bytes of all header blocks together.
  package var headers = 16 << 20
  /// Messages within base64 or quoted-printable messages. RFC 2046 section 5.2.1 forbids even one; each costs a copy.
  package var encodedMessages = 4
  /// Defects listed; further ones are only counted.
  package var defects = 1_000
  /// Sections of one parameter (RFC 2231 section 3), and parameters of one field.
  package var parameters = 1_000
  /// Decoded bytes of a part that stay in memory when the mail is parsed as it arrives; larger parts go to the store.
  package var partInMemory = 1 << 20
  /// Decoded bytes of all such parts together; when they are used up, every further part goes to the store.
  package var contentInMemory = 8 << 20

  package init() {}

  package static let standard = MIMELimits()

  /// The limits that make a mail be kept raw.
  package enum Name: String, Sendable, Equatable {
    case depth, parts, headerBlock, headers
  }
}
