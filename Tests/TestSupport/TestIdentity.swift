import COpenSSL

/// A key and its certificate, made in the test run: an authority, a server's own, or a bad one of a chosen kind.
package final class TestIdentity: @unchecked Sendable {
  package enum KeyKind: Sendable {
    case p256
    case rsa(bits: Int32)
  }

  package struct Request: Sendable {
    package var commonName: String
    /// As in OpenSSL's configuration: `DNS:mail.example.com,IP:127.0.0.1`; nil for no subjectAltName.
    package var names: String?
    package var isAuthority = false
    /// Seconds from now.
    package var validFrom = -86_400
    package var validFor = 30 * 86_400
    package var key = KeyKind.p256
    /// OpenSSL's name of the signature's digest.
    package var digest = "sha256"
    package var extendedKeyUsage: String?
    /// Only names below this one may be certified: `permitted;DNS:allowed.example`.
    package var nameConstraints: String?

    package init(_ commonName: String, names: String? = nil) {
      self.commonName = commonName
      self.names = names
    }
  }

  /// OpenSSL's `X509` and `EVP_PKEY`, owned.
  package let certificate: OpaquePointer
  package let key: OpaquePointer
  package let der: [UInt8]

  deinit {
    X509_free(certificate)
    EVP_PKEY_free(key)
  }

  /// An authority of its own.
  package static func authority(_ commonName: String = "Test Authority") -> TestIdentity {
    var request = Request(commonName)
    request.isAuthority = true
    return TestIdentity(request)
  }

  /// A server certificate for `names`, signed by this identity.
  package func server(_ commonName: String = "server", names: String?) -> TestIdentity {
    TestIdentity(Request(commonName, names: names), issuer: self)
  }

  package func issue(_ request: Request) -> TestIdentity { TestIdentity(request, issuer: self) }

  /// - Parameter issuer: nil for a self-signed one.
  package init(_ request: Request, issuer: TestIdentity? = nil) {
    key = Self.makeKey(request.key)
    certificate = X509_new()
    X509_set_version(certificate, 2)
    ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), Int64.random(in: 1...Int64.max))
    X509_gmtime_adj(X509_getm_notBefore(certificate), request.validFrom)
    X509_gmtime_adj(X509_getm_notAfter(certificate), request.validFrom + request.validFor)
    let name = X509_get_subject_name(certificate)
    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, request.commonName, -1, -1, 0)
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer?.certificate ?? certificate))
    X509_set_pubkey(certificate, key)
    for (kind, value) in Self.extensions(request) {
      var context = X509V3_CTX()
      X509V3_set_ctx(&context, issuer?.certificate ?? certificate, certificate, nil, nil, 0)
      guard let made = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
        fatalError("OpenSSL refuses the extension \(value)")
      }
      X509_add_ext(certificate, made, -1)
      X509_EXTENSION_free(made)
    }
    let signed = X509_sign(certificate, issuer?.key ?? key, EVP_get_digestbyname(request.digest))
    precondition(signed > 0, "OpenSSL does not sign")
    der = [UInt8](unsafeUninitializedCapacity: Int(i2d_X509(certificate, nil))) { [certificate] buffer, count in
      var position = buffer.baseAddress
      count = Int(i2d_X509(certificate, &position))
    }
  }

  private static func extensions(_ request: Request) -> [(Int32, String)] {
    var result: [(Int32, String)] = []
    if request.isAuthority {
      result.append((NID_basic_constraints, "critical,CA:TRUE"))
      result.append((NID_key_usage, "critical,keyCertSign,cRLSign"))
    } else {
      result.append((NID_basic_constraints, "critical,CA:FALSE"))
    }
    if let names = request.names { result.append((NID_subject_alt_name, names)) }
    if let usage = request.extendedKeyUsage { result.append((NID_ext_key_usage, usage)) }
    if let constraints = request.nameConstraints { result.append((NID_name_constraints, constraints)) }
    return result
  }

  private static func makeKey(_ kind: KeyKind) -> OpaquePointer {
    let (type, group): (Int32, String?) =
      switch kind {
      case .p256: (EVP_PKEY_EC, "P-256")
      case .rsa: (EVP_PKEY_RSA, nil)
      }
    let context = EVP_PKEY_CTX_new_id(type, nil)
    defer { EVP_PKEY_CTX_free(context) }
    EVP_PKEY_keygen_init(context)
    if let group { EVP_PKEY_CTX_set_group_name(context, group) }
    if case .rsa(let bits) = kind { EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) }
    var key: OpaquePointer?
    guard EVP_PKEY_generate(context, &key) == 1, let key else { fatalError("OpenSSL makes no key") }
    return key
  }

  /// The private key as PKCS#8 PEM, for programs that want a file.
  package var keyPEM: String { Self.text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) } }

  package var certificatePEM: String { Self.text { PEM_write_bio_X509($0, certificate) } }

  private static func text(_ write: (OpaquePointer) -> Int32) -> String {
    guard let bio = BIO_new(BIO_s_mem()), write(bio) == 1 else { fatalError("OpenSSL writes no PEM") }
    defer { BIO_free(bio) }
    var start: UnsafeMutablePointer<CChar>?
    let length = tnt_BIO_get_mem_data(bio, &start)
    return String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
  }
}
