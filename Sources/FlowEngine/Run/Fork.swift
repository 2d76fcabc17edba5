import TenantBase

/// A splitter or multicast that a message has come to: from here parts or branches go their own ways.
struct Fork: Sendable {
  let node: PlanNode
  let scope: ScopePlan
  let process: ProcessPlan

  /// Within an exception subprocess nothing catches what fails.
  var isGuarded: Bool { process.scope.nodes[node.elementID] != nil }

  func failure(_ failure: FlowFailure) -> PathFailure {
    PathFailure(
      failure: FlowFailure(failure.kind, from: failure, places: [node.place, node.title]), processID: process.id)
  }

  func invalid(_ problem: String) -> PathFailure {
    failure(FlowFailure(.invalidFlow, class: .configuration, Explanation(problem)))
  }
}

/// How a part or branch ended.
enum ForkOutcome: Sendable {
  case ended(PathEnd, Exchange)
  /// Settled: the exception subprocess of its process has had it.
  case failed(PathFailure)

  var isFailure: Bool {
    switch self {
    case .failed, .ended(.stopped(.handled), _), .ended(.stopped(.escalated), _): true
    case .ended: false
    }
  }
}

extension RunExecution {
  /// One part or branch, from its first element to where it ends.
  func runBranch(from first: String?, of fork: Fork, _ exchange: Exchange, _ path: PathState) async -> ForkOutcome {
    var exchange = exchange
    var path = path
    do throws(PathFailure) {
      let end =
        fork.isGuarded
        ? try await runGuarded(from: first, in: fork.process, isInFork: true, &exchange, &path)
        : try await runPath(from: first, in: fork.scope, of: fork.process, isInFork: true, &exchange, &path)
      return .ended(end, exchange)
    } catch {
      var settled = error
      if fork.isGuarded { settled.isSettled = true }
      return .failed(settled)
    }
  }

  /// - Returns: the number that the lineages of the parts or branches have for this fork.
  func enter(_ fork: Fork, _ path: inout PathState) throws(PathFailure) -> Int {
    guard path.forkDepth < limits.forkDepth else {
      throw fork.failure(
        FlowFailure(
          .limitExceeded, class: .permanent,
          Explanation("splitters and multicasts lie more than \(limits.forkDepth) deep within each other")))
    }
    defer { path.forks += 1 }
    return path.forks
  }
}

/// What is gathered at a meeting point.
struct Gathering {
  let fork: Fork
  let run: FlowRun
  /// The gatherer's id.
  private(set) var place: String?
  private var collection: (any GatheredParts)?
  private(set) var count = 0

  init(_ fork: Fork, _ run: FlowRun) {
    self.fork = fork
    self.run = run
  }

  /// - Parameter id: a gatherer.
  mutating func add(_ exchange: Exchange, at id: String) async throws(PathFailure) {
    guard let node = fork.scope.nodes[id], case .gather(let gatherer) = node.action else {
      throw fork.invalid("parts of a message cannot meet at a join: a gather has to come before it")
    }
    guard place == nil || place == id else { throw fork.invalid("its parts lead to different gather steps") }
    place = id
    do throws(FlowFailure) {
      if collection == nil { collection = try gatherer.makeCollection(in: run) }
      guard var current = collection else { return }
      // Not held twice while it grows.
      collection = nil
      try await current.add(exchange, in: run)
      collection = current
      count += 1
    } catch { throw failure(error, at: node) }
  }

  /// nil when nothing was gathered.
  mutating func finish() async throws(PathFailure) -> (node: PlanNode, body: MessageBody)? {
    guard let place, let node = fork.scope.nodes[place], var current = collection else { return nil }
    collection = nil
    do throws(FlowFailure) { return (node, try await current.finish(in: run)) } catch {
      throw failure(error, at: node)
    }
  }

  private func failure(_ error: FlowFailure, at node: PlanNode) -> PathFailure {
    PathFailure(
      failure: FlowFailure(error.kind, from: error, places: [node.place, node.title]), processID: fork.process.id)
  }
}
