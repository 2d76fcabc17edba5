import Expressions
import FlowEngine
import FlowModel
import Synchronization
import TenantBase
import TestSupport

/// A run at a fixed moment.
func makeRun(
  _ name: String = "Orders",
  sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
) -> FlowRun {
  FlowRun(
    id: "run1", flowName: name, timeZones: TimeZoneDatabase { _ in nil },
    now: { Timestamp(milliseconds: 1_795_168_780_000) }, sleep: sleep)
}

func read(_ document: FlowDocument) throws -> IntegrationFlow {
  try IntegrationFlowReader().read(document.bytes, file: "orders.iflw")
}

extension AdapterType {
  static let mailReceiver = AdapterType("Mail", .receiver, transport: "SMTP")
}

/// Takes every exchange, answers as told, and remembers what came.
final class RecordingReceiver: ReceiverAdapterFactory, ReceiverAdapter {
  let type: AdapterType
  private let outcome: @Sendable () -> ReceiverOutcome
  private let taken = Mutex<[(exchange: Exchange, point: DeliveryPoint)]>([])

  init(
    _ type: AdapterType = .mailReceiver,
    outcome: @escaping @Sendable () -> ReceiverOutcome = { ReceiverOutcome(report: .test, failure: nil) }
  ) {
    self.type = type
    self.outcome = outcome
  }

  var exchanges: [Exchange] { taken.withLock { $0.map(\.exchange) } }
  var points: [DeliveryPoint] { taken.withLock { $0.map(\.point) } }

  func makeReceiver(for channel: Channel) throws(FlowFailure) -> any ReceiverAdapter { self }

  func deliver(_ exchange: Exchange, at point: DeliveryPoint, in run: FlowRun) async -> ReceiverOutcome {
    taken.withLock { $0.append((exchange, point)) }
    return outcome()
  }
}

extension ChannelReport {
  static let test = ChannelReport(channelName: "Mail", adapterType: "Mail", endpoint: "mail.example:25")
}

/// A step that does what the test says.
struct ActionStep: FlowStepFactory, FlowStep {
  let type: StepType
  let action: @Sendable (inout Exchange) throws(FlowFailure) -> Void

  func makeStep(for element: FlowElement, in context: StepContext) throws(FlowFailure) -> any FlowStep { self }

  func run(_ exchange: inout Exchange, in run: FlowRun) async throws(FlowFailure) { try action(&exchange) }
}

/// The failure that `work` throws.
func flowFailure(_ work: () async throws(FlowFailure) -> Void) async -> FlowFailure? {
  do throws(FlowFailure) {
    try await work()
    return nil
  } catch {
    return error
  }
}
