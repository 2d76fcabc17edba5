import Crypto
import SASL
import TenantBase
import Testing

private let canary = "cAnArY-7f3a"

/// Everything that printing, debugging and reflection show of a value, to any depth.
private func everythingShown(of value: Any) -> String {
  var shown = String(describing: value) + String(reflecting: value) + "\(value)"
  dump(value, to: &shown)
  var values = [Mirror(reflecting: value)]
  while let mirror = values.popLast(), shown.utf8.count < 1 << 20 {
    for child in mirror.children {
      shown += "\(child.label ?? "")=\(child.value) "
      values.append(Mirror(reflecting: child.value))
    }
  }
  return shown
}

private struct Open { let text: String }

@Test func `the search for shown secrets finds one that is shown`() {
  #expect(everythingShown(of: [Open(text: canary)]).contains(canary))
}

@Test func `credentials and exchanges show no secret at any step`() throws {
  let secret = credentials("user", canary)
  let service = SASLService(name: "smtp", host: "mail.example")
  let challenges: [SASLMechanismName: [String]] = [
    .login: ["Username:", "Password:"], .cramMD5: ["<1@host>"],
    .digestMD5: [#"nonce="abc",algorithm=md5-sess,charset=utf-8"#],
    .scramSHA1: ["r=NSERVER,s=MDEyMw==,i=4096"], .scramSHA256: ["r=NSERVER,s=MDEyMw==,i=4096"],
    .scramSHA256Plus: ["r=NSERVER,s=MDEyMw==,i=4096"],
  ]
  var exchanges: [any SASLExchange] = [
    PlainExchange(credentials: secret), LoginExchange(credentials: secret), CRAMMD5Exchange(credentials: secret),
    DigestMD5Exchange(credentials: secret, service: service, nonces: .fixed("N")),
    SCRAMExchange(hash: .sha1, binding: .notSupported, credentials: secret, nonces: .fixed("N")),
    SCRAMExchange(hash: .sha256, binding: .notOffered, credentials: secret, nonces: .fixed("N")),
    SCRAMExchange(
      hash: .sha256, binding: .bound(kind: .tlsExporter, data: [1]), credentials: secret, nonces: .fixed("N")),
  ]
  #expect(!everythingShown(of: secret).contains(canary))
  #expect(Mirror(reflecting: secret).children.isEmpty)
  for index in exchanges.indices {
    var responses: [SecretBox] = []
    if let initial = try exchanges[index].start() { responses.append(initial) }
    for challenge in challenges[exchanges[index].mechanism] ?? [] {
      responses.append(try exchanges[index].respond(to: Array(challenge.utf8)))
      #expect(!everythingShown(of: exchanges[index]).contains(canary))
    }
    #expect(!responses.isEmpty)
    #expect(!everythingShown(of: responses).contains(canary))
    #expect(Mirror(reflecting: exchanges[index]).children.isEmpty)
    #expect(!"\(exchanges[index])".contains("user"))
  }
  #expect(!everythingShown(of: exchanges).contains(canary))
}

@Test func `no error shows a secret`() throws {
  let secret = credentials("user", canary + "\u{7}")
  var exchange = SCRAMExchange(hash: .sha256, binding: .notSupported, credentials: secret)
  do {
    _ = try exchange.start()
    Issue.record("a control character was accepted")
  } catch {
    #expect(!everythingShown(of: error).contains(canary))
    #expect(error.explanation.summary.contains("SASLprep"))
  }
}
