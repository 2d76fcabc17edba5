import FlowEngine
import FlowModel
import Synchronization
import TenantBase

/// The flows of a home that others call by a ProcessDirect address, compiled when they are first asked for.
///
/// A flow that is deployed beats a file of the same name. Two flows with one address are an error, as at SAP.
final class ProcessDirectFlows: Sendable {
  static let adapter = "ProcessDirect"

  /// A flow with its start at an address.
  struct Consumer: Sendable {
    let plan: FlowPlan
    let start: FlowStart
  }

  private let candidates: @Sendable () -> [LoadedFlow]
  private let compile: @Sendable (LoadedFlow, ProcessDirectFlows) throws(FlowFailure) -> FlowPlan
  private let state = Mutex(State())

  private struct State {
    /// By address; read once.
    var flows: [String: [LoadedFlow]]?
    var consumers: [String: Consumer] = [:]
    /// Addresses whose flow is just being compiled: a circle of calls is met by its calls, not by its compiling.
    var pending: Set<String> = []
  }

  /// - Parameters:
  ///   - candidates: the flows that may be called; asked once, when the first is called.
  ///   - compile: makes a plan of one, with this same directory for the flows that it calls.
  init(
    candidates: @escaping @Sendable () -> [LoadedFlow],
    compile: @escaping @Sendable (LoadedFlow, ProcessDirectFlows) throws(FlowFailure) -> FlowPlan
  ) {
    self.candidates = candidates
    self.compile = compile
  }

  /// Makes sure that a flow listens at an address and can run, before anything runs.
  func prepare(_ address: String) throws(FlowFailure) {
    let isPending = state.withLock { !$0.pending.insert(address).inserted }
    guard !isPending else { return }
    defer { state.withLock { _ = $0.pending.remove(address) } }
    _ = try consumer(at: address)
  }

  /// - Throws: `FlowFailure` of class configuration when no flow, or more than one, listens there, or it cannot run.
  func consumer(at address: String) throws(FlowFailure) -> Consumer {
    if let known = state.withLock({ $0.consumers[address] }) { return known }
    let flow = try self.flow(at: address)
    let plan = try compile(flow, self)
    let channelIDs = Set(Self.channels(of: flow.flow, at: address).map(\.id))
    guard let start = plan.starts.first(where: { $0.channelID.map(channelIDs.contains) ?? false }) else {
      throw FlowFailure(
        .invalidFlow, class: .configuration,
        Explanation(
          "the ProcessDirect channel with address '\(Self.shown(address))' starts no process",
          places: [flow.flow.place.description]))
    }
    let consumer = Consumer(plan: plan, start: start)
    state.withLock { $0.consumers[address] = consumer }
    return consumer
  }

  private func flow(at address: String) throws(FlowFailure) -> LoadedFlow {
    let found = flowsByAddress()[address] ?? []
    guard let flow = found.first else {
      let known = flowsByAddress().keys.sorted().prefix(20).map { "'\(Self.shown($0))'" }
      throw FlowFailure(
        .invalidFlow, class: .configuration,
        Explanation(
          "no flow listens at the ProcessDirect address '\(Self.shown(address))'",
          cause: known.isEmpty
            ? "no flow of this home has a ProcessDirect sender" : "flows listen at \(known.joined(separator: ", "))",
          hints: ["deploy the flow that has it: tenant deploy-artifact FILE"]))
    }
    guard found.count == 1 else {
      let names = found.map { "'\(PrintableText.escaping($0.flow.name))'" }.joined(separator: " and ")
      throw FlowFailure(
        .invalidFlow, class: .configuration,
        Explanation("more than one flow listens at the ProcessDirect address '\(Self.shown(address))': \(names)"))
    }
    return flow
  }

  private func flowsByAddress() -> [String: [LoadedFlow]] {
    if let known = state.withLock({ $0.flows }) { return known }
    var flows: [String: [LoadedFlow]] = [:]
    for flow in candidates() {
      for address in Set(Self.channels(of: flow.flow).map(Self.address)) where !address.isEmpty {
        flows[address, default: []].append(flow)
      }
    }
    state.withLock { $0.flows = flows }
    return flows
  }

  // MARK: channels

  private static func channels(of flow: IntegrationFlow, at address: String? = nil) -> [Channel] {
    flow.channels.filter { channel in
      channel.type.name == adapter && channel.type.direction == .sender
        && (address.map { Self.address(of: channel) == $0 } ?? true)
    }
  }

  static func address(of channel: Channel) -> String {
    let text = channel.properties.text("address")
    return String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  static func shown(_ address: String) -> String { PrintableText.escaping(address, limit: 200) }
}
