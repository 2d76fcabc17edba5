import Expressions
import FlowModel
import TenantBase

extension RunExecution {
  /// A process from its start to its end, with its exception subprocess.
  func runProcess(
    _ process: ProcessPlan, _ exchange: inout Exchange, _ path: inout PathState
  ) async throws(PathFailure) -> PathEnd {
    try await runGuarded(from: process.scope.start, in: process, isInFork: false, &exchange, &path)
  }

  /// Elements from `first` on; what fails goes to the exception subprocess of the process.
  ///
  /// - Parameter isInFork: the message is a part or branch: it ends where those meet.
  func runGuarded(
    from first: String?, in process: ProcessPlan, isInFork: Bool, _ exchange: inout Exchange, _ path: inout PathState
  ) async throws(PathFailure) -> PathEnd {
    do throws(PathFailure) {
      return try await runPath(from: first, in: process.scope, of: process, isInFork: isInFork, &exchange, &path)
    } catch {
      return try await handle(error, in: process, &exchange, &path)
    }
  }

  /// Elements from `first` on, one after the other.
  func runPath(
    from first: String?, in scope: ScopePlan, of process: ProcessPlan, isInFork: Bool, _ exchange: inout Exchange,
    _ path: inout PathState
  ) async throws(PathFailure) -> PathEnd {
    var current = first
    var passed = 0
    while let id = current, let node = scope.nodes[id] {
      if isInFork, node.isMeetingPoint { return .arrived(id) }
      passed += 1
      let began = ContinuousClock.now
      var route: ElementPassage.Route?
      let step: Advance
      do throws(PathFailure) {
        do throws(FlowFailure) { try checkLimits(at: node, passedOnPath: passed) } catch {
          throw PathFailure(failure: error, processID: process.id, isSettled: true)
        }
        step = try await pass(node, in: scope, of: process, &exchange, &path, &route)
      } catch {
        observe(node, process, exchange, since: began, failure: error.failure, route)
        throw error
      }
      observe(node, process, exchange, since: began, failure: nil, route)
      switch step {
      case .next(let next): current = next
      case .end(let end): return end
      }
    }
    return .finished
  }

  func observe(
    _ node: PlanNode, _ process: ProcessPlan, _ exchange: Exchange, since began: ContinuousClock.Instant,
    failure: FlowFailure?, _ route: ElementPassage.Route?
  ) {
    observer?.passed(
      ElementPassage(
        elementID: node.elementID, elementName: node.name, elementType: node.type, processID: process.id,
        exchange: exchange, duration: began.duration(to: .now), failure: failure, route: route))
  }

  /// Where a message goes from an element.
  enum Advance {
    /// nil: nothing follows.
    case next(String?)
    case end(PathEnd)
  }

  private func pass(
    _ node: PlanNode, in scope: ScopePlan, of process: ProcessPlan, _ exchange: inout Exchange,
    _ path: inout PathState, _ route: inout ElementPassage.Route?
  ) async throws(PathFailure) -> Advance {
    switch node.action {
    case .call(let call):
      let end = try await self.call(call, at: node, in: process, &exchange, &path)
      return end == .finished ? .next(node.next) : .end(end)
    case .split(let splitter, let gather):
      let fork = Fork(node: node, scope: scope, process: process)
      return try await split(splitter, gather: gather, fork, &exchange, &path)
    case .multicast(let multicast):
      return try await self.multicast(
        multicast, Fork(node: node, scope: scope, process: process), &exchange, &path)
    case .pass, .step, .deliver, .route, .join, .gather, .end:
      do throws(FlowFailure) {
        return try await passSimply(node, &exchange, &path, &route)
      } catch { throw PathFailure(failure: error, processID: process.id) }
    }
  }

  /// Elements within which no other runs.
  private func passSimply(
    _ node: PlanNode, _ exchange: inout Exchange, _ path: inout PathState, _ route: inout ElementPassage.Route?
  ) async throws(FlowFailure) -> Advance {
    switch node.action {
    case .step(let step):
      do throws(FlowFailure) { try await step.run(&exchange, in: run) } catch {
        throw FlowFailure(error.kind, from: error, places: [node.place, node.title])
      }
    case .deliver(let receiver, let takesReply):
      try await deliver(by: receiver, takesReply: takesReply, at: node, &exchange, &path)
    case .route(let router):
      let way = try way(router, at: node, for: exchange)
      route = way?.route
      return way.map { .next($0.target) } ?? .end(.finished)
    case .gather:
      throw FlowFailure(
        .invalidFlow, class: .configuration,
        Explanation("\(node.title) has nothing to gather: no splitter or multicast leads to it", places: [node.place]))
    case .end(let end): return .end(try self.end(end, at: node, exchange))
    case .pass, .join, .call, .split, .multicast: break
    }
    return .next(node.next)
  }

  private func deliver(
    by receiver: any ReceiverAdapter, takesReply: Bool, at node: PlanNode, _ exchange: inout Exchange,
    _ path: inout PathState
  ) async throws(FlowFailure) {
    let ordinal = path.passages[node.elementID, default: 0]
    path.passages[node.elementID] = ordinal + 1
    let point = DeliveryPoint(elementID: node.elementID, lineage: exchange.lineage, ordinal: ordinal)
    let outcome = await receiver.deliver(exchange, at: point, in: run)
    run.record(outcome.report)
    if let failure = outcome.failure { throw FlowFailure(failure.kind, from: failure, places: [node.place]) }
    if takesReply { outcome.reply?.apply(to: &exchange) }
  }

  private func end(
    _ end: PlanNode.EndAction, at node: PlanNode, _ exchange: Exchange
  ) throws(FlowFailure) -> PathEnd {
    switch end {
    case .finish: return .finished
    case .terminate: return .stopped(.terminated)
    case .raise:
      throw FlowFailure(
        .raised, class: .permanent, Explanation("the message ended in \(node.title)", places: [node.place]))
    case .escalate(let code):
      let reason = code.isEmpty ? "" : " (\(PrintableText.escaping(code)))"
      recordEscalation(
        FlowFailure(
          .escalated, class: .permanent,
          Explanation("the message was escalated by \(node.title)\(reason)", places: [node.place])), of: exchange)
      return .stopped(.escalated)
    }
  }

  /// nil when no route fits and the message ends here.
  private func way(
    _ router: RouterPlan, at node: PlanNode, for exchange: Exchange
  ) throws(FlowFailure) -> RouterPlan.Way? {
    var documents = BodyDocument()
    for way in router.ways {
      do throws(FlowFailure) {
        if try way.condition?.holds(for: exchange, &documents, in: run) == true { return way }
      } catch {
        throw FlowFailure(error.kind, from: error, places: [node.place, node.title])
      }
    }
    guard router.throwsException else { return router.fallback }
    throw FlowFailure(
      .stepFailed, class: .permanent, Explanation("the message fits no route of \(node.title)", places: [node.place]))
  }
}
