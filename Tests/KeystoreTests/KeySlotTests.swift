import Artifacts
import Crypto
import Foundation
import System
import TenantBase
import Testing

@testable import Keystore

/// A passphrase at the least cost, so that tests stay fast.
private func words(_ text: String) -> NewKeySlot { .passphrase(SecretBox(secret(text)), cost: .interactive) }

private func sealed(_ text: String, _ artifact: Artifact, _ key: SealingKey?) -> SealedValue? {
  key.flatMap { SealedValue.seal(secret(text), type: artifact.type, name: artifact.name, to: $0) }
}

struct KeySlotTests {
  let fixture: KeystoreFixture

  init() throws { fixture = try KeystoreFixture() }

  @Test func `each of several slots opens the keystore`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "one")
    let folder = fixture.root + "/credentials"
    try Folder.create(folder)
    _ = try vault.addSlot(words("correct horse"))
    let credential = try vault.addSlot(.systemdCredential(keyFile: folder + "/tenant-keystore-key"))
    #expect(credential.createdFile == folder + "/tenant-keystore-key")
    #expect(vault.slots.map(\.method.title) == ["key file", "passphrase", "systemd credential"])
    #expect(try fixture.open().password("a") == "one")
    try Folder(opening: fixture.root + "/user").remove("\(vault.storeID).key")
    #expect(fixture.refusal()?.kind == .keyMissing)
    #expect(try fixture.open(passphrase("correct horse")).password("a") == "one")
    #expect(try fixture.open(KeySources(credentialsFolder: folder)).password("a") == "one")
  }

  @Test func `a key file that a person names is used where it lies`() throws {
    let path = fixture.root + "/own.key"
    try FileContents.replace(path, with: Array(String(repeating: "ab", count: 32).utf8))
    let created = try Vault.create(at: fixture.location, slot: .keyFile(path: path))
    #expect(created.keyFile == nil)
    #expect(fixture.refusal() == nil)
    try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
    #expect(fixture.refusal()?.kind == .keyMissing)
    #expect(fixture.refusal(KeySources(keyFile: path + ".moved")) == nil)
  }

  @Test func `a wrong key, a wrong passphrase and a changed file look the same`() throws {
    let path = fixture.root + "/wrong.key"
    try FileContents.replace(path, with: Array(String(repeating: "00", count: 32).utf8))
    let vault = try fixture.create(words("right"))
    try vault.deploy(credentials("a"), "one")
    let wrongWords = try #require(fixture.refusal(passphrase("wrong")))
    #expect(wrongWords.kind == .cannotOpen)
    var bytes = try fixture.bytes
    bytes[bytes.count - 10] = bytes[bytes.count - 10] == 0x41 ? 0x42 : 0x41
    try fixture.replace(bytes)
    let damaged = try #require(fixture.refusal(passphrase("right")))
    #expect(damaged.kind == wrongWords.kind && damaged.explanation == wrongWords.explanation)
    #expect(damaged.failureClass == wrongWords.failureClass)
  }

  @Test func `a passphrase is asked for once, and only when no key file opens`() throws {
    let vault = try fixture.create()
    _ = try vault.addSlot(words("x"))
    let refuse = KeySources(passphrase: { (_) throws(KeystoreError) in throw KeystoreError(.keyMissing, "asked") })
    #expect(fixture.refusal(refuse) == nil)
  }

  @Test func `a key file that others can read, or that holds no key, is refused`() throws {
    let created = try Vault.create(at: fixture.location, slot: .keyFile(path: nil))
    let path = try #require(created.keyFile)
    chmod(path, 0o640)
    #expect(fixture.refusal()?.kind == .system(.notPrivate(.mode(0o640))))
    chmod(path, 0o600)
    for content in ["", "00", String(repeating: "zz", count: 32), String(repeating: "0", count: 300)] {
      try FileContents.replace(path, with: Array(content.utf8))
      #expect(fixture.refusal()?.kind == .badKeyFile, "\(content)")
    }
  }

  @Test func `after a rotation the old key opens none of the files left`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "one")
    try vault.deploy(credentials("b"), "two")
    try vault.change { (change) throws(KeystoreError) in try change.trust(CertificateEntry(alias: alias("c"), der: [7]))
    }
    let old = vault.state.keys
    let version = try #require(try vault.artifact(named: "a")).version
    try FileContents.replace(fixture.file("keystore.tks.0123.tmp"), with: try fixture.bytes)
    try vault.rotate(keys: KeySources())
    for name in try Folder(opening: fixture.location.folder).entries() where name != KeystoreFile.lockName {
      let bytes = try FileContents.read(fixture.file(name), limit: 1 << 20)
      let file = try KeystoreFile(bytes, path: name)
      #expect(!file.isGenuine(keys: old), "\(name)")
      for slot in file.header.slots {
        guard let key = try KeySources().key(for: slot, storeID: file.header.storeID, at: fixture.location),
          let master = slot.unwrap(with: key, storeID: file.header.storeID)
        else { continue }
        let isOld = master.isEqual(to: old.master)
        #expect(!isOld, "\(name)")
      }
    }
    let opened = try fixture.open()
    #expect(try opened.password("a") == "one" && opened.password("b") == "two")
    #expect(try opened.certificates().map(\.der) == [[7]])
    #expect(try #require(try opened.artifact(named: "a")).version == version)
    #expect(try Folder(opening: fixture.location.folder).entries().count == 3)
  }

  @Test func `what was sealed before a rotation still opens`() throws {
    let vault = try fixture.create()
    let artifact = credentials("a")
    let first = try #require(sealed("one", artifact, vault.sealingKey))
    try vault.rotate(keys: KeySources())
    let second = try #require(sealed("two", artifact, vault.sealingKey))
    try vault.rotate(keys: KeySources())
    let opened = try fixture.open()
    #expect(text(try opened.open(first, for: artifact)) == "one")
    #expect(text(try opened.open(second, for: artifact)) == "two")
    #expect(first.keyID != second.keyID)
    #expect(try opened.entries().isEmpty)
  }

  @Test func `a removed key opens nothing, and the last one stays`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "one")
    let added = try vault.addSlot(words("second"))
    let first = vault.slots[0].id
    let missing = #expect(throws: KeystoreError.self) { try vault.rotate(keys: KeySources(), removing: [first]) }
    #expect(missing?.kind == .slotNotOpenable)
    #expect(missing?.explanation.hints.first?.contains("on a terminal") == true)
    let unknown = #expect(throws: KeystoreError.self) { try vault.rotate(keys: KeySources(), removing: ["ffffffff"]) }
    #expect(unknown?.kind == .unknownSlot)
    let wrong = #expect(throws: KeystoreError.self) { try vault.rotate(keys: passphrase("wrong"), removing: [first]) }
    #expect(wrong?.kind == .slotNotOpenable)
    // A slip of the finger must not cost the passphrase.
    #expect(wrong?.explanation.summary == "the passphrase does not fit slot \(added.slot.id); nothing was changed")
    #expect(wrong?.explanation.hints == [])
    #expect(fixture.refusal() == nil)
    try vault.rotate(keys: passphrase("second"), removing: [first])
    #expect(fixture.refusal()?.kind == .keyMissing)
    #expect(try fixture.open(passphrase("second")).password("a") == "one")
    let last = #expect(throws: KeystoreError.self) {
      try vault.rotate(keys: passphrase("second"), removing: [added.slot.id])
    }
    #expect(last?.kind == .lastSlot)
  }

  @Test func `a changed passphrase replaces the old one`() throws {
    let vault = try fixture.create(words("old"))
    try vault.deploy(credentials("a"), "one")
    try vault.rotate(keys: KeySources(), removing: [vault.slots[0].id], adding: words("new"))
    #expect(fixture.refusal(passphrase("old"))?.kind == .cannotOpen)
    #expect(try fixture.open(passphrase("new")).password("a") == "one")
    let previous = try FileContents.read(fixture.file(KeystoreFile.previousName), limit: 1 << 20)
    #expect(try previous == fixture.bytes)
  }

  @Test func `another vault finds its key again after a rotation`() throws {
    let vault = try fixture.create()
    let other = try fixture.open()
    try vault.deploy(credentials("a"), "one")
    try vault.rotate(keys: KeySources())
    #expect(try other.refresh())
    #expect(try other.password("a") == "one")
    try other.deploy(credentials("b"), "two")
    try vault.refresh()
    #expect(try vault.password("b") == "two")
  }

  @Test func `an empty passphrase is no key`() throws {
    #expect(throws: KeystoreError.self) { try fixture.create(words("")) }
    #expect(try !fixture.location.hasKeystore())
  }

  @Test func `sealed values for others are refused with their reason`() throws {
    let vault = try fixture.create()
    let artifact = credentials("a")
    func reason(_ sealed: SealedValue?, _ artifact: Artifact) -> KeystoreError.Kind? {
      guard let sealed else { return nil }
      do throws(KeystoreError) {
        _ = try vault.open(sealed, for: artifact)
        return nil
      } catch { return error.kind }
    }
    let own = sealed("x", artifact, vault.sealingKey)
    #expect(reason(own, artifact) == nil && own != nil)
    #expect(reason(own, credentials("b")) == .sealedForOtherArtifact)
    #expect(reason(own, .secureParameter(SecureParameter(name: alias("a")))) == .sealedForOtherArtifact)
    let stranger = SealedBox.publicKey(fromSeed: SecretBytes.random(count: 32))
    #expect(
      reason(sealed("x", artifact, SealingKey(storeID: .random(), publicKey: stranger)), artifact)
        == .sealedForOtherTenant)
    #expect(
      reason(sealed("x", artifact, SealingKey(storeID: vault.storeID, publicKey: stranger)), artifact)
        == .sealedToUnknownKey)
    let text = try #require(own).text
    let damaged = text.dropLast(8) + "AAAA" + text.suffix(4)
    #expect(reason(SealedValue(text: String(damaged)), artifact) == .sealedValueDamaged)
  }

  @Test func `too little memory for the passphrase is an error of its own and changes nothing`() async throws {
    await #expect(processExitsWith: .success) {
      let fixture = try KeystoreFixture()
      _ = try Vault.create(at: fixture.location, slot: .passphrase(SecretBox(secret("x")), cost: .interactive))
      let before = try fixture.bytes
      let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
      let inUse = (pages.flatMap { UInt($0) } ?? 0) * 4096
      var limit = rlimit(rlim_cur: inUse + (32 << 20), rlim_max: inUse + (32 << 20))
      setrlimit(__rlimit_resource_t(9), &limit)  // 9: RLIMIT_AS
      let kind = fixture.refusal(passphrase("x"))?.kind
      let isUnchanged = try fixture.bytes == before
      try FileManager.default.removeItem(atPath: fixture.root)  // exit leaves no time for deinit
      exit(kind == .outOfMemory && isUnchanged ? 0 : 1)
    }
  }
}
