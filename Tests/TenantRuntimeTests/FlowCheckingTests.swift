import Artifacts
import FlowEngine
import FlowModel
import Keystore
import MessageStore
import System
import TenantBase
import TenantRuntime
import TestSupport
import Testing

struct FlowCheckingTests {
  private let fixture: RuntimeFixture

  init() throws {
    fixture = try RuntimeFixture()
    try fixture.create()
  }

  private func check(
    _ changes: [String: String] = [:], steps: [FlowDocument.Node] = [], keystore: CheckedKeystore? = nil
  ) throws -> [Finding] {
    let path = try fixture.write(mailFlow(changes, steps: steps).text, to: "iflows/Sample.iflw")
    let known = try keystore ?? CheckedKeystore(fixture.open(), home: fixture.home)
    return FlowChecking(home: fixture.home, keystore: known).check(try LoadedFlow(at: path)).findings
  }

  @Test func `a flow whose credential is deployed has no errors`() throws {
    try fixture.deploy("Mailbox")
    #expect(try check().filter { $0.severity == .error } == [])
  }

  @Test func `a credential that is not deployed is told with the command that makes it`() throws {
    let finding = try #require(try check().first { $0.code == "credential-missing" })
    #expect(finding.severity == .error)
    #expect(finding.reason == "credential 'Mailbox' is not deployed")
    #expect(finding.place.line == mailFlow([:]).line(ofProperty: "user"))
    #expect(finding.remedy?.contains("new-artifact UserCredentials Mailbox") == true)
  }

  @Test func `an artifact file that waits for deployment is named`() throws {
    try fixture.writeCredentials("Mailbox")
    let remedy = try check().first { $0.code == "credential-missing" }?.remedy
    #expect(remedy?.contains("deploy-artifact") == true)
    #expect(remedy?.contains("artifacts/Mailbox.xml") == true)
  }

  @Test func `without a keystore, and with one that does not open, that is the reason`() throws {
    let none = CheckedKeystore(nil, home: fixture.home)
    #expect(try check(keystore: none).first { $0.code == "keystore-missing" }?.remedy?.hasSuffix(" init") == true)
    try fixture.write("no keystore at all", to: "keystore/keystore.tks")
    let broken = CheckedKeystore(reading: fixture.home)
    #expect(try check(keystore: broken).contains { $0.code == "keystore-unreadable" && $0.severity == .error })
  }

