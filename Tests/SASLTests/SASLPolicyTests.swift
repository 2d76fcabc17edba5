import SASL
import TenantBase
import Testing

private let everything: [SASLMechanismName] = [
  .plain, .login, .cramMD5, .digestMD5, .scramSHA1, .scramSHA1Plus, .scramSHA256, .scramSHA256Plus,
  SASLMechanismName(rawValue: "XOAUTH2"), SASLMechanismName(rawValue: "GSSAPI"),
]

private let bindings: [ChannelBindingKind: [UInt8]] = [.tlsServerEndPoint: [1], .tlsExporter: [2], .tlsUnique: []]

private struct Choice: CustomTestStringConvertible {
  var style: LoginStyle
  var protection: LoginProtection
  var plaintext = false
  var bindings: [ChannelBindingKind: [UInt8]] = [:]
  var offered: [SASLMechanismName] = everything
  var chosen: SASLMechanismName?
  var binding: ChannelBinding?
  var weakness: SASLWeakness?
  var failure: SASLError.Kind?

  var testDescription: String {
    "\(style) \(protection) \(plaintext) \(bindings.count) \(offered.map(\.rawValue)): \(chosen?.rawValue ?? "none")"
  }

  var policy: SASLPolicy {
    SASLPolicy(
      style: style, protection: protection, allowsPlaintextPassword: plaintext, channelBindings: bindings)
  }
}

private let choices: [Choice] = [
  // loginPlain inside TLS
  Choice(style: .plain, protection: .verifiedTLS, chosen: .plain),
  Choice(style: .plain, protection: .verifiedTLS, offered: [.cramMD5, .login], chosen: .login),
  Choice(style: .plain, protection: .verifiedTLS, offered: [.scramSHA256], failure: .noAcceptableMechanism),
  Choice(style: .plain, protection: .verifiedTLS, offered: [], failure: .noAcceptableMechanism),
  // loginPlain without TLS
  Choice(style: .plain, protection: .off, failure: .readablePasswordNotAllowed),
  Choice(style: .plain, protection: .off, plaintext: true, chosen: .plain, weakness: .readablePassword),
  Choice(
    style: .plain, protection: .off, plaintext: true, offered: [.login], chosen: .login, weakness: .readablePassword),
  Choice(style: .plain, protection: .off, plaintext: true, offered: [.scramSHA1], failure: .noAcceptableMechanism),
  Choice(style: .plain, protection: .optionalWithoutTLS, failure: .passwordWouldBeReadable),
  Choice(style: .plain, protection: .optionalWithoutTLS, plaintext: true, failure: .passwordWouldBeReadable),
  // loginEncrypted inside TLS
  Choice(
    style: .encrypted, protection: .verifiedTLS, bindings: bindings, chosen: .scramSHA256Plus,
    binding: .bound(kind: .tlsExporter, data: [2])),
  Choice(style: .encrypted, protection: .verifiedTLS, chosen: .scramSHA256, binding: .notSupported),
  Choice(
    style: .encrypted, protection: .verifiedTLS, bindings: bindings, offered: [.scramSHA1, .scramSHA256],
    chosen: .scramSHA256, binding: .notOffered),
  Choice(
    style: .encrypted, protection: .verifiedTLS, bindings: bindings, offered: [.scramSHA1, .scramSHA1Plus, .plain],
    chosen: .scramSHA1Plus, binding: .bound(kind: .tlsExporter, data: [2])),
  Choice(
    style: .encrypted, protection: .verifiedTLS, bindings: [.tlsServerEndPoint: [1]],
    chosen: .scramSHA256Plus, binding: .bound(kind: .tlsServerEndPoint, data: [1])),
  Choice(
    style: .encrypted, protection: .verifiedTLS, offered: [.scramSHA256Plus, .scramSHA1], chosen: .scramSHA1,
    binding: .notSupported),
  Choice(style: .encrypted, protection: .verifiedTLS, offered: [.scramSHA256Plus], failure: .noAcceptableMechanism),
  Choice(style: .encrypted, protection: .verifiedTLS, offered: [.plain, .cramMD5, .digestMD5], chosen: .digestMD5),
  Choice(style: .encrypted, protection: .verifiedTLS, offered: [.plain, .cramMD5], chosen: .cramMD5),
  Choice(style: .encrypted, protection: .verifiedTLS, offered: [.plain, .login], failure: .noAcceptableMechanism),
  // loginEncrypted without TLS
  Choice(style: .encrypted, protection: .off, bindings: bindings, chosen: .scramSHA256, binding: .notSupported),
  Choice(
    style: .encrypted, protection: .off, offered: [.digestMD5, .cramMD5], chosen: .digestMD5, weakness: .md5WithoutTLS),
  Choice(style: .encrypted, protection: .off, offered: [.cramMD5], chosen: .cramMD5, weakness: .md5WithoutTLS),
  Choice(
    style: .encrypted, protection: .off, plaintext: true, offered: [.plain, .login], failure: .noAcceptableMechanism),
  Choice(style: .encrypted, protection: .optionalWithoutTLS, chosen: .scramSHA256, binding: .notSupported),
  Choice(
    style: .encrypted, protection: .optionalWithoutTLS, offered: [.scramSHA1], chosen: .scramSHA1,
    binding: .notSupported),
  Choice(
    style: .encrypted, protection: .optionalWithoutTLS, plaintext: true, offered: [.digestMD5, .cramMD5, .plain],
    failure: .noAcceptableMechanism),
]

