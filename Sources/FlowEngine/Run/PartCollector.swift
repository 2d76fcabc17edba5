import TenantBase

/// Takes the parts of a split as they end, in their order, and decides whether the others still run.
struct PartCollector {
  let fork: Fork
  let settings: SplitSettings
  private let execution: RunExecution
  /// Where the parts would meet.
  private let gather: String?
  /// What the lineages of all parts begin with.
  private let lineage: [Int]
  private var gathering: Gathering
  private var firstFailure: PathFailure?
  private var failed = 0
  private var taken = 0
  /// An exception subprocess or an escalation has ended the processing, with what it made.
  private(set) var stop: (PathEnd.Stop, Exchange)?

  init(fork: Fork, execution: RunExecution, gather: String?, settings: SplitSettings, lineage: [Int]) {
    self.fork = fork
    self.lineage = lineage
    self.execution = execution
    self.gather = gather
    self.settings = settings
    gathering = Gathering(fork, execution.run)
  }

  var isStopping: Bool { stop != nil }

  /// - Throws: the part's failure, when it ends the splitting.
  mutating func take(_ outcome: ForkOutcome) async throws(PathFailure) {
    let index = taken
    taken += 1
    guard stop == nil else {
      // It was under way when another ended the processing.
      if case .failed(let failure) = outcome { execution.record(failure.failure, lineage: lineage + [index]) }
      return
    }
    switch outcome {
    case .failed(let failure): try fail(failure, index)
    case .ended(.finished, _), .ended(.stopped(.terminated), _): break
    case .ended(.arrived(let place), let exchange): try await gathering.add(exchange, at: place)
    case .ended(.stopped(let reason), let exchange):
      if settings.stopsOnException {
        stop = (reason, exchange)
      } else if let gather {
        try await gathering.add(exchange, at: gather)
      }
    }
  }

  private mutating func fail(_ failure: PathFailure, _ index: Int) throws(PathFailure) {
    var failure = failure
    failure.failure = FlowFailure(
      failure.failure.kind, from: failure.failure, places: ["part \(index + 1) of \(fork.node.title)"])
    if settings.stopsOnException || failure.failure.kind == .cancelled || Task.isCancelled { throw failure }
    failed += 1
    execution.record(failure.failure, lineage: lineage + [index])
    if firstFailure == nil { firstFailure = failure }
  }

  /// What the parts came to; nil when none was gathered.
  ///
  /// - Throws: the first failure, when parts failed and nothing was gathered of the others.
  mutating func finish() async throws(PathFailure) -> (node: PlanNode, body: MessageBody)? {
    guard let firstFailure else { return try await gathering.finish() }
    let words = "\(failed) of \(taken) parts of \(fork.node.title) failed"
    execution.run.warn(words)
    guard gathering.count == 0 else { return try await gathering.finish() }
    throw firstFailure
  }
}

/// The parts that run at the same time, and those that wait to be collected in their order.
struct PartWindow {
  var parts: NumberedParts
  private(set) var collector: PartCollector
  private let concurrency: Int
  private(set) var running = 0
  private var started = 0
  private var collected = 0
  private var waiting: [Int: ForkOutcome] = [:]
  /// No further part is wanted.
  private(set) var isEnding = false
  private var isLate = false

  init(parts: NumberedParts, collector: PartCollector, concurrency: Int) {
    self.parts = parts
    self.collector = collector
    self.concurrency = concurrency
  }

  /// Whether another part may begin; those that wait for an earlier one count too, so that they stay few.
  var mayStart: Bool {
    !isEnding && !Task.isCancelled && running < concurrency && running + waiting.count < 2 * concurrency
  }

  mutating func start() -> Int {
    running += 1
    defer { started += 1 }
    return started
  }

  mutating func end(_ index: Int, _ outcome: ForkOutcome) async throws(PathFailure) {
    running -= 1
    guard !isLate else { return }
    if outcome.isFailure, collector.settings.stopsOnException { isEnding = true }
    waiting[index] = outcome
    while let next = waiting.removeValue(forKey: collected) {
      collected += 1
      try await collector.take(next)
    }
  }

  /// What has ended counts, what runs comes to its end without counting, the rest is left out: as in SAP.
  mutating func timeIsUp() async throws(PathFailure) {
    guard !isLate else { return }
    isLate = true
    isEnding = true
    for (_, outcome) in waiting.sorted(by: { $0.key < $1.key }) { try await collector.take(outcome) }
    waiting = [:]
    collector.leaveOutTheRest()
  }

  /// A part that ended after the splitting had.
  mutating func drop(_ outcome: ForkOutcome) { running -= 1 }
}

extension PartCollector {
  /// The flow goes on without the others; its source gives the message again.
  func leaveOutTheRest() {
    let words = "\(fork.node.title): its time was over after \(taken) parts; the others were left out"
    execution.run.warn(words)
    execution.record(
      FlowFailure(.stepFailed, class: .temporary, Explanation(words, places: [fork.node.place])),
      lineage: lineage + [taken])
  }
}
