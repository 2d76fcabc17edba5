import Testing

/// The commands about flows, by the built program; no server is needed for any of them.
struct FlowCommandsTests {
  private let home: TenantHome

  init() throws {
    home = try TenantHome()
    for folder in ["iflows", "artifacts"] { try TestFiles.makeFolder("\(home.path)/\(folder)") }
    let text = try TestFiles.text(TestFiles.packageRoot + "/iflows/SendingAnEmail.iflw")
    try home.write(text, to: "iflows/SendingAnEmail.iflw")
  }

  private func deployCredential() async throws {
    #expect(try await home.run(["init"]).exitCode == 0)
    try home.write(
      "<UserCredentials xmlns=\"urn:tenant:artifact:1\" Name=\"Gmail Credentials\"><User>u@example.com</User></UserCredentials>",
      to: "artifacts/Gmail Credentials.xml")
    try home.write("any secret", to: "given.password")
  }

  private let deployingBoth = [
    "deploy-artifact", "artifacts/Gmail Credentials.xml", "iflows/SendingAnEmail.iflw", "--password-file",
    "given.password",
  ]

  @Test func `check-iflow names the missing credential with its line, and ends with 78`() async throws {
    let result = try await home.run(["check-iflow", "SendingAnEmail"])
    #expect(result.exitCode == 78)
    #expect(result.outputText.hasPrefix("iflows/SendingAnEmail.iflw\n  error    :"))
    #expect(result.outputText.contains("channel 'Mail': credential 'Gmail Credentials' is not deployed"))
    #expect(result.outputText.hasSuffix("1 error; no parameters\n"))
    #expect(result.errorText == "")
  }

  @Test func `check-iflow goes on after an unreadable flow, and 78 comes before 65`() async throws {
    try home.write("<!DOCTYPE x><x/>", to: "iflows/Bad.iflw")
    let bad = try await home.run(["check-iflow", "iflows/Bad.iflw"])
    #expect(bad.exitCode == 65)
    #expect(bad.errorText.contains("document type declaration"))
    let both = try await home.run(["check-iflow", "iflows/Bad.iflw", "SendingAnEmail", "nothing", "--output", "json"])
    #expect(both.exitCode == 78)
    let elements = try JSONOutput(both).elements
    #expect(elements.map { $0["status"].text } == ["unreadable", "errors", "unreadable"])
    #expect(elements[1]["findings"].elements.first?["code"].text == "keystore-missing")
    #expect(elements[1]["findings"].elements.first?["subject"]["kind"].text == "channel")
    #expect(elements[0]["error"]["summary"].text?.isEmpty == false)
  }

  @Test func `a folder of flows names paths that can be checked, and is deployed as a whole`() async throws {
    let text = try TestFiles.text("\(home.path)/iflows/SendingAnEmail.iflw")
    let inner = "src/main/resources/scenarioflows/integrationflow"
    var folder = "iflows/Bundle"
    try TestFiles.makeFolder("\(home.path)/\(folder)")
    try TestFiles.makeFolder("\(home.path)/\(folder)/META-INF")
    try home.write("Manifest-Version: 1.0\nBundle-SymbolicName: Bundle\n", to: "\(folder)/META-INF/MANIFEST.MF")
    for part in inner.split(separator: "/") {
      folder += "/\(part)"
      try TestFiles.makeFolder("\(home.path)/\(folder)")
    }
    try home.write(text, to: "\(folder)/Bundle.iflw")
    let several = try await home.run(["check-iflow", "iflows"])
    #expect(several.exitCode == 65)
    #expect(several.errorText.contains("name one: iflows/Bundle, iflows/SendingAnEmail.iflw\n"), "\(several.errorText)")
    let checked = try await home.run(["check-iflow", "iflows/Bundle", "nothing"])
    #expect(checked.outputText.hasSuffix("2 flows checked: 2 do not pass\n"))
    try await deployCredential()
    #expect(try await home.run(deployingBoth).exitCode == 0)
    let planned = try await home.run(["deploy-artifact", "iflows", "--plan"])
    #expect(planned.exitCode == 0, "\(planned.errorText)")
    #expect(planned.outputText.split(separator: "\n").map { $0.prefix(6) } == ["Bundle", "Sendin"])
    let one = try await home.run(["check-iflow", "iflows/Bundle", "nothing"])
    #expect(one.outputText.hasSuffix("2 flows checked: 1 does not pass\n"))
    let unknown = try await home.run(["undeploy-artifact", "nosuch"])
    #expect(unknown.errorText.contains("deployed are: Gmail Credentials, SendingAnEmail\n"))
  }

  @Test func `a parameter without value is given in a file when a flow is deployed`() async throws {
    let text = try TestFiles.text("\(home.path)/iflows/SendingAnEmail.iflw")
    let server = "<value>smtp.gmail.com:587</value>"
    try #require(text.contains(server))
    try home.write(text.replacing(server, with: "<value>{{Mail Server}}</value>"), to: "iflows/Alert.iflw")
    let refused = try await home.run(["deploy-artifact", "iflows/Alert.iflw"])
    #expect(refused.exitCode == 78)
    #expect(refused.errorText.contains("give it in iflows/Alert.tenant.prop: parameter.Mail\\ Server=…"))
    #expect(!refused.errorText.contains("--parameter"))
  }

