import TenantBase
import TestSupport
import Testing

@testable import Certificates

@Suite struct CertificateTests {
  static let authority = TestIdentity.authority("Example CA")
  static let server: TestIdentity = {
    var request = TestIdentity.Request(
      "mail.example.com",
      names: "DNS:mail.example.com,DNS:*.example.org,IP:192.0.2.1,IP:2001:db8::1,email:post@example.com,URI:x:y")
    request.key = .rsa(bits: 2048)
    return authority.issue(request)
  }()

  @Test func `a server certificate tells its facts`() throws {
    let certificate = try Certificate(der: Self.server.der)
    #expect(certificate.subject == "CN=mail.example.com")
    #expect(certificate.issuer == "CN=Example CA")
    #expect(
      certificate.subjectAltNames == [
        .dns("mail.example.com"), .dns("*.example.org"), .ip("192.0.2.1"), .ip("2001:db8::1"),
        .email("post@example.com"),
      ])
    #expect(certificate.hostNames == ["mail.example.com", "*.example.org", "192.0.2.1", "2001:db8::1"])
    #expect(!certificate.isCA)
    #expect(!certificate.isSelfIssued)
    #expect(certificate.publicKey == .init(algorithm: "RSA", bits: 2048))
    #expect(certificate.signatureAlgorithm == "ecdsa-with-SHA256")
    #expect(certificate.notAfter - certificate.notBefore == 30 * 86_400)
    #expect(!certificate.isExpired(at: certificate.notAfter))
    #expect(certificate.isExpired(at: certificate.notAfter + 1))
    #expect(certificate.isNotYetValid(at: certificate.notBefore - 1))
    #expect(certificate.fingerprint.count == 32)
    #expect(certificate.fingerprintText.split(separator: ":").count == 32)
    #expect(certificate.serialNumber.allSatisfy { $0.isHexDigit && !$0.isLowercase })
    #expect(certificate.der == Self.server.der)
  }

  @Test func `an authority is one`() throws {
    let certificate = try Certificate(der: Self.authority.der)
    #expect(certificate.isCA)
    #expect(certificate.isSelfIssued)
    #expect(certificate.publicKey == .init(algorithm: "EC prime256v1", bits: 256))
    #expect(certificate.subjectAltNames.isEmpty)
  }

  @Test(arguments: [
    ("a,b", "CN=a\\,b"), ("line\nbreak", "CN=line\\0Abreak"), ("bell\u{7}", "CN=bell\\07"),
    ("M\u{FC}ller", "CN=M\u{FC}ller"), ("right\u{202E}left", "CN=right\\u{202e}left"), ("nul\u{0}x", "CN=nul"),
  ])
  func `no control or direction character of a name is shown`(_ name: String, _ text: String) throws {
    let certificate = try Certificate(der: TestIdentity(.init(name)).der)
    #expect(certificate.subject == text)
    #expect(certificate.subject.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  @Test func `bytes behind a certificate are refused`() {
    #expect(throws: CertificateError.self) { try Certificate(der: Self.server.der + [0]) }
  }

  @Test func `a certificate cut at any byte is refused`() {
    for length in 0..<Self.server.der.count {
      #expect(throws: CertificateError.self) { try Certificate(der: Array(Self.server.der.prefix(length))) }
    }
  }

  @Test func `no flipped bit brings the reader down, and none passes for the original`() throws {
    let original = try Certificate(der: Self.server.der)
    var accepted = 0
    for position in 0..<Self.server.der.count {
      var bytes = Self.server.der
      bytes[position] ^= 1 << UInt8(position % 8)
      guard let changed = try? Certificate(der: bytes) else { continue }
      accepted += 1
      #expect(changed != original)
      #expect(changed.fingerprint != original.fingerprint)
      #expect(changed.subject.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }
    #expect(accepted > 0)  // flips in key and signature leave a readable certificate
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_399, "2000-02-28T23:59:59Z"),
    (951_782_400, "2000-02-29T00:00:00Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
    (4_107_542_400, "2100-03-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
    (-62_135_596_800, "0001-01-01T00:00:00Z"), (1_795_165_200, "2026-11-20T09:00:00Z"),
  ])
  func `dates are written in UTC`(_ seconds: Int64, _ text: String) {
    #expect(CertificateDate.timestamp(seconds) == text)
    #expect(CertificateDate.day(seconds) == String(text.prefix(10)))
  }

  @Test func `trust stores with the same content are equal`() throws {
    let certificate = try Certificate(der: Self.authority.der)
    let one = TrustStore(includesSystemAuthorities: true, certificates: [certificate])
    let two = TrustStore(includesSystemAuthorities: true, certificates: [certificate])
    #expect(one == two && one.hashValue == two.hashValue)
    #expect(one != TrustStore(includesSystemAuthorities: false, certificates: [certificate]))
    #expect(one != TrustStore(includesSystemAuthorities: true))
    #expect(one != TrustStore(includesSystemAuthorities: true, certificates: [certificate], generation: 1))
    #expect(one.withX509Store { $0 } == one.withX509Store { $0 })
  }
}
