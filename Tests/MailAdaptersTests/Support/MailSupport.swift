import Certificates
import Crypto
import Expressions
import FlowEngine
import FlowModel
import Foundation
import MIME
import TenantBase
import TestSupport
import Testing

@testable import MailAdapters

/// A run at a fixed moment.
func makeRun(_ name: String = "Orders") -> FlowRun {
  FlowRun(
    id: "0123456789abcdef", flowName: name, timeZones: TimeZoneDatabase { _ in nil },
    now: { Timestamp(milliseconds: 1_795_168_780_000) })
}

/// What a channel needs at least, laid under what a test says.
func mailProperties(_ properties: FlowDocument.Properties = []) -> FlowDocument.Properties {
  let least: FlowDocument.Properties = [
    ("server", "mail.example.com:587"), ("auth", "none"), ("ssl", "starttls_mandatory"), ("from", "orders@example.com"),
    ("to", "anna@example.org"),
  ]
  let given = Set(properties.map(\.key))
  return least.filter { !given.contains($0.key) } + properties
}

/// The channel of a document, read as a flow.
func channel(_ document: FlowDocument) throws -> Channel {
  try #require(try flow(document).channels.first)
}

func flow(_ document: FlowDocument) throws -> IntegrationFlow {
  try IntegrationFlowReader().read(document.bytes, file: "orders.iflw")
}

func mailChannel(_ properties: FlowDocument.Properties = []) throws -> Channel {
  try channel(.mail(mailProperties(properties)))
}

/// The mail that a channel makes of an exchange, and the rest of what was composed.
func compose(
  _ properties: FlowDocument.Properties, _ exchange: Exchange = Exchange(id: "x"), redirectTo: MailAddress? = nil
) throws -> (text: String, composed: ComposedMail) {
  let settings = try MailReceiverSettings(try mailChannel(properties))
  let composed = try MailComposer(settings: settings, redirectTo: redirectTo).compose(
    exchange, in: makeRun(), token: "token0123", date: HeaderDate(unixSeconds: 1_795_168_780, offsetMinutes: 0))
  return (String(decoding: try composed.mail.wholeBytes(), as: UTF8.self), composed)
}

func exchange(body: String = "", headers: [(String, String)] = [], properties: [(String, String)] = []) -> Exchange {
  var exchange = Exchange(id: "x")
  exchange.body = MessageBody(text: body)
  for (name, value) in headers { exchange.headers[name] = .text(value) }
  for (name, value) in properties { exchange.properties[name] = .text(value) }
  return exchange
}

/// The value of a header field, unfolded; nil when there is none.
func header(_ name: String, of mail: String) -> String? {
  let block = mail.components(separatedBy: "\r\n\r\n").first ?? ""
  let lines = block.components(separatedBy: "\r\n").reduce(into: [String]()) { lines, line in
    if line.hasPrefix(" "), !lines.isEmpty { lines[lines.count - 1] += line } else { lines.append(line) }
  }
  let prefix = name.lowercased() + ": "
  return lines.first { $0.lowercased().hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
}

/// Credentials that a test deploys.
struct TestCredentials: CredentialSource {
  var known: [String: MailCredential] = [:]

  init(_ credentials: MailCredential...) {
    for credential in credentials { known[credential.name] = credential }
  }

  func mailCredential(named name: String) throws -> MailCredential {
    guard let credential = known[name] else {
      throw FlowFailure(.invalidFlow, class: .configuration, Explanation("credential '\(name)' is not deployed"))
    }
    return credential
  }
}

func makeCredential(
  _ name: String = "mailer", user: String = "orders@example.com", password: String = "canary-4711",
  allowedHosts: [String] = [], version: UInt64 = 1
) -> MailCredential {
  MailCredential(
    name: name, user: user, password: SecretBox(SecretBytes(copying: Array(password.utf8))), allowedHosts: allowedHosts,
    origin: "deployed by test", version: version)
}

/// An environment that finds `mail.example.com` at a test server.
func environment(
  for server: MailServer, credentials: any CredentialSource = TestCredentials(makeCredential()), tls: TestTLS? = nil,
  port: UInt16 = 587, pool: MailConnectionPool = MailConnectionPool()
) throws -> MailEnvironment {
  let certificates = try tls.map { [try Certificate(der: $0.authority.der)] } ?? []
  var environment = MailEnvironment(
    credentials: credentials, certificates: certificates, trustGeneration: 0, pool: pool)
  environment.redirections[ServerAddress(host: "mail.example.com", port: port)] = ServerAddress(
    host: "127.0.0.1", port: server.port)
  return environment
}

func makeReceiver(
  _ properties: FlowDocument.Properties, _ environment: MailEnvironment
) throws -> any ReceiverAdapter {
  try MailReceiverFactory(environment: environment).makeReceiver(for: try mailChannel(properties))
}

extension DeliveryPoint {
  static let test = DeliveryPoint(elementID: "Mail")
}
