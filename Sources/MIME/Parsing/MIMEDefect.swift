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
    /// Lines end in a bare LF.
    case bareLineFeeds
    /// A header field with bytes above 127.
    case rawNonASCIIHeader
    /// A header block with a NUL byte.
    case nulInHeader
  }

  package let kind: Kind
  /// Bytes from the start of the mail; within an encoded message, from the start of its decoded bytes.
  package let offset: Int

  package init(_ kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}
