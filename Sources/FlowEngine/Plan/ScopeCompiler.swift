import FlowModel
import TenantBase

/// Makes the nodes of one process or exception subprocess.
struct ScopeCompiler {
  let flow: IntegrationFlow
  let registry: FlowRegistry
  let resources: FlowResources
  let scope: FlowScope

  func node(for element: FlowElement) throws(FlowFailure) -> PlanNode {
    let arrows = scope.outgoing(of: element)
    if let dangling = arrows.first(where: { scope.element($0.targetID) == nil }) {
      throw .invalid("sequence flow '\(PrintableText.escaping(dangling.id))' leads nowhere", at: dangling.place)
    }
    if arrows.count > 1, !element.mayBranch {
      throw .invalid("\(title(of: element)) has several ways on and is no gateway", at: element.place)
    }
    let channel = flow.channels(of: element).first { $0.type.direction == .receiver }
    return PlanNode(
      elementID: element.id, name: element.name, type: element.type, action: try action(of: element, channel, arrows),
      title: title(of: element), place: (channel?.place ?? element.place).description, next: next(element, arrows))
  }

  private func next(_ element: FlowElement, _ arrows: [SequenceFlow]) -> String? {
    switch element.kind {
    case .end, .router, .multicast, .exceptionSubprocess: nil
    case .start, .step, .join, .processCall: arrows.first?.targetID
    }
  }

  private func action(
    of element: FlowElement, _ channel: Channel?, _ arrows: [SequenceFlow]
  ) throws(FlowFailure) -> PlanNode.Action {
    switch element.kind {
    case .start, .exceptionSubprocess: return .pass
    case .end(let kind): return try end(kind, channel)
    case .router(let router): return .route(routes(router, arrows))
    case .multicast(let multicast): return .multicast(branches(multicast, arrows))
    case .join: return .join
    case .processCall(let call): return .call(try self.call(call, element))
    case .step: return try step(element, channel)
    }
  }

  private func end(_ kind: EndKind, _ channel: Channel?) throws(FlowFailure) -> PlanNode.Action {
    switch kind {
    case .message, .plain:
      guard let channel, let receiver = try registry.makeReceiver(for: channel) else { return .end(.finish) }
      return .deliver(receiver, takesReply: false)
    case .error: return .end(.raise)
    case .escalation(let code): return .end(.escalate(code: code))
    case .terminate: return .end(.terminate)
    }
  }

  private func step(_ element: FlowElement, _ channel: Channel?) throws(FlowFailure) -> PlanNode.Action {
    if [StepType.send, .requestReply].contains(element.type) {
      guard let channel, let receiver = try registry.makeReceiver(for: channel) else {
        throw .invalid("\(title(of: element)) has no channel", at: element.place)
      }
      return .deliver(receiver, takesReply: element.type == .requestReply)
    }
    let context = StepContext(flow: flow, resources: resources)
    if let factory = registry.splitter(element.type) {
      return .split(try factory.makeSplitter(for: element, in: context), gather: gather(of: element))
    }
    if let factory = registry.gatherer(element.type) {
      return .gather(try factory.makeGatherer(for: element, in: context))
    }
    if let factory = registry.step(element.type) {
      return .step(try factory.makeStep(for: element, in: context))
    }
    throw .invalid("\(title(of: element)) cannot run", at: element.place)
  }

  private func routes(_ router: Router, _ arrows: [SequenceFlow]) -> RouterPlan {
    func way(_ arrow: SequenceFlow) -> RouterPlan.Way {
      RouterPlan.Way(
        route: ElementPassage.Route(id: arrow.id, name: arrow.name), target: arrow.targetID,
        condition: arrow.condition.map { CompiledCondition($0, namespaces: flow.namespaces) })
    }
    let others = arrows.filter { $0.id != router.defaultRouteID }.map(way)
    // Hand-made: a route without condition is the last resort where no default is named.
    let fallback = arrows.first { $0.id == router.defaultRouteID }.map(way) ?? others.first { $0.condition == nil }
    return RouterPlan(
      ways: others.filter { $0.condition != nil }, fallback: fallback, throwsException: router.throwsException)
  }

  private func branches(_ multicast: Multicast, _ arrows: [SequenceFlow]) -> MulticastPlan {
    let named = multicast.order.compactMap { id in arrows.first { $0.id == id } }
    let rest = arrows.filter { arrow in !multicast.order.contains(arrow.id) }
    return MulticastPlan(isSequential: multicast.isSequential, branches: (named + rest).map(\.targetID))
  }

  private func call(_ call: ProcessCall, _ element: FlowElement) throws(FlowFailure) -> CallPlan {
    guard let process = flow.process(call.processID) else {
      throw .invalid(
        "\(title(of: element)) calls the process '\(PrintableText.escaping(call.processID))', which is not there",
        at: element.place)
    }
    guard process.isLocal else {
      throw .invalid("\(title(of: element)) calls a process that is not local", at: element.place)
    }
    guard let loop = call.loop else { return CallPlan(processID: process.id, loop: nil) }
    guard let maximum = loop.maximum else {
      throw .invalid("\(title(of: element)) has no positive maximum of iterations", at: element.place)
    }
    return CallPlan(
      processID: process.id,
      loop: CallPlan.Loop(
        maximum: maximum, condition: CompiledCondition(loop.condition, namespaces: flow.namespaces),
        failsAtMaximum: loop.failsAtMaximum))
  }

  /// The gatherer at which the parts of a splitter meet: the first one on their ways that does not close a splitter
  /// within, or the branches of a multicast.
  private func gather(of splitter: FlowElement) -> String? {
    var seen: Set<String> = []
    var waiting = [(element: splitter, depth: -1, isAfterJoin: false)]
    while let (element, depth, isAfterJoin) = waiting.popLast() {
      var inner = depth
      if registry.splitter(element.type) != nil {
        inner += 1
      } else if registry.gatherer(element.type) != nil, !isAfterJoin {
        if depth == 0 { return element.id }
        inner -= 1
      }
      guard inner <= RunLimits().forkDepth, seen.insert("\(inner) \(element.id)").inserted else { continue }
      var isJoin = false
      if case .join = element.kind { isJoin = true }
      for arrow in scope.outgoing(of: element).reversed() {
        if let target = scope.element(arrow.targetID) { waiting.append((target, inner, isJoin)) }
      }
    }
    return nil
  }

  private func title(of element: FlowElement) -> String { Finding.Subject(element).description }
}

extension FlowElement {
  fileprivate var mayBranch: Bool {
    switch kind {
    case .router, .multicast: true
    default: false
    }
  }
}
