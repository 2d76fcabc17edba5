import COpenSSL

/// The digests that mail protocols still ask for. MD5 and SHA-1 are for those protocols only, never for anything of ours.
package enum DigestAlgorithm: Sendable, CaseIterable {
  case md5
  case sha1
  case sha256
  case sha512

  /// The digest's length in bytes.
  package var byteCount: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256: 32
    case .sha512: 64
    }
  }

  /// False for MD5 where the system's OpenSSL is configured for FIPS; using it then traps, so ask first.
  package var isAvailable: Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    ERR_set_mark()
    defer { ERR_pop_to_mark() }
    return EVP_DigestInit_ex(context, method, nil) == 1
  }

  /// OpenSSL's static description of the digest.
  var method: OpaquePointer? {
    switch self {
    case .md5: EVP_md5()
    case .sha1: EVP_sha1()
    case .sha256: EVP_sha256()
    case .sha512: EVP_sha512()
    }
  }
}

/// A digest in the making, fed piece by piece.
///
/// OpenSSL wipes the inner state when it is released, so secrets may be fed to it.
package struct Digest: ~Copyable {
  package let algorithm: DigestAlgorithm
  private let context: OpaquePointer

  /// - Precondition: `algorithm.isAvailable`.
  package init(_ algorithm: DigestAlgorithm) {
    guard let context = EVP_MD_CTX_new() else { fatalError("out of memory") }
    precondition(EVP_DigestInit_ex(context, algorithm.method, nil) == 1, "OpenSSL refuses the digest")
    self.algorithm = algorithm
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update(raw: $0) }
  }

  package mutating func update(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBytes { update(raw: $0) }
  }

  package mutating func update(_ secret: borrowing SecretBytes) {
    secret.withBytes { update(raw: $0) }
  }

  /// The digest of what is not secret.
  package consuming func finish() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, count in
      finish(into: UnsafeMutableRawBufferPointer(buffer))
      count = algorithm.byteCount
    }
  }

  /// The digest of what is secret.
  package consuming func finishSecret() -> SecretBytes {
    SecretBytes(count: algorithm.byteCount) { finish(into: $0) }
  }

  package static func hash(_ bytes: [UInt8], with algorithm: DigestAlgorithm) -> [UInt8] {
    var digest = Digest(algorithm)
    digest.update(bytes)
    return digest.finish()
  }

  package static func hash(_ secret: borrowing SecretBytes, with algorithm: DigestAlgorithm) -> SecretBytes {
    var digest = Digest(algorithm)
    digest.update(secret)
    return digest.finishSecret()
  }

  private func update(raw bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    precondition(EVP_DigestUpdate(context, start, bytes.count) == 1, "OpenSSL cannot digest")
  }

  private borrowing func finish(into memory: UnsafeMutableRawBufferPointer) {
    let start = memory.baseAddress?.assumingMemoryBound(to: UInt8.self)
    precondition(EVP_DigestFinal_ex(context, start, nil) == 1, "OpenSSL cannot digest")
  }
}
