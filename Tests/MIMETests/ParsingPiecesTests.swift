import Foundation
import TestSupport
import Testing

@testable import MIME

/// The same mail in other pieces gives the same message.
@Suite struct ParsingPiecesTests {
  /// In the full test form `TENANT_TEST_FULL=1` takes every mail under 20 kB; else only those under 4 kB.
  static let isFull = ProcessInfo.processInfo.environment["TENANT_TEST_FULL"] == "1"
  static let largest = isFull ? 20_000 : 4_000

  static func mails() -> [(String, [UInt8])] {
    Corpus.files(below: "mime/mime4j", suffix: ".msg").compactMap { name in
      Corpus.bytes(name).flatMap { $0.count < largest ? (name, $0) : nil }
    }
  }

  @Test(.enabled(if: Corpus.isPresent))
  func `corpus mails fed byte by byte are the same`() {
    for (name, mail) in Self.mails() {
      let whole = MessageOutline(MailMessageParser.parse(mail))
      #expect(MessageOutline(MailMessageParser.parse(mail, pieces: 1)) == whole, "\(name)")
      #expect(MessageOutline(MailMessageParser.parse(mail, pieces: 7)) == whole, "\(name)")
    }
  }

  @Test(.enabled(if: Corpus.isPresent))
  func `corpus mails cut at every offset are the same`() {
    // Debug builds take the smallest mails, and every seventh offset of the larger ones.
    for (name, mail) in Self.mails() where Self.isFull || mail.count < 1_500 {
      let whole = MessageOutline(MailMessageParser.parse(mail))
      let step = Self.isFull || mail.count < 500 ? 1 : 7
      for cut in stride(from: 0, through: mail.count, by: step)
      where MessageOutline(MailMessageParser.parse(mail, cutAt: cut)) != whole {
        Issue.record("\(name) cut at \(cut)")
        break
      }
    }
  }

  static let awkward: [String] = [
    "", "\r", "\n", "-", "--", "\r\n\r\n--", "From x\r\nA: b\r\n\r\nbody",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--\r\n--b \r\nX: y\r\n--b--x\r\n--b--",
    "Content-Type: multipart/mixed; boundary=b\n\n-\n--\n---b\n--b\n\n\r\r\n--b\r\n\r\r\n\r\n--b--\n--b\nend",
    "Content-Type: multipart/mixed; boundary=\"-\"\r\n\r\n---\r\n\r\ntext\r\n-----\r\n---\r\n",
    "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n--b\r\n\r\nSubject: x\r\n\r\nbody\r\n--b--\r\n",
    "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\nno field\r\n--b\r\n\r\nno field\r\n\r\nbody\r\n--b--\r\n",
    "A: b\rSubject: only\rContent-Type: multipart/mixed; boundary=b\r\r--b\r\rone\r--b--\r",
    "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
      + "Subject=3A x\r\nContent-Type: multipart/mixed; boundary=3D\"b\"\r\n\r\n--b\r\n\r\none=\r\n two =20 \r\n--b--\r\n",
    "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=ab\r\n\r\n"
      + "--ab\r\n\r\n1\r\n--a\r\n\r\n2\r\n--ab--\r\n--a--\r\n",
  ]

  @Test(arguments: awkward)
  func `awkward mails cut at every offset are the same`(_ text: String) {
    let mail = Array(text.utf8)
    let whole = MessageOutline(MailMessageParser.parse(mail))
    for cut in 0...mail.count {
      #expect(MessageOutline(MailMessageParser.parse(mail, cutAt: cut)) == whole, "cut at \(cut)")
    }
    for size in 1...5 {
      #expect(MessageOutline(MailMessageParser.parse(mail, pieces: size)) == whole, "pieces of \(size)")
    }
  }

  @Test(arguments: awkward)
  func `a mail parsed as it arrives has the same parts and contents`(_ text: String) {
    Self.compareStreamed(Array(text.utf8), pieces: 1, partInMemory: 2)
  }

  @Test(.enabled(if: Corpus.isPresent))
  func `corpus mails parsed as they arrive have the same parts and contents`() {
    for (_, mail) in Self.mails() { Self.compareStreamed(mail, pieces: 100, partInMemory: 200) }
  }

  static func compareStreamed(_ mail: [UInt8], pieces: Int, partInMemory: Int) {
    let whole = MailMessageParser.parse(mail)
    var limits = MIMELimits()
    limits.partInMemory = partInMemory
    var parser = MailStreamParser(limits: limits, store: RecordingStore())
    for start in stride(from: 0, to: mail.count, by: pieces) {
      parser.consume(Array(mail[start..<min(start + pieces, mail.count)]))
    }
    let (message, store) = parser.finish()
    #expect(message.root.all.map(\.pathText) == whole.root.all.map(\.pathText))
    for (streamed, kept) in zip(message.root.all, whole.root.all) where kept.kind == .leaf {
      let wanted = whole.content(of: kept)
      switch streamed.content {
      case .memory(let bytes): #expect(bytes == wanted)
      case .stored(let number, let count):
        #expect(store.contents[number].bytes == wanted)
        #expect(count == wanted?.count)
        #expect(store.contents[number].path == kept.path)
      case .raw, .none: Issue.record("no content of \(kept.pathText)")
      }
    }
    #expect(!store.isOpen)
  }
}

/// Keeps what the parser stores, and that it stores one content at a time.
struct RecordingStore: PartStore {
  var contents: [(path: [Int], bytes: [UInt8])] = []
  var isOpen = false

  mutating func begin(path: [Int]) -> Int {
    if isOpen { Issue.record("begin within a content") }
    isOpen = true
    contents.append((path, []))
    return contents.count - 1
  }

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    if !isOpen { Issue.record("append outside a content") }
    contents[contents.count - 1].bytes += bytes
  }

  mutating func end() { isOpen = false }
}
