/// What can run here: the steps and adapters that are registered.
package struct Capabilities: Sendable {
  package var steps: Set<StepType>
  package var adapters: Set<AdapterType>

  package init(steps: Set<StepType> = [], adapters: Set<AdapterType> = []) {
    self.steps = steps
    self.adapters = adapters
  }

  package func canRun(_ step: StepType) -> Bool { steps.contains(step) }

  /// An adapter registered without a transport takes every one.
  package func canRun(_ adapter: AdapterType) -> Bool {
    adapters.contains(adapter) || adapters.contains(AdapterType(adapter.name, adapter.direction))
  }
}

/// What an adapter has to say about the properties of its own channels. FlowModel knows no adapter's keys.
package protocol ChannelCheck: Sendable {
  func covers(_ type: AdapterType) -> Bool
  func findings(for channel: Channel, in flow: IntegrationFlow) -> [Finding]
}

/// What a step has to say about its own properties.
package protocol StepCheck: Sendable {
  func covers(_ type: StepType) -> Bool
  func findings(for element: FlowElement, in flow: IntegrationFlow) -> [Finding]
}
