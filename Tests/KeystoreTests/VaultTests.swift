import Artifacts
import Crypto
import System
import TenantBase
import Testing

@testable import Keystore

struct VaultTests {
  let fixture: KeystoreFixture

  init() throws { fixture = try KeystoreFixture() }

  @Test func `what was deployed is there after opening again`() throws {
    let vault = try fixture.create()
    let hosts = [try #require(AllowedHost("*.example.com")), try #require(AllowedHost("10.0.0.1"))]
    let full = UserCredentials(
      name: alias("Gmail \"Ünïcode\" \\ Credentials"), user: "a\"b@example.com",
      kind: .openConnectors(organization: "org", element: "el"), description: "two\nlines\tand a tab",
      allowedHosts: hosts)
    try vault.change(by: "anna", at: WallTime(seconds: 1_795_165_923)) { (change) throws(KeystoreError) in
      try change.deploy(
        .userCredentials(full), secret: secret("p@ss\u{1F600}"), expires: WallTime(seconds: 4_000_000_000))
      try change.trust(CertificateEntry(alias: alias("mail-ca"), der: [1, 2, 3], description: "CA"))
    }
    try vault.deploy(.secureParameter(SecureParameter(name: alias("api-key"))), "abc")
    let opened = try fixture.open()
    #expect(opened.generation == 3)
    #expect(try opened.entries().map(\.alias.text) == ["Gmail \"Ünïcode\" \\ Credentials", "api-key", "mail-ca"])
    let entry = try #require(try opened.artifact(named: full.name.text))
    #expect(entry.content == .userCredentials(full))
    #expect(entry.deployedBy == "anna" && entry.deployedOn.rfc3339 == "2026-11-20T09:12:03Z" && entry.version == 2)
    #expect(try opened.password(full.name.text) == "p@ss\u{1F600}")
    #expect(try opened.password("api-key") == "abc")
    #expect(try opened.certificates().map(\.der) == [[1, 2, 3]])
    #expect(try opened.userCredentials(named: "api-key") == nil)
    #expect(try opened.artifact(named: "mail-ca") == nil)
    #expect(try opened.artifact(named: " no name ") == nil)
  }

  @Test func `the folder holds private files, and the key lies outside`() throws {
    let created = try Vault.create(at: fixture.location, slot: .keyFile(path: nil))
    try created.vault.deploy(credentials("a"), "x")
    #expect(FileStatus.mode(of: fixture.location.folder) == 0o700)
    for name in try Folder(opening: fixture.location.folder).entries() {
      #expect(FileStatus.mode(of: fixture.file(name)) == 0o600, "\(name)")
    }
    #expect(
      try Folder(opening: fixture.location.folder).entries() == [
        "keystore.lock", "keystore.tks", "keystore.tks.previous",
      ])
    #expect(created.keyFile == fixture.root + "/user/\(created.vault.storeID).key")
  }

