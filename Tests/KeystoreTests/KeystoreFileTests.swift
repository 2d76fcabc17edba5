import Artifacts
import Crypto
import Foundation
import System
import TenantBase
import Testing

@testable import Keystore

struct KeystoreFileTests {
  let fixture: KeystoreFixture

  init() throws { fixture = try KeystoreFixture() }

  @Test(arguments: [0o644, 0o666, 0o660] as [UInt32])
  func `a keystore that others can reach is refused`(mode: UInt32) throws {
    _ = try fixture.create()
    chmod(fixture.location.path, mode)
    #expect(fixture.refusal()?.kind == .system(.notPrivate(.mode(mode))))
    #expect(fixture.refusal()?.failureClass == .refused)
  }

  @Test func `a folder that others can enter is refused`() throws {
    _ = try fixture.create()
    chmod(fixture.location.folder, 0o755)
    #expect(fixture.refusal()?.kind == .system(.notPrivate(.mode(0o755))))
  }

  @Test(.enabled(if: getuid() == 0)) func `a keystore of another user is refused`() throws {
    _ = try fixture.create()
    chown(fixture.location.path, 12345, 0)
    #expect(fixture.refusal()?.kind == .system(.notPrivate(.foreignOwner(12345))))
  }

  @Test func `links and FIFOs in place of the keystore are refused`() throws {
    _ = try fixture.create()
    let path = fixture.location.path
    try FileManager.default.linkItem(atPath: path, toPath: path + ".second")
    #expect(fixture.refusal()?.kind == .system(.notPrivate(.hardLinks(2))))
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: path + ".second")
    #expect(fixture.refusal()?.kind == .system(.wrongFileType(.symbolicLink)))
    try FileManager.default.removeItem(atPath: path)
    mkfifo(path, 0o600)
    #expect(fixture.refusal()?.kind == .system(.wrongFileType(.fifo)))
  }

  @Test func `a file that is too long is refused before it is read`() throws {
    _ = try fixture.create()
    try FileManager.default.removeItem(atPath: fixture.location.path)
    try FileContents.create(fixture.location.path, with: [])
    truncate(fixture.location.path, KeystoreLimits.fileBytes + 1)
    #expect(fixture.refusal()?.kind == .system(.tooLarge(limit: KeystoreLimits.fileBytes)))
  }

  @Test func `an older file put back is refused until that is accepted`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "one")
    let old = try fixture.bytes
    try vault.deploy(credentials("a"), "two")
    try fixture.replace(old)
    #expect(fixture.refusal()?.kind == .rolledBack(generation: 2, seen: 3))
    #expect(fixture.refusal()?.explanation.hints.first?.contains("--accept-rollback") == true)
    #expect(throws: KeystoreError.self) { try vault.refresh() }
    #expect(throws: KeystoreError.self) { try vault.deploy(credentials("b"), "x") }
    #expect(fixture.refusal(acceptRollback: true) == nil)
    #expect(try fixture.open().password("a") == "one")
  }

  @Test func `without an anchor the generation is what there is to see`() throws {
    let vault = try fixture.create(.keyFile(path: fixture.root + "/k"))
    var location = fixture.location
    location.userFolder = nil
    let before = try fixture.bytes
    try vault.deploy(credentials("a"), "one")
    try fixture.replace(before)
    #expect(try Vault.open(at: location, keys: KeySources()).generation == 1)
  }

  @Test func `a damaged anchor is no anchor, and a new one is noted`() throws {
    let vault = try fixture.create()
    let path = try #require(fixture.location.generationFile(of: vault.storeID))
    for content in ["", "x\n", "99", "-1\n", "99999999999999999999999\n", "5 \n"] {
      try FileContents.replace(path, with: Array(content.utf8))
      #expect(fixture.refusal() == nil, "\(content)")
      #expect(try FileContents.read(path, limit: 99) == Array("1\n".utf8), "\(content)")
    }
  }

  @Test func `the last good copy is a whole keystore of the generation before`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "one")
    try vault.deploy(credentials("a"), "two")
    try fixture.replace(try FileContents.read(fixture.file(KeystoreFile.previousName), limit: 1 << 20))
    let opened = try Vault.open(at: fixture.location, keys: KeySources(), acceptRollback: true)
    #expect(try opened.password("a") == "one")
  }

  @Test func `two writers and a reader lose and miss nothing`() async throws {
    _ = try fixture.create()
    let fixture = fixture
    let failures = await withTaskGroup(of: [String].self) { group in
      for writer in 0..<2 {
        group.addTask {
          do {
            let vault = try fixture.open()
            for number in 0..<15 { try vault.deploy(credentials("w\(writer)-\(number)"), "x\(number)") }
            return []
          } catch { return ["writer: \(error)"] }
        }
      }
      group.addTask { (0..<40).compactMap { _ in fixture.refusal().map { "reader: \($0)" } } }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(failures == [])
    let vault = try fixture.open()
    #expect(try vault.entries().count == 30)
    #expect(vault.generation == 31)
    #expect(try vault.password("w1-14") == "x14")
  }

  @Test func `a writer that finds the lock taken says so in time`() throws {
    let vault = try fixture.create()
    var location = fixture.location
    location.lockTimeout = .zero
    let impatient = try Vault.open(at: location, keys: KeySources())
    let lock = try Folder(opening: location.folder).lock(KeystoreFile.lockName, deadline: .after(.zero))
    let error = #expect(throws: KeystoreError.self) { try impatient.deploy(credentials("a"), "x") }
    #expect(error?.kind == .system(.locked) && error?.failureClass == .temporary)
    withExtendedLifetime(lock) {}
    _ = vault
  }

  @Test func `listing shows what is there when no secret can be opened`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "one")
    let state = vault.state
    let other = StoredEntry(
      try #require(try vault.artifact(named: "a")), secret: secret("x"), storeID: .random(), keys: state.keys)
    try fixture.replace(KeystoreFile.render(header: state.header, lines: [other.line[...]], keys: state.keys))
    let opened = try fixture.open()
    #expect(try opened.entries().count == 1)
    let error = #expect(throws: KeystoreError.self) { try opened.password("a") }
    #expect(error?.kind == .entryDamaged)
  }

  @Test func `an error never shows a secret`() throws {
    let vault = try fixture.create()
    let canary = "canary-0815"
    do {
      try vault.deploy(credentials("a"), canary + "\n")
      Issue.record("accepted")
    } catch {
      #expect(!"\(error) \((error as? KeystoreError).map { "\($0)" } ?? "")".contains(canary))
    }
    #expect(!"\(SecretBox(secret(canary)))".contains(canary))
  }
}
