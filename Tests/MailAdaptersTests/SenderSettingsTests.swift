import FlowEngine
import FlowModel
import SASL
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

@Suite struct SenderSettingsTests {
  @Test func `absent keys take their defaults`() throws {
    let settings = try senderSettings([("server", "imap.example.com"), ("folder", ""), ("selectionReadFlag", "")])
    #expect(settings.connection.server == ServerAddress(host: "imap.example.com", port: 993))
    #expect(!settings.connection.hasPort)
    #expect(settings.connection.connectTimeout == .seconds(30))
    #expect(settings.connection.login.style == .plain)
    #expect(settings.connection.login.credentialName == "mailer")
    #expect(settings.folder == "INBOX")
    #expect(settings.selection == .unread)
    #expect(settings.messagesPerPoll == 20)
    #expect(settings.lockTimeout == .seconds(3600))
    #expect(settings.postProcessing == .markAsRead)
    #expect(settings.content == MailSenderContent())
    #expect(settings.content.decodesHeaders)
    #expect(settings.disconnects)
    #expect(settings.search.isEmpty)
    #expect(settings.order == .oldestFirst)
    #expect(settings.policy == SourcePolicy())
    #expect(settings.maximumSize == 512 << 20)
    #expect(settings.schedule == nil)
  }

  @Test(arguments: [
    ("imaps", 993, MailboxConnectionSettings.Protection.implicitTLS), ("starttls_mandatory", 143, .startTLSMandatory),
    ("starttls_optional", 143, .startTLSOptional), ("off", 143, .off),
  ])
  func `each protection has its port`(
    name: String, port: Int, protection: MailboxConnectionSettings.Protection
  ) throws {
    let settings = try senderSettings([
      ("server", "imap.example.com"), ("ssl", name), ("auth", "loginEncrypted"),
    ])
    #expect(settings.connection.server.port == UInt16(port))
    #expect(settings.connection.protection == protection)
    #expect(settings.connection.login.style == .encrypted)
  }

  @Test(arguments: [
    ("mark", MailPostProcessing.markAsRead), ("Mark as Read", .markAsRead), ("markAsRead", .markAsRead),
    ("delete", .delete), ("DELETE", .delete),
    ("archive", .archive(folder: "Done", marksAsRead: false)), ("move", .archive(folder: "Done", marksAsRead: false)),
    ("archiveAndMark", .archive(folder: "Done", marksAsRead: true)),
    ("archive_mark", .archive(folder: "Done", marksAsRead: true)),
    ("Archive and Mark as Read", .archive(folder: "Done", marksAsRead: true)),
    ("markAndArchive", .archive(folder: "Done", marksAsRead: true)),
  ])
  func `post-processing is read in every likely spelling`(value: String, expected: MailPostProcessing) throws {
    #expect(try senderSettings([("postProcessing", value), ("archiveMailFolder", "Done")]).postProcessing == expected)
  }

  @Test func `our keys are read`() throws {
    let settings = try senderSettings([
      ("tenant.search.from", "orders@"), ("tenant.search.to", "me"), ("tenant.search.subject", "Bestellung für"),
      ("tenant.search.since", "2026-11-20"), ("tenant.search.before", "-7d"), ("tenant.search.larger", "10K"),
      ("tenant.search.smaller", "2M"), ("tenant.search.flagged", "false"), ("tenant.search.raw", "KEYWORD $Orders"),
      ("tenant.order", "newestFirst"), ("tenant.maximumSize", "25M"), ("tenant.createFolder", "1"),
      ("archiveMailFolder", "Done"), ("tenant.idle", "true"), ("tenant.maximumAttempts", "3"),
      ("tenant.atMostOnce", "true"), ("disconnect", "0"), ("removeAttachments", "1"), ("forwardOriginalMail", "1"),
      ("mimeDecodeHeaders", "0"),
    ])
    var search = MailSearchSettings()
    search.from = "orders@"
    search.to = "me"
    search.subject = "Bestellung für"
    search.since = .date(CivilDateTime(year: 2026, month: 11, day: 20))
    search.before = .daysAgo(7)
    search.larger = 10_240
    search.smaller = 2 << 20
    search.isFlagged = false
    search.raw = "KEYWORD $Orders"
    #expect(settings.search == search)
    #expect(settings.order == .newestFirst)
    #expect(settings.maximumSize == 25 << 20)
    #expect(settings.createsFolder)
    #expect(settings.waitsForMail && !settings.disconnects)
    #expect(settings.policy == SourcePolicy(maximumAttempts: 3, isAtMostOnce: true))
    #expect(settings.content.removesAttachments && settings.content.includesOriginal)
    #expect(!settings.content.decodesHeaders)
  }

  @Test(arguments: [
    ("tenant.search.since", "yesterday"), ("tenant.search.since", "2026-02-30"), ("tenant.search.before", "-d"),
    ("tenant.search.larger", "10 MB"), ("tenant.search.larger", "-1"), ("tenant.maximumSize", "9999999999999999999"),
    ("tenant.search.raw", "SUBJECT ä"), ("tenant.search.subject", "a\r\nb"), ("tenant.order", "random"),
    ("tenant.maximumAttempts", "0"), ("postProcessing", "burn"), ("tenant.search.form", "a"),
  ])
  func `what cannot be read is an error of its key`(key: String, value: String) throws {
    let channel = try channel(senderDocument([(key, value)]))
    let error = #expect(throws: FlowFailure.self) { try MailSenderSettings(channel) }
    #expect(error?.failureClass == .configuration)
  }

  @Test func `a day counted back from today is a day`() {
    let today = CivilDateTime(year: 2026, month: 3, day: 2)
    #expect(SearchDay.daysAgo(3).day(today: today) == CivilDateTime(year: 2026, month: 2, day: 27))
  }

  @Test(.enabled(if: Corpus.isPresent)) func `published sender channels are read without errors of their own`() throws {
    var count = 0
    for file in Corpus.files(below: "iflw", suffix: ".iflw") {
      let bytes = try #require(Corpus.bytes(file))
      guard let flow = try? IntegrationFlowReader().read(bytes, file: file) else { continue }
      for channel in flow.channels where MailSenderCheck().covers(channel.type) {
        count += 1
        let errors = MailSenderCheck().findings(for: channel, in: flow).filter { $0.severity == .error }
        // The channel's server is a parameter, whose file a single document does not have.
        #expect(errors.isEmpty, "\(file): \(errors)")
      }
    }
    #expect(count == 4)
  }
}
