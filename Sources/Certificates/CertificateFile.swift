import COpenSSL
import TenantBase

/// What a file of certificates holds: PEM with several, DER, or PKCS#7 (`.p7b`) in either form.
package struct CertificateFile: Sendable, Equatable {
  package enum Form: String, Sendable {
    case pem = "PEM"
    case der = "DER"
    case pkcs7 = "PKCS#7"
  }

  /// Something beside the certificates, or instead of them.
  package enum OtherContent: Sendable, Equatable {
    case privateKey
    case request
    case publicKey
    case revocationList
    case pkcs12
    /// A PEM label that is none of these.
    case other(String)

    package var words: String {
      switch self {
      case .privateKey: "a private key"
      case .request: "a certificate request"
      case .publicKey: "a public key"
      case .revocationList: "a revocation list"
      case .pkcs12: "a PKCS#12 file"
      case .other(let label): "'\(label)'"
      }
    }
  }

  package struct Other: Sendable, Equatable {
    package let content: OtherContent
    /// Of its BEGIN line.
    package let line: Int
  }

  package let form: Form
  /// At least one, in the file's order; the same certificate twice is there once.
  package let certificates: [Certificate]
  /// What else a PEM file holds; never read further than its label.
  package let others: [Other]

  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: the file's name, for the place in errors.
  package init(reading bytes: [UInt8], name: String) throws(CertificateError) {
    guard bytes.count <= CertificateLimits.inputBytes else {
      throw CertificateError(
        .tooLarge, place: SourcePlace(file: name), detail: "the limit is \(CertificateLimits.inputBytes >> 20) MiB")
    }
    guard bytes.contains(where: { !" \t\r\n".utf8.contains($0) }) else {
      throw CertificateError(.empty, place: SourcePlace(file: name))
    }
    if bytes.first != 0x30, PEMScanner.containsArmour(bytes) {
      self = try PEMReading.read(bytes, name: name)
    } else if bytes.first == 0x30 {
      self = try DERReading.read(bytes, name: name)
    } else {
      throw CertificateError(.unknownForm, place: SourcePlace(file: name))
    }
  }

  init(form: Form, certificates: [Certificate], others: [Other] = []) {
    self.form = form
    var seen: Set<[UInt8]> = []
    self.certificates = certificates.filter { seen.insert($0.der).inserted }
    self.others = others
  }
}

extension Certificate {
  /// `-----BEGIN CERTIFICATE-----` and so on, lines of 64 characters ended by LF.
  package var pem: String {
    "-----BEGIN CERTIFICATE-----\n\(Base64Text.encode(der))-----END CERTIFICATE-----\n"
  }
}

private enum PEMReading {
  static func read(_ bytes: [UInt8], name: String) throws(CertificateError) -> CertificateFile {
    let blocks: [PEMBlock]
    do {
      blocks = try PEMScanner.blocks(bytes)
    } catch {
      throw CertificateError(.malformedPEM, place: .init(file: name, line: error.line), detail: error.reason)
    }
    var certificates: [Certificate] = []
    var others: [CertificateFile.Other] = []
    var isBundle = false
    for block in blocks {
      switch block.label {
      case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
        certificates.append(try certificate(block, name: name))
      case "PKCS7", "PKCS #7 SIGNED DATA", "CMS":
        isBundle = true
        certificates += try DERReading.bundle(block.bytes, place: SourcePlace(file: name, line: block.line))
      default: others.append(.init(content: content(block.label), line: block.line))
      }
      guard certificates.count <= CertificateLimits.certificates else {
        throw CertificateError(.tooLarge, place: SourcePlace(file: name, line: block.line))
      }
    }
    guard !certificates.isEmpty else {
      guard let other = others.first else { throw CertificateError(.empty, place: SourcePlace(file: name)) }
      throw CertificateError(.notACertificate(other.content), place: SourcePlace(file: name, line: other.line))
    }
    return CertificateFile(form: isBundle ? .pkcs7 : .pem, certificates: certificates, others: others)
  }

