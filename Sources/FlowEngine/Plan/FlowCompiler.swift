import FlowModel
import TenantBase

/// Makes a plan of a flow, or says what of it cannot run. Nothing is connected, no message is touched.
package struct FlowCompiler: Sendable {
  private let flow: IntegrationFlow
  private let registry: FlowRegistry

  private let resources: FlowResources

  package init(_ flow: IntegrationFlow, registry: FlowRegistry, resources: FlowResources = .none) {
    self.flow = flow
    self.resources = resources
    self.registry = registry
  }

  /// - Throws: `FlowFailure`, of kind `.unsupported` naming every reachable element that cannot run, or `.invalidFlow`.
  package func compile() throws(FlowFailure) -> FlowPlan {
    try refuseWhatTheReaderFound()
    let process = try mainProcess()
    let (start, trigger) = try self.start(of: process)
    try refuseUnsupported(process, from: start)
    var nodes: [String: FlowPlan.Node] = [:]
    for element in reachable(from: start, in: process.scope) {
      nodes[element.id] = try node(for: element, in: process.scope)
    }
    return FlowPlan(flowName: flow.name, trigger: trigger, start: start.id, nodes: nodes)
  }

  /// Errors such as a parameter without a value: the flow does not say what it wants.
  private func refuseWhatTheReaderFound() throws(FlowFailure) {
    if let failure = FlowFailure(refusing: flow.readingFindings) { throw failure }
  }

  private func mainProcess() throws(FlowFailure) -> FlowProcess {
    let main = flow.processes.filter { !$0.isLocal }
    guard let process = main.first else { throw invalid("the flow has no integration process", at: flow.place) }
    if main.count > 1, let second = main.dropFirst().first {
      throw FlowFailure(
        .unsupported, class: .configuration,
        Explanation("flows with several integration processes cannot run yet", places: [second.place.description]))
    }
    return process
  }

  private func start(of process: FlowProcess) throws(FlowFailure) -> (FlowElement, FlowTrigger) {
    let starts = process.scope.starts
    guard let start = starts.first else { throw invalid("the process has no start event", at: process.place) }
    guard starts.count == 1 else { throw invalid("the process has several start events", at: starts[1].place) }
    guard case .start(let kind) = start.kind else { throw invalid("the process has no start event", at: start.place) }
    switch kind {
    case .timer: return (start, .timer)
    case .message, .plain, .error:
      let sender = flow.channels(of: start).first { $0.type.direction == .sender }
      let trigger = sender.map { FlowTrigger.sender(adapterType: $0.type.name, channelName: $0.name) }
      return (start, trigger ?? .sender(adapterType: "message", channelName: ""))
    }
  }

  /// In the order of the flow; each element once.
  private func reachable(from start: FlowElement, in scope: FlowScope) -> [FlowElement] {
    var found: [FlowElement] = []
    var seen: Set<String> = []
    var waiting = [start]
    while let element = waiting.popLast() {
      guard seen.insert(element.id).inserted else { continue }
      found.append(element)
      for arrow in scope.outgoing(of: element).reversed() {
        if let target = scope.element(arrow.targetID) { waiting.append(target) }
      }
    }
    return found
  }

  private func refuseUnsupported(_ process: FlowProcess, from start: FlowElement) throws(FlowFailure) {
    var problems: [String] = []
    for subprocess in process.scope.exceptionSubprocesses {
      problems.append(title(of: subprocess.element))
    }
    for element in reachable(from: start, in: process.scope) {
      switch element.kind {
      case .start, .end(.message), .end(.plain): break
      case .step where [StepType.send, .requestReply].contains(element.type): break
      case .step: if registry.step(element.type) == nil { problems.append(title(of: element)) }
      case .end, .router, .multicast, .join, .processCall, .exceptionSubprocess: problems.append(title(of: element))
      }
      for channel in flow.channels(of: element) where channel.type.direction == .receiver {
        if !registry.canReceive(channel) {
          problems.append("\(channel.title) (\(channel.type), \(channel.place))")
        }
      }
    }
    guard problems.isEmpty else {
      throw FlowFailure(
        .unsupported, class: .configuration,
        Explanation(
          "the flow needs what cannot run yet: \(problems.joined(separator: "; "))", places: [flow.place.description]))
    }
  }

  private func node(for element: FlowElement, in scope: FlowScope) throws(FlowFailure) -> FlowPlan.Node {
    let arrows = scope.outgoing(of: element)
    if let dangling = arrows.first(where: { scope.element($0.targetID) == nil }) {
      throw invalid("sequence flow '\(PrintableText.escaping(dangling.id))' leads nowhere", at: dangling.place)
    }
    guard arrows.count <= 1 else {
      throw invalid("\(title(of: element)) has several ways on and is no gateway", at: element.place)
    }
    let channel = receiverChannel(of: element)
    return FlowPlan.Node(
      elementID: element.id, action: try action(of: element, channel), title: title(of: element),
      place: (channel?.place ?? element.place).description, next: arrows.first?.targetID)
  }

  private func receiverChannel(of element: FlowElement) -> Channel? {
    flow.channels(of: element).first { $0.type.direction == .receiver }
  }

  private func action(of element: FlowElement, _ channel: Channel?) throws(FlowFailure) -> FlowPlan.Node.Action {
    let sends = [StepType.send, .requestReply].contains(element.type)
    if let channel, let receiver = try registry.makeReceiver(for: channel) {
      return .deliver(receiver, takesReply: element.type == .requestReply)
    }
    if sends { throw invalid("\(title(of: element)) has no channel", at: element.place) }
    if let factory = registry.step(element.type) {
      return .step(try factory.makeStep(for: element, in: StepContext(flow: flow, resources: resources)))
    }
    return .pass
  }

  private func title(of element: FlowElement) -> String { Finding.Subject(element).description }

  private func invalid(_ problem: String, at place: SourcePlace) -> FlowFailure {
    FlowFailure(.invalidFlow, class: .configuration, Explanation(problem, places: [place.description]))
  }
}
