import COpenSSL
import Foundation

/// The server's side of SCRAM (RFC 5802, RFC 7677) with channel binding, by OpenSSL alone: nothing of what is tested
/// helps to test it. The binding data is what the server's end of the TLS connection says.
struct SCRAMVerifier: Sendable {
  var password: String
  /// Whether the server can bind, and so refuses a client that believes it cannot (`y`).
  var canBind = true
  private let salt: [UInt8] = Array("0123456789abcdef".utf8)
  private let iterations = 4096

  init(password: String, canBind: Bool = true) {
    self.password = password
    self.canBind = canBind
  }

  /// Answers an AUTH command and what follows, up to 235 or 535.
  func run(_ command: String, _ connection: MailServerConnection) {
    let words = command.split(separator: " ").map(String.init)
    guard words.count == 3, words[1].hasPrefix("SCRAM-"), let first = text(fromBase64: words[2]) else {
      return connection.say("535 5.7.8 not SCRAM with an initial response")
    }
    let parts = first.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, let nonce = parts[2].components(separatedBy: "r=").last, !nonce.isEmpty else {
      return connection.say("535 5.7.8 malformed")
    }
    let serverFirst = "r=\(nonce)SERVER,s=\(Data(salt).base64EncodedString()),i=\(iterations)"
    connection.say("334 " + Data(serverFirst.utf8).base64EncodedString())
    guard let line = connection.readLine(), let final = text(fromBase64: line),
      let cut = final.components(separatedBy: ",p=").first, let proof = final.components(separatedBy: ",p=").last
    else { return connection.say("535 5.7.8 cancelled") }
    let exchange = Exchange(
      digest: words[1].hasPrefix("SCRAM-SHA-256") ? EVP_sha256() : EVP_sha1(), isBound: words[1].hasSuffix("-PLUS"),
      flag: parts[0], header: "\(parts[0]),\(parts[1]),", withoutProof: cut,
      signed: "\(parts[2]),\(serverFirst),\(cut)")
    let verdict = error(of: exchange, connection) ?? signature(of: exchange, proof: proof)
    connection.say("334 " + Data(verdict.utf8).base64EncodedString())
    let answer = connection.readLine()
    connection.say(verdict.hasPrefix("v=") && answer == "" ? "235 2.7.0 welcome" : "535 5.7.8 \(verdict.dropFirst(2))")
  }

  private struct Exchange {
    let digest: OpaquePointer?
    let isBound: Bool
    let flag: String
    /// With its commas.
    let header: String
    let withoutProof: String
    let signed: String
  }

  private func error(of exchange: Exchange, _ connection: MailServerConnection) -> String? {
    if exchange.flag == "y", canBind { return "e=server-does-support-channel-binding" }
    guard exchange.isBound == exchange.flag.hasPrefix("p=") else { return "e=other-error" }
    var expected = Array(exchange.header.utf8)
    if exchange.isBound {
      guard let data = connection.channelBinding(String(exchange.flag.dropFirst(2))) else {
        return "e=unsupported-channel-binding-type"
      }
      expected += data
    }
    let sent = exchange.withoutProof.split(separator: ",").first.map { String($0.dropFirst(2)) } ?? ""
    return Data(base64Encoded: sent) == Data(expected) ? nil : "e=channel-bindings-dont-match"
  }

  /// `v=` with the server's signature, or the error of a wrong proof.
  private func signature(of exchange: Exchange, proof: String) -> String {
    let size = Int(EVP_MD_get_size(exchange.digest))
    var salted = [UInt8](repeating: 0, count: size)
    PKCS5_PBKDF2_HMAC(
      password, Int32(password.utf8.count), salt, Int32(salt.count), Int32(iterations), exchange.digest, Int32(size),
      &salted)
    let clientKey = code(of: "Client Key", key: salted, exchange.digest)
    var storedKey = [UInt8](repeating: 0, count: size)
    EVP_Digest(clientKey, clientKey.count, &storedKey, nil, exchange.digest, nil)
    let mask = code(of: exchange.signed, key: storedKey, exchange.digest)
    guard Data(base64Encoded: proof) == Data(zip(clientKey, mask).map { $0 ^ $1 }) else { return "e=invalid-proof" }
    let serverKey = code(of: "Server Key", key: salted, exchange.digest)
    return "v=" + Data(code(of: exchange.signed, key: serverKey, exchange.digest)).base64EncodedString()
  }

  private func code(of text: String, key: [UInt8], _ digest: OpaquePointer?) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: Int(EVP_MD_get_size(digest)))
    _ = HMAC(digest, key, Int32(key.count), Array(text.utf8), text.utf8.count, &result, nil)
    return result
  }

  private func text(fromBase64 text: String) -> String? {
    Data(base64Encoded: text).map { String(decoding: $0, as: UTF8.self) }
  }
}

extension MailServerConnection {
  /// The binding data at the server's end; nil for a kind that this connection does not have.
  func channelBinding(_ kind: String) -> [UInt8]? {
    guard let ssl else { return nil }
    var result = [UInt8](repeating: 0, count: 64)
    switch kind {
    case "tls-exporter":
      let label = "EXPORTER-Channel-Binding"
      guard SSL_export_keying_material(ssl, &result, 32, label, label.utf8.count, nil, 0, 1) == 1 else { return nil }
      return Array(result.prefix(32))
    case "tls-unique":
      guard SSL_version(ssl) < TLS1_3_VERSION else { return nil }
      // The first Finished: the client's, in a resumed handshake the server's.
      let isResumed = SSL_session_reused(ssl) == 1
      let count = isResumed ? SSL_get_finished(ssl, &result, 64) : SSL_get_peer_finished(ssl, &result, 64)
      return Array(result.prefix(count))
    case "tls-server-end-point":
      var length: UInt32 = 0
      guard X509_digest(SSL_get_certificate(ssl), EVP_sha256(), &result, &length) == 1 else { return nil }
      return Array(result.prefix(Int(length)))
    default: return nil
    }
  }
}
