import Crypto
import SASL
import TenantBase

/// A user's credentials; the password is `pencil` unless the test asks for another.
func credentials(_ userName: String = "user", _ secret: String = "pencil", as role: String? = nil) -> SASLCredentials {
  SASLCredentials(
    userName: userName, authorizationID: role, password: SecretBox(SecretBytes(copying: Array(secret.utf8))))
}

extension SecretBox {
  /// What the secret says; tests may look.
  var text: String { bytes.withBytes { [UInt8]($0).utf8Text } }
}

extension SASLExchange {
  @discardableResult
  mutating func answer(_ challenge: String) throws(SASLError) -> String {
    try respond(to: Array(challenge.utf8)).text
  }
}

/// The kind of the `SASLError` that `body` throws; nil when it throws none.
func kind(_ body: () throws -> Void) -> SASLError.Kind? {
  do { try body() } catch { return (error as? SASLError)?.kind }
  return nil
}

/// The same numbers in every run (Steele, Lea and Flood, 2014).
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
