import Crypto
import SASL
import TenantBase

/// The password in every test that does not ask for another.
let password = "pencil"

func credentials(_ userName: String = "user", _ secret: String = password, as role: String? = nil) -> SASLCredentials {
  SASLCredentials(
    userName: userName, authorizationID: role, password: SecretBox(SecretBytes(copying: Array(secret.utf8))))
}

extension SecretBox {
  /// What the secret says; tests may look.
  var text: String { bytes.withBytes { [UInt8]($0).utf8Text } }
}

extension SASLExchange {
  /// The answer as text, or nil with the error's kind in `failure`.
  mutating func answer(_ challenge: String) throws(SASLError) -> String {
    try respond(to: Array(challenge.utf8)).text
  }
}

/// The kind of the error that `body` throws; nil when it throws none.
func kind(of body: () throws(SASLError) -> Void) -> SASLError.Kind? {
  do {
    try body()
    return nil
  } catch { return error.kind }
}
