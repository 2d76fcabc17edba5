import Expressions
import TenantBase

extension RunExecution {
  /// The parts of a message on their ways, and what comes after: the gathered message, or nothing where the parts ended
  /// by themselves.
  func split(
    _ splitter: any Splitter, gather: String?, _ fork: Fork, _ exchange: inout Exchange, _ path: inout PathState
  ) async throws(PathFailure) -> Advance {
    let number = try enter(fork, &path)
    let split: Split
    do throws(FlowFailure) { split = try await splitter.split(exchange, in: run) } catch { throw fork.failure(error) }
    let settings = split.settings
    var parts = NumberedParts(
      split.parts, of: exchange, fork: number, limit: limits.parts, setsProperties: settings.numbersParts)
    var collector = PartCollector(
      fork: fork, execution: self, gather: gather, settings: settings, lineage: exchange.lineage + [number])
    if settings.concurrency > 1 {
      try await runAtOnce(&parts, fork, path.child(), &collector)
    } else {
      try await runInSequence(&parts, fork, path.child(), &collector)
    }
    if let (stop, part) = collector.stop {
      exchange.takeContent(of: part)
      return .end(.stopped(stop))
    }
    let began = ContinuousClock.now
    if let (node, body) = try await collector.finish() {
      exchange.body = body
      observe(node, fork.process, exchange, since: began, failure: nil, nil)
      return .next(node.next)
    }
    return .end(.finished)
  }

  private func runInSequence(
    _ parts: inout NumberedParts, _ fork: Fork, _ path: PathState, _ collector: inout PartCollector
  ) async throws(PathFailure) {
    while !collector.isStopping, let part = try await next(&parts, fork) {
      try await collector.take(await runBranch(from: fork.node.next, of: fork, part, path))
    }
  }

  private func next(_ parts: inout NumberedParts, _ fork: Fork) async throws(PathFailure) -> Exchange? {
    do throws(FlowFailure) { return try await parts.next() } catch { throw fork.failure(error) }
  }

  private enum Event: Sendable {
    case ended(Int, ForkOutcome)
    case timeIsUp
  }

  /// Starts the parts in their order, several at a time, and collects them in their order.
  private func runAtOnce(
    _ parts: inout NumberedParts, _ fork: Fork, _ path: PathState, _ collector: inout PartCollector
  ) async throws(PathFailure) {
    let (newParts, newCollector, failure) = await withTaskGroup(of: Event.self) { group in
      var window = PartWindow(
        parts: parts, collector: collector, concurrency: min(collector.settings.concurrency, limits.concurrency))
      if let timeout = collector.settings.timeout {
        group.addTask {
          try? await self.run.sleep(timeout)
          return .timeIsUp
        }
      }
      var failure: PathFailure?
      do throws(PathFailure) {
        repeat {
          while window.mayStart, let part = try await next(&window.parts, fork) {
            let index = window.start()
            group.addTask { .ended(index, await self.runBranch(from: fork.node.next, of: fork, part, path)) }
          }
          guard window.running > 0, let event = await group.next() else {
            // Parts that did not begin because the run was stopped are not done.
            if Task.isCancelled, !window.isEnding, try await next(&window.parts, fork) != nil {
              throw fork.failure(.cancelled())
            }
            break
          }
          switch event {
          case .timeIsUp:
            // Cancelling ends the wait too.
            if !Task.isCancelled { try await window.timeIsUp() }
          case .ended(let index, let outcome): try await window.end(index, outcome)
          }
        } while true
      } catch { failure = error }
      // What is under way comes to its end: a mail is not cut off in the middle.
      while window.running > 0, let event = await group.next() {
        if case .ended(_, let outcome) = event { window.drop(outcome) }
      }
      group.cancelAll()
      return (window.parts, window.collector, failure)
    }
    parts = newParts
    collector = newCollector
    if let failure { throw failure }
  }
}

/// The parts of a message as exchanges of their own, with Camel's properties.
struct NumberedParts {
  private var parts: any SplitParts
  private let whole: Exchange
  private let fork: Int
  private let limit: Int
  private let setsProperties: Bool
  private var index = 0
  private var upcoming: SplitPart?
  private var hasBegun = false

  init(_ parts: any SplitParts, of whole: Exchange, fork: Int, limit: Int, setsProperties: Bool = true) {
    self.parts = parts
    self.whole = whole
    self.fork = fork
    self.limit = limit
    self.setsProperties = setsProperties
  }

  /// nil at the end. Looks one part ahead, so that the last one knows that it is.
  mutating func next() async throws(FlowFailure) -> Exchange? {
    if !hasBegun {
      hasBegun = true
      upcoming = try await parts.next()
    }
    guard let part = upcoming else { return nil }
    upcoming = try await parts.next()
    guard index < limit else {
      throw FlowFailure(
        .limitExceeded, class: .permanent, Explanation("the message has more than \(limit) parts"))
    }
    var exchange = whole
    if part.isOwnMessage {
      exchange.headers = HeaderMap()
      exchange.properties = [:]
      exchange.byteProperties = [:]
      exchange.attachments = []
    }
    exchange.body = part.body
    for property in part.properties { exchange.properties[property.name] = property.value }
    for header in part.headers { exchange.headers[header.name] = header.value }
    exchange.lineage += [fork, index]
    if setsProperties {
      let isLast = upcoming == nil
      exchange.properties["CamelSplitIndex"] = .integer(Int64(index))
      exchange.properties["CamelSplitComplete"] = .boolean(isLast)
      exchange.properties["CamelSplitSize"] = (parts.count ?? (isLast ? index + 1 : nil)).map { .integer(Int64($0)) }
    }
    index += 1
    return exchange
  }
}
