/// What is wrong with a mail that was understood nevertheless.
package struct MIMEDefect: Sendable, Equatable {
  package enum Kind: String, Sendable, Equatable, CaseIterable {
    /// A line of a header block is neither a field nor a continuation; it is left out of the fields.
    case malformedHeaderLine
    /// A header block ends without an empty line.
    case missingHeaderEnd
    /// Header lines that are none were taken as the body.
    case headerIsBody
    /// The mail has no line feed: its lines end in a lone carriage return.
    case bareCarriageReturns
    /// A field that may stand once stands more often; the first counts.
    case repeatedField
    /// A Content-Type without `type/subtype`; RFC 2045 section 5.2 takes it as text/plain.
    case malformedContentType
    /// A multipart without a boundary parameter; taken as one leaf.
    case missingBoundaryParameter
    /// A multipart whose first delimiter never comes.
    case missingFirstBoundary
    /// A multipart that ends without its closing delimiter.
    case missingClosingBoundary
    /// A delimiter line with other text behind the boundary.
    case textAfterBoundary
    /// A multipart with a transfer encoding other than 7bit, 8bit or binary; the encoding is ignored.
    case encodedMultipart
    /// A message/rfc822 in base64 or quoted-printable; it was decoded and parsed.
    case encodedMessage
    /// A transfer encoding that nobody knows; the body is left as it is.
    case unknownTransferEncoding
    /// The limit of encoded messages within encoded messages is reached; the innermost stays a leaf.
    case encodedMessageTooDeep
    /// A limit is exceeded: the mail is kept raw.
    case limitExceeded
    /// A line ends in a bare LF; the first one is listed. The body of a mail without multiparts is not searched.
    case bareLineFeeds
    /// A CR within a header line.
    case carriageReturnInHeader
    /// A header field with bytes above 127.
    case rawNonASCIIHeader
    /// A header block with a NUL byte.
    case nulInHeader
  }

  package let kind: Kind
  /// Bytes from the start of the mail; within an encoded message, from the start of its decoded bytes.
  package let offset: Int
  /// The part that it is in.
  package var path: [Int]

  package init(_ kind: Kind, offset: Int, path: [Int] = [1]) {
    self.kind = kind
    self.offset = offset
    self.path = path
  }
}

extension MIMEDefect.Kind {
  /// Found while a header is read, before its part is there.
  var isAboutHeader: Bool {
    switch self {
    case .malformedHeaderLine, .missingHeaderEnd, .headerIsBody, .bareCarriageReturns, .repeatedField,
      .malformedContentType, .missingBoundaryParameter, .encodedMultipart, .unknownTransferEncoding,
      .rawNonASCIIHeader, .nulInHeader, .carriageReturnInHeader:
      true
    case .missingFirstBoundary, .missingClosingBoundary, .textAfterBoundary, .encodedMessage, .encodedMessageTooDeep,
      .limitExceeded, .bareLineFeeds:
      false
    }
  }

  /// What is wrong, for a person: lower case, without a full stop.
  package var summary: String {
    switch self {
    case .malformedHeaderLine: "a header line is neither a field nor a continuation; left out"
    case .missingHeaderEnd: "no empty line ends the header"
    case .headerIsBody: "lines that are no header fields are taken as the body"
    case .bareCarriageReturns: "lines end in a lone carriage return"
    case .repeatedField: "a field stands more than once; the first counts"
    case .malformedContentType: "unreadable Content-Type; taken as text/plain"
    case .missingBoundaryParameter: "multipart without a boundary; taken as one body"
    case .missingFirstBoundary: "the first delimiter of a multipart never comes"
    case .missingClosingBoundary: "the closing delimiter of a multipart is missing"
    case .textAfterBoundary: "other text behind a delimiter"
    case .encodedMultipart: "multipart with a transfer encoding; the encoding is ignored"
    case .encodedMessage: "message in a transfer encoding; decoded"
    case .unknownTransferEncoding: "unknown transfer encoding; the body is left as it is"
    case .encodedMessageTooDeep: "too many encoded messages within each other; the innermost is left as it is"
    case .limitExceeded: "more structure than allowed; the mail is kept raw"
    case .bareLineFeeds: "lines end in a bare line feed"
    case .carriageReturnInHeader: "carriage return within a header line"
    case .rawNonASCIIHeader: "raw 8-bit bytes in the header"
    case .nulInHeader: "NUL byte in the header"
    }
  }
}
