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

@testable import MailAdapters

/// A source message with its ledger, whose flow is run again and again, with crashes between.
final class JournaledSource {
  enum Call { case begin, record }

  let id: SourceMessageID
  /// The call of the journal that fails as on a full disk.
  let failsToWrite = Mutex<Call?>(nil)
  private let folder = NSTemporaryDirectory() + "tenant-journal-" + RandomIdentifier.hex(byteCount: 8)
  private let server: MailServer
  private var store: LedgerStore?
  private let moment = Timestamp(milliseconds: 1_795_168_780_000)

  init(_ server: MailServer) throws {
    self.server = server
    let store = try LedgerStore.open(in: folder)
    let inbox = SourceFolder(flowName: "Orders", channelID: "c", account: "a@b:993", folder: "INBOX")
    id = try store.take(
      SourceIdentity(uid: "1"), in: store.open(inbox, validity: "1", now: moment), policy: SourcePolicy(), after: [],
      now: moment
    ).message
    self.store = store
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func crash() { store = nil }

  private func opened() throws -> LedgerStore {
    let store = try self.store ?? LedgerStore.open(in: folder)
    self.store = store
    return store
  }

  func retry() throws {
    try opened().retry([id], now: moment)
  }

  var spoolFiles: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder + "/spool/outgoing")) ?? []
  }

  private func run() throws -> FlowRun {
    let moment = moment
    return FlowRun(
      id: RandomIdentifier.hex(byteCount: 8), flowName: "Orders", timeZones: TimeZoneDatabase { _ in nil },
      flowVersion: "1", journal: FailingJournal(journal: try opened(), call: failsToWrite.withLock { $0 }),
      now: { moment })
  }

  func deliver(
    _ properties: FlowDocument.Properties, body: String = "text", attachments: [ExchangeAttachment] = [],
    at point: DeliveryPoint = .test
  ) async throws -> ReceiverOutcome {
    let environment = try environment(for: server)
    var message = exchange(body: body)
    message.sourceMessage = id
    message.attachments = attachments
    let outcome = try await makeReceiver(properties, environment).deliver(message, at: point, in: run())
    await environment.close()
    await server.allEnded()
    return outcome
  }

  /// Stores a mail as a run does that ends at once.
  func begin(_ properties: FlowDocument.Properties, isSending: Bool) throws {
    let (_, composed) = try compose(properties)
    var reader = composed.mail.makeReader()
    _ = try opened().begin(
      NewDelivery(
        flowName: "Orders", flowVersion: "1", channelName: "Mail", token: "t", messageID: composed.mail.messageID,
        envelope: JournaledEnvelope(composed).bytes,
        targets: composed.envelope.recipients.map(\.address.specification), holdsDoubt: true,
        nextChunk: { try reader.nextChunk() }), for: DeliveryKey(source: id, point: .test), isSending: isSending,
      now: moment)
  }
}

/// A journal whose disk is full for one kind of call.
private struct FailingJournal: DeliveryJournal {
  let journal: LedgerStore
  let call: JournaledSource.Call?

  private var failure: FlowFailure {
    FlowFailure(.channelFailed, class: .temporary, Explanation("cannot store: the disk is full"))
  }

  func find(_ key: DeliveryKey) throws -> JournaledDelivery? { try journal.find(key) }

  func token(for key: DeliveryKey, flowVersion: String, targets: [String]) throws -> String {
    try journal.token(for: key, flowVersion: flowVersion, targets: targets)
  }

  func begin(_ delivery: NewDelivery, for key: DeliveryKey, isSending: Bool, now: Timestamp) throws
    -> JournaledDelivery
  {
    if call == .begin { throw failure }
    return try journal.begin(delivery, for: key, isSending: isSending, now: now)
  }

  func record(_ outcomes: [Int: DeliveryTarget.Outcome], in delivery: Int64, now: Timestamp) throws {
    if call == .record { throw failure }
    try journal.record(outcomes, in: delivery, now: now)
  }

  func content(of delivery: JournaledDelivery) throws -> MessageBody { try journal.content(of: delivery) }
}
