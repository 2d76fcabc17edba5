import MIME
import TenantBase

/// Content that comes in chunks of an awkward size, as a spool file would.
struct ChunkedSource: ByteSource {
  var content: [UInt8]
  var chunkSize: Int
  var tellsCount = true
  /// Fails after this many bytes.
  var failsAfter: Int?

  var byteCount: Int? { tellsCount ? content.count : nil }

  func makeReader() throws(MIMEError) -> any ByteSourceReader { Reader(source: self) }

  struct Reader: ByteSourceReader {
    let source: ChunkedSource
    var position = 0

    mutating func nextChunk(atMost limit: Int) throws(MIMEError) -> [UInt8]? {
      if let failsAfter = source.failsAfter, position >= failsAfter {
        throw MIMEError(.unreadableBody, field: "attachment", detail: "the spool file is gone")
      }
      if position >= source.content.count { return nil }
      let end = min(source.content.count, position + min(limit, source.chunkSize))
      defer { position = end }
      return Array(source.content[position..<end])
    }
  }
}

enum BuildingFixture {
  static let identity = MailIdentity(
    messageID: "<7f1c09.1732090000@mail.example.com>", date: HeaderDate(unixSeconds: 1_795_168_780, offsetMinutes: 60),
    boundaryToken: "4f1aTest")

  static func message(_ content: MailContent, subject: String? = "Hello") throws -> MailDraft {
    MailDraft(
      from: try AddressList.parsing("Orders <orders@example.com>", field: "From"),
      to: try AddressList.parsing("anna@example.org", field: "To"), subject: subject, content: content)
  }

  static func text(_ text: String, encoding: TransferEncodingRequest = .automatic) throws -> MailContent {
    MailContent(body: try MailBody(text: text, encoding: encoding))
  }

  static func bytes(_ message: MailDraft) throws -> [UInt8] {
    try message.build(identity: identity).wholeBytes()
  }

  /// The header block of a built mail, and what follows it.
  static func split(_ mail: [UInt8]) -> (header: String, body: String) {
    let text = mail.utf8Text
    guard let end = text.firstRange(of: "\r\n\r\n") else { return (text, "") }
    return (String(text[..<end.lowerBound]), String(text[end.upperBound...]))
  }
}
