import FlowModel

/// Where a run of a flow can begin: the start event of a main process.
package struct FlowStart: Sendable {
  /// The start event's id.
  package let elementID: String
  package let elementName: String
  package let processID: String
  package let processName: String
  /// The sender channel's id; nil for a timer, and for a start without a channel.
  package let channelID: String?
  package let trigger: FlowTrigger
  /// Whether a person may name it so: by the id of event, channel or process, or by a name of one of these.
  package func isNamed(_ text: String) -> Bool {
    var names = [elementID, elementName, processID, processName]
    if let channelID { names.append(channelID) }
    if case .sender(_, let channelName) = trigger { names.append(channelName) }
    return names.contains { !$0.isEmpty && $0 == text }
  }
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
