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

  /// The mails in the recorded POP3 answers: from the line after `+OK` to the lone dot, with doubled dots undone.
  static func recordedPOP3Mails() -> [(String, [UInt8])] {
    var mails: [(String, [UInt8])] = []
    for name in Corpus.files(below: "servers/pop3", suffix: ".txt") where name.contains("retr") || name.contains("top")
    {
      var mail: [UInt8]?
      for line in (Corpus.bytes(name) ?? []).split(separator: ASCII.lf, omittingEmptySubsequences: false) {
        let text = line.last == ASCII.cr ? line.dropLast() : line
        if mail == nil {
          if text.starts(with: Array("+OK".utf8)) { mail = [] }
        } else if text.elementsEqual([ASCII.dot]) {
          if let mail { mails.append((name, mail)) }
          mail = nil
        } else {
          mail? += Array(text.first == ASCII.dot ? text.dropFirst() : text) + [ASCII.cr, ASCII.lf]
        }
      }
    }
    return mails
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
    let overPOP3 = Self.recordedPOP3Mails()
    #expect(overPOP3.count >= 4)
    let mails = Self.recordedMails() + overPOP3
    #expect(mails.count >= 24)
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
