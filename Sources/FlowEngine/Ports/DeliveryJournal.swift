import TenantBase

/// What is about to be sent because of a source message, written before it is sent: a repeated run finds what the
/// earlier one has done and repeats nothing that was accepted.
///
/// Each call is one transaction, on disk when it returns. Calls block on the disk: not to be made on the event loop.
package protocol DeliveryJournal: Sendable {
  /// The delivery of an earlier run at the same point; nil when there was none.
  func find(_ key: DeliveryKey) throws -> JournaledDelivery?

  /// The text by which a receiver can tell a repetition: the same for the same source message, point, flow version and
  /// targets, and nobody without this tenant's database can make it. 32 lower-case hexadecimal digits.
  func token(for key: DeliveryKey, flowVersion: String, targets: [String]) throws -> String

  /// Stores what is to be sent, before anything of it leaves.
  ///
  /// - Parameter isSending: the targets begin as `sending`, which saves a call of ``record(_:in:now:)``. A crash before
  ///   the first command then counts as doubt, which is harmless where a doubt is resent.
  /// - Throws: when the key is taken.
  func begin(_ delivery: NewDelivery, for key: DeliveryKey, isSending: Bool, now: Timestamp) throws
    -> JournaledDelivery

  /// Stores what has become of targets, by their position.
  ///
  /// The stored content goes when every target is sent; where one was refused it stays until the source message is
  /// settled, so that a person's retry sends the same bytes.
  func record(_ outcomes: [Int: DeliveryTarget.Outcome], in delivery: Int64, now: Timestamp) throws

  /// The bytes as they were stored.
  ///
  /// - Throws: when they are gone, or are not what was stored.
  func content(of delivery: JournaledDelivery) throws -> MessageBody
}

/// Which delivery of which source message.
package struct DeliveryKey: Sendable, Hashable {
  package let source: SourceMessageID
  package let point: DeliveryPoint

  package init(source: SourceMessageID, point: DeliveryPoint) {
    self.source = source
    self.point = point
  }
}

/// A delivery to be stored.
package struct NewDelivery {
  package let flowName: String
  package let flowVersion: String
  package let channelName: String
  /// ``DeliveryJournal/token(for:flowVersion:targets:)``.
  package let token: String
  /// The identifier that the message carries: a mail's Message-ID.
  package let messageID: String
  /// How the message is to be handed over, in the adapter's own words: a mail's envelope.
  package let envelope: [UInt8]
  /// A mail's recipients, a URL, a queue; at least one.
  package let targets: [String]
  /// What is in doubt is held for a person instead of sent again.
  package let holdsDoubt: Bool
  /// Gives the message's bytes piece by piece; nil at the end. Called until it does, or throws.
  package let nextChunk: () throws -> [UInt8]?

  package init(
    flowName: String, flowVersion: String, channelName: String, token: String, messageID: String, envelope: [UInt8],
    targets: [String], holdsDoubt: Bool, nextChunk: @escaping () throws -> [UInt8]?
  ) {
    self.flowName = flowName
    self.flowVersion = flowVersion
    self.channelName = channelName
    self.token = token
    self.messageID = messageID
    self.envelope = envelope
    self.targets = targets
    self.holdsDoubt = holdsDoubt
    self.nextChunk = nextChunk
  }
}

/// A delivery as it is stored.
package struct JournaledDelivery: Sendable, Equatable {
  package let number: Int64
  package let key: DeliveryKey
  package let flowVersion: String
  package let channelName: String
  package let token: String
  package let messageID: String
  package let envelope: [UInt8]
  /// By position.
  package let targets: [DeliveryTarget]
  /// In bytes.
  package let byteCount: Int

  package init(
    number: Int64, key: DeliveryKey, flowVersion: String, channelName: String, token: String, messageID: String,
    envelope: [UInt8], targets: [DeliveryTarget], byteCount: Int
  ) {
    self.number = number
    self.key = key
    self.flowVersion = flowVersion
    self.channelName = channelName
    self.token = token
    self.messageID = messageID
    self.envelope = envelope
    self.targets = targets
    self.byteCount = byteCount
  }
}

/// One target of a delivery.
package struct DeliveryTarget: Sendable, Equatable {
  package enum State: String, Sendable, CaseIterable {
    /// Nothing has left for it.
    case pending
    /// Something may be leaving. Found after a crash it is as good as `inDoubt`.
    case sending
    /// It was accepted: never repeated.
    case sent
    /// It was refused for good: repeated only when a person says so.
    case refused
    /// It was refused for now: sent again.
    case deferred
    /// All was sent and the answer lost.
    case inDoubt
  }

  package struct Outcome: Sendable, Equatable {
    package let state: State
    /// The partner's own words.
    package let answer: String

    package init(_ state: State, answer: String = "") {
      self.state = state
      self.answer = answer
    }
  }

  package let name: String
  package let outcome: Outcome
  /// Since when it stands so.
  package let since: Timestamp

  package init(name: String, outcome: Outcome, since: Timestamp) {
    self.name = name
    self.outcome = outcome
    self.since = since
  }
}
