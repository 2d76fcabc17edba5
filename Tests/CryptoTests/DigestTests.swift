import Crypto
import TenantBase
import Testing

/// RFC 1321 appendix A.5, FIPS 180-2 appendices, for the text `abc`.
private let abc: [(DigestAlgorithm, String)] = [
  (.md5, "900150983cd24fb0d6963f7d28e17f72"),
  (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
  (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  (
    .sha512,
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
      + "454d4423643ce80e2a9ac94fa54ca49f"
  ),
]

@Test(arguments: abc) func `a digest is the published one`(_ algorithm: DigestAlgorithm, _ expected: String) {
  #expect(algorithm.isAvailable)
  #expect(Hexadecimal.encode(Digest.hash(Array("abc".utf8), with: algorithm)).utf8Text == expected)
  #expect(expected.utf8.count == 2 * algorithm.byteCount)
}

@Test(arguments: DigestAlgorithm.allCases)
func `a digest does not depend on how its input is cut`(_ algorithm: DigestAlgorithm) {
  let text = Array("a text of some length".utf8)
  let whole = Digest.hash(text, with: algorithm)
  for cut in 0...text.count {
    var digest = Digest(algorithm)
    digest.update(Array(text[..<cut]))
    digest.update(text.span.extracting(cut..<text.count))
    #expect(digest.finish() == whole)
  }
  #expect(opened(Digest.hash(SecretBytes(copying: text), with: algorithm)) == whole)
}

@Test func `a digest of nothing is the published one`() {
  #expect(Hexadecimal.encode(Digest.hash([], with: .md5)).utf8Text == "d41d8cd98f00b204e9800998ecf8427e")
}

/// RFC 2202 section 2 and RFC 4231 section 4.3, test case 2.
@Test(arguments: [
  (DigestAlgorithm.md5, "750c783e6ab0b503eaa86e310a5db738"),
  (.sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
  (.sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
])
func `an HMAC is the published one`(_ algorithm: DigestAlgorithm, _ expected: String) {
  let key = SecretBytes(copying: Array("Jefe".utf8))
  let code = HMAC.code(of: Array("what do ya want for nothing?".utf8), key: key, algorithm: algorithm)
  #expect(Hexadecimal.encode(opened(code)).utf8Text == expected)
}

@Test func `an HMAC takes an empty key and an empty message`() {
  let code = HMAC.code(of: [], key: SecretBytes(copying: []), algorithm: .md5)
  #expect(Hexadecimal.encode(opened(code)).utf8Text == "74e6f7298a9c2d168935f58c001bad88")
}

@Test func `a random nonce is printable, without comma, and never the same`() {
  let nonces = (0..<100).map { _ in RandomNonce.text() }
  #expect(Set(nonces).count == 100)
  #expect(nonces.allSatisfy { $0.count == 24 && $0.allSatisfy(ASCII.isVisible) && !$0.contains(UInt8(ascii: ",")) })
  #expect(RandomNonce.bytes(count: 0) == [])
}
