import Crypto
import TenantBase

/// Who logs in, and with what.
package struct SASLCredentials: Sendable, RedactedDescription {
  /// The authentication identity.
  package let userName: String
  /// The identity to act as; nil to act as oneself. Carried by PLAIN, DIGEST-MD5 and SCRAM only.
  package let authorizationID: String?
  /// UTF-8, as the person typed it; each mechanism prepares it by its own rule.
  package let password: SecretBox

  package init(userName: String, authorizationID: String? = nil, password: SecretBox) {
    self.userName = userName
    self.authorizationID = authorizationID
    self.password = password
  }

  var userNameBytes: [UInt8] { Array(userName.utf8) }
  var authorizationIDBytes: [UInt8] { Array((authorizationID ?? "").utf8) }

  /// What holds for every mechanism: user name and password are there, within the limit, and without NUL.
  func check(for mechanism: SASLMechanismName, limits: SASLLimits) throws(SASLError) {
    func refuse(_ detail: String) -> SASLError {
      SASLError(.unusableCredential, mechanism: mechanism, detail: detail)
    }
    let texts = [("user name", userNameBytes), ("authorization id", authorizationIDBytes)]
    for (role, text) in texts {
      guard text.count <= limits.credentialBytes else {
        throw refuse("the \(role) is longer than \(limits.credentialBytes) bytes")
      }
      guard !text.contains(0) else { throw refuse("the \(role) has a NUL character") }
    }
    guard !userName.isEmpty else { throw refuse("the user name is empty") }
    guard !password.bytes.isEmpty else { throw refuse("the password is empty") }
    guard password.bytes.count <= limits.credentialBytes else {
      throw refuse("the password is longer than \(limits.credentialBytes) bytes")
    }
    guard !password.bytes.contains(0) else { throw refuse("the password has a NUL character") }
  }
}
