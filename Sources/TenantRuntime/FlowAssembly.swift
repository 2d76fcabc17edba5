import FlowEngine
import FlowModel
import FlowSteps
import MailAdapters
import TenantBase

/// What the flows of one run, or of one check, are put together from: steps, adapters, and the flows that they call.
struct FlowAssembly: Sendable {
  private let home: TenantHome
  private let environment: MailEnvironment
  /// Nil where flows are only checked.
  private let state: HomeState?
  private let answers: ChannelAnswers
  private let trace: TraceFolder?

  init(
    home: TenantHome, environment: MailEnvironment, state: HomeState? = nil, answers: ChannelAnswers = .none,
    trace: TraceFolder? = nil
  ) {
    self.home = home
    self.environment = environment
    self.state = state
    self.answers = answers
    self.trace = trace
  }

  /// What runs here, for the check of a flow.
  var capabilities: Capabilities {
    var capabilities = registry(for: nil, flows(beside: nil)).capabilities
    // Other flows bring the messages.
    capabilities.adapters.insert(AdapterType(ProcessDirectFlows.adapter, .sender))
    return capabilities
  }

  /// Makes a flow ready to run.
  func compile(_ loaded: LoadedFlow) throws(FlowFailure) -> FlowPlan {
    try compile(loaded, flows(beside: loaded), isCalled: false)
  }

  /// What polls a sender channel; nil when it is not fetched from here.
  func makeSender(for channel: Channel, in flow: IntegrationFlow) throws(FlowFailure) -> (any SenderAdapter)? {
    try registry(for: nil, flows(beside: nil)).makeSender(for: channel, in: flow)
  }

  /// Runs a plan of this assembly, observed.
  func runner(_ plan: FlowPlan, observer: (any FlowObserver)? = nil) -> FlowRunner {
    let observers = [observer, trace?.observer(of: plan.flowName)].compactMap { $0 }
    return FlowRunner(plan, observer: observers.isEmpty ? nil : ObserverGroup(members: observers))
  }

  /// Puts into effect what a run's steps have written, or undoes it where nothing dealt with the run's failure.
  ///
  /// - Returns: why that was not possible; the run has failed then.
  func end(_ run: FlowRun, _ result: RunResult) -> FlowFailure? { state?.end(run, result) }

  private func compile(
    _ loaded: LoadedFlow, _ flows: ProcessDirectFlows, isCalled: Bool
  ) throws(FlowFailure) -> FlowPlan {
    let answers = isCalled ? self.answers.ofCalledFlow(loaded.flow.name) : self.answers
    return try FlowCompiler(loaded.flow, registry: registry(for: answers, flows), resources: FlowResources(of: loaded))
      .compile()
  }

  private func registry(for answers: (any ReceiverStandIns)?, _ flows: ProcessDirectFlows) -> FlowRegistry {
    let steps = StandardSteps(stores: state?.stores)
    return FlowRegistry(
      steps: steps.factories, splitters: steps.splitters, gatherers: steps.gatherers,
      receivers: [
        MailReceiverFactory(environment: environment),
        ProcessDirectReceiverFactory(flows: flows, runner: { self.runner($0) }, endState: { self.end($0, $1) }),
      ],
      senders: [
        MailSenderFactory(environment: environment), MailSenderFactory(environment: environment, transport: "IMAP4"),
      ],
      standIns: answers)
  }

  private func flows(beside caller: LoadedFlow?) -> ProcessDirectFlows {
    let home = home
    return ProcessDirectFlows(
      candidates: { FlowLibrary(home: home).callableFlows(beside: caller) },
      compile: { loaded, flows throws(FlowFailure) in try compile(loaded, flows, isCalled: true) })
  }
}

extension FlowLibrary {
  /// The flows that others may call: `caller` itself, those that are deployed, and those in `iflows/`; each name once.
  ///
  /// A flow that cannot be read is left out: nobody can call it.
  func callableFlows(beside caller: LoadedFlow?) -> [LoadedFlow] {
    var flows = caller.map { [$0] } ?? []
    var names = Set(flows.map(\.flow.name))
    for bundle in deployedBundles + homeBundles {
      guard let loaded = try? Self.read(bundle), names.insert(loaded.flow.name).inserted else { continue }
      flows.append(loaded)
    }
    return flows
  }
}
