import Artifacts
import Crypto
import Keystore
import System
import TenantBase
import Testing

@testable import TenantRuntime

/// Says which flow uses what.
private struct GivenUsage: FlowUsage {
  let flows: [String: [String]]

  func flowsByCredential() -> [String: [String]] { flows }
}

struct DeploymentTests {
  @Test func `an artifact is new, then the same, then changed by its password or its user`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    let steps: [(user: String, password: String, expected: Vault.Difference)] = [
      ("a", "one", .new), ("a", "one", .same), ("a", "two", .changed), ("b", "two", .changed), ("b", "two", .same),
    ]
    for step in steps {
      let file = try fixture.writeCredentials("x", user: step.user)
      var deployment = ArtifactDeployment(vault: try fixture.open(), home: fixture.home)
      #expect(deployment.read([file]).isEmpty)
      try deployment.setSecret(secret(step.password), at: 0)
      #expect(deployment.items.map(\.difference) == [step.expected])
      try deployment.deploy()
      #expect(text(try fixture.open().secret(ofArtifact: "x")) == step.password)
    }
  }

  @Test func `what did not change is not written`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    try fixture.deploy("x")
    let before = try fixture.open().generation
    try fixture.deploy("x")
    #expect(try fixture.open().generation == before)
  }

  @Test func `the stored secret can stay when the rest changes`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    try fixture.deploy("x", password: "canary-stored")
    var deployment = ArtifactDeployment(vault: try fixture.open(), home: fixture.home)
    #expect(deployment.read([try fixture.writeCredentials("x", user: "other@example.com")]).isEmpty)
    #expect(deployment.items.map(\.hasStoredSecret) == [true])
    try deployment.keepStoredSecret(at: 0)
    try deployment.deploy()
    let vault = try fixture.open()
    #expect(try vault.userCredentials(named: "x")?.credentials.user == "other@example.com")
    #expect(text(try vault.secret(ofArtifact: "x")) == "canary-stored")
  }

  @Test func `sealed values open without a question, and a foreign one names its file in the hint`() throws {
    let fixture = try RuntimeFixture()
    let vault = try fixture.create()
    let file = try fixture.writeCredentials("x")
    try ArtifactSealing(file: file).seal(secret("canary-sealed"), to: vault.sealingKey)
    var deployment = ArtifactDeployment(vault: try fixture.open(), home: fixture.home)
    #expect(deployment.read([file]).isEmpty)
    try deployment.deploy()
    #expect(text(try fixture.open().secret(ofArtifact: "x")) == "canary-sealed")

    let other = try RuntimeFixture()
    try other.create()
    var foreign = ArtifactDeployment(vault: try other.open(), home: other.home)
    let problem = try #require(foreign.read([file]).first.flatMap(explanation))
    #expect(problem.summary == "the sealed password of 'x' is for another tenant")
    #expect(problem.hints == ["seal it for this tenant: tenant --home \(other.home.path) seal-artifact \(file)"])
  }

  @Test func `every file that cannot be deployed is told, and a name in two files is one of them`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    let good = try fixture.writeCredentials("x")
    let plain = try fixture.writeCredentials("y", secret: "<Password>canary-plain</Password>")
    let again = try fixture.write(
      "<SecureParameter xmlns=\"urn:tenant:artifact:1\" Name=\"x\"/>", to: "artifacts/again.xml")
    var deployment = ArtifactDeployment(vault: try fixture.open(), home: fixture.home)
    let problems = deployment.read([good, plain, again, "missing.xml"])
    #expect(problems.count == 3)
    #expect(explanation(problems[0])?.hints == ["seal it: tenant --home \(fixture.home.path) seal-artifact \(plain)"])
    #expect(explanation(problems[1])?.summary == "'x' stands in two files")
    #expect(explanation(problems[2])?.summary == "cannot read 'missing.xml'")
    #expect(!problems.contains { "\($0)".contains("canary") })
  }

  @Test func `a password that cannot be one is refused with the file's place`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    for (bad, words) in [("", "is empty"), ("a\nb", "holds a line end or a NUL")] {
      var deployment = ArtifactDeployment(vault: try fixture.open(), home: fixture.home)
      #expect(deployment.read([try fixture.writeCredentials("x")]).isEmpty)
      let error = #expect(throws: HomeError.self) { try deployment.setSecret(secret(bad), at: 0) }
      #expect(error?.explanation.summary == "the password for 'x' \(words)")
    }
  }

  @Test func `what a flow uses stays, unless it is forced`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    try fixture.deploy("x")
    try fixture.deploy("y")
    let usage = GivenUsage(flows: ["x": ["Invoices", "Orders"]])
    let removal = try ArtifactRemoval(names: ["y", "x"], vault: try fixture.open(), home: fixture.home)
    let error = #expect(throws: HomeError.self) { try removal.remove(evenIfUsed: false, usage: usage) }
    #expect(error?.explanation.places == ["flow 'Invoices'", "flow 'Orders'"])
    #expect(try fixture.open().entries().count == 2)
    try removal.remove(evenIfUsed: true, usage: usage)
    #expect(try fixture.open().entries().isEmpty)
    let unknown = #expect(throws: HomeError.self) {
      let name = String(repeating: "x", count: 300)
      _ = try ArtifactRemoval(names: [name], vault: try fixture.open(), home: fixture.home)
    }
    #expect(unknown?.explanation.summary == "'\(String(repeating: "x", count: 200))...' is not deployed")
  }

  @Test func `a value that was sealed under another name is sealed again under this one`() throws {
    let fixture = try RuntimeFixture()
    let vault = try fixture.create()
    let file = try fixture.writeCredentials("x")
    try ArtifactSealing(file: file).seal(secret("canary-sealed"), to: vault.sealingKey)
    let text = String(decoding: try FileContents.read(file, limit: 10_000), as: UTF8.self)
    try fixture.write(text.replacing("Name=\"x\"", with: "Name=\"y\""), to: "artifacts/x.xml")
    var deployment = ArtifactDeployment(vault: try fixture.open(), home: fixture.home)
    let problem = try #require(deployment.read([file]).first.flatMap(explanation))
    let command = "tenant --home \(fixture.home.path) seal-artifact \(file)"
    #expect(problem.hints == ["seal it again under this name: \(command)"])
  }

  @Test func `a run without keystore says where there is none, and what makes it`() throws {
    let home = TenantHome(path: "/nowhere")
    let error = #expect(throws: RunRefusal.self) {
      try KeystoreCredentials(keystore: nil, home: home).mailCredential(named: "x")
    }
    #expect(error?.explanation.cause == "there is no keystore in '/nowhere/keystore'")
    #expect(error?.explanation.hints == ["make it: tenant --home /nowhere init"])
  }

  @Test func `the inventory has what is deployed, what is stored, and what is broken`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    try fixture.deploy("deployed")
    try fixture.deploy("changed")
    try fixture.writeCredentials("changed", user: "new@example.com")
    try fixture.writeCredentials("stored")
    try fixture.write("<nonsense/>", to: "artifacts/broken.xml")
    let inventory = try ArtifactInventory(
      home: fixture.home, vault: try fixture.open(), usage: GivenUsage(flows: ["deployed": ["Orders"]]))
    let rows = inventory.rows.map { "\($0.name) \($0.status.rawValue) \($0.isFileChanged) \($0.usedBy)" }
    #expect(
      rows == [
        "broken.xml Error false []", "changed Deployed true []", "deployed Deployed false [\"Orders\"]",
        "stored Stored false []",
      ])
    #expect(inventory.rows[0].problem != nil)
  }

  @Test func `a flow's references are found in channels of mail and of other adapters`() throws {
    let fixture = try RuntimeFixture()
    try fixture.create()
    let property = { (key: String, value: String) in
      "<ifl:property><key>\(key)</key><value>\(value)</value></ifl:property>"
    }
    try fixture.write(
      """
      <bpmn2:definitions xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd">
      <bpmn2:collaboration id="C">
      <bpmn2:participant id="P1" ifl:type="EndpointRecevier" name="R"/>
      <bpmn2:participant id="P2" ifl:type="IntegrationProcess" name="P" processRef="Process_1"/>
      <bpmn2:messageFlow id="M" name="Mail" sourceRef="E" targetRef="P1"><bpmn2:extensionElements>
      \(property("ComponentType", "Mail"))\(property("direction", "Receiver"))\(property("user", "{{account}}"))
      \(property("tokenCredential", "Token"))
      </bpmn2:extensionElements></bpmn2:messageFlow>
      </bpmn2:collaboration>
      <bpmn2:process id="Process_1" name="P"><bpmn2:endEvent id="E" name="End"/></bpmn2:process>
      </bpmn2:definitions>
      """, to: "iflows/Orders.iflw")
    try fixture.write("account=Orders Mailbox\n", to: "iflows/parameters.prop")
    try fixture.write("not a flow", to: "iflows/broken.iflw")
    let usage = HomeFlowUsage(home: fixture.home).flowsByCredential()
    #expect(usage == ["Orders Mailbox": ["Orders"], "Token": ["Orders"]])
  }
}
