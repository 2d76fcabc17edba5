import Crypto
import FlowEngine
import MessageStore
import Synchronization
import TenantBase
import TestSupport

@testable import TenantRuntime

/// A mailbox in memory behind the sender port, which fails where a test says.
final class FakeSender: SenderAdapter {
  struct State {
    var mails: [(uid: String, text: String)] = []
    var validity = "1"
    /// What was done at the source, in order.
    var done: [String] = []
    var fetches: [[String]] = []
    /// Fetches after this many end in a lost connection.
    var fetchesBeforeLoss = Int.max
    var finishes = true
    var sessions = 0
  }

  let state: Mutex<State>
  let description: SenderDescription

  init(_ mails: [(String, String)], policy: SourcePolicy = SourcePolicy(), messagesPerPoll: Int = 20) {
    state = Mutex(State(mails: mails.map { (uid: $0.0, text: $0.1) }))
    description = SenderDescription(
      channelName: "In", adapterType: "Mail", endpoint: "imap.example.com:993", folder: "INBOX", credentialName: "box",
      policy: policy, messagesPerPoll: messagesPerPoll, lockTimeout: .seconds(60))
  }

  func source() throws -> (folder: SourceFolder, mailbox: LockedMailbox) {
    (
      SourceFolder(flowName: "Orders", channelID: "In", account: "me@imap.example.com:993", folder: "INBOX"),
      LockedMailbox(server: "imap.example.com:993", user: "me", folder: "INBOX")
    )
  }

  func open(isReadOnly: Bool) async throws -> any SenderSession {
    state.withLock { $0.sessions += 1 }
    return FakeSenderSession(sender: self)
  }

  func message(of raw: MessageBody) throws -> RawSourceMessage {
    let bytes = raw.bytesInMemory ?? []
    return RawSourceMessage(
      content: SourceContent(
        digest: Digest.hash(bytes, with: .sha256), subject: String(decoding: bytes, as: UTF8.self)),
      raw: raw)
  }

  func exchange(of raw: RawSourceMessage, id: String) throws(FlowFailure) -> Exchange {
    if raw.content.subject == "unreadable" {
      throw FlowFailure(.stepFailed, class: .permanent, Explanation("the mail cannot be read"))
    }
    var exchange = Exchange(id: id)
    exchange.body = raw.raw
    return exchange
  }
}

struct FakeSenderSession: SenderSession {
  let sender: FakeSender

  var facts: SenderSessionFacts {
    var facts = SenderSessionFacts()
    facts.validity = sender.state.withLock { $0.validity }
    return facts
  }

  var postProcessing: PostProcessingIntent? { PostProcessingIntent(.markSeen) }

  func matches() async throws -> [String] { sender.state.withLock { $0.mails.map(\.uid) } }
  func allUIDs() async throws -> [String] { try await matches() }

  func candidates(of uids: [String]) async throws -> [SenderCandidate] {
    let mails = sender.state.withLock { $0.mails }
    return uids.compactMap { uid in mails.first { $0.uid == uid } }.map {
      SenderCandidate(identity: SourceIdentity(uid: $0.uid, size: $0.text.utf8.count))
    }
  }

  func fetch(
    _ uids: [String], take: @escaping @Sendable (FetchedSourceMessage) -> Void
  ) async throws -> [String: String] {
    let (mails, isLost) = sender.state.withLock { state in
      state.fetches.append(uids)
      return (state.mails, state.fetches.count > state.fetchesBeforeLoss)
    }
    if isLost {
      throw FlowFailure(.channelFailed, class: .unreachable, Explanation("the connection was lost"))
    }
    for uid in uids {
      guard let mail = mails.first(where: { $0.uid == uid }) else { continue }
      take(FetchedSourceMessage(uid: uid, message: .success(try sender.message(of: MessageBody(text: mail.text)))))
    }
    return [:]
  }

  func postProcess(
    _ tasks: [PostProcessingTask],
    note: @escaping @Sendable ([(SourceMessageID, PostProcessingIntent)]) async throws -> Void
  ) async -> [SourceMessageID: SenderFinish] {
    let finishes = sender.state.withLock { state in
      if state.finishes {
        state.done += tasks.map { "\($0.intent.action.rawValue) \($0.uid)\($0.isResumed ? " again" : "")" }
      }
      return state.finishes
    }
    let failure = FlowFailure(.channelFailed, class: .temporary, Explanation("the source is away"))
    return Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, finishes ? .done(note: nil) : .open(failure)) })
  }

  func close() async {}
}
