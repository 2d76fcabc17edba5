import FlowModel

/// The steps and adapters that can run here. The engine knows none of them by name.
package struct FlowRegistry: Sendable {
  private let stepsByType: [StepType: any FlowStepFactory]
  private let splittersByType: [StepType: any SplitterFactory]
  private let gatherersByType: [StepType: any GathererFactory]
  private let standIns: (any ReceiverStandIns)?
  private let receiversByType: [AdapterType: any ReceiverAdapterFactory]
  private let sendersByType: [AdapterType: any SenderAdapterFactory]

  /// Of two that register for the same type the later one counts.
  ///
  /// - Parameter standIns: beat the adapters for the channels that they know.
  package init(
    steps: [any FlowStepFactory], splitters: [any SplitterFactory] = [], gatherers: [any GathererFactory] = [],
    receivers: [any ReceiverAdapterFactory], senders: [any SenderAdapterFactory] = [],
    standIns: (any ReceiverStandIns)? = nil
  ) {
    self.standIns = standIns
    stepsByType = Dictionary(steps.map { ($0.type, $0) }, uniquingKeysWith: { $1 })
    splittersByType = Dictionary(splitters.map { ($0.type, $0) }, uniquingKeysWith: { $1 })
    gatherersByType = Dictionary(gatherers.map { ($0.type, $0) }, uniquingKeysWith: { $1 })
    receiversByType = Dictionary(receivers.map { ($0.type, $0) }, uniquingKeysWith: { $1 })
    sendersByType = Dictionary(senders.map { ($0.type, $0) }, uniquingKeysWith: { $1 })
  }

  /// Events and elements that the engine itself runs.
  static let builtInSteps: Set<StepType> = [
    .messageStart, .timerStart, .plainStart, .errorStart, .messageEnd, .plainEnd, .errorEnd, .escalationEnd,
    .terminateEnd, .send, .requestReply, .router, .multicast, .sequentialMulticast, .join, .processCall,
    .loopingProcessCall, .exceptionSubprocess,
  ]

  /// What a flow may need, for its check.
  package var capabilities: Capabilities {
    var steps = Self.builtInSteps.union(stepsByType.keys)
    steps.formUnion(splittersByType.keys)
    steps.formUnion(gatherersByType.keys)
    return Capabilities(steps: steps, adapters: Set(receiversByType.keys).union(sendersByType.keys))
  }

  /// What polls the channel; nil when nothing is registered for it.
  package func makeSender(
    for channel: Channel, in flow: IntegrationFlow
  ) throws(FlowFailure) -> (any SenderAdapter)? {
    try sendersByType[channel.type]?.makeSender(for: channel, in: flow)
  }

  func step(_ type: StepType) -> (any FlowStepFactory)? { stepsByType[type] }

  func splitter(_ type: StepType) -> (any SplitterFactory)? { splittersByType[type] }

  func gatherer(_ type: StepType) -> (any GathererFactory)? { gatherersByType[type] }

  /// Whether a message can leave through the channel.
  func canReceive(_ channel: Channel) -> Bool {
    standIns?.receiver(for: channel) != nil || receiver(channel.type) != nil
  }

  /// Nil when nothing is registered for the channel.
  func makeReceiver(for channel: Channel) throws(FlowFailure) -> (any ReceiverAdapter)? {
    if let standIn = standIns?.receiver(for: channel) { return standIn }
    return try receiver(channel.type)?.makeReceiver(for: channel)
  }

  /// One that is registered without a transport takes every one.
  private func receiver(_ type: AdapterType) -> (any ReceiverAdapterFactory)? {
    receiversByType[type] ?? receiversByType[AdapterType(type.name, type.direction)]
  }
}
