import Crypto
import Testing

@testable import Artifacts

private struct Tenant {
  let seed = SecretBox(SecretBytes.random(count: 32))
  let storeID = StoreIdentifier.random()
  var key: SealingKey? { SealingKey(storeID: storeID, publicKey: SealedBox.publicKey(fromSeed: seed.bytes)) }
}

private let secretText = "p@ss wörd"

private func secret(_ text: String = secretText) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

private func text(_ secret: borrowing SecretBytes) -> String {
  secret.withBytes { String(decoding: $0, as: UTF8.self) }
}

private func seal(_ text: String, _ type: ArtifactType, _ name: ArtifactName, _ key: SealingKey) -> SealedValue? {
  SealedValue.seal(secret(text), type: type, name: name, to: key)
}

private func opened(
  _ sealed: SealedValue, _ type: ArtifactType, _ name: ArtifactName, _ tenant: Tenant
) -> Result<String, SealedValue.OpenFault> {
  do throws(SealedValue.OpenFault) {
    return .success(text(try sealed.open(type: type, name: name, seed: tenant.seed.bytes)))
  } catch { return .failure(error) }
}

struct SealingTests {
  private let tenant = Tenant()
  private let name: ArtifactName

  init() throws { name = try ArtifactName("Gmail Credentials") }

  @Test func `a sealed value opens for its tenant, name and kind only`() throws {
    let key = try #require(tenant.key)
    let sealed = try #require(seal(secretText, .userCredentials, name, key))
    #expect(opened(sealed, .userCredentials, name, tenant) == .success(secretText))
    #expect(opened(sealed, .secureParameter, name, tenant) == .failure(.otherArtifact))
    #expect(opened(sealed, .userCredentials, try ArtifactName("gmail Credentials"), tenant) == .failure(.otherArtifact))
    #expect(opened(sealed, .userCredentials, name, Tenant()) == .failure(.notGenuine))
    #expect(sealed.storeID == key.storeID && sealed.keyID == key.identifier)
  }

  @Test func `the text form comes back, and no other text is taken`() throws {
    let key = try #require(tenant.key)
    let sealed = try #require(seal(secretText, .userCredentials, name, key))
    #expect(SealedValue(text: sealed.text) == sealed)
    for bad in ["", "tks1:", "tks1:AAAA", "tks2:" + sealed.text.dropFirst(5), sealed.text + "=", " " + sealed.text] {
      #expect(SealedValue(text: bad) == nil, "\(bad)")
    }
  }

  @Test func `a changed byte anywhere in the box is noticed`() throws {
    let key = try #require(tenant.key)
    let sealed = try #require(seal("x", .userCredentials, name, key))
    let bytes = try #require(Base64.decode(Array(sealed.text.utf8.dropFirst(5))))
    for index in 16..<bytes.count {
      var changed = bytes
      changed[index] ^= 0x10
      let value = try #require(SealedValue(text: "tks1:" + String(decoding: Base64.encode(changed), as: UTF8.self)))
      if index < 24 {
        #expect(value.keyID != sealed.keyID)
      } else {
        #expect(opened(value, .userCredentials, name, tenant) == .failure(.notGenuine), "\(index)")
      }
    }
  }

  @Test func `a store id that was exchanged is noticed`() throws {
    let key = try #require(tenant.key)
    let other = try #require(SealingKey(storeID: .random(), publicKey: key.publicKey))
    let sealed = try #require(seal("x", .userCredentials, name, other))
    var bytes = try #require(Base64.decode(Array(sealed.text.utf8.dropFirst(5))))
    bytes.replaceSubrange(0..<16, with: tenant.storeID.bytes)
    let value = try #require(SealedValue(text: "tks1:" + String(decoding: Base64.encode(bytes), as: UTF8.self)))
    #expect(opened(value, .userCredentials, name, tenant) == .failure(.otherArtifact))
  }

  @Test func `the length of a short secret does not show`() throws {
    let key = try #require(tenant.key)
    let lengths = Set(
      [1, 8, 63].map { seal(String(repeating: "x", count: $0), .userCredentials, name, key)?.text.count })
    #expect(lengths.count == 1)
  }

