import Expressions
import FlowModel

/// Takes a message apart. The engine runs the parts; how many at once and what a failing part means, the settings say.
package protocol Splitter: Sendable {
  /// Begins to split a message. Expressions in the step's properties are evaluated now.
  func split(_ exchange: Exchange, in run: FlowRun) async throws(FlowFailure) -> Split
}

/// Makes splitters of one step type.
package protocol SplitterFactory: Sendable {
  var type: StepType { get }

  /// Reads and checks the step's properties.
  func makeSplitter(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any Splitter
}

/// The parts of one message, made one by one.
package struct Split {
  package var settings: SplitSettings
  package var parts: any SplitParts

  package init(settings: SplitSettings, parts: any SplitParts) {
    self.settings = settings
    self.parts = parts
  }
}

package struct SplitSettings: Sendable, Equatable {
  /// Parts under way at the same time, from 1: one after the other.
  package var concurrency: Int
  /// Time for all parts when several run at once; no part begins after it. nil for no end.
  package var timeout: Duration?
  /// A failing part ends the splitting; otherwise the others still run.
  package var stopsOnException: Bool
  /// The parts get Camel's properties of a split: false where what comes out is no part of what went in.
  package var numbersParts = true

  package init(concurrency: Int = 1, timeout: Duration? = nil, stopsOnException: Bool = true) {
    self.concurrency = max(concurrency, 1)
    self.timeout = timeout
    self.stopsOnException = stopsOnException
  }
}

/// One pass over the parts.
package protocol SplitParts {
  /// How many there will be; nil where only the end tells.
  var count: Int? { get }

  /// nil at the end.
  mutating func next() async throws(FlowFailure) -> SplitPart?
}

/// What is a part's own: all else it has of the message that was split.
package struct SplitPart: Sendable {
  package var body: MessageBody
  /// Set on top of the message's headers.
  package var headers: [(name: String, value: ExpressionValue)]
  /// Set on top of the message's properties.
  package var properties: [(name: String, value: ExpressionValue)] = []
  /// It has nothing of the message that was split: neither headers nor properties nor attachments.
  package var isOwnMessage = false

  package init(body: MessageBody, headers: [(name: String, value: ExpressionValue)] = []) {
    self.body = body
    self.headers = headers
  }
}
