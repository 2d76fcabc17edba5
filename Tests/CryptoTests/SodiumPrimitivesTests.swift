import Testing

@testable import Crypto

/// The bytes in the open, for comparisons in tests only: the macros take copyable values.
private func open(_ secret: borrowing SecretBytes) -> [UInt8] { secret.withBytes { Array($0) } }

private func content(_ secret: consuming SecretBytes?) -> [UInt8]? {
  guard let secret else { return nil }
  return open(secret)
}

private func holds(_ condition: () -> Bool) -> Bool { condition() }

private func scalarCount(of secret: borrowing SecretBytes) -> Int? { secret.utf8ScalarCount() }

private func hex(_ text: String) -> [UInt8] {
  let digits = text.utf8.map { $0 < 0x3A ? $0 - 0x30 : ($0 | 0x20) - 0x57 }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

struct SodiumPrimitivesTests {
  @Test(arguments: [0, 1, 31, 64, 255])
  func `what was sealed opens with the same key and associated data only`(length: Int) throws {
    let plaintext = SecretBytes.random(count: length)
    let key = SecretBytes.random(count: 32)
    let sealed = AuthenticatedCipher.seal(plaintext, key: key, associatedData: [1, 2])
    #expect(sealed.ciphertext.count == length + 16)
    #expect(content(AuthenticatedCipher.open(sealed, key: key, associatedData: [1, 2])) == open(plaintext))
    #expect(content(AuthenticatedCipher.open(sealed, key: key, associatedData: [1, 3])) == nil)
    #expect(content(AuthenticatedCipher.open(sealed, key: .random(count: 32), associatedData: [1, 2])) == nil)
    for index in sealed.ciphertext.indices {
      var changed = sealed.ciphertext
      changed[index] ^= 1
      let other = AuthenticatedCipher.Sealed(nonce: sealed.nonce, ciphertext: changed)
      #expect(content(AuthenticatedCipher.open(other, key: key, associatedData: [1, 2])) == nil)
    }
  }

  // draft-irtf-cfrg-xchacha-03, appendix A.3.1.
  @Test func `the published vector of XChaCha20-Poly1305 opens`() throws {
    let key = SecretBytes(copying: Array(0x80...0x9F))
    let ciphertext = hex(
      "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216"
        + "cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13"
        + "b52ec0875924c1c7987947deafd8780acf49")
    let sealed = AuthenticatedCipher.Sealed(nonce: Array(0x40...0x57), ciphertext: ciphertext)
    let opened = AuthenticatedCipher.open(
      sealed, key: key, associatedData: hex("50515253c0c1c2c3c4c5c6c7"))
    let text = content(opened)
    #expect(text?.starts(with: Array("Ladies and Gentlemen of the class of '99".utf8)) == true)
  }

  @Test func `damaged shapes do not open`() {
    let key = SecretBytes.random(count: 32)
    for (nonce, ciphertext) in [(23, 32), (25, 32), (24, 15), (24, 0), (0, 16)] {
      let sealed = AuthenticatedCipher.Sealed(
        nonce: [UInt8](repeating: 0, count: nonce), ciphertext: [UInt8](repeating: 0, count: ciphertext))
      #expect(content(AuthenticatedCipher.open(sealed, key: key, associatedData: [])) == nil)
    }
  }

  @Test func `nonces do not repeat`() {
    let key = SecretBytes.random(count: 32)
    let nothing = SecretBytes(copying: [])
    let nonces = Set((0..<2_000).map { _ in AuthenticatedCipher.seal(nothing, key: key, associatedData: []).nonce })
    #expect(nonces.count == 2_000)
  }

  @Test func `subkeys differ by number, context and master key`() {
    let master = SecretBytes(copying: Array(0..<32))
    let first = Subkey.derive(1, context: "tks-v001", from: master)
    #expect(open(first) == open(Subkey.derive(1, context: "tks-v001", from: master)))
    #expect(open(first) != open(Subkey.derive(2, context: "tks-v001", from: master)))
    #expect(open(first) != open(Subkey.derive(1, context: "tks-slot", from: master)))
    #expect(open(first) != open(Subkey.derive(1, context: "tks-v001", from: .random(count: 32))))
    #expect(open(Subkey.derive(1, context: "tks-v001", from: master, length: 64)).count == 64)
  }

  // The BLAKE2 reference implementation's blake2b KAT has 64-byte outputs; this one is `printf abc | b2sum -l 256`.
  @Test func `the digest is BLAKE2b-256`() {
    #expect(
      KeyedHash.digest(of: Array("abc".utf8))
        == hex("bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"))
  }

  @Test func `a code holds for its key and message only`() {
    let key = SecretBytes.random(count: 32)
    let code = KeyedHash.code(of: [1, 2, 3], key: key)
    #expect(holds { KeyedHash.isCode(code, of: [1, 2, 3], key: key) })
    #expect(holds { KeyedHash.isCode(code, of: [1, 2, 3, 4], count: 3, key: key) })
    #expect(holds { !KeyedHash.isCode(code, of: [1, 2, 4], key: key) })
    #expect(holds { !KeyedHash.isCode(code, of: [1, 2, 3], key: .random(count: 32)) })
    #expect(holds { !KeyedHash.isCode(Array(code.dropLast()), of: [1, 2, 3], key: key) })
    #expect(holds { !KeyedHash.isCode([], of: [1, 2, 3], key: key) })
  }

  @Test func `a passphrase makes the same key again, with the same salt and cost only`() {
    let passphrase = SecretBytes(copying: Array("correct horse".utf8))
    let salt = [UInt8](repeating: 7, count: 16)
    guard let key = Argon2id.key(passphrase: passphrase, salt: salt, cost: .interactive),
      let again = Argon2id.key(passphrase: passphrase, salt: salt, cost: .interactive),
      let other = Argon2id.key(
        passphrase: passphrase, salt: [UInt8](repeating: 8, count: 16), cost: .interactive)
    else {
      Issue.record("no memory")
      return
    }
    #expect(open(key) == open(again))
    #expect(open(key) != open(other))
  }

  static let badCosts: [(Int, Int)] = [
    (1, 67_108_864), (11, 67_108_864), (2, 67_107_840), (2, 1_073_742_848), (2, 67_108_865), (Int.max, 67_108_864),
    (2, Int.max), (-1, -1), (0, 0),
  ]

  @Test(arguments: badCosts)
  func `costs out of bounds are not made`(passes: Int, memory: Int) {
    #expect(Argon2id.Cost(passes: passes, memoryBytes: memory) == nil)
  }

  @Test func `a box opens for its owner only`() {
    let seed = SecretBytes.random(count: 32)
    let message = SecretBytes.random(count: 40)
    guard let box = SealedBox.seal(message, to: SealedBox.publicKey(fromSeed: seed)),
      let opened = SealedBox.open(box, seed: seed)
    else {
      Issue.record("not opened")
      return
    }
    #expect(open(opened) == open(message))
    #expect(content(SealedBox.open(box, seed: .random(count: 32))) == nil)
    #expect(content(SealedBox.open(Array(box.dropLast()), seed: seed)) == nil)
    #expect(content(SealedBox.open([], seed: seed)) == nil)
    #expect(holds { SealedBox.seal(message, to: [1, 2, 3]) == nil })
    // A point of low order is no public key: the shared secret would be known to all.
    #expect(holds { SealedBox.seal(message, to: [UInt8](repeating: 0, count: 32)) == nil })
  }

  @Test func `padding hides the length and comes off again`() {
    for length in [0, 1, 62, 63, 64, 65, 200] {
      let secret = SecretBytes.random(count: length)
      let padded = secret.padded(toMultipleOf: 64)
      let size = padded.count
      #expect(size % 64 == 0 && size > length && size <= length + 64)
      guard let back = padded.unpadded(fromMultipleOf: 64) else {
        Issue.record("\(length)")
        continue
      }
      #expect(open(back) == open(secret))
    }
    #expect(content(SecretBytes(copying: [UInt8](repeating: 0, count: 64)).unpadded(fromMultipleOf: 64)) == nil)
    #expect(content(SecretBytes(copying: []).unpadded(fromMultipleOf: 64)) == nil)
  }

  @Test func `characters of a secret are counted without a String`() {
    #expect(scalarCount(of: SecretBytes(copying: Array("aé€😀".utf8))) == 4)
    #expect(scalarCount(of: SecretBytes(copying: [])) == 0)
    #expect(scalarCount(of: SecretBytes(copying: [0xFF])) == nil)
    #expect(scalarCount(of: SecretBytes(copying: [0x41, 0xC3])) == nil)
  }

  @Test func `a key is read as hexadecimal digits and as base64`() {
    let key = SecretBytes.random(count: 32)
    let text = KeyText.encode(key)
    let length = text.count
    #expect(length == 64)
    guard let back = KeyText.decode(text) else {
      Issue.record("not read")
      return
    }
    #expect(open(back) == open(key))
    let zero = KeyText.decode(SecretBytes(copying: Array((String(repeating: "A", count: 43) + "=").utf8)))
    #expect(content(zero) == [UInt8](repeating: 0, count: 32))
    for bad in [
      "", "00", String(repeating: "g", count: 64), String(repeating: "0", count: 63), String(repeating: "A", count: 44),
    ] {
      #expect(content(KeyText.decode(SecretBytes(copying: Array(bad.utf8)))) == nil, "\(bad)")
    }
  }

  @Test func `a filled secret has the length that was filled`() {
    let secret = SecretBytes.filling(capacity: 10) { span in
      span[0] = 1
      span[1] = 2
      return 2
    }
    #expect(open(secret) == [1, 2])
    #expect(open(secret.dropping(1)) == [2])
  }
}
