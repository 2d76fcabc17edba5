import Crypto
import TenantBase

/// The client's side of one SASL exchange: challenges in, responses out, no I/O (RFC 4422).
///
/// The protocol that carries it does the base64 (strictly: ``Crypto/Base64``) and the framing. Order of calls: `start`,
/// then `respond` for each challenge, then `finish` when the server reports success. Success before the mechanism is
/// complete is a failure. After an error the exchange is over; the caller cancels with `*` where the server waits for a
/// response, and tries no weaker mechanism in the same session.
package protocol SASLExchange: Sendable {
  var mechanism: SASLMechanismName { get }

  /// The initial response; nil when the server speaks first (LOGIN, CRAM-MD5, DIGEST-MD5).
  mutating func start() throws(SASLError) -> SecretBox?

  /// Answers one challenge (base64 already undone).
  ///
  /// May be called on any thread: an exchange is a value without ties to the connection.
  /// - Throws: `SASLError` when the challenge is malformed or unacceptable; the caller then cancels with `*`.
  mutating func respond(to challenge: [UInt8]) throws(SASLError) -> SecretBox

  /// Whether `respond(to: challenge)` computes for long (SCRAM with many iterations, see
  /// ``SASLLimits/iterationsOnLoop``), so that it belongs on another thread than that of the event loop.
  func takesLong(toAnswer challenge: [UInt8]) -> Bool

  /// Called when the server says the login succeeded.
  /// - Parameter additionalData: what came with the success (base64 undone), where the protocol carries such data.
  /// - Throws: when the server has not proved what the mechanism demands, so the login counts as failed.
  mutating func finish(additionalData: [UInt8]?) throws(SASLError)
}

extension SASLExchange {
  package func takesLong(toAnswer challenge: [UInt8]) -> Bool { false }
}