@Test(arguments: choices) private func `the choice follows the channel's setting`(_ choice: Choice) {
  do {
    let selection = try choice.policy.select(from: choice.offered)
    #expect(choice.failure == nil)
    #expect(selection.mechanism == choice.chosen)
    #expect(selection.channelBinding == choice.binding)
    #expect(selection.weakness == choice.weakness)
    let exchange = selection.makeExchange(
      credentials: credentials(), service: SASLService(name: "smtp", host: "mail.example"))
    #expect(exchange.mechanism == selection.mechanism)
  } catch { #expect(error.kind == choice.failure, "\(error)") }
}

@Test func `the order of the list does not change the choice, and case does not matter`() throws {
  let policy = SASLPolicy(style: .encrypted, protection: .verifiedTLS)
  let names = ["plain", "scram-sha-256", "Cram-MD5"].map { SASLMechanismName(rawValue: $0) }
  #expect(try policy.select(from: names).mechanism == .scramSHA256)
  #expect(try policy.select(from: names.reversed()).mechanism == .scramSHA256)
}

@Test func `loginEncrypted never allows PLAIN or LOGIN, loginPlain nothing else`() {
  for protection in LoginProtection.allCases {
    let encrypted = SASLPolicy(
      style: .encrypted, protection: protection, allowsPlaintextPassword: true, channelBindings: bindings)
    #expect(!encrypted.allowedMechanisms.contains(.plain) && !encrypted.allowedMechanisms.contains(.login))
    let plain = SASLPolicy(style: .plain, protection: protection, allowsPlaintextPassword: true)
    #expect(plain.allowedMechanisms == [.plain, .login])
  }
}

@Test func `an error lists what is offered and what is allowed`() {
  let policy = SASLPolicy(style: .encrypted, protection: .verifiedTLS)
  let offered: [SASLMechanismName] = [.plain, SASLMechanismName(rawValue: "X\u{1B}[2J")]
  do {
    _ = try policy.select(from: offered)
    Issue.record("a mechanism was chosen")
  } catch {
    #expect(
      error.explanation.summary
        == "the login was not completed: the server offers PLAIN, X\\u{1b}[2J; loginEncrypted inside TLS allows "
        + "SCRAM-SHA-256, SCRAM-SHA-1, DIGEST-MD5, CRAM-MD5")
    #expect(error.explanation.hints.count == 1)
    #expect(error.failureClass == .refused)
  }
}

@Test func `missing mechanisms and TLS are explained with a remedy`() {
  func summary(_ policy: SASLPolicy, _ offered: [SASLMechanismName]) -> (String, Int) {
    do { _ = try policy.select(from: offered) } catch {
      return (error.explanation.summary, error.explanation.hints.count)
    }
    return ("", 0)
  }
  let off = summary(SASLPolicy(style: .plain, protection: .off), everything)
  #expect(off.0.contains("readable") && off.1 == 2)
  let optional = summary(SASLPolicy(style: .plain, protection: .optionalWithoutTLS), everything)
  #expect(optional.0.contains("no TLS") && optional.1 == 1)
  let nothing = summary(SASLPolicy(style: .plain, protection: .verifiedTLS), [])
  #expect(nothing.0.contains("the server offers no login") && nothing.1 == 0)
  let hashed = summary(SASLPolicy(style: .plain, protection: .verifiedTLS), [.scramSHA256])
  #expect(hashed.0.contains("loginPlain") && hashed.1 == 1)
}

@Test func `a channel's weakness and readable password can be checked without a server`() {
  #expect(
    kind { try SASLPolicy(style: .plain, protection: .off).checkReadablePassword() } == .readablePasswordNotAllowed)
  #expect(kind { try SASLPolicy(style: .plain, protection: .verifiedTLS).checkReadablePassword() } == nil)
  #expect(kind { try SASLPolicy(style: .encrypted, protection: .off).checkReadablePassword() } == nil)
  #expect(SASLWeakness.readablePassword.message != SASLWeakness.md5WithoutTLS.message)
}
