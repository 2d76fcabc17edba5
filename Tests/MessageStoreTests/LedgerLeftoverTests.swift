import FlowEngine
import Foundation
import MessageStore
import TenantBase
import Testing

/// What a process leaves that is killed between making a file and giving it its name.
struct LedgerLeftoverTests {
  private let fixture = LedgerFixture()

  @Test func `an unfinished mark goes at the next opening`() throws {
    _ = try fixture.take("1")
    fixture.crash()
    let left = "ledger.mark.0123456789abcdef.tmp"
    try Data("tenant-ledger-mark 1".utf8).write(to: URL(fileURLWithPath: fixture.folder + "/" + left))
    _ = try fixture.ledger()
    #expect(!fixture.names(in: "").contains(left))
    #expect(fixture.names(in: "").contains("ledger.mark"))
  }

  @Test func `an unfinished note of who has a mailbox goes when it is locked again`() throws {
    let mailbox = LockedMailbox(server: "imap.example.com:993", user: "orders", folder: "INBOX")
    var lease = try fixture.ledger().lock(mailbox, for: "Orders", timeout: .seconds(60), now: fixture.start)
    let holder = try #require(fixture.names(in: "locks").first { $0.hasSuffix(".holder") })
    let left = "\(holder).0123456789abcdef.tmp"
    try Data("1".utf8).write(to: URL(fileURLWithPath: fixture.folder + "/locks/" + left))
    lease = .heldBy(MailboxLockHolder(flowName: "", process: 0, host: "", since: fixture.start, isOverdue: false))
    lease = try fixture.ledger().lock(mailbox, for: "Orders", timeout: .seconds(60), now: fixture.start)
    if case .heldBy = lease { Issue.record("the mailbox is not locked") }
    #expect(!fixture.names(in: "locks").contains(left))
  }
}
