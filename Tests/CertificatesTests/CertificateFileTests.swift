import COpenSSL
import TenantBase
import TestSupport
import Testing

@testable import Certificates

@Suite struct CertificateFileTests {
  private static let authority = CertificateTests.authority
  private static let server = CertificateTests.server

  private func read(_ text: String) throws(CertificateError) -> CertificateFile {
    try CertificateFile(reading: Array(text.utf8), name: "certs.pem")
  }

  private func failure(_ bytes: [UInt8]) -> CertificateError? {
    do throws(CertificateError) {
      _ = try CertificateFile(reading: bytes, name: "certs.pem")
      return nil
    } catch {
      return error
    }
  }

  private func failure(_ text: String) -> CertificateError? { failure(Array(text.utf8)) }

  /// A degenerate signed PKCS#7 with both certificates.
  private static func bundle() -> [UInt8] {
    let bundle = PKCS7_new()
    defer { PKCS7_free(bundle) }
    PKCS7_set_type(bundle, NID_pkcs7_signed)
    PKCS7_content_new(bundle, NID_pkcs7_data)
    for identity in [server, authority] { PKCS7_add_certificate(bundle, identity.certificate) }
    return [UInt8](unsafeUninitializedCapacity: Int(i2d_PKCS7(bundle, nil))) { buffer, count in
      var position = buffer.baseAddress
      count = Int(i2d_PKCS7(bundle, &position))
    }
  }

  private static func armoured(_ label: String, _ bytes: [UInt8]) -> String {
    "-----BEGIN \(label)-----\n\(Base64Text.encode(bytes))-----END \(label)-----\n"
  }

  @Test func `several certificates are read from one PEM with text around them`() throws {
    let text = """
      # our authorities
      subject=CN = Example CA
      \(Self.authority.certificatePEM)
      and the server:\r
      \(Self.server.certificatePEM.replacing("\n", with: "\r\n"))
      end
      """
    let file = try read(text)
    #expect(file.form == .pem)
    #expect(file.certificates.map(\.der) == [Self.authority.der, Self.server.der])
    #expect(file.others.isEmpty)
  }

  @Test func `what is written is read again, and is what OpenSSL writes`() throws {
    let certificate = try Certificate(der: Self.server.der)
    #expect(certificate.pem == Self.server.certificatePEM)
    #expect(try read(certificate.pem).certificates == [certificate])
  }

  @Test func `the same certificate twice is there once`() throws {
    let file = try read(Self.server.certificatePEM + Self.authority.certificatePEM + Self.server.certificatePEM)
    #expect(file.certificates.count == 2)
  }

  @Test func `a byte order mark and indented lines do no harm`() throws {
    let indented = Self.server.certificatePEM.replacing("\n", with: "  \n\t ")
    #expect(try read("\u{FEFF}" + indented).certificates.count == 1)
  }

  @Test func `DER is told by its first byte`() throws {
    let file = try CertificateFile(reading: Self.server.der, name: "server.cer")
    #expect(file.form == .der)
    #expect(file.certificates.map(\.der) == [Self.server.der])
  }

  @Test func `a PKCS#7 bundle is read as DER and as PEM`() throws {
    let bundle = Self.bundle()
    for bytes in [bundle, Array(Self.armoured("PKCS7", bundle).utf8)] {
      let file = try CertificateFile(reading: bytes, name: "chain.p7b")
      #expect(file.form == .pkcs7)
      #expect(Set(file.certificates.map(\.der)) == [Self.server.der, Self.authority.der])
    }
  }

  @Test func `a private key is not a certificate, in either form`() {
    for text in [
      Self.server.keyPEM, Self.armoured("RSA PRIVATE KEY", [1, 2, 3]),
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n!\n-----END ENCRYPTED PRIVATE KEY-----\n",
    ] {
      let error = failure(text)
      #expect(error?.kind == .notACertificate(.privateKey))
      #expect(error?.explanation.summary == "this is a private key, not a certificate")
      #expect(error?.explanation.places == ["certs.pem:1"])
    }
    let length = Int(i2d_PrivateKey(Self.server.key, nil))
    let der = [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      var position = buffer.baseAddress
      count = Int(i2d_PrivateKey(Self.server.key, &position))
    }
    #expect(failure(der)?.kind == .notACertificate(.privateKey))
  }

  @Test func `a key beside a certificate is told and not read`() throws {
    let file = try read(Self.server.certificatePEM + Self.server.keyPEM)
    #expect(file.certificates.count == 1)
    #expect(file.others.map(\.content) == [.privateKey])
    #expect(file.others[0].line == Self.server.certificatePEM.split(separator: "\n").count + 1)
  }

