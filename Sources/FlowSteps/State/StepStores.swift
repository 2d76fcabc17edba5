import FlowEngine
import FlowModel
import TenantBase

/// What the steps that read and write state stand on.
package struct StepStores: Sendable {
  let variables: any VariableStore
  let dataStore: any DataStore
  let numberRanges: any NumberRangeSource
  let messages: any MessageArchive
  /// Where large results are made.
  let spool: BodySpool
  /// Whatever is written, nothing of it is to stay.
  let isTrial: Bool

  package init(
    variables: any VariableStore, dataStore: any DataStore, numberRanges: any NumberRangeSource,
    messages: any MessageArchive, spool: BodySpool, isTrial: Bool = false
  ) {
    self.variables = variables
    self.dataStore = dataStore
    self.numberRanges = numberRanges
    self.messages = messages
    self.spool = spool
    self.isTrial = isTrial
  }
}

/// The stores as one step uses them.
struct StateAccess: Sendable {
  private let stores: StepStores?
  private let isTransactional: Bool

  /// - Parameter stores: nil where flows are only checked.
  init(_ stores: StepStores?, for element: FlowElement, in flow: IntegrationFlow) {
    self.stores = stores
    isTransactional = TransactionHandling.isTransactional(element, in: flow)
  }

  /// Reads or writes; the failure of a store is the step's.
  func perform<Result>(
    in run: FlowRun, _ body: (StepStores, StateScope) throws -> Result
  ) throws(FlowFailure) -> Result {
    guard let stores else {
      throw FlowFailure(
        .stepFailed, class: .configuration, Explanation("this run has no place for variables and data stores"))
    }
    let scope = StateScope(
      runID: run.id, flowName: run.flowName, now: run.now(), isTransactional: isTransactional || stores.isTrial)
    do { return try body(stores, scope) } catch { throw Self.failure(error) }
  }

  private static func failure(_ error: any Error) -> FlowFailure {
    switch error {
    case let failure as FlowFailure: failure
    case let error as any ExplainedError: FlowFailure(.stepFailed, from: error)
    default: FlowFailure(.stepFailed, class: .permanent, Explanation("unexpected failure", cause: "\(error)"))
    }
  }
}

/// SAP's transaction handling of a process.
enum TransactionHandling {
  /// Whether what a step writes takes effect when the run completes, or at once.
  ///
  /// A local process that takes its handling from its caller is transactional when a main process is. Without a word about
  /// it (version 1.0 of a process) it is, as in SAP.
  static func isTransactional(_ element: FlowElement, in flow: IntegrationFlow) -> Bool {
    let owner = flow.processes.first { process in process.scope.allElements.contains { $0.id == element.id } }
    guard let owner else { return true }
    return ofProcess(owner) ?? flow.processes.contains { !$0.isLocal && ofProcess($0) ?? true }
  }

  /// nil for "From Calling Process".
  private static func ofProcess(_ process: FlowProcess) -> Bool? {
    switch process.properties.text("transactionalHandling").lowercased().filter({ !$0.isWhitespace }) {
    case "notrequired", "requiredjms", "requiredforjms": false
    case "fromcallingprocess": nil
    case "": process.isLocal ? nil : true
    default: true
    }
  }
}