  @Test func `a warning passes, and with --strict it does not`() async throws {
    try await deployCredential()
    #expect(try await home.run(deployingBoth).exitCode == 0)
    let words = ["check-iflow", "iflows/SendingAnEmail.iflw", "--parameter", "Nobody=1"]
    let result = try await home.run(words)
    #expect(result.exitCode == 0)
    #expect(result.outputText.contains("warning"))
    #expect(result.outputText.contains("the flow has no such parameter"))
    #expect(try await home.run(words + ["--strict"]).exitCode == 78)
  }

  @Test func `a flow is deployed with its credential, listed with its needs, run, shown and undeployed`() async throws {
    try await deployCredential()
    let deployed = try await home.run(deployingBoth)
    #expect(deployed.exitCode == 0)
    #expect(deployed.outputText.contains("SendingAnEmail     Integration Flow  deployed  (new)  version 1\n"))
    let list = try JSONOutput(try await home.run(["list-artifacts", "--output", "json"])).elements
    let flow = try #require(list.first { $0["type"].text == "IntegrationFlow" })
    #expect(flow["status"].text == "Deployed")
    #expect(flow["credentials"].texts == ["Gmail Credentials"])
    #expect(flow["adapters"].texts == ["Mail receiver (SMTP)"])
    #expect(list.first { $0["type"].text == "UserCredentials" }?["usedBy"].texts == ["SendingAnEmail"])
    // By its name the flow runs as it was deployed, also when its file is gone.
    TestFiles.removeAll("\(home.path)/iflows/SendingAnEmail.iflw")
    #expect(try await home.run(["run-iflow", "SendingAnEmail", "--dry-run"]).exitCode == 0)
    let shown = try await home.run(["show-iflow", "SendingAnEmail"])
    #expect(shown.outputText.contains("version 1, "))
    #expect(shown.outputText.contains("End Message 'End' -> Mail receiver (SMTP) 'Mail'"))
    let used = try await home.run(["undeploy-artifact", "Gmail Credentials"])
    #expect(used.exitCode == 78)
    #expect(used.errorText.contains("a flow uses it"))
    #expect(try await home.run(["undeploy-artifact", "SendingAnEmail", "Gmail Credentials"]).exitCode == 0)
    #expect(try await home.run(["show-iflow", "SendingAnEmail"]).exitCode == 65)
  }

  @Test func `a flow with errors is refused with what was found, and with --force it has status Error`() async throws {
    let refused = try await home.run(["deploy-artifact", "iflows/SendingAnEmail.iflw"])
    #expect(refused.exitCode == 78)
    #expect(refused.errorText.contains("cannot deploy 'SendingAnEmail': the check found errors"))
    #expect(refused.errorText.contains("'Gmail Credentials' is not deployed"))
    #expect(try !TestFiles.names(in: home.path).contains("data"))
    let forced = try await home.run(["deploy-artifact", "iflows/SendingAnEmail.iflw", "--force"])
    #expect(forced.exitCode == 0)
    let shown = try JSONOutput(try await home.run(["show-artifact", "SendingAnEmail", "--output", "json"]))
    #expect(shown["status"].text == "Error")
    #expect(shown["problem"].text?.contains("'Gmail Credentials' is not deployed") == true)
    #expect(shown["findings"].elements.count == 1)
  }

  @Test func `--plan stores nothing`() async throws {
    try await deployCredential()
    let plan = try await home.run(["deploy-artifact", "iflows/SendingAnEmail.iflw", "--plan", "--force"])
    #expect(plan.exitCode == 0)
    #expect(plan.outputText.contains("planned"))
    #expect(try !TestFiles.names(in: home.path + "/data").contains("tenant.sqlite"))
  }

  @Test func `show-iflow lists parameters with label, origin and value, and draws`() async throws {
    let sample = TestFiles.packageRoot + "/iflows/OrderConfirmation"
    let picture = home.path + "/flow.svg"
    let result = try await home.run(
      ["show-iflow", sample, "--parameter", "Mail Server=mail.test:25", "--svg", picture])
    #expect(result.exitCode == 0)
    #expect(result.outputText.contains("Mail Server           Address  --parameter        mail.test:25"))
    #expect(result.outputText.contains("Confirmation Address  To       parameters.prop:3"))
    #expect(try TestFiles.text(picture).contains("<svg xmlns="))
    let json = try JSONOutput(try await home.run(["show-iflow", sample, "--output", "json"]))
    #expect(json["name"].text == "OrderConfirmation")
    #expect(json["processes"].elements.first?["steps"].elements.count == 3)
  }

  @Test func `a flow that nobody has is a bad input that names where it was looked for`() async throws {
    let result = try await home.run(["show-iflow", "Nothing"])
    #expect(result.exitCode == 65)
    #expect(result.errorText.contains("there is no flow 'Nothing'"))
    #expect(result.errorText.contains("neither deployed nor in iflows"))
  }
}
