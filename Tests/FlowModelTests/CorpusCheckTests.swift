import Expressions
import FlowModel
import TenantBase
import TestSupport
import Testing

@Test(.enabled(if: Corpus.isPresent)) func `every published flow is checked with its parameters`() throws {
  var missing: [String] = []
  var errors: [String: Int] = [:]
  for path in Corpus.files(below: "iflw", suffix: ".iflw") {
    let loaded = try LoadedFlow(at: Corpus.folder + "/" + path)
    let flow = loaded.flow
    // Everything can run, so that only the flow's own faults are left.
    let all = Capabilities(steps: Set(flow.allElements.map(\.type)), adapters: Set(flow.channels.map(\.type)))
    let zones = TimeZoneDatabase { _ in nil }
    let findings = FlowCheck(capabilities: all, now: Timestamp(seconds: 1_795_168_780), timeZones: zones)
      .findings(for: flow)
    for finding in findings where finding.severity == .error { errors[finding.code, default: 0] += 1 }
    missing += findings.filter { $0.code == "parameter-missing" }.map(\.subject.name)
    let nothing = FlowCheck(capabilities: Capabilities(), now: Timestamp(seconds: 0), timeZones: zones)
    #expect(nothing.findings(for: flow).contains { $0.code == "step-unsupported" })
  }
  #expect(missing == ["From email address"])
  #expect(Set(errors.keys).isSubset(of: ["parameter-missing", "schedule-past", "schedule-zone-unknown"]))
}
