/// A flow made ready to run: every reachable element has become something that can be executed.
package struct FlowPlan: Sendable {
  /// One element of a process.
  struct Node: Sendable {
    enum Action: Sendable {
      /// Start events and other elements that change nothing.
      case pass
      case step(any FlowStep)
      /// A channel: a Send step, a Request Reply, or a message end event that leads to a receiver.
      case deliver(any ReceiverAdapter, takesReply: Bool)
    }

    let elementID: String
    let action: Action
    /// `step 'Greeting' (CallActivity_1, Enricher)`, for messages.
    let title: String
    /// `iflows/hello.iflw:88`.
    let place: String
    /// The element's id that comes next; nil when the process ends here.
    let next: String?
  }

  package let flowName: String
  /// How a run of this plan begins.
  package let trigger: FlowTrigger
  let start: String
  let nodes: [String: Node]
}

/// What starts a flow.
package enum FlowTrigger: Sendable, Equatable {
  case timer
  /// A sender channel; `adapterType` as `HTTPS`, `ProcessDirect`, `Mail`.
  case sender(adapterType: String, channelName: String)

  /// `timer`, `HTTPS channel 'Orders'`.
  package var title: String {
    switch self {
    case .timer: "timer"
    case .sender(let adapterType, let channelName): "\(adapterType) channel '\(channelName)'"
    }
  }
}
