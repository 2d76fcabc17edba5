import Expressions
import FlowEngine
import FlowModel
import TenantBase
import XMLTree

/// The Aggregator: collects messages of several runs, and gives on what is complete.
///
/// For the engine it is a splitter: of one message that comes in, none, one or several go on.
struct Aggregator: Splitter {
  /// SAP's word for a message that is collected; the value of the correlation expression is kept with it.
  static let correlationHeader = "AggregateCorrelationId"

  let settings: AggregatorSettings
  let state: StateAccess

  func split(_ exchange: Exchange, in run: FlowRun) async throws(FlowFailure) -> Split {
    let arrival = try arrival(of: exchange, in: run)
    let aggregates = try state.perform(in: run) { stores, scope in
      let store = DataStoreName(settings.storeName, flow: run.flowName)
      var found = try timedOut(in: store, of: stores.dataStore, scope)
      if arrival.isLast {
        found.append(try complete(arrival, in: store, of: stores.dataStore, scope))
      } else {
        try collect(arrival, exchange, in: store, of: stores.dataStore, scope)
      }
      return found
    }
    var split = Split(
      settings: SplitSettings(),
      parts: AggregatedParts(aggregates: aggregates[...], current: exchange, state: state, run: run))
    split.settings.numbersParts = false
    return split
  }

  /// What the expressions say of a message.
  private struct Arrival {
    let correlation: String
    let key: AggregateKey
    let isLast: Bool
  }

  private func arrival(of exchange: Exchange, in run: FlowRun) throws(FlowFailure) -> Arrival {
    let document = try exchange.body.xmlDocument()
    let correlation = try settings.correlation.evaluate(on: document, for: exchange, in: run).stringValue
    guard !correlation.isEmpty else {
      throw FlowFailure(
        .stepFailed, class: .permanent, Explanation("the correlation expression finds nothing in the message"))
    }
    var sequence: Int64 = 0
    if let path = settings.sequence {
      let text = try path.evaluate(on: document, for: exchange, in: run).stringValue.trimmingWhitespace
      guard let number = Int64(text), number > 0 else {
        throw FlowFailure(
          .stepFailed, class: .permanent,
          Explanation(
            "the place in the sequence is not a number from 1 on: '\(PrintableText.escaping(text, limit: 40))'")
        )
      }
      sequence = number
    }
    let isLast = try settings.lastMessage?.evaluate(on: document, for: exchange, in: run).booleanValue ?? false
    return Arrival(
      correlation: correlation, key: AggregateKey(correlation: correlation, sequence: sequence), isLast: isLast)
  }

  private func collect(
    _ arrival: Arrival, _ exchange: Exchange, in store: DataStoreName, of stores: any DataStore, _ scope: StateScope
  ) throws {
    let kept = settings.timeoutMinutes / 1_440 + StateLimits.defaultExpiryDays
    var entry = NewDataStoreEntry(
      store: store, id: arrival.key.makeEntryID(), body: exchange.body,
      overdueOn: scope.now.advanced(byDays: StateLimits.defaultAlertDays), expiresOn: scope.now.advanced(byDays: kept))
    entry.mayStayPlain = true
    entry.headers = DataStorePut.headers(of: exchange).filter { $0.name != Self.correlationHeader }
    entry.headers.append(StoredHeader(Self.correlationHeader, .text(arrival.correlation)))
    try stores.put(entry, for: scope)
  }

  private func complete(
    _ arrival: Arrival, in store: DataStoreName, of stores: any DataStore, _ scope: StateScope
  ) throws -> Aggregate {
    switch try stores.take(arrival.key.prefix, from: store, for: scope) {
    case .taken(let entries):
      return Aggregate(entries: entries, completing: .init(correlation: arrival.correlation, key: arrival.key))
    case .takenByOther(let other):
      throw FlowFailure(
        .stepFailed, class: .temporary,
        Explanation(
          "the messages collected for this one are being sent on by another run",
          cause: "run \(PrintableText.escaping(other, limit: 40)) has not ended",
          hints: [
            "send the message again when that run has ended; "
              + "what a crashed run had taken is free again after \(StateLimits.takenHours) hours"
          ]))
    }
  }

