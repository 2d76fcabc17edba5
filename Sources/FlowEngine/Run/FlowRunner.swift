import TenantBase

/// Runs a plan with one exchange, from the start to the end.
package struct FlowRunner: Sendable {
  /// Elements that one message may pass; a flow that goes in a circle ends here.
  package static let elementLimit = 100_000

  let plan: FlowPlan

  package init(_ plan: FlowPlan) { self.plan = plan }

  /// - Returns: the exchange as the flow left it.
  /// - Throws: `FlowFailure`, with the element that failed among its places; deliveries until then are on the record of `run`.
  package func run(_ exchange: Exchange, in run: FlowRun) async throws(FlowFailure) -> Exchange {
    var exchange = exchange
    var current: String? = plan.start
    var passed = 0
    while let id = current, let node = plan.nodes[id] {
      passed += 1
      guard passed <= Self.elementLimit else {
        throw FlowFailure(
          .stepFailed, class: .permanent,
          Explanation("the message passed \(Self.elementLimit) elements and was stopped", places: [node.place]))
      }
      try await execute(node, &exchange, in: run)
      current = node.next
    }
    return exchange
  }

  private func execute(_ node: FlowPlan.Node, _ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) {
    switch node.action {
    case .pass: return
    case .step(let step):
      do throws(FlowFailure) {
        try await step.run(&exchange, in: run)
      } catch {
        throw FlowFailure(error.kind, from: error, places: [node.place, node.title])
      }
    case .deliver(let receiver, let takesReply):
      let outcome = await receiver.deliver(exchange, at: run.nextDelivery(of: exchange, at: node.elementID), in: run)
      run.record(outcome.report)
      if let failure = outcome.failure { throw FlowFailure(failure.kind, from: failure, places: [node.place]) }
      if takesReply { outcome.reply?.apply(to: &exchange) }
    }
  }
}
