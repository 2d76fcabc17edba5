/// The MIME structure as the server read it (RFC 3501 section 7.4.2). Fields that it left out are nil or empty.
package struct BodyStructure: Sendable, Equatable {
  package struct Parameter: Sendable, Equatable {
    /// In lower case.
    package var name: String
    /// As the server sent it: RFC 2231 and encoded words not undone.
    package var value: [UInt8]

    package init(name: String, value: [UInt8]) {
      self.name = name
      self.value = value
    }
  }

  package struct Disposition: Sendable, Equatable {
    /// In lower case: `attachment`.
    package var kind: String
    package var parameters: [Parameter]

    package init(kind: String, parameters: [Parameter] = []) {
      self.kind = kind
      self.parameters = parameters
    }
  }

  /// In lower case: `text`, `multipart`.
  package var type: String
  /// In lower case; empty where the server left it out.
  package var subtype: String
  package var parameters: [Parameter] = []
  package var contentID: [UInt8]?
  package var contentDescription: [UInt8]?
  /// In lower case: `base64`.
  package var transferEncoding: String?
  /// Bytes, in the transfer encoding.
  package var size: UInt64?
  /// For text and message/rfc822.
  package var lines: UInt64?
  package var disposition: Disposition?
  /// Children of a multipart; the one inside a message/rfc822.
  package var parts: [BodyStructure] = []
  /// Of a message/rfc822.
  package var envelope: IMAPEnvelope?

  package init(type: String, subtype: String) {
    self.type = type
    self.subtype = subtype
  }

  package var isMultipart: Bool { type == "multipart" }
}