  /// Those that no message has come to for too long. What another run is at is its business.
  private func timedOut(
    in store: DataStoreName, of stores: any DataStore, _ scope: StateScope
  ) throws -> [Aggregate] {
    var begins: [String: Timestamp] = [:]
    var order: [String] = []
    for entry in try stores.entries(in: store, atMost: StateLimits.selectedEntries, for: scope) {
      guard let key = AggregateKey(entryID: entry.id) else { continue }
      if begins[key.prefix] == nil { order.append(key.prefix) }
      if begins[key.prefix] == nil || !settings.countsFromFirst { begins[key.prefix] = entry.storedOn }
    }
    var result: [Aggregate] = []
    for prefix in order {
      guard let begin = begins[prefix],
        begin.advanced(byMilliseconds: Int64(settings.timeoutMinutes) * 60_000) <= scope.now,
        case .taken(let entries) = try stores.take(prefix, from: store, for: scope), !entries.isEmpty
      else { continue }
      result.append(Aggregate(entries: entries, completing: nil))
    }
    return result
  }
}

/// Messages that belong together, and are all there.
struct Aggregate: Sendable {
  /// The message that is just passing: it was never stored.
  struct Completing: Sendable {
    let correlation: String
    let key: AggregateKey
  }

  /// The stored ones, the oldest first.
  let entries: [DataStoreEntry]
  /// nil when the time was over.
  let completing: Completing?

  /// In their order; nil stands for the completing message.
  var inOrder: [DataStoreEntry?] {
    var numbered: [(sequence: Int64, position: Int, entry: DataStoreEntry?)] = []
    for entry in entries {
      numbered.append((AggregateKey(entryID: entry.id)?.sequence ?? 0, numbered.count, entry))
    }
    if let completing { numbered.append((completing.key.sequence, numbered.count, nil)) }
    return numbered.sorted { ($0.sequence, $0.position) < ($1.sequence, $1.position) }.map(\.entry)
  }
}

/// One message after the other is made of what was collected, when its turn comes.
struct AggregatedParts: SplitParts {
  private var aggregates: ArraySlice<Aggregate>
  private let current: Exchange
  private let state: StateAccess
  private let run: FlowRun

  init(aggregates: ArraySlice<Aggregate>, current: Exchange, state: StateAccess, run: FlowRun) {
    self.aggregates = aggregates
    self.current = current
    self.state = state
    self.run = run
  }

  var count: Int? { nil }

  mutating func next() async throws(FlowFailure) -> SplitPart? {
    guard let aggregate = aggregates.popFirst() else { return nil }
    var combined = CombinedXML(writer: BodyWriter(spool: run.spool), numbersMessages: false)
    var headers: [StoredHeader] = []
    for entry in aggregate.inOrder {
      guard let entry else {
        try await combined.add(current, in: run)
        continue
      }
      let stored = try state.perform(in: run) { stores, _ in try stores.dataStore.message(of: entry) }
      guard let stored else {
        throw FlowFailure(.stepFailed, class: .permanent, Explanation("\(entry.title) was deleted meanwhile"))
      }
      headers = stored.headers
      var message = Exchange(id: current.id)
      message.body = stored.body
      try await combined.add(message, in: run)
    }
    var part = SplitPart(body: try await combined.finish(in: run))
    let completion: ExpressionValue = .text(aggregate.completing == nil ? "timeout" : "predicate")
    if let completing = aggregate.completing {
      part.headers = [(Aggregator.correlationHeader, .text(completing.correlation))]
    } else {
      part.isOwnMessage = true
      part.headers = headers.map { ($0.name, $0.value) }
    }
    part.headers.append(("CamelAggregatedCompletedBy", completion))
    part.properties = [("CamelAggregatedCompletedBy", completion)]
    return part
  }
}

extension DataStoreEntry {
  fileprivate var title: String { "a collected message of the data store '\(PrintableText.escaping(store.text))'" }
}
