/// What a receiver channel did with one exchange, for the person and the message processing log.
///
/// It knows no mail: a target is whatever the adapter delivers to.
package struct ChannelReport: Sendable, Equatable {
  /// What became of one target.
  package struct Delivery: Sendable, Equatable {
    package enum Status: String, Sendable, CaseIterable {
      /// The partner took it.
      case accepted
      /// The partner took it in an earlier attempt; it was not repeated.
      case alreadySent
      /// The partner refused for good.
      case refused
      /// The partner refused for now.
      case deferred
      /// It was sent, and the answer was lost.
      case inDoubt
      /// A dry run: it would have been sent.
      case notSent
    }

    /// A mail address, a URL, a queue.
    package let target: String
    package let status: Status
    /// The partner's own words, printable, without a secret; empty when it said nothing.
    package let answer: String

    package init(target: String, status: Status, answer: String) {
      self.target = target
      self.status = status
      self.answer = answer
    }
  }

  package let channelName: String
  package let adapterType: String
  /// `host:port` as the channel names it.
  package let endpoint: String
  /// What protected the connection: `STARTTLS, TLS 1.3, verified`; empty when there was none.
  package var protection = ""
  /// How we logged in: `SCRAM-SHA-256 as orders@example.com`; empty when we did not.
  package var login = ""
  /// The credential's name; empty when none is used.
  package var credentialName = ""
  /// What a person must not overlook: sent elsewhere by a test option, a password that left readable.
  package var notes: [String] = []
  package var deliveries: [Delivery] = []
  /// The partner's answer to the message as a whole.
  package var answer = ""
  package var messageID: String?
  /// What would have left, in a dry run; cut where it is long, which a note says.
  package var preview: String?

  package init(channelName: String, adapterType: String, endpoint: String) {
    self.channelName = channelName
    self.adapterType = adapterType
    self.endpoint = endpoint
  }
}
