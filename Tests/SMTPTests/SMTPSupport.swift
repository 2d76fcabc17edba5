import Crypto
import MIME
import SASL
import SMTP
import TenantBase
import TestSupport
import Wire

/// A mechanism of our own for tests: canned answers, and a switch for whether it is complete.
struct CannedExchange: SASLExchange {
  var mechanism = SASLMechanismName(rawValue: "CANNED")
  var initial: String?
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

enum SMTPFixture {
  static let deadline = Deadline.after(.seconds(600))
  static let clientName = SMTPClientName(hostName: "client.example")
  static let greeting: [ScriptedStream.Step] = [
    .send("220 mail.example ESMTP\r\n"), .expect("EHLO client.example\r\n"),
  ]
  static let capabilities = "250-mail.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 10000\r\n250 SMTPUTF8\r\n"
  static let opening = greeting + [.send(capabilities)]
  static let quit: [ScriptedStream.Step] = [.expect("QUIT\r\n"), .send("221 bye\r\n")]

  static func client(
    _ stream: ScriptedStream, tls: TLSRequirement = .off, change: (inout SMTPConfiguration) -> Void = { _ in }
  ) -> SMTPClient {
    var configuration = SMTPConfiguration(clientName: clientName, tls: tls)
    change(&configuration)
    return SMTPClient(stream: stream, configuration: configuration)
  }

  static func address(_ text: String) throws -> MailAddress {
    try MailAddress.parsing(text, field: "test")
  }

  static func envelope(_ recipients: String...) throws -> SMTPEnvelope {
    SMTPEnvelope(
      sender: try address("from@client.example"), recipients: try recipients.map { SMTPRecipient(try address($0)) })
  }

  static func mail(_ text: String = "Subject: x\r\n\r\nhello\r\n", eightBit: Bool = false) -> OutgoingMail {
    OutgoingMail(
      stored: .bytes(Array(text.utf8)), messageID: "<a@b>", needs8BitMIME: eightBit, needsSMTPUTF8: false)
  }

  /// The error of opening a session over `stream`.
  static func openFailure(
    _ stream: ScriptedStream, tls: TLSRequirement, authenticator: SMTPAuthenticator? = nil
  ) async -> SMTPError? {
    do throws(SMTPError) {
      try await client(stream, tls: tls).open(authenticator: authenticator, deadline: deadline)
      return nil
    } catch {
      return error
    }
  }

  /// Opens a session and sends one mail.
  static func send(
    _ stream: ScriptedStream, _ envelope: SMTPEnvelope, _ mail: OutgoingMail = mail(),
    change: (inout SMTPConfiguration) -> Void = { _ in }
  ) async throws(SMTPError) -> SMTPOutcome {
    let client = client(stream, change: change)
    try await client.open(authenticator: nil, deadline: deadline)
    return try await client.send(envelope, mail, deadline: deadline)
  }

  static func sendFailure(_ stream: ScriptedStream, _ envelope: SMTPEnvelope, _ mail: OutgoingMail = mail()) async
    -> SMTPError?
  {
    do throws(SMTPError) {
      _ = try await send(stream, envelope, mail)
      return nil
    } catch {
      return error
    }
  }
}
