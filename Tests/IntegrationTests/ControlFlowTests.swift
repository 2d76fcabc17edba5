import TestSupport
import Testing

/// Flows with routers, splitters, exception subprocesses and several triggers, by the built program; nothing is sent.
struct ControlFlowTests {
  private let home: TenantHome

  init() throws {
    home = try TenantHome()
    try TestFiles.makeFolder("\(home.path)/iflows")
  }

  private func mail(at node: String, subject: String = "Alert") -> FlowDocument.Channel {
    FlowDocument.Channel(
      id: "Mail\(node)", at: node,
      [
        ("Name", "Mail"), ("ComponentType", "Mail"), ("direction", "Receiver"), ("TransportProtocol", "SMTP"),
        ("MessageProtocol", "None"), ("server", "127.0.0.1:2525"), ("ssl", "off"), ("auth", "none"),
        ("from", "flow@example.com"), ("to", "operator@example.org"), ("subject", subject), ("body", "${in.body}"),
        ("content_type", "text/plain"), ("content_encoding", "UTF-8"),
      ])
  }

  @Test func `what an exception subprocess did is told, and the run has failed`() async throws {
    let sketch = FlowSketch(
      """
      main Main
        In:message > R:router -[${body} = 'good']> Out:end
        R *> Gone:terminate
      exception OnError
        Caught:error > E:Enricher > Told:end
      """,
      properties: [
        "R": [("throwException", "true")],
        "E": [("bodyType", "expression"), ("wrapContent", "failed: ${exception.message}")],
      ], channels: [mail(at: "Told")])
    try home.write(sketch.text, to: "iflows/Alerting.iflw")
    try home.write("bad", to: "bad.txt")
    try home.write("good", to: "good.txt")
    let good = try await home.run(["run-iflow", "Alerting", "--body", "good.txt", "--dry-run"])
    #expect(good.exitCode == 0, "\(good.errorText)")
    let bad = try await home.run(["run-iflow", "Alerting", "--body", "bad.txt", "--dry-run", "--output", "json"])
    #expect(bad.exitCode == 1)
    let report = try JSONOutput(bad)
    #expect(report["status"].text == "FAILED")
    let handled = report["exceptionSubprocesses"].elements
    #expect(handled.map { $0["name"].text } == ["OnError"])
    #expect(handled.map { $0["outcome"].text } == ["finished"])
    #expect(report["error"]["summary"].text == "cannot run 'Alerting': the message fits no route of step 'R' (Router)")
    let preview = report["channels"].elements.first?["preview"].text
    #expect(preview?.contains("failed: the message fits no route of step 'R' (Router)") == true)
    let text = try await home.run(["run-iflow", "Alerting", "--body", "bad.txt", "--dry-run"])
    #expect(
      text.outputText.contains("  exception subprocess 'OnError' of 'Main' took the exception and finished\n"))
    #expect(text.errorText.contains("the message fits no route"))
  }

  @Test func `parts of a split are mails of their own`() async throws {
    let sketch = FlowSketch(
      """
      main Main
        In:message > S:Splitter > R:router -{/orders/order/@kind = 'urgent'}> U:Enricher > Out:end
        R *> Out
      """,
      properties: [
        "S": [("splitType", "GeneralSplitter"), ("exprType", "XPath"), ("splitExprValue", "/orders/order")],
        "U": [("bodyType", "constant"), ("wrapContent", "urgent")],
      ], channels: [mail(at: "Out", subject: "Order ${property.CamelSplitIndex}")])
    try home.write(sketch.text, to: "iflows/Orders.iflw")
    try home.write("<orders><order kind=\"urgent\"/><order kind=\"usual\"/></orders>", to: "orders.xml")
    let result = try await home.run(
      ["run-iflow", "Orders", "--body", "orders.xml", "--dry-run", "--output", "json"])
    #expect(result.exitCode == 0, "\(result.errorText)")
    let previews = try JSONOutput(result)["channels"].elements.compactMap { $0["preview"].text }
    #expect(previews.count == 2)
    #expect(previews.first?.contains("Subject: Order 0") == true && previews.first?.contains("urgent\r\n") == true)
    #expect(previews.last?.contains("<order kind=\"usual\"/>") == true)
  }

  @Test func `of several triggers the body or a name decides`() async throws {
    let sketch = FlowSketch(
      """
      main First
        One:message > A:end
      main Second
        Two:message > B:end
      """, channels: [mail(at: "A", subject: "first"), mail(at: "B", subject: "second")])
    try home.write(sketch.text, to: "iflows/Both.iflw")
    let undecided = try await home.run(["run-iflow", "Both", "--dry-run"])
    #expect(undecided.exitCode == 64)
    #expect(undecided.errorText.contains("--trigger Two"))
    let second = try await home.run(["run-iflow", "Both", "--trigger", "Second", "--dry-run"])
    #expect(second.exitCode == 0, "\(second.errorText)")
    #expect(second.outputText.contains("Subject: second"))
  }
}
