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
    let main = flow.processes.filter { !$0.isLocal }
    guard !main.isEmpty else { throw .invalid("the flow has no integration process", at: flow.place) }
    var starts: [FlowStart] = []
    for process in main { starts.append(try self.start(of: process)) }
    let reach = FlowReach(flow)
    let reached = flow.processes.filter { reach.contains($0) }
    try refuseUnsupported(reached, reach)
    var plans: [String: ProcessPlan] = [:]
    for process in reached { plans[process.id] = try plan(of: process, reach) }
    return FlowPlan(flowName: flow.name, starts: starts, processes: plans)
  }

  /// Errors such as a parameter without a value: the flow does not say what it wants.
  private func refuseWhatTheReaderFound() throws(FlowFailure) {
    if let failure = FlowFailure(refusing: flow.readingFindings) { throw failure }
  }

  private func start(of process: FlowProcess) throws(FlowFailure) -> FlowStart {
    let event = try Self.onlyStart(of: process.scope, process.place)
    let sender = flow.channels(of: event).first { $0.type.direction == .sender }
    var trigger = FlowTrigger.sender(adapterType: sender?.type.name ?? "message", channelName: sender?.name ?? "")
    if case .start(.timer) = event.kind { trigger = .timer }
    return FlowStart(
      elementID: event.id, elementName: event.name, processID: process.id, processName: process.name,
      channelID: trigger == .timer ? nil : sender?.id, trigger: trigger)
  }

  private static func onlyStart(of scope: FlowScope, _ place: SourcePlace) throws(FlowFailure) -> FlowElement {
    guard let start = scope.starts.first else { throw .invalid("the process has no start event", at: place) }
    guard scope.starts.count == 1 else {
      throw .invalid("the process has several start events", at: scope.starts[1].place)
    }
    return start
  }

  private func plan(of process: FlowProcess, _ reach: FlowReach) throws(FlowFailure) -> ProcessPlan {
    let subprocesses = process.scope.exceptionSubprocesses
    guard subprocesses.count <= 1 else {
      throw .invalid("the process has several exception subprocesses", at: subprocesses[1].element.place)
    }
    var subprocess: ExceptionSubprocessPlan?
    if let (element, scope) = subprocesses.first {
      guard scope.exceptionSubprocesses.isEmpty else {
        throw .invalid("an exception subprocess cannot hold another", at: element.place)
      }
      subprocess = ExceptionSubprocessPlan(
        elementID: element.id, name: element.name, scope: try plan(of: scope, element.place, reach))
    }
    return ProcessPlan(
      id: process.id, name: process.name, scope: try plan(of: process.scope, process.place, reach),
      exceptionSubprocess: subprocess)
  }

  private func plan(
    of scope: FlowScope, _ place: SourcePlace, _ reach: FlowReach
  ) throws(FlowFailure) -> ScopePlan {
    let start = try Self.onlyStart(of: scope, place)
    let compiler = ScopeCompiler(flow: flow, registry: registry, resources: resources, scope: scope)
    var nodes: [String: PlanNode] = [:]
    for element in scope.elements where reach.contains(element) {
      if case .exceptionSubprocess = element.kind { continue }
      nodes[element.id] = try compiler.node(for: element)
    }
    return ScopePlan(start: start.id, nodes: nodes)
  }

  // MARK: what cannot run

  private func refuseUnsupported(_ processes: [FlowProcess], _ reach: FlowReach) throws(FlowFailure) {
    let capabilities = registry.capabilities
    var problems: [String] = []
    var hints: [String] = []
    for element in processes.flatMap(\.scope.allElements) where reach.contains(element) {
      if !capabilities.canRun(element.type) { problems.append(Finding.Subject(element).description) }
      for channel in flow.channels(of: element) where channel.type.direction == .receiver {
        if !registry.canReceive(channel) {
          problems.append("\(channel.title) (\(channel.type), \(channel.place))")
          let option = ShellText.quoted(
            "\(PrintableText.escaping(channel.name.isEmpty ? channel.id : channel.name))=FILE")
          if hints.isEmpty { hints.append("to try the flow, let files play its partners: --answer \(option)") }
        }
      }
    }
    guard problems.isEmpty else {
      throw FlowFailure(
        .unsupported, class: .configuration,
        Explanation(
          "the flow needs what cannot run yet: \(problems.joined(separator: "; "))", places: [flow.place.description],
          hints: hints))
    }
  }
}

extension FlowFailure {
  /// What the model lacks or contradicts.
  static func invalid(_ problem: String, at place: SourcePlace) -> FlowFailure {
    FlowFailure(.invalidFlow, class: .configuration, Explanation(problem, places: [place.description]))
  }
}
