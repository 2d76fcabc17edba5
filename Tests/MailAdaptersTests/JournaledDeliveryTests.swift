import Expressions
import FlowEngine
import Foundation
import MIME
import MessageStore
import SMTP
import Synchronization
import System
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

/// Mails that a source message causes, against a server on loopback, over runs and crashes.
@Suite struct JournaledDeliveryTests {
  private static let plain: FlowDocument.Properties = [("ssl", "off"), ("subject", "Order")]
  private static let threeRecipients: FlowDocument.Properties =
    plain + [("cc", "bob@example.org, carol@example.org")]

  @Test func `a mail that was accepted is not sent again, in this run's process or a later one`() async throws {
    let server = MailServer()
    let source = try JournaledSource(server)
    let first = try await source.deliver(Self.plain)
    #expect(first.failure == nil)
    #expect(first.report.deliveries.map(\.status) == [.accepted])
    for _ in 0..<2 {
      source.crash()
      let again = try await source.deliver(Self.plain)
      #expect(again.failure == nil)
      #expect(
        again.report.deliveries
          == [.init(target: "anna@example.org", status: .alreadySent, answer: "250 2.0.0 queued")])
      #expect(again.report.messageID == first.report.messageID)
    }
    #expect(server.mails.count == 1)
    let mail = try #require(server.mails.first)
    let token = try #require(header(MailComposer.deliveryHeader, of: mail.text))
    #expect(header("Message-ID", of: mail.text) == "<\(token)@example.com>")
    #expect(first.report.messageID == "<\(token)@example.com>")
  }

  @Test func `without a source message, or without a journal, every run sends`() async throws {
    let server = MailServer()
    let environment = try environment(for: server)
    var exchange = exchange(body: "x")
    for source in [nil, SourceMessageID(rawValue: 1)] {
      exchange.sourceMessage = source
      let outcome = try await makeReceiver(Self.plain, environment).deliver(exchange, at: .test, in: makeRun())
      #expect(outcome.failure == nil)
    }
    await environment.close()
    #expect(server.mails.count == 2)
    #expect(server.mails.allSatisfy { header(MailComposer.deliveryHeader, of: $0.text) == nil })
  }

  @Test func `of several recipients only those that were deferred get it again, with the same bytes`() async throws {
    let isOpen = Mutex(false)
    let server = MailServer(
      .init(answer: { command, _, _ in
        guard command.hasPrefix("RCPT"), !isOpen.withLock({ $0 }) else { return nil }
        return command.contains("bob@") ? "450 4.2.1 later" : nil
      }))
    let source = try JournaledSource(server)
    let first = try await source.deliver(Self.threeRecipients)
    #expect(first.report.deliveries.map(\.status) == [.accepted, .deferred, .accepted])
    // Safe to repeat, although somebody has it.
    #expect(first.failure?.failureClass == .temporary)
    isOpen.withLock { $0 = true }
    source.crash()
    let second = try await source.deliver(Self.threeRecipients)
    #expect(second.failure == nil)
    #expect(second.report.deliveries.map(\.status) == [.alreadySent, .accepted, .alreadySent])
    #expect(
      server.mails.map(\.recipients) == [
        ["RCPT TO:<anna@example.org>", "RCPT TO:<carol@example.org>"], ["RCPT TO:<bob@example.org>"],
      ])
    #expect(Set(server.mails.map(\.bytes)).count == 1)
  }

  @Test func `a refused recipient is never asked again unless a person says so`() async throws {
    let server = MailServer(
      .init(answer: { command, connection, _ in
        command.contains("bob@") && connection < 2 ? "550 5.1.1 no such user" : nil
      }))
    let source = try JournaledSource(server)
    let first = try await source.deliver(Self.threeRecipients)
    #expect(first.report.deliveries.map(\.status) == [.accepted, .refused, .accepted])
    #expect(first.failure?.failureClass == .permanent)
    let second = try await source.deliver(Self.threeRecipients)
    #expect(second.report.deliveries.map(\.status) == [.alreadySent, .refused, .alreadySent])
    #expect(second.failure?.explanation.summary.contains("550 5.1.1 no such user") == true)
    #expect(server.connectionCount == 1)
    try source.retry()
    // The connection counts: one without bob, then a refusal, then his.
    let third = try await source.deliver(Self.threeRecipients)
    #expect(third.report.deliveries.map(\.status) == [.alreadySent, .refused, .alreadySent])
    try source.retry()
    let fourth = try await source.deliver(Self.threeRecipients)
    #expect(fourth.report.deliveries.map(\.status) == [.alreadySent, .accepted, .alreadySent])
    #expect(Set(server.mails.map(\.bytes)).count == 1)
  }

  @Test func `a doubt is sent again with the same Message-ID and bytes`() async throws {
    let isLost = Mutex(true)
    let server = MailServer(.init(answer: { command, _, _ in command == "." && isLost.withLock { $0 } ? "" : nil }))
    let source = try JournaledSource(server)
    let first = try await source.deliver(Self.plain, body: "one")
    #expect(first.report.deliveries.map(\.status) == [.inDoubt])
    #expect(first.failure?.failureClass == .outcomeUnknown)
    isLost.withLock { $0 = false }
    source.crash()
    // The flow would make another mail now: what leaves is what was stored.
    let second = try await source.deliver(Self.plain, body: "two")
    #expect(second.failure == nil)
    #expect(second.report.deliveries.map(\.status) == [.accepted])
    #expect(second.report.notes.contains { $0.contains("same Message-ID") })
    #expect(server.mails.count == 2 && Set(server.mails.map(\.bytes)).count == 1)
    #expect(server.mails[0].text.contains("one"))
    _ = try await source.deliver(Self.plain)
    #expect(server.mails.count == 2)
  }

  @Test func `what cannot be composed is a failure of the message, not of the server`() async throws {
    let server = MailServer()
    let source = try JournaledSource(server)
    let outcome = try await source.deliver(Self.plain + [("to", "${header.nobody}")])
    #expect(outcome.failure?.kind == .stepFailed)
    #expect(server.mails.isEmpty)
  }

  @Test func `a mail over the server's size is refused for good`() async throws {
    let server = MailServer(
      .init(answer: { command, _, _ in command.hasPrefix("MAIL FROM") ? "552 5.3.4 message too big" : nil }))
    let source = try JournaledSource(server)
    for _ in 0..<2 {
      let outcome = try await source.deliver(Self.plain)
      #expect(outcome.report.deliveries.map(\.status) == [.refused])
      #expect(outcome.failure?.kind == .channelFailed && outcome.failure?.failureClass == .permanent)
      source.crash()
    }
    #expect(server.mails.isEmpty)
  }

  @Test func `a doubt is held where the channel says so, until a person decides`() async throws {
    let isLost = Mutex(true)
    let server = MailServer(.init(answer: { command, _, _ in command == "." && isLost.withLock { $0 } ? "" : nil }))
    let source = try JournaledSource(server)
    let channel = Self.plain + [("tenant.onDoubt", "hold")]
    _ = try await source.deliver(channel)
    isLost.withLock { $0 = false }
    for _ in 0..<2 {
      source.crash()
      let held = try await source.deliver(channel)
      #expect(held.report.deliveries.map(\.status) == [.inDoubt])
      #expect(held.report.deliveries.first?.answer.hasPrefix("held: ") == true)
      #expect(held.failure?.failureClass == .outcomeUnknown)
      #expect(
        held.failure?.explanation.hints == [
          "ask a recipient; when the mail has not arrived: tenant messages retry \(source.id.rawValue)",
          "or give it up: tenant messages drop \(source.id.rawValue)",
        ])
    }
    #expect(server.mails.count == 1)
    try source.retry()
    #expect(try await source.deliver(channel).failure == nil)
    #expect(server.mails.count == 2 && Set(server.mails.map(\.bytes)).count == 1)
  }

  @Test func `a crash before a mail left sends it once, and one while it left is a doubt`() async throws {
    for (policy, expected) in [("resend", 1), ("hold", 0)] {
      let server = MailServer()
      let source = try JournaledSource(server)
      let channel = Self.plain + [("tenant.onDoubt", policy)]
      // Begun, and the process is gone: `hold` has not marked it yet.
      try source.begin(channel, isSending: policy == "resend")
      source.crash()
      #expect(try await source.deliver(channel).failure == nil)
      #expect(server.mails.count == 1)

      let other = MailServer()
      let second = try JournaledSource(other)
      try second.begin(channel, isSending: true)
      second.crash()
      let outcome = try await second.deliver(channel)
      #expect(other.mails.count == expected)
      #expect((outcome.failure == nil) == (expected == 1))
    }
  }

  @Test func `a server that cannot be reached leaves the mail to the next run`() async throws {
    let isOpen = Mutex(false)
    let server = MailServer(
      .init(answer: { command, _, _ in command.isEmpty && !isOpen.withLock { $0 } ? "421 4.3.2 not now" : nil }))
    let source = try JournaledSource(server)
    let first = try await source.deliver(Self.plain)
    #expect(first.report.deliveries.map(\.status) == [.deferred])
    #expect(first.failure?.failureClass == .temporary)
    isOpen.withLock { $0 = true }
    source.crash()
    #expect(try await source.deliver(Self.plain).failure == nil)
    #expect(server.mails.count == 1)
  }

  @Test func `each delivery of a run, and each branch of a split, has a mail of its own`() async throws {
    let server = MailServer()
    let source = try JournaledSource(server)
    let points = [
      DeliveryPoint(elementID: "A"), DeliveryPoint(elementID: "B"), DeliveryPoint(elementID: "A", lineage: [1]),
      DeliveryPoint(elementID: "A", ordinal: 1),
    ]
    for _ in 0..<2 {
      for point in points { #expect(try await source.deliver(Self.plain, at: point).failure == nil) }
      source.crash()
    }
    #expect(server.mails.count == 4)
    #expect(Set(server.mails.map { header("Message-ID", of: $0.text) }).count == 4)
  }

  @Test func `a large attachment goes through a file and is gone from the disk once it was sent`() async throws {
    let server = MailServer()
    let source = try JournaledSource(server)
    let content = [UInt8](repeating: 7, count: 300_000)
    let attachment = ExchangeAttachment(
      name: "data.bin", mediaType: "application/octet-stream", content: MessageBody(bytes: content))
    let outcome = try await source.deliver(Self.plain + [("keep_attachments", "true")], attachments: [attachment])
    #expect(outcome.failure == nil)
    #expect((server.mails.first?.bytes.count ?? 0) > 400_000)
    #expect(source.spoolFiles.isEmpty)
  }

  @Test func `a disk that takes nothing lets nothing leave`() async throws {
    let server = MailServer()
    let source = try JournaledSource(server)
    source.failsToWrite.withLock { $0 = .begin }
    let outcome = try await source.deliver(Self.plain)
    #expect(outcome.failure?.failureClass == .temporary)
    #expect(server.connectionCount == 0)
    source.failsToWrite.withLock { $0 = nil }
    #expect(try await source.deliver(Self.plain).failure == nil)
  }

  @Test func `an acceptance that cannot be written down is told as such`() async throws {
    let server = MailServer()
    let source = try JournaledSource(server)
    source.failsToWrite.withLock { $0 = .record }
    let outcome = try await source.deliver(Self.plain)
    #expect(server.mails.count == 1)
    #expect(outcome.failure?.failureClass == .outcomeUnknown)
    #expect(outcome.report.deliveries.map(\.status) == [.accepted])
    source.failsToWrite.withLock { $0 = nil }
    source.crash()
    #expect(try await source.deliver(Self.plain).failure == nil)
    #expect(server.mails.count == 2 && Set(server.mails.map(\.bytes)).count == 1)
  }

  @Test(arguments: [
    "a@b.example", #""a b"@b.example"#, "jörg@bücher.example", #""a\"b,<c>"@[192.0.2.1]"#,
  ])
  func `an envelope comes back as it was stored`(address: String) throws {
    let mailbox = try MailAddress.parsing(specification: address, field: "test")
    for sender in [nil, mailbox] {
      for notifications in [
        nil, DeliveryNotifications.never, .on(success: true, failure: false, delay: true),
      ] {
        var envelope = SMTPEnvelope(sender: sender, recipients: [SMTPRecipient(mailbox), SMTPRecipient(mailbox)])
        envelope.recipients[1].notifications = notifications
        envelope.returnedContent = sender == nil ? .headers : nil
        let mail = OutgoingMail(stored: .bytes([]), messageID: "<x>", needs8BitMIME: true, needsSMTPUTF8: sender == nil)
        let stored = JournaledEnvelope(ComposedMail(mail: mail, envelope: envelope, notes: []))
        #expect(try JournaledEnvelope(bytes: stored.bytes) == stored)
      }
    }
    #expect(try JournaledEnvelope(bytes: Array("other 1\nsender <>".utf8)) == nil)
    #expect(try JournaledEnvelope(bytes: []) == nil)
  }
}
