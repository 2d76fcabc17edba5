import TenantBase
import Testing

@testable import MIME

/// Mutations of awkward mails by a fixed random sequence: a small form of the fuzz target, the same in every run.
@Suite struct ParsingMutationTests {
  static let pieces: [String] = [
    "--b\r\n", "--b--\r\n", "--", "\r\n", "\n", "\r", "\r\n\r\n", "Content-Type: multipart/mixed; boundary=b\r\n",
    "Content-Type: message/rfc822\r\n", "Content-Transfer-Encoding: base64\r\n", "Q29udGVudC1UeXBlOg==",
    "Content-Transfer-Encoding: quoted-printable\r\n", "=?utf-8?Q?=C3=A4?= ", "=?utf-8?B?", "?=", "=3D", "=\r\n", "\0",
    "Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1=x\r\n", "begin 644 a\r\n#0V%T\r\nend\r\n",
    "Content-Type: multipart/digest; boundary=\"b\"\r\n\r\n", "From: \"a, <b@c> (d\r\n", "\u{FF}", "<html><p>&amp;<!--",
    "Content-Type: text/html; charset=iso-2022-jp\r\n\r\n\u{1B}$B", "Date: Sun Nov 6 08:49:37 1994\r\n", " ",
  ]

  /// xorshift64*: good enough to choose by, and the same everywhere.
  struct Sequence {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
      state ^= state >> 12
      state ^= state << 25
      state ^= state >> 27
      return Int((state &* 0x2545_F491_4F6C_DD1D) >> 33) % max(bound, 1)
    }
  }

  static func mutated(_ seed: [UInt8], _ random: inout Sequence) -> [UInt8] {
    var mail = seed
    for _ in 0...random.next(6) {
      let at = random.next(mail.count + 1)
      switch random.next(4) {
      case 0: mail.insert(contentsOf: Self.pieces[random.next(Self.pieces.count)].utf8, at: at)
      case 1: mail.removeSubrange(at..<min(mail.count, at + random.next(20)))
      case 2: if at < mail.count { mail[at] = UInt8(random.next(256)) }
      default:
        let end = min(mail.count, at + random.next(60))
        mail.insert(contentsOf: mail[at..<end], at: random.next(mail.count + 1))
      }
    }
    return mail
  }

  @Test func `mutated mails read the same in any pieces, in linear work`() {
    var random = Sequence(state: 20_261_120)
    let seeds = ParsingPiecesTests.awkward + [ReadingContentsTests.newsletter, ReadingReportTests.bounce]
    for seed in seeds {
      var mail = Array(seed.utf8)
      for _ in 0..<40 {
        mail = Self.mutated(mail.count > 3_000 ? Array(seed.utf8) : mail, &random)
        let whole = MailMessageParser.parse(mail)
        let outline = MessageOutline(whole)
        #expect(whole.source == mail)
        #expect(MessageOutline(MailMessageParser.parse(mail, cutAt: random.next(mail.count + 1))) == outline)
        #expect(MessageOutline(MailMessageParser.parse(mail, pieces: 1 + random.next(9))) == outline)
        Self.checkShape(whole)
        let inspection = MailInspection(whole)
        #expect(inspection.json.text(.compact).hasSuffix("}"))
        #expect(!inspection.text.contains("\u{1B}"))
        for file in inspection.files { #expect(AttachmentNames.safe(file.name) == file.name) }
      }
    }
  }

  /// Parts lie within their parents, in order, and what they say of offsets is there.
  static func checkShape(_ mail: ReceivedMail) {
    for part in mail.root.all {
      #expect(part.range.upperBound <= mail.sources[part.source].count)
      #expect(part.range.contains(part.bodyRange.lowerBound) || part.bodyRange.isEmpty)
      #expect(part.kind == .leaf ? part.children.isEmpty : part.kind == .multipart || part.children.count == 1)
      var from = part.bodyRange.lowerBound
      for child in part.children where child.source == part.source {
        #expect(child.range.lowerBound >= from && child.range.upperBound <= part.range.upperBound)
        from = child.range.upperBound
      }
    }
  }
}
