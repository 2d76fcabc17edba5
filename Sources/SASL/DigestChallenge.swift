import TenantBase

/// The first challenge of DIGEST-MD5 (RFC 2831 section 2.1.1), as far as a client without security layers needs it.
struct DigestChallenge {
  let nonce: [UInt8]
  /// The realms to choose from, in the server's order; often none.
  let realms: [[UInt8]]
  /// False: user name and password go in ISO 8859-1.
  let isUTF8: Bool

  /// Directives that are not known here are ignored, as section 2.1.1 demands; so is `stale`, which concerns only a
  /// second login with an old nonce.
  init(_ message: [UInt8], limits: SASLLimits) throws(SASLError) {
    func malformed(_ detail: String) -> SASLError {
      SASLError(.malformedChallenge, mechanism: .digestMD5, detail: "the server's challenge \(detail)")
    }
    guard message.count <= limits.digestChallengeBytes else {
      throw malformed("is longer than \(limits.digestChallengeBytes) bytes")
    }
    guard let directives = DigestDirectives(message) else { throw malformed("is not a list of directives") }
    for name in ["nonce", "qop", "stale", "maxbuf", "charset", "algorithm", "cipher"] {
      guard directives.values(of: name).count <= 1 else { throw malformed("has \(name) more than once") }
    }

    guard let nonce = directives.values(of: "nonce").first, !nonce.isEmpty else { throw malformed("has no nonce") }
    guard let algorithm = directives.values(of: "algorithm").first,
      ASCII.equalIgnoringCase(algorithm, "md5-sess".utf8)
    else { throw malformed("has an algorithm other than md5-sess") }
    if let qualities = directives.values(of: "qop").first {
      let offersAuthentication = qualities.split(separator: UInt8(ascii: ",")).contains { quality in
        ASCII.equalIgnoringCase(quality.filter { $0 != ASCII.space && $0 != ASCII.htab }, "auth".utf8)
      }
      guard offersAuthentication else { throw malformed("does not offer authentication without a security layer") }
    }
    let charset = directives.values(of: "charset").first
    if let charset, !ASCII.equalIgnoringCase(charset, "utf-8".utf8) {
      throw malformed("has a charset other than utf-8")
    }
    self.nonce = nonce
    realms = directives.values(of: "realm")
    isUTF8 = charset != nil
  }

  /// The realm to log in to: the one that is named like the host, else the first; the host where none is offered.
  func realm(for host: String) -> [UInt8] {
    realms.first { ASCII.equalIgnoringCase($0, host.utf8) } ?? realms.first ?? Array(host.utf8)
  }
}