  @Test func `no secret stands in the file`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "canary-4711")
    #expect(ByteSearch.firstIndex(of: Array("canary".utf8), in: try fixture.bytes) == nil)
    let base64 = Base64.encode(Array("canary-4711".utf8)).dropLast(2)
    #expect(ByteSearch.firstIndex(of: Array(base64), in: try fixture.bytes) == nil)
  }

  @Test func `a second keystore is not made over the first`() throws {
    _ = try fixture.create()
    let error = #expect(throws: KeystoreError.self) { try fixture.create() }
    #expect(error?.kind == .alreadyExists)
    #expect(fixture.refusal() == nil)
  }

  @Test func `a change that fails changes nothing`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "old")
    let before = try fixture.bytes
    let error = #expect(throws: KeystoreError.self) {
      try vault.change { (change) throws(KeystoreError) in
        change.undeploy(alias("a"))
        try change.deploy(credentials("b"), secret: secret(""))
      }
    }
    #expect(error?.kind == .badSecret(.empty))
    #expect(try fixture.bytes == before)
    #expect(try vault.password("a") == "old")
  }

  @Test func `a change of nothing writes nothing`() throws {
    let vault = try fixture.create()
    let before = try fixture.bytes
    try vault.change { (change) throws(KeystoreError) in change.undeploy(alias("none")) }
    #expect(try fixture.bytes == before)
    #expect(vault.generation == 1)
  }

  @Test func `a redeployed artifact has a new version, also after it was removed`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "one")
    let first = try #require(try vault.artifact(named: "a")).version
    try vault.change { (change) throws(KeystoreError) in change.undeploy(alias("a")) }
    #expect(try vault.artifact(named: "a") == nil)
    #expect(throws: KeystoreError.self) { try vault.password("a") }
    try vault.deploy(credentials("a"), "two")
    #expect(try #require(try vault.artifact(named: "a")).version > first)
    #expect(try vault.password("a") == "two")
  }

  @Test func `an artifact and a certificate may have the same name`() throws {
    let vault = try fixture.create()
    try vault.deploy(credentials("a"), "one")
    try vault.change { (change) throws(KeystoreError) in
      try change.trust(CertificateEntry(alias: alias("a"), der: [9]))
    }
    #expect(try vault.entries().map(\.type) == [.userCredentials, .certificate])
    try vault.change { (change) throws(KeystoreError) in change.distrust(alias: alias("a")) }
    #expect(try vault.password("a") == "one")
  }

  @Test func `a certificate gets another alias, but not one that is taken`() throws {
    let vault = try fixture.create()
    try vault.change { (change) throws(KeystoreError) in
      try change.trust(CertificateEntry(alias: alias("a"), der: [1]))
      try change.trust(CertificateEntry(alias: alias("b"), der: [2]))
    }
    let error = #expect(throws: KeystoreError.self) {
      try vault.change { (change) throws(KeystoreError) in
        try change.renameCertificate(alias("a"), to: alias("b"))
      }
    }
    #expect(error?.kind == .nameTaken)
    try vault.change { (change) throws(KeystoreError) in
      try change.renameCertificate(alias("a"), to: alias("c"))
    }
    #expect(try vault.certificates().map(\.alias.text) == ["b", "c"])
    #expect(try vault.certificate(alias: "c")?.type == .certificate)
  }

  @Test func `an expired secret is refused with its own reason`() throws {
    let vault = try fixture.create()
    let end = WallTime(seconds: 2_000_000_000)
    try vault.change { (change) throws(KeystoreError) in
      try change.deploy(credentials("a"), secret: secret("x"), expires: end)
    }
    _ = try vault.secret(ofArtifact: "a", now: WallTime(seconds: 1_999_999_999))
    for now in [end, WallTime(seconds: 2_000_000_001)] {
      let error = #expect(throws: KeystoreError.self) { _ = try vault.secret(ofArtifact: "a", now: now) }
      #expect(error?.kind == .expired(end))
    }
  }

  @Test func `another process's change is seen after a refresh and kept by the next change`() throws {
    let first = try fixture.create()
    let second = try fixture.open()
    try first.deploy(credentials("a"), "one")
    #expect(try second.artifact(named: "a") == nil)
    #expect(try second.refresh())
    #expect(try !second.refresh())
    #expect(try second.password("a") == "one")
    try first.deploy(credentials("a"), "two")
    try second.deploy(credentials("b"), "three")
    #expect(try second.password("a") == "two")
    #expect(try first.refresh())
    #expect(try first.password("b") == "three")
  }

  @Test func `a plan tells new, changed and same apart`() throws {
    let vault = try fixture.create()
    let artifact = credentials("a")
    func difference(_ artifact: Artifact, _ password: String?) throws -> Vault.Difference {
      guard let password else { return try vault.difference(of: artifact, secret: nil) }
      return try vault.difference(of: artifact, secret: secret(password))
    }
    #expect(try difference(artifact, "x") == .new)
    try vault.deploy(artifact, "x")
    #expect(try difference(artifact, "x") == .same)
    #expect(try difference(artifact, nil) == .same)
    #expect(try difference(artifact, "y") == .changed)
    #expect(try difference(credentials("a", user: "other"), "x") == .changed)
  }

  @Test func `a secret that breaks the rules is not kept`() throws {
    let vault = try fixture.create()
    func fault(_ artifact: Artifact, _ password: String) -> KeystoreError.Kind? {
      do {
        try vault.deploy(artifact, password)
        return nil
      } catch { return (error as? KeystoreError)?.kind }
    }
    let artifact = credentials("a")
    #expect(fault(artifact, String(repeating: "ü", count: 255)) == nil)
    #expect(fault(artifact, String(repeating: "ü", count: 256)) == .badSecret(.tooLong(limit: 255)))
    #expect(fault(artifact, "a\nb") == .badSecret(.lineEndOrNUL))
    let parameter = Artifact.secureParameter(SecureParameter(name: alias("p")))
    #expect(fault(parameter, String(repeating: "€", count: 4096)) == nil)
    #expect(fault(parameter, String(repeating: "x", count: 4097)) == .badSecret(.tooLong(limit: 4096)))
    #expect(try vault.password("p").count == 4096)
  }

  @Test func `certificates that are too large are not taken`() throws {
    let vault = try fixture.create()
    for count in [0, KeystoreLimits.certificateBytes + 1] {
      #expect(throws: KeystoreError.self) {
        try vault.change { (change) throws(KeystoreError) in
          try change.trust(CertificateEntry(alias: alias("a"), der: [UInt8](repeating: 1, count: count)))
        }
      }
    }
    try vault.change { (change) throws(KeystoreError) in
      let der = [UInt8](repeating: 1, count: KeystoreLimits.certificateBytes)
      try change.trust(CertificateEntry(alias: alias("a"), der: der))
    }
    #expect(fixture.refusal() == nil)
  }

  @Test func `no keystore, no key and no folder have their own reasons`() throws {
    #expect(fixture.refusal()?.kind == .notFound)
    let created = try Vault.create(at: fixture.location, slot: .keyFile(path: nil))
    try Folder(opening: fixture.root + "/user").remove("\(created.vault.storeID).key")
    let error = fixture.refusal()
    #expect(error?.kind == .keyMissing)
    #expect(error?.explanation.cause?.contains("\(created.vault.storeID).key") == true)
  }
}