  /// OpenSSL's own form, `TRUSTED CERTIFICATE`, has more behind the certificate; that is not ours to obey.
  private static func certificate(_ block: PEMBlock, name: String) throws(CertificateError) -> Certificate {
    do {
      guard block.label == "TRUSTED CERTIFICATE" else { return try Certificate(der: block.bytes) }
      let handle = try X509Handle(parsing: block.bytes)
      return try Certificate(handle: handle.pointer)
    } catch {
      throw CertificateError(error.kind, place: SourcePlace(file: name, line: block.line), detail: error.detail)
    }
  }

  private static func content(_ label: String) -> CertificateFile.OtherContent {
    switch label {
    case _ where label.hasSuffix("PRIVATE KEY"): .privateKey
    case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST": .request
    case _ where label.hasSuffix("PUBLIC KEY"): .publicKey
    case "X509 CRL": .revocationList
    default: .other(label)
    }
  }
}

private enum DERReading {
  static func read(_ bytes: [UInt8], name: String) throws(CertificateError) -> CertificateFile {
    let place = SourcePlace(file: name)
    let failure: CertificateError
    do {
      return CertificateFile(form: .der, certificates: [try Certificate(der: bytes)])
    } catch {
      failure = error
    }
    if let other = otherContent(bytes) { throw CertificateError(.notACertificate(other), place: place) }
    guard isPKCS7(bytes) else {
      throw CertificateError(.malformedCertificate, place: place, detail: failure.detail)
    }
    return CertificateFile(form: .pkcs7, certificates: try bundle(bytes, place: place))
  }

  /// The certificates of a PKCS#7 bundle, at least one.
  static func bundle(_ bytes: [UInt8], place: SourcePlace) throws(CertificateError) -> [Certificate] {
    ERR_clear_error()
    guard let bundle = parse(bytes, { d2i_PKCS7(nil, $0, $1) }) else {
      throw CertificateError(.malformedPKCS7, place: place, detail: OpenSSLErrors.takeText())
    }
    defer { PKCS7_free(bundle) }
    guard let stack = tnt_PKCS7_certificates(bundle), tnt_sk_X509_num(stack) > 0 else {
      throw CertificateError(.empty, place: place, detail: "the PKCS#7 bundle holds no certificate")
    }
    let count = tnt_sk_X509_num(stack)
    guard count <= CertificateLimits.certificates else { throw CertificateError(.tooLarge, place: place) }
    var result: [Certificate] = []
    for index in 0..<count {
      guard let handle = tnt_sk_X509_value(stack, index) else { continue }
      do {
        result.append(try Certificate(handle: handle))
      } catch {
        throw CertificateError(.malformedPKCS7, place: place, detail: error.detail)
      }
    }
    return result
  }

  /// A ContentInfo begins with the object identifier 1.2.840.113549.1.7.
  private static func isPKCS7(_ bytes: [UInt8]) -> Bool {
    let prefix: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07]
    return (2...6).contains { bytes.dropFirst($0).starts(with: prefix) }
  }

  /// What DER bytes are when they are not a certificate.
  private static func otherContent(_ bytes: [UInt8]) -> CertificateFile.OtherContent? {
    defer { ERR_clear_error() }
    if let request = parse(bytes, { d2i_X509_REQ(nil, $0, $1) }) {
      X509_REQ_free(request)
      return .request
    }
    if let store = parse(bytes, { d2i_PKCS12(nil, $0, $1) }) {
      PKCS12_free(store)
      return .pkcs12
    }
    if let key = parse(bytes, { d2i_AutoPrivateKey(nil, $0, $1) }) {
      EVP_PKEY_free(key)
      return .privateKey
    }
    if let key = parse(bytes, { d2i_X509_SIG(nil, $0, $1) }) {  // an encrypted private key
      X509_SIG_free(key)
      return .privateKey
    }
    if let key = parse(bytes, { d2i_PUBKEY(nil, $0, $1) }) {
      EVP_PKEY_free(key)
      return .publicKey
    }
    if let list = parse(bytes, { d2i_X509_CRL(nil, $0, $1) }) {
      X509_CRL_free(list)
      return .revocationList
    }
    return nil
  }

  private static func parse<Handle>(
    _ bytes: [UInt8], _ read: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> Handle?
  ) -> Handle? {
    bytes.withUnsafeBufferPointer { buffer in
      var position = buffer.baseAddress
      return read(&position, buffer.count)
    }
  }
}
