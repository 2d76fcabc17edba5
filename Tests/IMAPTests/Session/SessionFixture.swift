import Crypto
import IMAP
import SASL
import TenantBase
import TestSupport
import Wire

/// A mechanism of our own for tests: canned answers, and a switch for whether it is complete.
struct CannedLogin: SASLExchange {
  var mechanism = SASLMechanismName(rawValue: "CANNED")
  var initial: String? = "x"
  /// Answers by challenge; nil is an error.
  var answers: [String: String] = [:]
  var isComplete = true
  var isLong = false

  mutating func start() throws(SASLError) -> SecretBox? {
    initial.map { SecretBox(SecretBytes(copying: Array($0.utf8))) }
  }

  mutating func respond(to challenge: [UInt8]) throws(SASLError) -> SecretBox {
    guard let answer = answers[challenge.utf8Text] else {
      throw SASLError(.malformedChallenge, mechanism: mechanism, detail: "an unknown challenge")
    }
    return SecretBox(SecretBytes(copying: Array(answer.utf8)))
  }

  func takesLong(toAnswer challenge: [UInt8]) -> Bool { isLong }

  mutating func finish(additionalData: [UInt8]?) throws(SASLError) {
    if !isComplete { throw SASLError(.finishedTooEarly, mechanism: mechanism, detail: "the server proved nothing") }
  }
}

enum SessionFixture {
  typealias Step = ScriptedStream.Step

  static let deadline = Deadline.after(.seconds(600))
  static let tls = StreamSecurity.tls(version: "TLS 1.3", cipher: "TLS_AES_256_GCM_SHA384", isVerified: true)
  static let everything =
    "IMAP4rev1 LITERAL+ IDLE NAMESPACE UIDPLUS MOVE UNSELECT SPECIAL-USE ESEARCH ENABLE ID OBJECTID"

  /// A login inside TLS. The next tag is t2.
  static func opening(_ capabilities: String = everything) -> [Step] {
    [
      .send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=CANNED] mail.example\r\n"),
      .expect("t1 AUTHENTICATE CANNED eA==\r\n"), .send("t1 OK [CAPABILITY \(capabilities)] welcome\r\n"),
    ]
  }

  static let selection = [
    Step.expect("t2 SELECT \"INBOX\"\r\n"),
    .send(
      "* FLAGS (\\Seen \\Deleted)\r\n* 3 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 81] ok\r\n"
        + "* OK [UIDNEXT 20] ok\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] ok\r\n"
        + "t2 OK [READ-WRITE] done\r\n"),
  ]

  static func client(
    _ stream: ScriptedStream, tls: TLSRequirement = .implicitTLS,
    change: (inout IMAPConfiguration) -> Void = { _ in }
  ) -> IMAPClient {
    var configuration = IMAPConfiguration(tls: tls)
    change(&configuration)
    return IMAPClient(stream: stream, configuration: configuration)
  }

  static func authenticator(_ offer: IMAPLoginOffer) throws(SASLError) -> any SASLExchange { CannedLogin() }

  /// The error of opening a session over `stream`.
  static func openFailure(
    _ stream: ScriptedStream, tls: TLSRequirement,
    authenticator: @escaping IMAPAuthenticator = SessionFixture.authenticator
  ) async -> IMAPError? {
    await failure { () async throws(IMAPError) in
      try await client(stream, tls: tls).open(authenticator: authenticator, deadline: deadline)
    }
  }

  /// A client that is logged in, over a script that goes on with `steps`; the next tag is t2.
  static func opened(
    _ steps: [Step], capabilities: String = everything, pieces: Int = .max,
    change: (inout IMAPConfiguration) -> Void = { _ in }
  ) async throws -> (client: IMAPClient, stream: ScriptedStream) {
    let stream = ScriptedStream(opening(capabilities) + steps, pieceSize: pieces, security: tls)
    let client = client(stream, change: change)
    try await client.open(authenticator: authenticator, deadline: deadline)
    return (client, stream)
  }

  /// The same with INBOX open; the next tag is t3.
  static func selected(
    _ steps: [Step], capabilities: String = everything, pieces: Int = .max,
    change: (inout IMAPConfiguration) -> Void = { _ in }
  ) async throws -> (client: IMAPClient, stream: ScriptedStream) {
    let (client, stream) = try await opened(
      selection + steps, capabilities: capabilities, pieces: pieces, change: change)
    _ = try await client.select(.inbox, deadline: deadline)
    return (client, stream)
  }

  static func failure(_ body: () async throws(IMAPError) -> Void) async -> IMAPError? {
    do throws(IMAPError) {
      try await body()
      return nil
    } catch {
      return error
    }
  }
}