  @Test func `the public key's text comes back, and a typing mistake is noticed`() throws {
    let key = try #require(tenant.key)
    #expect(SealingKey(text: key.text) == key)
    #expect(SealingKey(text: "  " + key.text + "\n") == key)
    let text = Array(key.text.utf8)
    for index in 5..<(text.count - 4) {
      var changed = text
      changed[index] = changed[index] == 0x41 ? 0x42 : 0x41
      #expect(SealingKey(text: String(decoding: changed, as: UTF8.self)) == nil, "\(index)")
    }
    for bad in ["", "tkp1:", "tks1:" + key.text.dropFirst(5), key.text + "x"] { #expect(SealingKey(text: bad) == nil) }
  }

  static let files: [(String, String, String)] = [
    ("<x><User>u</User>\n", "<Password/>", "\n</x> <!-- end -->\n"),
    ("<x>\r\n\t<User>u</User>\r\n\t", "<Password\n sealed='old'></Password>", "\r\n</x>"),
    ("<x><!-- <Password>no</Password> --><User>u</User>", "<Password>open</Password>", "</x>"),
    ("<x><User>u</User>", "<Password><![CDATA[</Password>]]></Password>", "<Description>d</Description></x>"),
  ]

  @Test(arguments: files)
  func `sealing changes the secret's element and nothing else`(before: String, element: String, after: String) throws {
    let key = try #require(tenant.key)
    let open = "UserCredentials xmlns=\"urn:tenant:artifact:1\" Name=\"Gmail Credentials\""
    let (start, end) = (before.replacing("<x", with: "<" + open), after.replacing("</x", with: "</UserCredentials"))
    let old = try #require(seal("old", .userCredentials, name, key))
    let element = element.replacing("'old'", with: "'\(old.text)'")
    let file = try ArtifactFile.readForSealing(Array((start + element + end).utf8), file: "f")
    let result = try sealed(file, key)
    #expect(result.hasPrefix(start + "<Password sealed=\"tks1:"))
    #expect(result.hasSuffix("\"/>" + end))
    #expect(try secretIn(result) == secretText)
  }

  @Test(
    arguments: [
      (
        "<t:UserCredentials xmlns:t=\"urn:tenant:artifact:1\" Name=\"Gmail Credentials\">\n    <t:User>u</t:User>\n",
        "    <t:", "\n</t:UserCredentials>\n"
      ),
      (
        "<UserCredentials xmlns=\"urn:tenant:artifact:1\" Name=\"Gmail Credentials\">\r\n  <User>u</User>\r\n", "  <",
        "\r\n</UserCredentials>"
      ),
      (
        "<UserCredentials xmlns=\"urn:tenant:artifact:1\" Name=\"Gmail Credentials\"><User>u</User>", "<",
        "</UserCredentials>"
      ),
    ])
  func `a missing element is put in before the end`(start: String, opening: String, end: String) throws {
    let key = try #require(tenant.key)
    let close = end.drop { $0.isNewline }
    let file = try ArtifactFile.read(Array((start + close).utf8), file: "f")
    let result = try sealed(file, key)
    #expect(result.hasPrefix(start + opening + "Password sealed=\"tks1:"))
    #expect(result.hasSuffix("\"/>" + end))
    #expect(try secretIn(result) == secretText)
  }

  @Test func `a secure parameter without content gets one`() throws {
    let key = try #require(tenant.key)
    let start = "<SecureParameter xmlns=\"urn:tenant:artifact:1\" Name=\"Gmail Credentials\""
    let result = try sealed(try ArtifactFile.read(Array((start + "/>\n").utf8), file: "f"), key)
    #expect(result.hasPrefix(start + ">\n  <Value sealed=\"tks1:"))
    #expect(result.hasSuffix("\"/>\n</SecureParameter>\n"))
    #expect(try secretIn(result) == secretText)
  }

  @Test func `a secret that breaks the rules is not sealed`() throws {
    let key = try #require(tenant.key)
    let artifact = Artifact.userCredentials(UserCredentials(name: name, user: "u"))
    let file = try ArtifactFile.read(try ArtifactWriter.write(artifact), file: "f")
    for bad in ["", String(repeating: "x", count: 256), "a\nb"] {
      #expect(throws: ArtifactError.self) { _ = try file.sealing(secret(bad), to: key) }
    }
  }

  @Test func `a written file is read as what was written`() throws {
    let key = try #require(tenant.key)
    let host = try #require(AllowedHost("smtp.example.com"))
    let artifacts: [Artifact] = [
      .userCredentials(UserCredentials(name: name, user: "a&b<c>")),
      .userCredentials(
        UserCredentials(
          name: try ArtifactName("\"q\" 'a' <&>"), user: "u", kind: .successFactors(companyID: "c & d"),
          description: "--",
          allowedHosts: [host])),
      .userCredentials(UserCredentials(name: name, user: "u", kind: .openConnectors(organization: "o", element: "e"))),
      .secureParameter(SecureParameter(name: name, description: "two\nlines")),
    ]
    for artifact in artifacts {
      #expect(try ArtifactFile.read(try ArtifactWriter.write(artifact), file: "f").artifact == artifact)
      let value = try #require(seal(secretText, artifact.type, artifact.name, key))
      let file = try ArtifactFile.read(try ArtifactWriter.write(artifact, sealed: value), file: "f")
      guard case .sealed(let read) = file.secret else {
        Issue.record("not sealed")
        continue
      }
      #expect(read == value)
    }
  }

  private func sealed(_ file: ArtifactFile, _ key: SealingKey) throws -> String {
    String(decoding: try file.sealing(secret(), to: key), as: UTF8.self)
  }

  private func secretIn(_ text: String) throws -> String {
    let file = try ArtifactFile.read(Array(text.utf8), file: "f")
    guard case .sealed(let value) = file.secret else { return "not sealed" }
    return try opened(value, file.artifact.type, file.artifact.name, tenant).get()
  }
}
