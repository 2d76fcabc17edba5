import FlowModel
import TenantBase

/// A process as an indented tree: steps below each other, the branches of a gateway indented below it.
///
/// Where branches meet again, the tree goes on at the gateway's own indentation; whoever leads there says so with `->`.
struct FlowTreeText {
  let flow: IntegrationFlow

  func text(of process: FlowProcess) -> String {
    let name = FlowText.printable(process.name.isEmpty ? process.id : process.name)
    var walk = FlowTreeWalk(flow: flow, scope: process.scope)
    return (process.isLocal ? "Local process '\(name)'\n" : "Process '\(name)'\n") + walk.text(indentation: 1)
  }
}

private struct FlowTreeWalk {
  let flow: IntegrationFlow
  let scope: FlowScope
  private var shown: Set<String> = []
  private var lines: [String] = []

  /// Deeper branches are not shown: nobody reads them, and no published flow has them.
  private static let deepest = 40

  init(flow: IntegrationFlow, scope: FlowScope) {
    self.flow = flow
    self.scope = scope
  }

  mutating func text(indentation: Int) -> String {
    for start in scope.starts {
      for merge in chain(from: start, depth: indentation) { finish(merge, depth: indentation) }
    }
    for (element, inner) in scope.exceptionSubprocesses {
      shown.insert(element.id)
      add("on exception\(name(of: element)):", indentation)
      guard indentation < Self.deepest else { continue }
      var walk = FlowTreeWalk(flow: flow, scope: inner)
      lines += [walk.text(indentation: indentation + 1)]
    }
    let rest = scope.elements.filter { !shown.contains($0.id) }
    if !rest.isEmpty {
      add("not reached:", indentation)
      for element in rest { add(title(of: element), indentation + 1) }
    }
    return lines.joined()
  }

  private mutating func add(_ text: String, _ depth: Int) {
    let line = String(repeating: "  ", count: depth) + text
    lines.append(line.hasSuffix("\n") ? line : line + "\n")
  }

  /// What several branches lead to, after all of them.
  private mutating func finish(_ element: FlowElement, depth: Int) {
    var waiting = [element]
    while let next = waiting.popLast() {
      if !shown.contains(next.id) { waiting += chain(from: next, depth: depth) }
    }
  }

  /// Shows a row of steps from `first` on.
  ///
  /// - Returns: the elements where the row meets others and that are still to be shown, by whoever shows the others.
  private mutating func chain(from first: FlowElement, depth: Int) -> [FlowElement] {
    var next: FlowElement? = first
    while let element = next {
      shown.insert(element.id)
      add(title(of: element), depth)
      let arrows = scope.outgoing(of: element)
      guard arrows.count <= 1, !isRouter(element) else { return branches(of: element, arrows, depth: depth) }
      guard let target = arrows.first.flatMap({ scope.element($0.targetID) }) else { return [] }
      if shown.contains(target.id) || scope.incoming(of: target).count > 1 {
        add("-> \(title(of: target, isShort: true))", depth)
        return shown.contains(target.id) ? [] : [target]
      }
      next = target
    }
    return []
  }

  private mutating func branches(of element: FlowElement, _ arrows: [SequenceFlow], depth: Int) -> [FlowElement] {
    guard depth < Self.deepest else {
      add("...", depth + 1)
      return []
    }
    var merges: [FlowElement] = []
    for arrow in arrows {
      add(route(arrow, of: element), depth + 1)
      guard let target = scope.element(arrow.targetID) else { continue }
      if shown.contains(target.id) || scope.incoming(of: target).count > 1 {
        add("-> \(title(of: target, isShort: true))", depth + 2)
        if !shown.contains(target.id) { merges.append(target) }
      } else {
        merges += chain(from: target, depth: depth + 2)
      }
    }
    var seen: Set<String> = []
    let open = merges.filter { !shown.contains($0.id) && seen.insert($0.id).inserted }
    // Those that only branches of this gateway lead to go on here, the others further out.
    var outer: [FlowElement] = []
    for merge in open {
      let sources = scope.incoming(of: merge).map(\.sourceID)
      if sources.allSatisfy(shown.contains) { finish(merge, depth: depth) } else { outer.append(merge) }
    }
    return outer.filter { !shown.contains($0.id) }
  }

  private func isRouter(_ element: FlowElement) -> Bool { if case .router = element.kind { true } else { false } }

  private func route(_ arrow: SequenceFlow, of element: FlowElement) -> String {
    let label = arrow.name.isEmpty ? "" : " '\(FlowText.printable(arrow.name, limit: 80))'"
    guard case .router(let router) = element.kind else { return "branch\(label):" }
    if let condition = arrow.condition {
      return "route\(label), when \(FlowText.printable(condition.text, limit: 120)):"
    }
    return "route\(label), \(arrow.id == router.defaultRouteID ? "otherwise" : "without condition"):"
  }

  private func name(of element: FlowElement) -> String {
    element.name.isEmpty ? "" : " '\(FlowText.printable(element.name, limit: 80))'"
  }

  private func title(of element: FlowElement, isShort: Bool = false) -> String {
    let title = element.type.title + name(of: element)
    guard !isShort else { return title }
    return title + FlowElementFacts(flow: flow).text(of: element)
  }
}

/// What is behind a step, in a few words: its schedule, the process that it calls, its channels.
struct FlowElementFacts {
  let flow: IntegrationFlow

  /// Empty, or beginning with a sign that says in which direction: `: every 10 minutes`, ` -> Mail receiver (SMTP) 'Mail'`.
  func text(of element: FlowElement) -> String {
    switch element.kind {
    case .start(.timer(let schedule)): return ": " + ScheduleText.text(schedule)
    case .processCall(let call): return call.processID.isEmpty ? "" : ": " + processCall(call)
    case .end(.escalation(let code)): return code.isEmpty ? "" : ": \(FlowText.printable(code))"
    default:
      let channels = flow.channels(of: element).map { channel in
        let sign = channel.type.direction == .sender ? "<-" : "->"
        return " \(sign) \(channel.type.description) '\(FlowText.printable(channel.name, limit: 80))'"
      }
      return channels.joined()
    }
  }

  private func processCall(_ call: ProcessCall) -> String {
    let name = flow.process(call.processID)?.name ?? call.processID
    let loop = call.loop.map { loop in
      let most = loop.maximum.map { ", at most \($0) times" } ?? ""
      return " while \(FlowText.printable(loop.condition.text, limit: 80))\(most)"
    }
    return "'\(FlowText.printable(name, limit: 80))'\(loop ?? "")"
  }
}

/// A schedule in words.
enum ScheduleText {
  static func text(_ schedule: Result<Schedule, FlowModelError>) -> String {
    guard case .success(let schedule) = schedule else { return "schedule that cannot be read" }
    var text: String
    switch schedule.trigger {
    case .onDeployment: return "once, at deployment"
    case .at(let date): text = "once, \(date.padded)"
    case .every(let seconds): text = "every \(interval(seconds))"
    case .cron(let expression): text = "cron \(FlowText.printable(expression.source, limit: 100))"
    }
    if let start = schedule.start { text += " from \(start.padded)" }
    if let end = schedule.end { text += " until \(end.padded)" }
    return "\(text) (\(FlowText.printable(schedule.timeZone, limit: 60)))"
  }

  private static func interval(_ seconds: Int64) -> String {
    for (length, word) in [(86_400, "day"), (3_600, "hour"), (60, "minute")] as [(Int64, String)]
    where seconds % length == 0 {
      return seconds == length ? word : "\(seconds / length) \(word)s"
    }
    return seconds == 1 ? "second" : "\(seconds) seconds"
  }
}
