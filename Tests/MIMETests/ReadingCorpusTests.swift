import TenantBase
import TestSupport
import Testing

@testable import MIME

/// Everything there is to read, on everything there is.
@Suite struct ReadingCorpusTests {
  @Test(.enabled(if: Corpus.isPresent))
  func `every corpus mail can be shown, and written back unchanged`() throws {
    for name in Corpus.files(below: "mime/mime4j", suffix: ".msg") {
      let bytes = try #require(Corpus.bytes(name))
      guard bytes.count < 50_000 else { continue }
      let mail = MailMessageParser.parse(bytes)
      #expect(mail.source == bytes)
      #expect(mail.exceededLimit == nil)
      let inspection = MailInspection(mail)
      #expect(inspection.text.contains("Parts"))
      #expect(inspection.json.text(.compact).hasSuffix("}"))
      for file in inspection.files { #expect(AttachmentNames.safe(file.name) == file.name, "\(name)") }
    }
  }

  /// The literals of the recorded IMAP answers that are whole mails or headers.
  static func recordedMails() -> [(String, [UInt8])] {
    var mails: [(String, [UInt8])] = []
    for name in Corpus.files(below: "servers/imap", suffix: ".txt") {
      guard let bytes = Corpus.bytes(name) else { continue }
      for item in ["BODY[] {", "BODY[HEADER] {", "RFC822 {"] {
        var from = 0
        while let found = bytes[from...].firstRange(of: Array(item.utf8)) {
          from = found.upperBound
          let digits = bytes[from...].prefix(while: ASCII.isDigit)
          guard let count = Int(digits.utf8Text) else { continue }
          // The recordings have lost the CR of their line ends; a literal may then reach beyond its mail.
          guard let lineEnd = bytes[from...].firstIndex(of: ASCII.lf) else { continue }
          let start = lineEnd + 1
          mails.append((name, Array(bytes[start..<min(start + count, bytes.count)])))
        }
      }
    }
    return mails
  }

  @Test(.enabled(if: Corpus.isPresent))
  func `every mail recorded from a server parses`() {
    let mails = Self.recordedMails()
    #expect(mails.count >= 20)
    for (name, bytes) in mails where bytes.count < 100_000 {
      let mail = MailMessageParser.parse(bytes)
      #expect(mail.source == bytes)
      // Some of the recorded mails are text without any header.
      let isAllBody = mail.defects.contains { $0.kind == .headerIsBody } && mail.content(of: mail.root) == bytes
      #expect(!mail.root.header.ranges.isEmpty || isAllBody, "\(name)")
      _ = MailContents(mail)
    }
  }
}
