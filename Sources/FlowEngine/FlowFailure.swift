import TenantBase

/// Why a flow cannot be run, or why a message failed in it.
package struct FlowFailure: ExplainedError {
  package enum Kind: Sendable, Equatable {
    /// Steps or channels that can be reached cannot run here; nothing was started.
    case unsupported
    /// The model contradicts itself or lacks something that its run needs: no start, a dangling reference, a missing value.
    case invalidFlow
    /// A step failed on this message.
    case stepFailed
    /// A channel's partner could not be reached, refused, or left the outcome open.
    case channelFailed
    /// The flow itself says so, by an error end event.
    case raised
    /// An escalation end event.
    case escalated
    /// One of ``RunLimits``.
    case limitExceeded
    /// Somebody stopped the run.
    case cancelled
  }

  package let kind: Kind
  package let failureClass: FailureClass
  package let explanation: Explanation

  package init(_ kind: Kind, class failureClass: FailureClass, _ explanation: Explanation) {
    self.kind = kind
    self.failureClass = failureClass
    self.explanation = explanation
  }

  /// The failure of a part, seen from the step or channel that it happened in.
  package init(_ kind: Kind, from error: any ExplainedError, places: [String] = []) {
    self.init(kind, class: error.failureClass, error.explanation.within(places: places))
  }
}
