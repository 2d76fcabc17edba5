import Crypto
import TenantBase

/// What goes into the proofs of one DIGEST-MD5 exchange (RFC 2831 section 2.1.2.1).
struct DigestTerms {
  let challenge: DigestChallenge
  /// The user name in the charset of the response.
  let sentUser: [UInt8]
  /// The user name as it is hashed.
  let hashedUser: [UInt8]
  let hashedPassword: SecretBox
  let realm: [UInt8]
  let clientNonce: [UInt8]
  /// Empty: none.
  let authorizationID: [UInt8]
  /// `service/host`.
  let uri: [UInt8]

  private static let nonceCount = Array("00000001".utf8)
  private static let colon = [UInt8(ascii: ":")]

  /// `response-value` where `method` is `AUTHENTICATE`, `rspauth` where it is empty; in lower-case hexadecimal.
  func proof(of method: String) -> SecretBytes {
    let a2 = Hexadecimal.encode(Digest.hash(Array("\(method):".utf8) + uri, with: .md5))
    var digest = Digest(.md5)
    digest.update(Hexadecimal.encode(hashedA1()))
    for term in [challenge.nonce, Self.nonceCount, clientNonce, Array("auth".utf8), a2] {
      digest.update(Self.colon)
      digest.update(term)
    }
    return Hexadecimal.encode(digest.finishSecret())
  }

  /// The response up to the proof's own digits.
  var directives: [UInt8] {
    var parts = challenge.isUTF8 ? [Array("charset=utf-8".utf8)] : []
    parts.append(Array("username=".utf8) + Self.quoted(sentUser))
    parts.append(Array("realm=".utf8) + Self.quoted(realm))
    parts.append(Array("nonce=".utf8) + Self.quoted(challenge.nonce))
    parts.append(Array("nc=".utf8) + Self.nonceCount)
    parts.append(Array("cnonce=".utf8) + Self.quoted(clientNonce))
    parts.append(Array("digest-uri=".utf8) + Self.quoted(uri))
    parts.append(Array("qop=auth".utf8))
    if !authorizationID.isEmpty { parts.append(Array("authzid=".utf8) + Self.quoted(authorizationID)) }
    parts.append(Array("response=".utf8))
    return Array(parts.joined(separator: [UInt8(ascii: ",")]))
  }

  private func hashedA1() -> SecretBytes {
    var inner = Digest(.md5)
    inner.update(hashedUser)
    inner.update(Self.colon + realm + Self.colon)
    inner.update(hashedPassword.bytes)
    var outer = Digest(.md5)
    outer.update(inner.finishSecret())
    outer.update(Self.colon + challenge.nonce + Self.colon + clientNonce)
    if !authorizationID.isEmpty { outer.update(Self.colon + authorizationID) }
    return outer.finishSecret()
  }

  private static func quoted(_ value: [UInt8]) -> [UInt8] {
    var text = [UInt8(ascii: "\"")]
    for byte in value {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
      text.append(byte)
    }
    return text + [UInt8(ascii: "\"")]
  }
}
