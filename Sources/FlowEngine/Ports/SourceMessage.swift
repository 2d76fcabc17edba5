import TenantBase

/// A folder of a mailbox as one sender channel of a flow reads it. The ledger counts the messages of each apart: two
/// flows that read one folder both get its mails.
package struct SourceFolder: Sendable, Hashable {
  package let flowName: String
  /// The channel's id in the flow; its name may change.
  package let channelID: String
  /// `user@host:port`, as the channel and its credential say: the same when the name leads to another machine.
  package let account: String
  /// As the server spells it, decoded: `INBOX`, `Entwürfe`; empty for POP3.
  package let folder: String

  package init(flowName: String, channelID: String, account: String, folder: String) {
    self.flowName = flowName
    self.channelID = channelID
    self.account = account
    self.folder = folder
  }
}

/// What a source says of one of its messages before the message is read.
package struct SourceIdentity: Sendable, Hashable {
  /// IMAP: the UID in decimal digits. POP3: the UIDL.
  package let uid: String
  /// EMAILID (RFC 8474); nil where the server has none.
  package var emailID: String?
  /// RFC822.SIZE in bytes; nil when not asked for.
  package var size: Int?
  /// When the server got it (INTERNALDATE); nil for POP3.
  package var internalDate: Timestamp?

  package init(uid: String, emailID: String? = nil, size: Int? = nil, internalDate: Timestamp? = nil) {
    self.uid = uid
    self.emailID = emailID
    self.size = size
    self.internalDate = internalDate
  }

  /// Whether both cannot be the same message: the server has given the UID to another one. What one of them does not
  /// say contradicts nothing.
  package func contradicts(_ other: SourceIdentity) -> Bool {
    func differ<Value: Equatable>(_ left: Value?, _ right: Value?) -> Bool {
      if let left, let right { left != right } else { false }
    }
    if let emailID, let other = other.emailID { return emailID != other }
    return differ(size, other.size) || differ(internalDate, other.internalDate)
  }
}

/// What is known of a message once it was read.
package struct SourceContent: Sendable, Equatable {
  /// SHA-256 of the raw bytes as the source gave them.
  package let digest: [UInt8]
  /// The Message-ID of its header, with angle brackets; nil when it has none.
  package var messageID: String?
  /// For people: who wrote it, and the subject, decoded. Personal data; kept as long as the entry.
  package var from: String
  package var subject: String

  package init(digest: [UInt8], messageID: String? = nil, from: String = "", subject: String = "") {
    self.digest = digest
    self.messageID = messageID
    self.from = from
    self.subject = subject
  }
}

/// Where a source message stands. `docs/formats/ledger.md` has the diagram.
package enum SourceMessageState: String, Sendable, CaseIterable {
  /// An attempt runs, or was cut off by a crash.
  case taken
  /// The last attempt failed; another one follows at the next poll.
  case failed
  /// A person asked for another try; its attempts start anew.
  case waiting
  /// The flow is through, its outcome is on disk; nothing was done at the source yet.
  case processed
  /// What is to be done at the source was begun.
  case postProcessing
  /// Nothing is left to do.
  case done
  /// It failed for good or too often; the raw mail and the cause are kept.
  case quarantined
  /// Nobody knows whether its outcome happened (a crash or a lost answer, and the channel repeats nothing): a person decides.
  case held
  /// A person has given it up.
  case dropped

  /// Nothing more happens to it unless a person says so.
  package var isSettled: Bool {
    switch self {
    case .done, .quarantined, .held, .dropped: true
    case .taken, .failed, .waiting, .processed, .postProcessing: false
    }
  }

  /// Nothing more happens to it at all.
  package var isFinal: Bool { self == .done || self == .dropped }
}

/// An entry of the ledger, as far as a poll needs it.
package struct KnownSourceMessage: Sendable, Equatable {
  package let id: SourceMessageID
  package let identity: SourceIdentity
  package let state: SourceMessageState
  /// Attempts that were begun and count: crashes and failures of the message itself, not those of the network.
  package let attempts: Int
  /// After a failure for now: when to try again at the earliest (back-off, capped); nil for at once. For `serve`; a
  /// person who runs a flow does not wait.
  package let notBefore: Timestamp?

  package init(
    id: SourceMessageID, identity: SourceIdentity, state: SourceMessageState, attempts: Int, notBefore: Timestamp?
  ) {
    self.id = id
    self.identity = identity
    self.state = state
    self.attempts = attempts
    self.notBefore = notBefore
  }
}

/// What is asked of the source after a message was processed, so that it can be finished after a crash.
package struct PostProcessingIntent: Sendable, Hashable {
  package enum Action: String, Sendable, CaseIterable {
    /// Sets \Seen.
    case markSeen
    /// Removes it for good.
    case delete
    /// MOVE, or COPY with the removal of the original.
    case move
    /// A copy was answered; the original is still to be removed: never copied again.
    case removeOriginal
  }

  package let action: Action
  /// The folder that it goes to; nil where it goes nowhere.
  package var target: String?
  /// What else is to be known to finish it, such as `seen` (the copy is to be marked); empty when nothing.
  package var detail = ""

  package init(_ action: Action, target: String? = nil, detail: String = "") {
    self.action = action
    self.target = target
    self.detail = detail
  }
}
