import Crypto
import FlowEngine
import Foundation
import MessageStore
import System
import TenantBase
import Testing

/// A ledger in a folder of its own, which can be closed and opened as by a crash.
final class LedgerFixture {
  let folder = NSTemporaryDirectory() + "tenant-ledger-" + RandomIdentifier.hex(byteCount: 8)
  var limits = MessageStoreLimits()
  private var opened: LedgerStore?
  let start = Timestamp(seconds: 1_795_000_000)

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The open ledger; opens it.
  func ledger() throws -> LedgerStore {
    if let opened { return opened }
    let store = try LedgerStore.open(in: folder, limits: limits)
    opened = store
    return store
  }

  /// As after a crash: what the process had is gone but what is on disk. Whoever else holds the store must let it go.
  func crash() { opened = nil }

  /// A second process.
  func other() throws -> LedgerStore { try LedgerStore.open(in: folder, limits: limits) }

  func inbox(_ validity: String = "1", of store: LedgerStore? = nil) throws -> OpenSourceFolder {
    try (store ?? ledger()).open(Self.folder, validity: validity, now: start)
  }

  static let folder = SourceFolder(
    flowName: "Orders", channelID: "MessageFlow_1", account: "orders@imap.example.com:993", folder: "INBOX")

  func names(in place: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + place)) ?? []).sorted()
  }

  @discardableResult
  func take(
    _ uid: String, validity: String = "1", policy: SourcePolicy = SourcePolicy(),
    after transitions: [SourceTransition] = [], size: Int? = nil
  ) throws -> SourceTaking {
    try ledger().take(
      SourceIdentity(uid: uid, size: size), in: inbox(validity), policy: policy, after: transitions, now: start)
  }

  @discardableResult
  func match(
    _ id: SourceMessageID, _ text: String, messageID: String? = "<1@x>", present: Set<String>? = nil
  ) throws -> SourceMatch {
    try ledger().match(
      id, with: content(text, messageID: messageID), presentUIDs: present, policy: SourcePolicy(), now: start)
  }

  func state(_ id: SourceMessageID) throws -> SourceMessageState? { try ledger().record(of: id)?.state }

  /// A message that was taken, read, processed and finished.
  func done(_ uid: String, _ text: String) throws -> SourceMessageID {
    let id = try take(uid).message
    try match(id, text)
    try ledger().record([.processed(id), .postProcessed(id)], now: start)
    return id
  }
}

func content(_ text: String, messageID: String? = "<1@x>") -> SourceContent {
  SourceContent(
    digest: Digest.hash(Array(text.utf8), with: .sha256), messageID: messageID, from: "anna@example.org",
    subject: text)
}

let problem = Explanation("it failed", places: ["step 'X'"], cause: "because", hints: ["do this", "or that"])
