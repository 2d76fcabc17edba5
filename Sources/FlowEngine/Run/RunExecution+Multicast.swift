import TenantBase

extension RunExecution {
  /// Copies of a message on their ways: one after the other, or several at the same time.
  ///
  /// In a row the first that fails is the last that runs; of those that run at the same time all come to their end.
  func multicast(
    _ multicast: MulticastPlan, _ fork: Fork, _ exchange: inout Exchange, _ path: inout PathState
  ) async throws(PathFailure) -> RunExecution.Advance {
    let number = try enter(fork, &path)
    let copies = multicast.branches.indices.map { index in
      var copy = exchange
      copy.lineage += [number, index]
      return copy
    }
    let outcomes =
      multicast.isSequential
      ? await inSequence(multicast.branches, copies, fork, path.child())
      : await atOnce(multicast.branches, copies, fork, path.child())
    var ended: [(end: PathEnd, exchange: Exchange)] = []
    for outcome in outcomes {
      switch outcome {
      case .failed(let failure): throw failure
      case .ended(let end, let exchange): ended.append((end, exchange))
      }
    }
    for (end, branch) in ended {
      guard case .stopped(let stop) = end, stop != .terminated else { continue }
      exchange.takeContent(of: branch)
      return .end(end)
    }
    return try await join(ended, fork, &exchange)
  }

  private func inSequence(
    _ branches: [String], _ copies: [Exchange], _ fork: Fork, _ path: PathState
  ) async -> [ForkOutcome] {
    var outcomes: [ForkOutcome] = []
    for (branch, copy) in zip(branches, copies) {
      let outcome = await runBranch(from: branch, of: fork, copy, path)
      outcomes.append(outcome)
      if outcome.isFailure { break }
    }
    return outcomes
  }

  private func atOnce(
    _ branches: [String], _ copies: [Exchange], _ fork: Fork, _ path: PathState
  ) async -> [ForkOutcome] {
    await withTaskGroup(of: (Int, ForkOutcome).self) { group in
      var outcomes: [Int: ForkOutcome] = [:]
      for (index, (branch, copy)) in zip(branches, copies).enumerated() {
        if index >= limits.branches, let (done, outcome) = await group.next() { outcomes[done] = outcome }
        group.addTask { (index, await self.runBranch(from: branch, of: fork, copy, path)) }
      }
      for await (done, outcome) in group { outcomes[done] = outcome }
      return outcomes.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// What comes after: the gathered message, or the last branch's where nothing is gathered.
  private func join(
    _ ended: [(end: PathEnd, exchange: Exchange)], _ fork: Fork, _ exchange: inout Exchange
  ) async throws(PathFailure) -> RunExecution.Advance {
    let began = ContinuousClock.now
    var arrived: [(place: String, exchange: Exchange)] = []
    for (end, branch) in ended {
      if case .arrived(let place) = end { arrived.append((place, branch)) }
    }
    guard let place = arrived.first?.place, let meeting = fork.scope.nodes[place] else {
      if let last = ended.last { exchange.takeContent(of: last.exchange) }
      return .end(.finished)
    }
    guard arrived.allSatisfy({ $0.place == place }) else {
      throw fork.invalid("its branches lead to different joins")
    }
    var gatherer = meeting
    if case .join = meeting.action {
      guard let next = meeting.next.flatMap({ fork.scope.nodes[$0] }), case .gather = next.action else {
        if let last = arrived.last { exchange.takeContent(of: last.exchange) }
        observe(meeting, fork.process, exchange, since: began, failure: nil, nil)
        return .next(meeting.next)
      }
      observe(meeting, fork.process, exchange, since: began, failure: nil, nil)
      gatherer = next
    }
    var gathering = Gathering(fork, run)
    for (_, branch) in arrived { try await gathering.add(branch, at: gatherer.elementID) }
    if let (_, body) = try await gathering.finish() { exchange.body = body }
    observe(gatherer, fork.process, exchange, since: began, failure: nil, nil)
    return .next(gatherer.next)
  }
}

extension Exchange {
  /// All but the identity: what came of a part or branch becomes what came of the message.
  mutating func takeContent(of other: Exchange) {
    headers = other.headers
    properties = other.properties
    byteProperties = other.byteProperties
    body = other.body
    attachments = other.attachments
  }
}
