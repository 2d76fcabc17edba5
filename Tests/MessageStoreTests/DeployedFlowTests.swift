import CSQLite
import FlowEngine
import FlowModel
import Foundation
import MessageStore
import System
import TenantBase
import Testing

struct DeployedFlowTests {
  private let fixture = StoreFixture()

  @Test func `a stored flow comes back as it was`() throws {
    let store = try fixture.open()
    let finding = Finding(
      .warning, "code", at: SourcePlace(file: "a.iflw", line: 7), .init(.channel, name: "Mail", id: "M1", type: "Mail"),
      "reason", remedy: "remedy")
    let other = Finding(.error, "code", at: SourcePlace(file: "a.iflw"), .init(.flow, name: "A"), "reason")
    let files = [
      FlowBundle.File(path: "A.iflw", bytes: Array("<x/>".utf8)), FlowBundle.File(path: "empty", bytes: []),
      FlowBundle.File(path: "zero", bytes: [0, 0, 1]),
    ]
    let moment = Timestamp(milliseconds: 1_795_000_000_123)
    let deployed = try store.deploy(
      [
        NewFlowDeployment(
          name: "A", version: "1.2.3", digest: digest(1), status: .error, findings: [finding, other], files: files)
      ], by: "anna", on: moment)
    let expected = DeployedFlow(
      name: "A", version: "1.2.3", digest: digest(1), status: .error, deployedBy: "anna", deployedOn: moment,
      findings: [finding, other])
    #expect(deployed == [expected])
    let again = try #require(try TenantDatabase.openIfPresent(in: fixture.folder))
    #expect(try again.deployedFlow(named: "A") == expected)
    #expect(try again.deployedFlows() == [expected])
    #expect(try again.files(ofFlow: "A") == files)
  }

  @Test func `versions are counted by content, and a manifest's version stands`() throws {
    let store = try fixture.open()
    func deploy(_ number: UInt8, version: String? = nil) throws -> String? {
      try store.deploy([flow("A", number, version: version)], by: "x", on: Timestamp(seconds: 0)).first?.version
    }
    #expect(try deploy(1) == "1")
    #expect(try deploy(1) == "1")
    #expect(try deploy(2) == "2")
    #expect(try deploy(1) == "3")
    #expect(try deploy(1, version: "7.0.0") == "7.0.0")
    #expect(try deploy(4) == "4")
  }

  @Test func `a redeployed flow loses the files and findings that it had`() throws {
    let store = try fixture.open()
    try store.deploy([flow("A", 1, files: ["one", "two"])], by: "x", on: Timestamp(seconds: 0))
    try store.deploy([flow("A", 2, files: ["three"])], by: "y", on: Timestamp(seconds: 1))
    #expect(try store.files(ofFlow: "A").map(\.path) == ["three"])
    #expect(try store.deployedFlow(named: "A")?.deployedBy == "y")
    try store.undeploy(["A", "nothing"])
    #expect(try store.deployedFlows().isEmpty)
    #expect(try store.files(ofFlow: "A").isEmpty)
  }

  @Test func `of several flows all are stored or none`() throws {
    let store = try fixture.open()
    let second = NewFlowDeployment(
      name: "B", version: nil, digest: [1, 2], status: .deployed, findings: [], files: [])
    #expect(throws: MessageStoreError.self) {
      try store.deploy([flow("A", 1), second], by: "x", on: Timestamp(seconds: 0))
    }
    #expect(try store.deployedFlows().isEmpty)
    try store.deploy([flow("b", 1), flow("A", 1)], by: "x", on: Timestamp(seconds: 0))
    #expect(try store.deployedFlows().map(\.name) == ["A", "b"])
  }

  @Test func `a flow beyond the limits is refused, and findings beyond theirs are cut`() throws {
    var limits = MessageStoreLimits()
    limits.flowLength = 10
    limits.findings = 2
    let store = try fixture.open(limits)
    let long = NewFlowDeployment(
      name: "A", version: nil, digest: digest(1), status: .deployed, findings: [],
      files: [FlowBundle.File(path: "a", bytes: [UInt8](repeating: 0, count: 11))])
    let error = #expect(throws: MessageStoreError.self) { try store.deploy([long], by: "x", on: Timestamp(seconds: 0)) }
    #expect(error?.kind == .limitExceeded)
    let finding = Finding(.warning, "c", at: SourcePlace(file: "a"), .init(.flow, name: "A"), "r")
    let many = NewFlowDeployment(
      name: "A", version: nil, digest: digest(1), status: .deployed, findings: [finding, finding, finding], files: [])
    #expect(try store.deploy([many], by: "x", on: Timestamp(seconds: 0)).first?.findings.count == 2)
  }

  @Test func `names and paths with quotes, zero bytes of SQL and other scripts are kept`() throws {
    let store = try fixture.open()
    let name = "Robert'); DROP TABLE deployed_flow;-- \u{1F4E7} ümlaut"
    try store.deploy([flow(name, 1, files: [name])], by: name, on: Timestamp(seconds: 0))
    #expect(try store.deployedFlow(named: name)?.name == name)
    #expect(try store.files(ofFlow: name).map(\.path) == [name])
  }
}

