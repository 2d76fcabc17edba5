/// The registered name of a SASL mechanism, upper case. A server may offer names that we do not know.
package struct SASLMechanismName: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  package let rawValue: String

  /// Compares without regard to case: servers write names in lower case too.
  package init(rawValue: String) { self.rawValue = rawValue.uppercased() }

  package static let plain = SASLMechanismName(rawValue: "PLAIN")
  package static let login = SASLMechanismName(rawValue: "LOGIN")
  package static let cramMD5 = SASLMechanismName(rawValue: "CRAM-MD5")
  package static let digestMD5 = SASLMechanismName(rawValue: "DIGEST-MD5")
  package static let scramSHA1 = SASLMechanismName(rawValue: "SCRAM-SHA-1")
  package static let scramSHA1Plus = SASLMechanismName(rawValue: "SCRAM-SHA-1-PLUS")
  package static let scramSHA256 = SASLMechanismName(rawValue: "SCRAM-SHA-256")
  package static let scramSHA256Plus = SASLMechanismName(rawValue: "SCRAM-SHA-256-PLUS")

  package var description: String { rawValue }
}
