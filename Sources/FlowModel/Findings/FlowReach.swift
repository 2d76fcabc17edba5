/// Which nodes a message can reach: from the triggers of the main processes along the arrows, into exception
/// subprocesses, and by process calls into local processes.
package struct FlowReach: Sendable {
  private var reached: Set<String> = []
  private var reachedProcesses: Set<String> = []

  package init(_ flow: IntegrationFlow) {
    var waiting = flow.processes.filter { !$0.isLocal }
    while let process = waiting.popLast() {
      guard reachedProcesses.insert(process.id).inserted else { continue }
      follow(process.scope)
      // Any step that names a process calls it, those too that cannot run here.
      let calls = process.scope.allElements.filter { reached.contains($0.id) }.compactMap { $0.properties["processId"] }
      waiting += calls.compactMap { id in flow.process(id.trimmed) }
    }
  }

  private mutating func follow(_ scope: FlowScope) {
    var waiting = scope.starts
    while let element = waiting.popLast() {
      guard reached.insert(element.id).inserted else { continue }
      waiting += scope.outgoing(of: element).compactMap { scope.element($0.targetID) }
    }
    // An exception may come from any step of the process.
    for (element, inner) in scope.exceptionSubprocesses {
      reached.insert(element.id)
      follow(inner)
    }
  }

  package func contains(_ element: FlowElement) -> Bool { reached.contains(element.id) }
  package func contains(_ process: FlowProcess) -> Bool { reachedProcesses.contains(process.id) }
}
