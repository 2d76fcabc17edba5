/// Joins and gather steps: whether parts or branches lead to them, and what follows.
struct MeetingPointCheck {
  let scope: FlowScope

  func findings(for element: FlowElement) -> [Finding] {
    func finding(_ severity: Finding.Severity, _ code: String, _ reason: String) -> Finding {
      Finding(severity, code, at: element.place, .init(element), reason)
    }
    if element.type == .gather {
      guard !leadsHere(element, from: { $0.isSplitter || $0.isMulticast }) else { return [] }
      return [finding(.error, "gather-alone", "no splitter and no multicast leads to it: there is nothing to gather")]
    }
    guard case .join = element.kind else { return [] }
    guard leadsHere(element, from: \.isMulticast) else {
      return [finding(.warning, "join-alone", "no multicast leads to it: nothing is joined")]
    }
    let next = scope.outgoing(of: element).compactMap { scope.element($0.targetID) }
    guard !next.isEmpty, !next.contains(where: { $0.type == .gather }) else { return [] }
    return [
      finding(
        .warning, "join-without-gather", "no gather follows: the message goes on as its last branch left it")
    ]
  }

  /// Whether such an element stands somewhere before another.
  private func leadsHere(_ element: FlowElement, from isSource: (FlowElement) -> Bool) -> Bool {
    var seen: Set<String> = [element.id]
    var waiting = [element]
    while let current = waiting.popLast() {
      for arrow in scope.incoming(of: current) {
        guard let source = scope.element(arrow.sourceID), seen.insert(source.id).inserted else { continue }
        if isSource(source) { return true }
        waiting.append(source)
      }
    }
    return false
  }
}

extension FlowElement {
  /// SAP's splitters of all kinds.
  var isSplitter: Bool { type.rawValue.hasPrefix("Splitter") || type.rawValue.hasSuffix("Splitter") }

  var isMulticast: Bool { if case .multicast = kind { true } else { false } }
}
