import Crypto
import Testing

struct SealedBytesTests {
  private let key = SecretBox(SecretBytes(copying: Array(0..<32)))

  @Test func `bytes of any length open with the same key and associated data only`() {
    for plain in [[], [1], Array(repeating: UInt8(7), count: 1000)] as [[UInt8]] {
      let sealed = AuthenticatedCipher.seal(plain, key: key.bytes, associatedData: [1, 2])
      #expect(sealed.count == plain.count + AuthenticatedCipher.overhead)
      #expect(AuthenticatedCipher.open(sealed, key: key.bytes, associatedData: [1, 2]) == plain)
      #expect(AuthenticatedCipher.open(sealed, key: key.bytes, associatedData: [1]) == nil)
      let other = SecretBox(SecretBytes(copying: Array(1...32)))
      #expect(AuthenticatedCipher.open(sealed, key: other.bytes, associatedData: [1, 2]) == nil)
    }
  }

  @Test func `every changed or missing byte is seen`() {
    let sealed = AuthenticatedCipher.seal([1, 2, 3], key: key.bytes, associatedData: [])
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(AuthenticatedCipher.open(changed, key: key.bytes, associatedData: []) == nil)
      #expect(AuthenticatedCipher.open(Array(sealed[..<index]), key: key.bytes, associatedData: []) == nil)
    }
  }

  @Test func `the same bytes are never sealed alike`() {
    let sealed = (0..<2).map { _ in AuthenticatedCipher.seal([1], key: key.bytes, associatedData: []) }
    #expect(sealed[0] != sealed[1])
  }
}
