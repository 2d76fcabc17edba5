import COpenSSL
import Foundation
import TestSupport
import Testing

@testable import Certificates

/// What the machine's own authorities look like through the reader; skipped where the package is not installed.
@Suite struct SystemAuthoritiesTests {
  private static let bundle = "/etc/ssl/certs/ca-certificates.crt"

  private static var isPresent: Bool {
    let present = FileManager.default.fileExists(atPath: bundle)
    if !present { print("skipped: no \(bundle); install ca-certificates") }
    return present
  }

  private func isTrusted(_ certificate: Certificate, by trust: TrustStore) throws -> Bool {
    try certificate.withX509 { handle in
      let context = X509_STORE_CTX_new()
      defer { X509_STORE_CTX_free(context) }
      return trust.withX509Store { store in
        X509_STORE_CTX_init(context, store, handle, nil)
        // Roots expire: what counts here is whether they are found.
        X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), UInt(X509_V_FLAG_NO_CHECK_TIME))
        return X509_verify_cert(context) == 1
      } ?? false
    }
  }

  @Test(.enabled(if: isPresent)) func `the system's authorities are read, and believed through its folder`() throws {
    let bytes = try #require(FileManager.default.contents(atPath: Self.bundle))
    let certificates = try CertificateFile(reading: [UInt8](bytes), name: Self.bundle).certificates
    #expect(certificates.count > 50)
    for certificate in certificates {
      #expect(certificate.isCA, "\(certificate.subject)")
      #expect(try Certificate(der: certificate.der) == certificate)
      #expect(try isTrusted(certificate, by: .system), "\(certificate.subject)")
    }
    let none = TrustStore(includesSystemAuthorities: false)
    #expect(try !isTrusted(certificates[0], by: none))
    let own = try Certificate(der: CertificateTests.authority.der)
    #expect(try !isTrusted(own, by: .system))
    #expect(try isTrusted(own, by: TrustStore(includesSystemAuthorities: false, certificates: [own])))
  }
}
