import COpenSSL
import Glibc
import TenantBase

extension Certificate {
  /// Reads exactly one certificate.
  ///
  /// - Throws: `CertificateError.malformedCertificate`, also when bytes follow the certificate.
  package init(der: [UInt8]) throws(CertificateError) {
    let handle = try X509Handle(parsing: der)
    guard handle.length == der.count else {
      throw CertificateError(.malformedCertificate, detail: "\(der.count - handle.length) bytes follow the certificate")
    }
    try self.init(handle: handle.pointer)
  }

  /// Copies what an OpenSSL `X509` holds; the handle stays the caller's.
  package init(handle: OpaquePointer) throws(CertificateError) {
    guard let der = X509Reading.der(handle), let notBefore = X509Reading.seconds(X509_get0_notBefore(handle)),
      let notAfter = X509Reading.seconds(X509_get0_notAfter(handle))
    else { throw CertificateError(.malformedCertificate, detail: OpenSSLErrors.takeText()) }
    self.init(
      der: der,
      subject: X509Reading.name(X509_get_subject_name(handle)),
      issuer: X509Reading.name(X509_get_issuer_name(handle)),
      serialNumber: X509Reading.serialNumber(handle),
      notBefore: notBefore, notAfter: notAfter,
      subjectAltNames: X509Reading.alternativeNames(handle),
      isCA: [1, 3].contains(X509_check_ca(handle)),
      isSelfIssued: X509_NAME_cmp(X509_get_subject_name(handle), X509_get_issuer_name(handle)) == 0,
      publicKey: X509Reading.publicKey(handle),
      signatureAlgorithm: X509Reading.signatureAlgorithm(handle),
      fingerprint: X509Reading.fingerprint(handle))
    ERR_clear_error()
  }

  /// Lends an OpenSSL `X509` made from the bytes.
  package func withX509<R>(_ body: (OpaquePointer) throws -> R) throws -> R {
    let handle = try X509Handle(parsing: der)
    return try body(handle.pointer)
  }
}

/// Owns an `X509`.
struct X509Handle: ~Copyable {
  let pointer: OpaquePointer
  /// Bytes of the input that the certificate takes.
  let length: Int

  deinit { X509_free(pointer) }

  /// Reads the certificate at the front of `der`; more may follow it.
  init(parsing der: [UInt8]) throws(CertificateError) {
    ERR_clear_error()
    var length = 0
    let parsed = der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
      var position = bytes.baseAddress
      let result = d2i_X509(nil, &position, bytes.count)
      if let start = bytes.baseAddress, let end = position { length = end - start }
      return result
    }
    guard let parsed else { throw CertificateError(.malformedCertificate, detail: OpenSSLErrors.takeText()) }
    pointer = parsed
    self.length = length
  }
}

/// The calling thread's OpenSSL error queue.
package enum OpenSSLErrors {
  /// The oldest error in words, and empties the queue; nil when there is none.
  package static func takeText() -> String? {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return nil }
    guard let reason = ERR_reason_error_string(code) else { return "OpenSSL error \(code)" }
    return PrintableText.escaping(String(cString: reason))
  }
}

/// One fact each, from a parsed certificate.
private enum X509Reading {
  static func der(_ handle: OpaquePointer) -> [UInt8]? {
    let length = i2d_X509(handle, nil)
    guard length > 0 else { return nil }
    return [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      var position = buffer.baseAddress
      count = max(0, Int(i2d_X509(handle, &position)))
    }
  }

  static func name(_ name: OpaquePointer?) -> String {
    guard let name, let bio = BIO_new(BIO_s_mem()) else { return "(unreadable)" }
    defer { BIO_free(bio) }
    guard tnt_X509_NAME_print(bio, name) >= 0 else { return "(unreadable)" }
    var start: UnsafeMutablePointer<CChar>?
    let length = tnt_BIO_get_mem_data(bio, &start)
    guard let start, length > 0 else { return "(empty)" }
    let bytes = UnsafeRawBufferPointer(start: start, count: length)
    return PrintableText.escaping(Array(bytes), limit: CertificateLimits.nameCharacters)
  }

  static func serialNumber(_ handle: OpaquePointer) -> String {
    guard let number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(handle), nil) else { return "00" }
    defer { BN_free(number) }
    guard let text = BN_bn2hex(number) else { return "00" }
    defer { tnt_OPENSSL_free(text) }
    return PrintableText.escaping(String(cString: text), limit: 100)
  }

  static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
    var parts = tm()
    guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
    return Int64(timegm(&parts))
  }

  static func publicKey(_ handle: OpaquePointer) -> Certificate.PublicKeyFacts {
    guard let key = X509_get0_pubkey(handle) else { return .init(algorithm: "unknown", bits: 0) }
    var name = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
    if name == "EC" {
      var group = [CChar](repeating: 0, count: 64)
      var length = 0
      if EVP_PKEY_get_group_name(key, &group, group.count, &length) == 1 {
        name += " " + group.prefix(length).map { UInt8(bitPattern: $0) }.utf8Text
      }
    }
    return .init(algorithm: PrintableText.escaping(name, limit: 80), bits: Int(EVP_PKEY_get_bits(key)))
  }

  static func signatureAlgorithm(_ handle: OpaquePointer) -> String {
    guard let name = OBJ_nid2ln(X509_get_signature_nid(handle)) else { return "unknown" }
    return PrintableText.escaping(String(cString: name), limit: 80)
  }

  static func fingerprint(_ handle: OpaquePointer) -> [UInt8] {
    var length: UInt32 = 0
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    guard X509_digest(handle, EVP_sha256(), &digest, &length) == 1 else { return [] }
    return Array(digest.prefix(Int(length)))
  }

  static func alternativeNames(_ handle: OpaquePointer) -> [Certificate.SubjectAltName] {
    guard let names = tnt_X509_subject_alt_names(handle) else { return [] }
    defer { GENERAL_NAMES_free(names) }
    let count = min(tnt_GENERAL_NAMES_num(names), Int32(CertificateLimits.alternativeNames))
    return (0..<max(count, 0)).compactMap { index in
      tnt_GENERAL_NAMES_value(names, index).flatMap(alternativeName)
    }
  }

  private static func alternativeName(_ name: UnsafeMutablePointer<GENERAL_NAME>) -> Certificate.SubjectAltName? {
    var kind: Int32 = -1
    guard let value = GENERAL_NAME_get0_value(name, &kind) else { return nil }
    guard [GEN_DNS, GEN_EMAIL, GEN_IPADD].contains(kind) else { return nil }
    let string = UnsafePointer<ASN1_STRING>(value.assumingMemoryBound(to: ASN1_STRING.self))
    let bytes = Array(UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    switch kind {
    case GEN_DNS: return .dns(PrintableText.escaping(bytes))
    case GEN_EMAIL: return .email(PrintableText.escaping(bytes))
    default: return .ip(address(bytes))
    }
  }

  private static func address(_ bytes: [UInt8]) -> String {
    guard bytes.count == 4 || bytes.count == 16 else { return "(\(bytes.count) bytes)" }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "(unreadable)" }
    return text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.utf8Text
  }
}
