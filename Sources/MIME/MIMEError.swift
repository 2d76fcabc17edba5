import TenantBase

/// Why a mail cannot be built, or an address not be read. Reading a received mail never fails.
package struct MIMEError: ExplainedError, Equatable {
  package enum Kind: Sendable, Equatable {
    case malformedAddress
    /// CR, LF or NUL where they would start another header or command.
    case controlCharacter
    case malformedHeaderName
    case malformedMediaType
    case unknownCharset
    /// A name, an address or a header over its limit.
    case tooLong
    /// Something that every mail needs is missing: a sender, a recipient.
    case missingField
    /// A body's bytes could not be read while they were to be sent.
    case unreadableBody
  }

  package let kind: Kind
  /// The field as the person knows it: `To`, `Subject`, `attachment name`; nil when the caller has not said.
  package var field: String?
  /// In bytes of the UTF-8 of what was given.
  package let offset: Int?
  package let detail: String

  package init(_ kind: Kind, field: String? = nil, offset: Int? = nil, detail: String) {
    self.kind = kind
    self.field = field
    self.offset = offset
    self.detail = detail
  }

  /// The same error with the field's name, unless it has one.
  package func inField(_ name: String) -> MIMEError {
    MIMEError(kind, field: field ?? name, offset: offset, detail: detail)
  }

  package var failureClass: FailureClass {
    switch kind {
    case .unreadableBody: .temporary
    case .unknownCharset, .missingField: .configuration
    case .malformedAddress, .controlCharacter, .malformedHeaderName, .malformedMediaType, .tooLong: .permanent
    }
  }

  package var explanation: Explanation {
    let subject = field.map { "'\(PrintableText.escaping($0))'" } ?? "a field"
    let place = offset.map { " (at byte \($0))" } ?? ""
    let verb =
      switch kind {
      case .malformedAddress: "\(subject) is not a mail address"
      case .controlCharacter: "\(subject) cannot be put into a mail"
      case .malformedHeaderName: "\(subject) is not a header name"
      case .malformedMediaType: "\(subject) is not a media type"
      case .unknownCharset: "\(subject) names an unknown charset"
      case .tooLong: "\(subject) is too long for a mail"
      case .missingField: "\(subject) is missing"
      case .unreadableBody: "\(subject) could not be read"
      }
    return Explanation(verb, cause: "\(detail)\(place)")
  }
}
