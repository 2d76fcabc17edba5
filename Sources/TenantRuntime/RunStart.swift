import FlowEngine
import TenantBase

/// Which of a flow's starts a person's run begins at.
package enum RunStart {
  /// The named one; else the only one; else, with a body, the only message start, and without one the only timer.
  ///
  /// - Throws: a usage error that lists them.
  package static func choose(of plan: FlowPlan, _ options: RunOptions) throws(RunRefusal) -> FlowStart {
    if let name = options.triggerName {
      let named = plan.starts.filter { $0.isNamed(name) }
      if let start = named.first, named.count == 1 { return start }
      let quoted = PrintableText.escaping(name)
      throw refusal(
        named.isEmpty ? "the flow has no trigger '\(quoted)'" : "several triggers are named '\(quoted)'", plan)
    }
    if let start = plan.starts.first, plan.starts.count == 1 { return start }
    let fitting = plan.starts.filter { ($0.trigger == .timer) == (options.body == nil) }
    if let start = fitting.first, fitting.count == 1 { return start }
    throw refusal("the flow has several triggers: say which one", plan)
  }

  private static func refusal(_ summary: String, _ plan: FlowPlan) -> RunRefusal {
    let hints = plan.starts.map { start in
      "\(title(of: start)): --trigger \(ShellText.quoted(PrintableText.escaping(start.elementID)))"
    }
    return RunRefusal(failureClass: .usage, explanation: Explanation(summary, hints: hints))
  }

  private static func title(of start: FlowStart) -> String {
    if case .sender(_, "") = start.trigger { return "message start '\(PrintableText.escaping(start.elementName))'" }
    return PrintableText.escaping(start.trigger.title)
  }
}
