import MIME
import TenantBase
import Testing

/// What we build, read by our own parser.
@Suite struct BuildingOwnParserTests {
  @Test func `our own parser reads every sample as it was meant`() throws {
    for sample in try BuildingSample.all() {
      let mail = MailMessageParser.parse(try BuildingFixture.bytes(sample.message))
      #expect(mail.defects.isEmpty, "\(sample.name): \(mail.defects)")
      #expect(mail.headers.subject == sample.subject, "\(sample.name)")
      #expect(mail.headers.to == sample.message.to.mailboxes, "\(sample.name)")
      #expect(mail.headers.replyTo == sample.message.replyTo.mailboxes)
      #expect(mail.headers.from == sample.message.from.mailboxes)
      #expect(mail.headers.date == BuildingFixture.identity.date)
      #expect(mail.headers.messageID.map { "<\($0)>" } == BuildingFixture.identity.messageID)
      #expect(mail.headers.text("X-Tenant-Note") == sample.message.furtherHeaders.first?.value)
      let leaves = mail.root.all.filter { $0.children.isEmpty }
      #expect(leaves.count == sample.parts.count, "\(sample.name)")
      for (leaf, expected) in zip(leaves, sample.parts) {
        #expect(leaf.contentType.mediaType == expected.type)
        #expect((leaf.disposition?.parameters["filename"] ?? leaf.contentType.parameters["name"]) == expected.filename)
        let content = mail.content(of: leaf) ?? []
        let isShown = expected.filename == nil && expected.type.hasPrefix("text/")
        #expect((isShown ? content.filter { $0 != 13 } : content) == expected.content, "\(sample.name)")
      }
    }
  }
}
