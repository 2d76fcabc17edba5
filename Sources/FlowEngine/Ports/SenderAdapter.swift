import FlowModel
import TenantBase

/// A sender channel that fetches its messages, ready to poll: its properties are read and checked.
///
/// The adapter knows the source: how to reach it, which messages fit, what to do there afterwards. What was taken
/// already, what is repeated and what failed, the ledger knows; whoever polls puts both together.
package protocol SenderAdapter: Sendable {
  var description: SenderDescription { get }

  /// The folder in which messages count, and what is locked while it is polled. Connects to nothing.
  ///
  /// - Throws: an ``ExplainedError`` when the credential that names the user cannot be had.
  func source() throws -> (folder: SourceFolder, mailbox: LockedMailbox)

  /// Connects, logs in and opens the folder.
  ///
  /// - Parameter isReadOnly: nothing at the source can change then, whatever is asked of the session.
  /// - Throws: an ``ExplainedError``; nothing is open then.
  func open(isReadOnly: Bool) async throws -> any SenderSession

  /// A message that lies somewhere already: a file that a person gives, or a copy that was kept.
  func message(of raw: MessageBody) throws -> RawSourceMessage

  /// The message as the flow gets it: also of a file that a person gives, or of a copy that was kept.
  ///
  /// - Parameter raw: the message as the source gave it.
  /// - Throws: of class permanent for what no attempt can read.
  func exchange(of raw: RawSourceMessage, id: String) throws(FlowFailure) -> Exchange
}

/// What is known of a sender channel before it is polled.
package struct SenderDescription: Sendable, Equatable {
  package let channelName: String
  package let adapterType: String
  /// `host:port` as the channel names it.
  package let endpoint: String
  /// As the channel names it; empty where there is but one.
  package let folder: String
  /// Empty when none is used.
  package let credentialName: String
  package let policy: SourcePolicy
  /// Messages that one poll takes at most.
  package let messagesPerPoll: Int
  /// For how long the mailbox may be locked without a sign of life.
  package let lockTimeout: Duration

  package init(
    channelName: String, adapterType: String, endpoint: String, folder: String, credentialName: String,
    policy: SourcePolicy, messagesPerPoll: Int, lockTimeout: Duration
  ) {
    self.channelName = channelName
    self.adapterType = adapterType
    self.endpoint = endpoint
    self.folder = folder
    self.credentialName = credentialName
    self.policy = policy
    self.messagesPerPoll = messagesPerPoll
    self.lockTimeout = lockTimeout
  }
}

/// An open folder of a source. One call at a time.
package protocol SenderSession: Sendable {
  var facts: SenderSessionFacts { get async }

  /// The messages that fit the channel's selection, by UID, in the order in which they are to be processed.
  func matches() async throws -> [String]

  /// Every message of the folder, whatever the selection.
  func allUIDs() async throws -> [String]

  /// What the source says of messages, in the given order; one that is gone is left out.
  func candidates(of uids: [String]) async throws -> [SenderCandidate]

  /// Reads messages without changing anything at the source.
  ///
  /// - Parameter take: gets each message as it has come.
  /// - Returns: why messages were not read, by UID: gone, or more than the channel takes.
  /// - Throws: when the connection is lost; what `take` has got is whole.
  func fetch(
    _ uids: [String], take: @escaping @Sendable (FetchedSourceMessage) -> Void
  ) async throws -> [String: String]

  /// What is to be done at the source with a message that was processed; nil for nothing.
  var postProcessing: PostProcessingIntent? { get async }

  /// Does it, for messages whose intent is on disk.
  ///
  /// - Parameter note: stores another intent in the place of an earlier one, on disk before it returns: a copy was made.
  /// - Returns: what came of each. Never throws: what is open is tried again.
  func postProcess(
    _ tasks: [PostProcessingTask],
    note: @escaping @Sendable ([(SourceMessageID, PostProcessingIntent)]) async throws -> Void
  ) async -> [SourceMessageID: SenderFinish]

  /// Says goodbye where the connection is open. Never fails.
  func close() async
}

/// What a session knows of its connection and folder.
package struct SenderSessionFacts: Sendable, Equatable {
  /// `implicit TLS, TLS 1.3, verified`.
  package var protection = ""
  /// `SCRAM-SHA-256 as orders@example.com`.
  package var login = ""
  /// What a person must not overlook.
  package var notes: [String] = []
  /// UIDVALIDITY as the server gives it; empty where there is none.
  package var validity = ""

  package init() {}
}

/// A message that the source offers.
package struct SenderCandidate: Sendable, Equatable {
  package let identity: SourceIdentity
  /// Why it is not taken, although it fits: it is too large. Nil when it is.
  package let refusal: String?

  package init(identity: SourceIdentity, refusal: String? = nil) {
    self.identity = identity
    self.refusal = refusal
  }
}

/// A message byte for byte, and what is known of it once it was read.
package struct RawSourceMessage: Sendable {
  package let content: SourceContent
  /// In a file when it is large.
  package let raw: MessageBody

  package init(content: SourceContent, raw: MessageBody) {
    self.content = content
    self.raw = raw
  }
}

/// A message that was read, or why it could not be kept: the disk is full.
package struct FetchedSourceMessage: Sendable {
  package let uid: String
  package let message: Result<RawSourceMessage, FlowFailure>

  package init(uid: String, message: Result<RawSourceMessage, FlowFailure>) {
    self.uid = uid
    self.message = message
  }
}

/// A processed message with what is left to do for it at the source.
package struct PostProcessingTask: Sendable {
  package let id: SourceMessageID
  package let uid: String
  package let intent: PostProcessingIntent
  /// An earlier poll may have done it already, or a part of it: look first.
  package let isResumed: Bool

  package init(id: SourceMessageID, uid: String, intent: PostProcessingIntent, isResumed: Bool) {
    self.id = id
    self.uid = uid
    self.intent = intent
    self.isResumed = isResumed
  }
}

/// What came of a message's post-processing.
package enum SenderFinish: Sendable {
  /// With what a person should know although it is done.
  case done(note: String?)
  case open(FlowFailure)
}

/// Makes sender channels of one adapter type.
package protocol SenderAdapterFactory: Sendable {
  /// What it registers for: the Mail sender with IMAP.
  var type: AdapterType { get }

  /// Reads and checks the channel's properties; nothing is connected.
  func makeSender(for channel: Channel, in flow: IntegrationFlow) throws(FlowFailure) -> any SenderAdapter
}

extension IntegrationFlow {
  /// The sender channel at the start of the main process; nil where a timer, or nothing, starts it.
  package var startingChannel: Channel? {
    guard let process = processes.first(where: { !$0.isLocal }), let start = process.scope.starts.first else {
      return nil
    }
    return channels(of: start).first { $0.type.direction == .sender }
  }
}
