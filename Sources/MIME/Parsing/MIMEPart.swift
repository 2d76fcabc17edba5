/// A part of a mail, or the mail itself.
package struct MIMEPart: Sendable {
  package enum Kind: String, Sendable, Equatable {
    case leaf
    case multipart
    /// A mail within a mail: exactly one child.
    case message
  }

  /// Where the content of a leaf is.
  package enum Content: Sendable, Equatable {
    /// In the raw bytes of the mail (`bodyRange`), transfer encoding and all.
    case raw
    /// In memory, the transfer encoding undone.
    case memory([UInt8])
    /// In the store that the parser was given: the store's number of it, and the decoded bytes.
    case stored(number: Int, count: Int)
    /// A container has none of its own.
    case none
  }

  /// Counted from 1: the root is `[1]`, its second child `[1, 2]`.
  package var path: [Int]
  package var kind: Kind
  package var header: HeaderBlock
  package var contentType: ContentType
  package var transferEncoding: ContentTransferEncoding
  /// Which bytes the offsets count in: 0 is the mail, others are the decoded encoded messages within it.
  package var source: Int
  /// Header and body, without the line end that belongs to the delimiter behind it.
  package var range: Range<Int>
  package var bodyRange: Range<Int>
  /// Of a multipart: what stands before its first delimiter and behind its closing one.
  package var preamble: Range<Int>?
  package var epilogue: Range<Int>?
  package var content: Content
  package var children: [MIMEPart] = []

  /// `1.2.1`.
  package var pathText: String { path.map { String($0) }.joined(separator: ".") }

  /// This part and all within, in the order of the mail.
  package var all: [MIMEPart] {
    var result: [MIMEPart] = []
    var open = [self]
    while let part = open.popLast() {
      result.append(part)
      open += part.children.reversed()
    }
    return result
  }

  /// The Content-Disposition, nil when there is none.
  package var disposition: Disposition? {
    header.first(.disposition).flatMap { Disposition.parse($0.unfoldedBytes) }
  }

  /// Content-ID without its angle brackets.
  package var contentID: String? {
    header.first(named: "Content-ID").flatMap { MessageID.list($0.unfoldedBytes).first }
  }
}
