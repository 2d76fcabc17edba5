import FlowEngine

/// What a person says of one run, beside the flow.
package struct RunOptions: Sendable {
  /// Sends connections to one address to another, for tests.
  package struct Redirection: Sendable, Equatable {
    package let from: String
    package let to: String

    package init(from: String, to: String) {
      self.from = from
      self.to = to
    }

    /// Reads `HOST:PORT=HOST:PORT`; whether these are addresses is seen when the run begins.
    package init?(_ text: String) {
      let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard halves.count == 2, halves.allSatisfy({ $0.contains(":") && !$0.hasPrefix(":") && !$0.hasSuffix(":") })
      else { return nil }
      self.init(from: halves[0], to: halves[1])
    }
  }

  /// The start to begin at, by a name or id; nil lets the flow and the body decide.
  package var triggerName: String?
  package var body: MessageBody?
  package var headers: [(name: String, value: String)] = []
  package var properties: [(name: String, value: String)] = []
  package var attachments: [ExchangeAttachment] = []
  /// Externalized parameters; stronger than those in files.
  package var parameters: [(name: String, value: String)] = []
  package var redirections: [Redirection] = []
  /// Certificates trusted for this run only.
  package var trustFile: String?
  /// Every mail is delivered to this address alone.
  package var redirectTo: String?
  package var isDryRun = false
  /// Who plays the partners of channels whose adapter does not run here.
  package var answers: [ChannelAnswers.Setting] = []
  /// Where the exchange is written after every element; nil for nowhere.
  package var traceFolder: String?

  package init() {}
}
