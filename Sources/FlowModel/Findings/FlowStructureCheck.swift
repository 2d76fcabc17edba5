import TenantBase

/// How the parts of a flow hang together.
struct FlowStructureCheck {
  let flow: IntegrationFlow
  let reach: FlowReach

  func findings() -> [Finding] {
    var result: [Finding] = []
    if !flow.processes.contains(where: { !$0.isLocal }) {
      result.append(
        Finding(
          .error, "process-missing", at: flow.place, .init(.flow, name: flow.name), "the flow has no main process"))
    }
    result += repeatedIDs()
    for process in flow.processes {
      let subject = Finding.Subject(.process, name: process.name, id: process.id)
      result += starts(of: process.scope, subject, process.place)
      if !reach.contains(process) {
        result.append(
          Finding(.warning, "process-unreachable", at: process.place, subject, "no reachable step calls this process"))
        continue
      }
      for scope in process.scope.allScopes { result += findings(in: scope) }
      for (element, scope) in process.scope.exceptionSubprocesses {
        result += starts(of: scope, .init(element), element.place)
      }
    }
    return result
  }

  private func repeatedIDs() -> [Finding] {
    var seen: Set<String> = []
    let all = flow.allElements.map { ($0.id, $0.place, Finding.Subject($0)) }
    return (all + flow.channels.map { ($0.id, $0.place, Finding.Subject($0)) }).compactMap { id, place, subject in
      seen.insert(id).inserted ? nil : Finding(.error, "id-repeated", at: place, subject, "the id '\(id)' stands twice")
    }
  }

  private func starts(of scope: FlowScope, _ subject: Finding.Subject, _ place: SourcePlace) -> [Finding] {
    switch scope.starts.count {
    case 1: []
    case 0: [Finding(.error, "start-missing", at: place, subject, "there is no start event")]
    default: [Finding(.error, "start-several", at: place, subject, "there are several start events")]
    }
  }

  private func findings(in scope: FlowScope) -> [Finding] {
    var result: [Finding] = []
    for arrow in scope.sequenceFlows
    where scope.element(arrow.sourceID) == nil || scope.element(arrow.targetID) == nil {
      result.append(
        Finding(
          .error, "route-dangling", at: arrow.place, .init(.route, name: arrow.name, id: arrow.id),
          "it leads from '\(arrow.sourceID)' to '\(arrow.targetID)', which is not in the same process"))
    }
    result += cycles(in: scope)
    for element in scope.elements {
      guard reach.contains(element) else {
        result.append(
          Finding(.warning, "step-unreachable", at: element.place, .init(element), "no message reaches this step"))
        continue
      }
      result += findings(for: element, in: scope)
      result += MeetingPointCheck(scope: scope).findings(for: element)
    }
    return result
  }

  private func findings(for element: FlowElement, in scope: FlowScope) -> [Finding] {
    let outgoing = scope.outgoing(of: element)
    func finding(_ severity: Finding.Severity, _ code: String, _ reason: String) -> Finding {
      Finding(severity, code, at: element.place, .init(element), reason)
    }
    switch element.kind {
    case .end, .exceptionSubprocess: return []
    case .router(let router): return routerFindings(router, outgoing, finding)
    case .processCall(let call): return callFindings(call, finding) + deadEnd(outgoing, finding)
    case .start(.message) where flow.channels(of: element).isEmpty:
      return [finding(.warning, "channel-missing", "no sender channel brings messages to this start event")]
    case .step where [.send, .requestReply].contains(element.type) && flow.channels(of: element).isEmpty:
      return [finding(.error, "channel-missing", "no channel leaves this step")]
    case .multicast, .join, .start, .step: return deadEnd(outgoing, finding)
    }
  }

  private typealias Maker = (Finding.Severity, String, String) -> Finding

  private func deadEnd(_ outgoing: [SequenceFlow], _ finding: Maker) -> [Finding] {
    outgoing.isEmpty ? [finding(.warning, "step-dangling", "nothing follows: the message ends here")] : []
  }

  private func callFindings(_ call: ProcessCall, _ finding: Maker) -> [Finding] {
    var result: [Finding] = []
    if let process = flow.process(call.processID) {
      if !process.isLocal { result.append(finding(.error, "call-not-local", "it calls a process that is not local")) }
    } else {
      result.append(finding(.error, "call-unknown", "it calls the process '\(call.processID)', which is not there"))
    }
    if let loop = call.loop, loop.maximum == nil {
      result.append(finding(.error, "loop-maximum", "the loop has no positive maximum of iterations"))
    }
    return result
  }

  private func routerFindings(_ router: Router, _ outgoing: [SequenceFlow], _ finding: Maker) -> [Finding] {
    var result = deadEnd(outgoing, finding)
    let conditions = outgoing.compactMap(\.condition)
    let bare = outgoing.filter { $0.condition == nil && $0.id != router.defaultRouteID }
    if !bare.isEmpty {
      let names = bare.map { $0.name.isEmpty ? $0.id : $0.name }.joined(separator: ", ")
      result.append(
        finding(.warning, "route-without-condition", "routes have no condition and are not the default: \(names)"))
    }
    if router.defaultRouteID.map({ id in !outgoing.contains { $0.id == id } }) ?? true, !router.throwsException {
      result.append(finding(.warning, "router-without-default", "a message that fits no route ends here"))
    }
    if Set(conditions.map { $0.language == .xpath }).count > 1 {
      result.append(
        finding(.warning, "router-mixed", "its routes mix XML and non-XML conditions, which SAP does not allow"))
    }
    return result
  }

  /// A process of SAP has no way back: loops are made by process calls. One error a scope is enough.
  private func cycles(in scope: FlowScope) -> [Finding] {
    var incoming: [String: Int] = [:]
    var next: [String: [String]] = [:]
    for arrow in scope.sequenceFlows {
      incoming[arrow.targetID, default: 0] += 1
      next[arrow.sourceID, default: []].append(arrow.targetID)
    }
    var waiting = scope.elements.filter { incoming[$0.id] == nil }.map(\.id)
    while let id = waiting.popLast() {
      for target in next[id] ?? [] {
        incoming[target, default: 1] -= 1
        if incoming[target] == 0 {
          incoming[target] = nil
          waiting.append(target)
        }
      }
      next[id] = nil
    }
    guard let element = scope.elements.first(where: { incoming[$0.id] != nil && reach.contains($0) }) else { return [] }
    return [
      Finding(.error, "route-cycle", at: element.place, .init(element), "the arrows lead in a circle here")
    ]
  }
}
