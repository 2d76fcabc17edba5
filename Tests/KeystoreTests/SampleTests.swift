import Artifacts
import Crypto
import System
import Testing

@testable import Keystore

/// A keystore of format version 1 as it was written when that format was made. It opens for ever.
///
/// Its keys stand here: the one exception to the rule that test keys are made in the test run, because what is tested is
/// that a file of that day opens. They open nothing else.
private enum SampleVersion1 {
  static let keyFile = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
  static let credential = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"
  static let passphrase = "correct horse battery staple"

  static let publicKey =
    "tkp1:06euWRzp1GD00/ozV/jPK4jk1TyzCdXjWmGrXN8xnmvzyYI1ccbECvmuL4JWiOF2Bi8PeQ=="

  /// For User Credentials `Gmail Credentials`, sealed before the rotation that made generation 3.
  static let sealed = #"""
    tks1:06euWRzp1GD00/ozV/jPK+1OgR78S1VXXYM4iuLbJoJQD/KsNTO6at4aoWI3Ps0PcoqR+8f6iV3UEQvuUFhlgsUdpgJxlTlXx7bNclxQeZ1
    n6zadDi0O/Jf3xB92CnBO2GZBhNS5cjxdpa8IPdlQcOYeW0jM69GH45B0/ccZ56SDuDkGPV3EDd67mRARMoT7SOTWHwZig7dCgdVh8H5pSHlR2Wg
    HzGdL/JIBUPNiQaYr/L4lsPT26ISElHKz3kio3Q+R/bbjWYheeZXyKVKK2XFV8g==
    """#.replacing("\n", with: "")

  // A backslash at the end of a line of this literal joins it with the next.
  static let keystore = #"""
    {"format":"tenant-keystore","version":1,"store":"d3a7ae591ce9d460f4d3fa3357f8cf2b","generation":3,"sealingKey":"\
    iOTVPLMJ1eNaYatc3zGea/PJgjVxxsQK+a4vglaI4XY=","slots":[{"id":"0badcafe","created":"2026-11-20T09:12:03Z","type":\
    "key-file","path":"/etc/tenant/test.key","nonce":"rkO6J950kBBX3r1utlwdaK9TdP8/XVDi","key":"hnYXkKYFvk7HDBKjj3CIh\
    ci8khdkpreVL0vBdlYOH/DRv+XH1l+JPHc6I8XyvjlF"},{"id":"33c4ae65","created":"2026-11-20T10:38:43Z","type":"passphra\
    se","kdf":"argon2id13","passes":2,"memory":67108864,"salt":"/wVtmPFFu/Z4yo5LM8L+4A==","nonce":"Yzq16Nh07REeehG/E\
    Dyd7FnLkVDJRzHi","key":"wOS/YQpx7rSQAOOmkXns2pY1sn+4lGseiuEcAmqQejqkTrtfhJSESkcD8IYAmxJR"},{"id":"cfcb6276","cre\
    ated":"2026-11-20T10:38:43Z","type":"systemd-credential","name":"tenant-keystore-key","nonce":"rvP3Jl+3wsNb++tO2\
    0HkvmiC3tc6+o6r","key":"2e64xlYR+VZaUCaymZBK9mxn61m/SfPyb/YRCE0YJMV7aGot3GXONDtDq9o3vdNO"}]}
    {"type":"UserCredentials","alias":"Gmail Credentials","version":2,"deployedBy":"anna","deployedOn":"2026-11-20T0\
    9:12:03Z","description":"Mailbox that sends \"order confirmations\"\u000aand more","user":"orders@example.com","\
    kind":"default","allowedHosts":["*.example.com"],"nonce":"lcM3Zql3lqAIUalrYi+adD0Hb9WqoklY","secret":"VHhxgC4c7y\
    PA0YGUUeaJ6kHz4kYvlV+PZnGo+bOR4egy+7BlOR3RUyZvGSryxRlF0roR6+25+YRujEhVD6SfxSAxZqSuKQ5UZazNfubTJSg="}
    {"type":"UserCredentials","alias":"OC","version":2,"deployedBy":"anna","deployedOn":"2026-11-20T09:12:03Z","desc\
    ription":"","user":"u","kind":"openconnectors","organization":"org","element":"el","allowedHosts":[],"nonce":"Zm\
    fI0vvV5/FNLoWOV6O8MYuC44VFgVqX","secret":"pHlfInja/y7JN/cmcT4YvWIMwtR6HRd4+003aIGVBWlTlDKdTrwLmduC8fhOfYneONMUcz\
    UygPZDG9/HU1sQjL61gPW1mOyg6pFd98//EM0="}
    {"type":"UserCredentials","alias":"SF","version":2,"deployedBy":"anna","deployedOn":"2026-11-20T09:12:03Z","desc\
    ription":"","user":"u","kind":"successfactors","companyId":"acme","allowedHosts":[],"nonce":"QUq7WrteMGxIL97qFL3\
    BJ4JJiy3c0xwH","secret":"wrD4SfiPCgYgNtN8Um1o1dotWDVNv+paqunWuPeVyYeNcJ76fgY8T8vYIfHVF/yhzpV6Z8hA0XRCMei+f/FP9kI\
    J1ivTPWZNFCcBOy3Pkds="}
    {"type":"SecureParameter","alias":"api-key 日本","version":2,"deployedBy":"anna","deployedOn":"2026-11-20T09:12:03\
    Z","expires":"2100-01-01T00:00:00Z","description":"","nonce":"6xYdnXaWJfSZgKULYUe4vMCmr0PwMiNF","secret":"PNUbuR\
    jH5lQCrrERTEu3Pm59/IcW6TMVXpLNe3JN13CT1WqvVbC6ym2iL02kacnkRK6fe3/UXWGOikzaWPT2DdLvwsG2OjxPi1NyRBjb/Rw="}
    {"type":"Certificate","alias":"mail-ca","version":2,"deployedBy":"anna","deployedOn":"2026-11-20T09:12:03Z","des\
    cription":"not a real one","certificate":"MAMCAQU="}
    {"type":"RetiredSealingKey","alias":"ed4e811efc4b5557","version":3,"deployedBy":"","deployedOn":"2026-11-20T10:3\
    8:43Z","description":"","nonce":"s5ymrmYzq6zx0pTqcAM0S88BR8Osrjy8","secret":"xHqrhhj3nBBJOu7iVx59TbJ8P8QQKx3gUC1\
    sxpl65z85TQfMaPgfqG3CNBEJeCEehFUN6/o30EyxT9/sjulWTldLacqgaeB8Gh5I18hBv20="}
    {"mac":"Imex8AyIygEHPt1vu3G1naFz280DltXBnU2z3TWn6WM="}