  @Test func `an artifact of another kind, and hosts that exclude the channel's, are errors`() throws {
    let name = try ArtifactName("Mailbox")
    let nothing = CheckedKeystore(nil, home: fixture.home)
    let parameter = nothing.deploying([.secureParameter(SecureParameter(name: name))])
    #expect(try check(keystore: parameter).contains { $0.code == "credential-wrong-kind" })
    func limited(to host: String) throws -> CheckedKeystore {
      nothing.deploying([
        .userCredentials(UserCredentials(name: name, user: "u", allowedHosts: [try #require(AllowedHost(host))]))
      ])
    }
    let finding = try check(keystore: limited(to: "*.example.org")).first { $0.code == "credential-host" }
    #expect(finding?.reason == "credential 'Mailbox' may not be sent to mail.example.com, only to *.example.org")
    #expect(try !check(keystore: limited(to: "mail.example.com")).contains { $0.code == "credential-host" })
  }

  @Test func `nobody logs in without authentication, and then no credential is missed`() throws {
    #expect(try check(["auth": "none"]).allSatisfy { !$0.code.hasPrefix("credential") })
  }

  @Test func `trusting the keystore alone wants a certificate in it`() throws {
    try fixture.deploy("Mailbox")
    #expect(try check(["tenant.tls.trust": "keystore"]).contains { $0.code == "trust-empty" })
    #expect(try !check(["tenant.tls.trust": "system"]).contains { $0.code == "trust-empty" })
  }

  @Test func `an expired certificate is a warning where TLS is used`() throws {
    try fixture.deploy("Mailbox")
    let vault = try fixture.open()
    let identity = TestIdentity.authority()
    try vault.change { (change) throws(KeystoreError) in
      do { try change.trust(CertificateEntry(alias: try ArtifactName("ca"), der: identity.der)) } catch {
        Issue.record(error)
      }
    }
    let path = try fixture.write(mailFlow([:]).text, to: "iflows/Sample.iflw")
    let later = WallTime(seconds: WallTime.now.seconds + 200 * 365 * 86_400)
    let keystore = CheckedKeystore(vault, home: fixture.home)
    let findings = FlowChecking(home: fixture.home, keystore: keystore, now: later).check(try LoadedFlow(at: path))
      .findings
    let finding = try #require(findings.first { $0.code == "certificate-expired" })
    #expect(finding.severity == .warning)
    #expect(finding.subject.description == "certificate 'ca'")
    #expect(finding.remedy == "tenant --home \(fixture.home.path) keystore delete ca")
  }

  @Test func `what the check lets pass a run begins, and what it refuses a run refuses`() async throws {
    try fixture.deploy("Mailbox")
    for (steps, isRunnable) in [([FlowDocument.Node.step("Enricher", [])], true), ([.step("Filter", [])], false)] {
      let errors = try check(steps: steps).filter { $0.severity == .error }
      #expect(errors.isEmpty == isRunnable)
      var options = RunOptions()
      options.isDryRun = true
      let file = fixture.home.path + "/iflows/Sample.iflw"
      var refused = false
      do { _ = try await FlowRuntime(home: fixture.home).run(file, options: options) } catch is RunRefusal {
        refused = true
      }
      #expect(refused != isRunnable)
    }
  }

  @Test(.enabled(if: Corpus.isPresent)) func `every published flow is checked, and none passes what a run refuses`()
    throws
  {
    let checking = FlowChecking(home: fixture.home, keystore: CheckedKeystore(nil, home: fixture.home))
    let files = Corpus.files(below: "iflw", suffix: ".iflw")
    for path in files {
      let report = checking.check(try LoadedFlow(at: Corpus.folder + "/" + path))
      #expect(report.errorCount + report.warningCount == report.findings.count)
    }
    #expect(files.count == 71)
  }
}

struct FlowDeploymentTests {
  private let fixture: RuntimeFixture

  init() throws {
    fixture = try RuntimeFixture()
    try fixture.create()
    try fixture.deploy("Mailbox")
  }

  private func deployment(_ files: [String]) -> (FlowDeployment, [any Error]) {
    var deployment = FlowDeployment(home: fixture.home, checking: FlowChecking(home: fixture.home, keystore: keystore))
    let problems = deployment.read(files)
    return (deployment, problems)
  }

  private var keystore: CheckedKeystore { CheckedKeystore(try? fixture.open(), home: fixture.home) }

  @Test func `a deployed flow runs by its name, as it was deployed`() throws {
    let path = try fixture.write(mailFlow([:]).text, to: "iflows/Sample.iflw")
    let (first, problems) = deployment([path])
    #expect(problems.isEmpty)
    #expect(first.items.first?.difference == .new)
    #expect(try first.deploy().first?.version == "1")
    try fixture.write(mailFlow(["server": "other.example.com:587"]).text, to: "iflows/Sample.iflw")
    let library = FlowLibrary(home: fixture.home)
    #expect(
      try library.load("Sample", parameters: []).flow.channels.first?.properties["server"] == "mail.example.com:587")
    #expect(try library.load(path, parameters: []).flow.channels.first?.properties["server"] == "other.example.com:587")
    #expect(try library.find("Sample").first?.deployed?.version == "1")
    let row = try FlowInventory(of: fixture.home).rows.first
    #expect(row?.isFileChanged == true)
    #expect(row?.needs?.credentials == ["Mailbox"])
    let second = deployment([path]).0
    #expect(second.items.first?.difference == .changed)
    #expect(try second.deploy().first?.version == "2")
    #expect(deployment([path]).0.items.first?.difference == .same)
  }

  @Test func `a flow with errors is stored with status Error when it is stored`() throws {
    let path = try fixture.write(mailFlow(["user": "Nobody"]).text, to: "iflows/Sample.iflw")
    let work = deployment([path]).0
    #expect(work.items.first?.hasErrors == true)
    let deployed = try work.deploy()
    #expect(deployed.first?.status == .error)
    #expect(deployed.first?.findings.contains { $0.code == "credential-missing" } == true)
    #expect(try FlowInventory(of: fixture.home).rows.first?.problem?.contains("'Nobody' is not deployed") == true)
  }

  @Test func `two flows of one name, and names that none may have, are refused`() throws {
    let first = try fixture.write(mailFlow([:]).text, to: "iflows/Sample.iflw")
    try Folder.create(fixture.home.path + "/more")
    let second = try fixture.write(mailFlow([:]).text, to: "more/Sample.iflw")
    #expect(deployment([first, second]).1.count == 1)
    let long = try fixture.write(mailFlow([:]).text, to: "more/\(String(repeating: "x", count: 121)).iflw")
    #expect(deployment([long]).1.count == 1)
    #expect(deployment([fixture.home.path + "/nothing.iflw"]).1.count == 1)
  }

  @Test func `deployed flows and those of the home tell who uses a credential`() throws {
    let path = try fixture.write(mailFlow([:]).text, to: "iflows/Sample.iflw")
    _ = try deployment([path]).0.deploy()
    try fixture.write(mailFlow(["user": "Other"]).text, to: "iflows/Sample.iflw")
    try fixture.write(mailFlow([:]).text, to: "iflows/Second.iflw")
    let usage = HomeFlowUsage(home: fixture.home).flowsByCredential()
    #expect(usage == ["Mailbox": ["Sample", "Second"], "Other": ["Sample"]])
    try FlowRemoval(names: ["Sample"], home: fixture.home).remove()
    #expect(HomeFlowUsage(home: fixture.home).flowsByCredential() == ["Mailbox": ["Second"], "Other": ["Sample"]])
  }
}

/// A flow with a mail receiver channel that could run, with some of its properties changed.
private func mailFlow(_ changes: [String: String], steps: [FlowDocument.Node] = []) -> FlowDocument {
  var values = [
    "server": "mail.example.com:587", "ssl": "starttls_mandatory", "auth": "loginPlain", "user": "Mailbox",
    "from": "a@example.com", "to": "b@example.org", "subject": "S", "body": "text",
  ]
  values.merge(changes) { _, new in new }
  return .mail(values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }, steps: steps)
}
