import MIME
import TenantBase

/// Mails of every shape, with what a reader must find in them.
struct BuildingSample: Sendable {
  struct Part: Equatable, Sendable {
    var type: String
    var filename: String?
    /// The content after decoding, line ends as LF for text.
    var content: [UInt8]
  }

  var name: String
  var message: MailDraft
  var subject: String
  var to: String
  var parts: [Part]

  static func all() throws -> [BuildingSample] {
    [try plain(), try attachments(), try alternative(), try inlineImages(), try encodings(), try names()]
  }

  private static func sample(
    _ name: String, subject: String, to: String, _ content: MailContent, _ parts: [Part]
  ) throws -> BuildingSample {
    var message = try BuildingFixture.message(content, subject: subject)
    message.to = try AddressList.parsing(to, field: "To")
    message.replyTo = try AddressList.parsing("\"Büro, Leitung\" <office@example.com>", field: "Reply-To")
    message.furtherHeaders = [
      .init(name: "X-Tenant-Note", value: "für später " + String(repeating: "und noch mehr ", count: 8)),
      .init(name: "In-Reply-To", value: "<earlier@example.org>"),
    ]
    return BuildingSample(name: name, message: message, subject: subject, to: to, parts: parts)
  }

  private static func text(_ text: String, type: String = "text/plain") -> Part {
    Part(type: type, filename: nil, content: Array(text.utf8))
  }

  private static func plain() throws -> BuildingSample {
    let body = "Grüße,\n.\n..dot\nFrom here\ntrailing blank \n= equals\n\nend"
    return try sample(
      "plain", subject: "Ein Betreff mit Umlauten: äöü ÄÖÜ ß – und einem langen Schluss, der umbrochen wird",
      to: "\"Müller, Hans\" <hans@example.org>", MailContent(body: try MailBody(text: body)), [text(body)])
  }

  private static func attachments() throws -> BuildingSample {
    let binary = Array(UInt8.min...UInt8.max) + [13, 10, 10, 13]
    let csv = Array("a;b\nc;d".utf8)
    let content = MailContent(
      body: try MailBody(text: "see attached\n"),
      attachments: [
        .init(name: "Übersicht 2026.pdf", mediaType: .octetStream, source: .bytes(binary)),
        .init(
          name: "data.csv", mediaType: try MediaType.parsing("text/csv", field: "type"),
          source: .source(ChunkedSource(content: csv, chunkSize: 2))),
        .init(
          name: nil, mediaType: try MediaType.parsing("application/json", field: "type"),
          source: .bytes(Array("{}".utf8))),
      ])
    return try sample(
      "attachments", subject: "=?not an encoded word?=", to: "a@example.org; b@example.org", content,
      [
        text("see attached\n"), Part(type: "application/octet-stream", filename: "Übersicht 2026.pdf", content: binary),
        Part(type: "text/csv", filename: "data.csv", content: csv),
        Part(type: "application/json", filename: nil, content: Array("{}".utf8)),
      ])
  }

  private static func alternative() throws -> BuildingSample {
    var content = MailContent(body: try MailBody(text: "plain ä\n"))
    content.htmlAlternative = try MailBody(text: "<p>html ä</p>\n", mediaType: .html)
    return try sample(
      "alternative", subject: "both", to: "Team: a@example.org, Ü <b@example.org>;", content,
      [text("plain ä\n"), text("<p>html ä</p>\n", type: "text/html")])
  }

  private static func inlineImages() throws -> BuildingSample {
    let image: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]
    var content = MailContent(body: try MailBody(text: "plain\n"))
    content.htmlAlternative = try MailBody(text: "<img src=\"cid:logo@example.com\">\n", mediaType: .html)
    content.inlineParts = [
      .init(
        name: "logo.png", mediaType: try MediaType.parsing("image/png", field: "type"), source: .bytes(image),
        disposition: .inline, contentID: "logo@example.com")
    ]
    content.attachments = [.init(name: "note.txt", mediaType: .plainText, source: .bytes(Array("note".utf8)))]
    return try sample(
      "inline-images", subject: "日本語の件名がここに入りますので、少し長くなります。折り返しを試します。", to: "a@example.org", content,
      [
        text("plain\n"), text("<img src=\"cid:logo@example.com\">\n", type: "text/html"),
        Part(type: "image/png", filename: "logo.png", content: image),
        Part(type: "text/plain", filename: "note.txt", content: Array("note".utf8)),
      ])
  }

  private static func encodings() throws -> BuildingSample {
    let body = "tab\tend\t\nlong " + String(repeating: "wörter ", count: 200) + "\n"
    var content = MailContent(body: try MailBody(text: body, encoding: .quotedPrintable))
    let latin: [UInt8] = [0xE4, 0x0D, 0x0A, 0xF6]
    for encoding in TransferEncodingRequest.allCases {
      content.attachments.append(
        .init(name: "\(encoding.rawValue).bin", mediaType: .octetStream, source: .bytes(latin), encoding: encoding))
    }
    let parts = TransferEncodingRequest.allCases.map {
      Part(type: "application/octet-stream", filename: "\($0.rawValue).bin", content: latin)
    }
    return try sample("encodings", subject: "x", to: "a@example.org", content, [text(body)] + parts)
  }

  private static func names() throws -> BuildingSample {
    let names = [
      "plain.txt", "with blank.txt", "quote\".txt", "semi;colon.txt", "日本語のファイル名.txt", "perc%ent'.txt",
      String(repeating: "sehr lang ", count: 20) + "Ende.txt", String(repeating: "ü", count: 100) + ".txt", "=?x?=.txt",
      "back\\slash.txt",
    ]
    var content = MailContent(body: try MailBody(text: "x\n"))
    content.attachments = names.map {
      .init(name: $0, mediaType: .octetStream, source: .bytes([1]), encoding: .base64)
    }
    return try sample(
      "names", subject: "", to: "a@example.org", content,
      [text("x\n")] + names.map { Part(type: "application/octet-stream", filename: $0, content: [1]) })
  }
}
