import Expressions
import FlowModel
import TenantBase
import XMLTree

/// Called by libFuzzer with each input: reads it as a flow, checks it in two ways, and stops when one disagrees with itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func readAsFlow(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let values = ["a": "x", "Subject": "${header.a}", "server": "host:1"]
  let parameters = ParameterSet(commandLine: values)
  guard let flow = try? IntegrationFlowReader(parameters: parameters).read(bytes, file: "f.iflw") else { return 0 }
  _ = try? FlowDiagram(bytes, file: "f.iflw")
  let everything = Capabilities(steps: Set(flow.allElements.map(\.type)), adapters: Set(flow.channels.map(\.type)))
  let zones = TimeZoneDatabase { _ in nil }
  for capabilities in [everything, Capabilities()] {
    let check = FlowCheck(capabilities: capabilities, now: Timestamp(seconds: 1_795_168_780), timeZones: zones)
    let findings = check.findings(for: flow)
    guard findings == check.findings(for: flow) else { fatalError("the same check finds something else") }
  }
  for element in flow.allElements {
    for target in [AssignmentRow.Target.header, .property] { _ = try? element.properties.assignments(target) }
  }
  for channel in flow.channels {
    for property in channel.properties.all where property.value.contains("<row") {
      _ = try? FlowTable(property.value, place: property.place)
    }
  }
  return 0
}
