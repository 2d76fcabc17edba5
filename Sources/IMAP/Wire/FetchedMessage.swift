import TenantBase

/// What one FETCH response tells of a message. What it does not say is nil.
package struct FetchedMessage: Sendable, Equatable {
  package var sequenceNumber: UInt64
  package var uid: UInt64?
  package var flags: Set<IMAPFlag>?
  package var internalDate: Timestamp?
  /// Bytes of the whole message; nil also when the server's number is negative.
  package var size: UInt64?
  package var modSequence: UInt64?
  /// The message wherever it lies (RFC 8474, or Gmail's X-GM-MSGID).
  package var emailID: String?
  /// RFC 8474 or Gmail's X-GM-THRID.
  package var threadID: String?
  package var envelope: IMAPEnvelope?
  package var bodyStructure: BodyStructure?
  package var sections: [FetchedSection] = []
  /// Every other item, by its name in capitals.
  package var otherItems: [String: IMAPValue] = [:]

  package init(sequenceNumber: UInt64) { self.sequenceNumber = sequenceNumber }

  /// The content of `section` where it is here and was not streamed.
  package func bytes(of section: BodySection) -> [UInt8]? {
    for fetched in sections where fetched.section == section {
      if case .bytes(let bytes) = fetched.content { return bytes }
    }
    return nil
  }
}

/// A body section of a FETCH response. RFC822, RFC822.HEADER and RFC822.TEXT are `[]`, `[HEADER]` and `[TEXT]`.
package struct FetchedSection: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case bytes([UInt8])
    /// Went out piece by piece before (``IMAPResponseParser/Event/literalBegan``).
    case streamed(byteCount: Int)
    /// NIL, or no value at all, as Yandex sends.
    case absent
  }

  package var section: BodySection
  /// Where a partial answer begins: `<128>`.
  package var origin: UInt64?
  package var content: Content

  package init(_ section: BodySection, origin: UInt64? = nil, content: Content) {
    self.section = section
    self.origin = origin
    self.content = content
  }
}
