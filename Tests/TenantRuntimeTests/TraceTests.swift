import FlowEngine
import FlowModel
import Foundation
import System
import TenantBase
import TestSupport
import Testing

@testable import TenantRuntime

@Suite struct TraceTests {
  private func run(_ folder: String, _ fixture: RuntimeFixture) async throws -> RunReport {
    let document = FlowDocument([
      .message,
      .step("Enricher", name: "../Set / it", [("bodyType", "constant"), ("wrapContent", "after")]), .end,
    ])
    try fixture.write(document.text, to: "iflows/Traced.iflw")
    var options = RunOptions()
    options.body = MessageBody(text: "before")
    options.headers = [("Number", "7")]
    options.properties = [("Kind", "test")]
    options.attachments = [
      ExchangeAttachment(name: "../../a.txt", mediaType: "text/plain", content: MessageBody(text: "attached"))
    ]
    options.traceFolder = folder
    return try await FlowRuntime(home: fixture.home).run("Traced", options: options)
  }

  private func text(_ parts: String...) throws -> String {
    String(decoding: try FileContents.read(parts.joined(separator: "/"), limit: 1 << 20), as: UTF8.self)
  }

  @Test func `the message is written after every element, for this user alone`() async throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    let folder = fixture.root + "/trace"
    let report = try await run(folder, fixture)
    #expect(report.warnings.isEmpty)
    #expect(report.path.elements.map(\.elementID) == ["Start", "Step", "End"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names == ["0001 Start", "0002 it", "0003 End"])
    #expect(try text(folder, names[0], "body") == "before")
    #expect(try text(folder, names[1], "body") == "after")
    #expect(try text(folder, names[1], "headers.json").contains("\"Number\": \"7\""))
    #expect(try text(folder, names[1], "properties.json").contains("\"Kind\": \"test\""))
    #expect(try text(folder, names[1], "attachments", "a.txt") == "attached")
    #expect(try text(folder, names[1], "element.json").contains("\"type\": \"Enricher\""))
    let mode = try FileManager.default.attributesOfItem(atPath: folder + "/0002 it/body")[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func `a folder that holds something is not written to`() async throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    let error = await #expect(throws: RunRefusal.self) { try await run(fixture.home.path, fixture) }
    #expect(error?.failureClass == .usage)
  }
}