    """#.replacing("\\\n", with: "")
}

struct SampleTests {
  let fixture: KeystoreFixture

  init() throws {
    fixture = try KeystoreFixture()
    try Folder.create(fixture.location.folder)
    try Folder.create(fixture.root + "/credentials")
    try FileContents.replace(fixture.root + "/key", with: Array(SampleVersion1.keyFile.utf8))
    try FileContents.replace(
      fixture.root + "/credentials/tenant-keystore-key", with: Array(SampleVersion1.credential.utf8))
    try fixture.replace(Array(SampleVersion1.keystore.utf8))
  }

  private var keys: [KeySources] {
    [
      KeySources(keyFile: fixture.root + "/key"), KeySources(credentialsFolder: fixture.root + "/credentials"),
      passphrase(SampleVersion1.passphrase),
    ]
  }

  @Test func `a keystore of format version 1 opens with each of its keys`() throws {
    for keys in keys {
      let vault = try fixture.open(keys)
      #expect(vault.generation == 3)
      #expect(try vault.password("Gmail Credentials") == "p@ssw\u{F6}rd")
      #expect(try vault.password("SF") == "sf" && vault.password("OC") == "oc")
      #expect(try vault.password("api-key \u{65E5}\u{672C}") == "parameter")
      #expect(vault.sealingKey.text == SampleVersion1.publicKey)
    }
  }

  @Test func `its entries are what they were`() throws {
    let vault = try fixture.open(keys[0])
    let entries = try vault.entries()
    #expect(entries.map(\.alias.text) == ["Gmail Credentials", "OC", "SF", "api-key \u{65E5}\u{672C}", "mail-ca"])
    #expect(entries.allSatisfy { $0.version == 2 && $0.deployedBy == "anna" })
    #expect(entries.allSatisfy { $0.deployedOn.rfc3339 == "2026-11-20T09:12:03Z" })
    let host = try #require(AllowedHost("*.example.com"))
    let contents: [KeystoreEntry.Content] = [
      .userCredentials(
        UserCredentials(
          name: alias("Gmail Credentials"), user: "orders@example.com",
          description: "Mailbox that sends \"order confirmations\"\nand more", allowedHosts: [host])),
      .userCredentials(
        UserCredentials(name: alias("OC"), user: "u", kind: .openConnectors(organization: "org", element: "el"))),
      .userCredentials(UserCredentials(name: alias("SF"), user: "u", kind: .successFactors(companyID: "acme"))),
      .secureParameter(SecureParameter(name: alias("api-key \u{65E5}\u{672C}"))),
      .certificate(CertificateEntry(alias: alias("mail-ca"), der: [48, 3, 2, 1, 5], description: "not a real one")),
    ]
    #expect(entries.map(\.content) == contents)
    #expect(entries[3].expires?.rfc3339 == "2100-01-01T00:00:00Z")
  }

  @Test func `what was sealed for it still opens, after its rotation too`() throws {
    let vault = try fixture.open(keys[0])
    let artifact = credentials("Gmail Credentials")
    let sealed = try #require(SealedValue(text: SampleVersion1.sealed))
    #expect(sealed.keyID != vault.sealingKey.identifier)
    #expect(text(try vault.open(sealed, for: artifact)) == "sealed before the rotation")
  }

  @Test func `it can be changed`() throws {
    let vault = try fixture.open(keys[0])
    try vault.deploy(credentials("new"), "x")
    #expect(vault.generation == 4)
    #expect(try fixture.open(keys[1]).password("new") == "x")
  }
}