struct TenantDatabaseTests {
  private let fixture = StoreFixture()

  @Test func `the file and its folder are open to their owner alone`() throws {
    let store = try fixture.open()
    #expect(FileStatus.mode(of: fixture.folder).map { $0 & 0o777 } == 0o700)
    #expect(FileStatus.mode(of: store.path).map { $0 & 0o777 } == 0o600)
    try store.deploy([flow("A", 1)], by: "x", on: Timestamp(seconds: 0))
    #expect(FileStatus.mode(of: store.path + "-wal").map { $0 & 0o777 } == 0o600)
  }

  @Test func `looking makes nothing`() throws {
    #expect(try TenantDatabase.openIfPresent(in: fixture.folder) == nil)
    #expect(!FileStatus.exists(fixture.folder))
  }

  @Test func `what a killed process left is removed at the next opening, and nothing else`() throws {
    _ = try fixture.open()
    let abandoned = fixture.folder + "/tenant.sqlite.0123456789abcdef.tmp"
    let other = fixture.folder + "/tenant.sqlite.copy.tmp"
    for path in [abandoned, other] { try FileContents.create(path, with: [UInt8]()) }
    _ = try fixture.open()
    #expect(!FileStatus.exists(abandoned))
    #expect(FileStatus.exists(other))
  }

  @Test func `another program's database, and what is none, is refused`() throws {
    try Folder.create(fixture.folder)
    let path = fixture.folder + "/tenant.sqlite"
    try execute("CREATE TABLE other (x)", on: path)
    #expect(failure { try fixture.open() }?.kind == .damaged)
    try FileContents.replace(path, with: Array(repeating: UInt8(0x61), count: 5000))
    #expect(failure { try fixture.open() }?.kind == .damaged)
  }

  @Test func `a later version's database is refused and left as it is`() throws {
    _ = try fixture.open()
    let path = fixture.folder + "/tenant.sqlite"
    try execute("PRAGMA user_version = 99", on: path)
    let error = failure { try fixture.open() }
    #expect(error?.kind == .newer(version: 99))
    #expect(error?.failureClass == .configuration)
  }

  @Test func `a link in the file's place is not followed`() throws {
    try Folder.create(fixture.folder)
    try FileContents.create(fixture.folder + "/elsewhere", with: [UInt8]())
    try FileManager.default.createSymbolicLink(
      atPath: fixture.folder + "/tenant.sqlite", withDestinationPath: fixture.folder + "/elsewhere")
    #expect(failure { try fixture.open() }?.kind == .cannotOpen)
  }

  @Test func `while another process writes, a write fails as temporary`() throws {
    var limits = MessageStoreLimits()
    limits.busyTimeout = .zero
    let store = try fixture.open(limits)
    var other: OpaquePointer?
    #expect(sqlite3_open(store.path, &other) == SQLITE_OK)
    defer { sqlite3_close(other) }
    #expect(sqlite3_exec(other, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK)
    let error = failure { try store.deploy([flow("A", 1)], by: "x", on: Timestamp(seconds: 0)) }
    #expect(error?.kind == .busy)
    #expect(error?.failureClass == .temporary)
    #expect(try store.deployedFlows().isEmpty)
    #expect(sqlite3_exec(other, "COMMIT", nil, nil, nil) == SQLITE_OK)
    try store.deploy([flow("A", 1)], by: "x", on: Timestamp(seconds: 0))
  }

  @Test func `many threads deploy and read without losing one`() async throws {
    let store = try fixture.open()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<16 {
        group.addTask {
          try store.deploy([flow("flow \(number)", 1)], by: "x", on: Timestamp(seconds: 0))
          _ = try store.deployedFlows()
        }
      }
      try await group.waitForAll()
    }
    #expect(try store.deployedFlows().count == 16)
  }

  private func execute(_ sql: String, on path: String) throws {
    var database: OpaquePointer?
    try #require(sqlite3_open(path, &database) == SQLITE_OK)
    defer { sqlite3_close(database) }
    try #require(sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK)
  }

  private func failure(_ body: () throws -> some Any) -> MessageStoreError? {
    do {
      _ = try body()
      return nil
    } catch { return error as? MessageStoreError }
  }
}

/// A folder of one test, removed at its end.
final class StoreFixture: Sendable {
  let folder = NSTemporaryDirectory() + "tenant-store-" + RandomIdentifier.hex(byteCount: 8)

  func open(_ limits: MessageStoreLimits = MessageStoreLimits()) throws -> TenantDatabase {
    try TenantDatabase.open(in: folder, limits: limits)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}

private func digest(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 32) }

private func flow(_ name: String, _ number: UInt8, version: String? = nil, files: [String] = []) -> NewFlowDeployment {
  NewFlowDeployment(
    name: name, version: version, digest: digest(number), status: .deployed, findings: [],
    files: files.map { FlowBundle.File(path: $0, bytes: [1]) })
}
