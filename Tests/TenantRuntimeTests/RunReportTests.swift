import FlowEngine
import FlowModel
import TestSupport
import Testing

@testable import TenantRuntime

@Suite struct RunReportTests {
  @Test func `a condensed report has the outcome, and its deliveries counted`() async throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    let document = FlowDocument.mail([
      ("server", "mail.example.com:25"), ("ssl", "off"), ("auth", "none"), ("from", "a@example.com"),
      ("to", "b@example.com, c@example.com"),
    ])
    try fixture.write(document.text, to: "iflows/Mails.iflw")
    var options = RunOptions()
    options.isDryRun = true
    let report = try await FlowRuntime(home: fixture.home).run("Mails", options: options)
    #expect(report.deliveries.count == 2)
    let condensed = report.condensed
    #expect(condensed.channels.isEmpty)
    #expect(condensed.path.elements.isEmpty)
    #expect(condensed.deliveryCount(.notSent) == 2)
    #expect(condensed.status == .completed)
    #expect(condensed.runID == report.runID)
  }
}