  @Test(arguments: [
    ("CERTIFICATE REQUEST", CertificateFile.OtherContent.request), ("NEW CERTIFICATE REQUEST", .request),
    ("PUBLIC KEY", .publicKey), ("X509 CRL", .revocationList), ("DH PARAMETERS", .other("DH PARAMETERS")),
  ])
  func `other PEM contents are named`(_ label: String, _ content: CertificateFile.OtherContent) {
    #expect(failure(Self.armoured(label, [1, 2, 3]))?.kind == .notACertificate(content))
  }

  @Test func `a request in DER is named`() {
    let request = X509_to_X509_REQ(Self.server.certificate, Self.server.key, EVP_sha256())
    defer { X509_REQ_free(request) }
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(i2d_X509_REQ(request, nil))) { buffer, count in
      var position = buffer.baseAddress
      count = Int(i2d_X509_REQ(request, &position))
    }
    #expect(failure(bytes)?.kind == .notACertificate(.request))
  }

  @Test(arguments: [
    ("-----BEGIN CERTIFICATE-----\nAAAA\n", 1, "'CERTIFICATE' has no END line"),
    ("x\n-----END CERTIFICATE-----\n-----BEGIN X-----\n-----END X-----", 2, "END without BEGIN"),
    ("-----BEGIN CERTIFICATE-----\nAA!A\n-----END CERTIFICATE-----", 2, "not base64"),
    ("-----BEGIN CERTIFICATE-----\nAAAA\nA\n-----END CERTIFICATE-----", 4, "the base64 is cut off"),
    ("-----BEGIN CERTIFICATE-----\nAA==AA==\n-----END CERTIFICATE-----", 2, "not base64"),
    ("-----BEGIN A-----\n-----BEGIN B-----\n", 2, "'A' from line 1 has no END line"),
    ("-----BEGIN A-----\n-----END B-----\n", 2, "END of 'B' where 'A' began"),
  ])
  func `broken PEM is refused with its line`(_ text: String, _ line: Int, _ reason: String) {
    let error = failure(text)
    #expect(error?.kind == .malformedPEM)
    #expect(error?.place?.line == line)
    #expect(error?.detail == reason)
  }

  @Test func `a broken certificate among good ones is named by its line`() {
    let text = Self.server.certificatePEM + Self.armoured("CERTIFICATE", [0x30, 3, 1, 2, 3])
    let error = failure(text)
    #expect(error?.kind == .malformedCertificate)
    #expect(error?.place?.line == Self.server.certificatePEM.split(separator: "\n").count + 1)
  }

  @Test(arguments: ["", " \r\n\t", "hello", "\u{0}\u{1}", "-----BEGIN CERTIFICATE"])
  func `what is neither form is refused`(_ text: String) {
    #expect([.empty, .unknownForm].contains(failure(text)?.kind))
  }

  @Test func `an input over the limit is refused unread`() {
    let bytes = [UInt8](repeating: 0x30, count: CertificateLimits.inputBytes + 1)
    #expect(failure(bytes)?.kind == .tooLarge)
  }

  @Test func `a bundle without certificates is empty`() {
    let bundle = PKCS7_new()
    defer { PKCS7_free(bundle) }
    PKCS7_set_type(bundle, NID_pkcs7_data)
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(i2d_PKCS7(bundle, nil))) { buffer, count in
      var position = buffer.baseAddress
      count = Int(i2d_PKCS7(bundle, &position))
    }
    #expect([.empty, .malformedPKCS7].contains(failure(bytes)?.kind))
  }

  @Test func `no cut or changed input brings the reader down`() {
    let bundle = Self.bundle()
    for length in stride(from: 0, to: bundle.count, by: 7) { _ = failure(Array(bundle.prefix(length))) }
    for position in stride(from: 0, to: bundle.count, by: 11) {
      var bytes = bundle
      bytes[position] ^= 0x81
      _ = failure(bytes)
    }
    let pem = Array(Self.authority.certificatePEM.utf8)
    for position in stride(from: 0, to: pem.count, by: 5) {
      #expect(failure(Array(pem.prefix(position))) != nil)
      var bytes = pem
      bytes[position] ^= 0x10
      _ = failure(bytes)
    }
    var generator = SplitMix(state: 7)
    for _ in 0..<100 {
      var bytes = (0..<Int.random(in: 1...200, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      bytes[0] = 0x30
      #expect(failure(bytes) != nil)
    }
  }
}

/// Repeatable randomness.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
