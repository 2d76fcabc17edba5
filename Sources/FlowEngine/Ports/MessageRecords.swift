import TenantBase

/// An entry of the ledger as a person sees it.
package struct MessageRecord: Sendable, Equatable {
  package let id: SourceMessageID
  package let folder: SourceFolder
  package let identity: SourceIdentity
  /// The present UID is void: the source has given it up.
  package let hasVoidUID: Bool
  package let state: SourceMessageState
  package let attempts: Int
  package let messageID: String?
  package let from: String
  package let subject: String
  /// SHA-256 of the raw bytes; nil when it was never read.
  package let digest: [UInt8]?
  package let firstSeen: Timestamp
  package let changed: Timestamp
  package let notBefore: Timestamp?
  package let intent: PostProcessingIntent?
  /// The last failure; nil when none was.
  package let failure: SourceFailure?
  package let raw: KeptMail?
  /// Something that was sent for it is in doubt.
  package let hasDoubt: Bool

  /// Where a raw mail is kept.
  package struct KeptMail: Sendable, Equatable {
    package let byteCount: Int
    /// Its file; nil when it is in the database.
    package let path: String?

    package init(byteCount: Int, path: String?) {
      self.byteCount = byteCount
      self.path = path
    }
  }

  package init(
    id: SourceMessageID, folder: SourceFolder, identity: SourceIdentity, hasVoidUID: Bool, state: SourceMessageState,
    attempts: Int, messageID: String?, from: String, subject: String, digest: [UInt8]?, firstSeen: Timestamp,
    changed: Timestamp, notBefore: Timestamp?, intent: PostProcessingIntent?, failure: SourceFailure?, raw: KeptMail?,
    hasDoubt: Bool
  ) {
    self.id = id
    self.folder = folder
    self.identity = identity
    self.hasVoidUID = hasVoidUID
    self.state = state
    self.attempts = attempts
    self.messageID = messageID
    self.from = from
    self.subject = subject
    self.digest = digest
    self.firstSeen = firstSeen
    self.changed = changed
    self.notBefore = notBefore
    self.intent = intent
    self.failure = failure
    self.raw = raw
    self.hasDoubt = hasDoubt
  }
}

/// A folder from which nothing is taken until a person says so.
package struct HeldFolder: Sendable, Equatable {
  package let number: Int64
  package let folder: SourceFolder
  package let reason: String

  package init(number: Int64, folder: SourceFolder, reason: String) {
    self.number = number
    self.folder = folder
    self.reason = reason
  }
}

/// What a person sees of the ledger and the journal, and does to them. Each call is one transaction.
package protocol MessageRecords: Sendable {
  /// Those that need a person first (quarantined, held, in doubt), then the latest first.
  ///
  /// - Parameter states: nil for all but those that are final.
  func records(in states: Set<SourceMessageState>?, limit: Int) throws -> [MessageRecord]
  /// Nil when there is none of that number.
  func record(of message: SourceMessageID) throws -> MessageRecord?
  /// What was sent, or is to be sent, because of a message, in order.
  func deliveries(of message: SourceMessageID) throws -> [JournaledDelivery]
  /// The raw mail that is kept; nil when none is.
  func rawMail(of message: SourceMessageID) throws -> MessageBody?

  /// Lets the next poll take messages again, with all of their attempts; what was refused or is in doubt is sent again,
  /// and nothing that was accepted.
  ///
  /// - Throws: for a message that is done, under way, or not there; nothing is changed then.
  func retry(_ messages: [SourceMessageID], now: Timestamp) throws
  /// Gives messages up and frees their raw mails.
  ///
  /// - Throws: for a message that is under way, or not there; nothing is changed then.
  func drop(_ messages: [SourceMessageID], now: Timestamp) throws

  func heldFolders() throws -> [HeldFolder]
  /// Lets messages be taken from a held folder again.
  func release(_ folders: [Int64]) throws
}
