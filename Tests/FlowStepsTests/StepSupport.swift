import Expressions
import FlowEngine
import FlowModel
import TenantBase
import TestSupport

/// A run at a fixed moment.
func makeRun(_ name: String = "Orders") -> FlowRun {
  FlowRun(
    id: "run1", flowName: name, timeZones: TimeZoneDatabase { _ in nil },
    now: { Timestamp(milliseconds: 1_795_168_780_000) })
}

func read(_ document: FlowDocument) throws -> IntegrationFlow {
  try IntegrationFlowReader().read(document.bytes, file: "orders.iflw")
}
