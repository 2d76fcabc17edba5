import Crypto
import TenantBase
import Testing

/// RFC 4648 section 10.
private let published = [
  ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
  ("foobar", "Zm9vYmFy"),
]

private let refused = [
  "Z", "Zg", "Zg=", "Zg== ", " Zg==", "Zg==\n", "Zg\r\n==", "Zh==", "Zm9=", "Z===", "====", "=", "Zg==Zg==", "Zm=v",
  "Zm-_", "Zm9v\0", "Zmé=", "=AAA",
]

private func secret(_ text: String) -> SecretBytes { SecretBytes(copying: Array(text.utf8)) }

@Test(arguments: published) func `base64 is that of RFC 4648`(_ plain: String, _ encoded: String) {
  #expect(Base64.encode(Array(plain.utf8)).utf8Text == encoded)
  #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
}

@Test(arguments: published) func `base64 of a secret is that of RFC 4648`(_ plain: String, _ encoded: String) {
  #expect(opened(Base64.encode(secret(plain))) == Array(encoded.utf8))
  #expect(opened(Base64.decode(secret(encoded))) == Array(plain.utf8))
}

@Test(arguments: refused) func `what is not strict base64 is refused`(_ text: String) {
  #expect(Base64.decode(Array(text.utf8)) == nil)
  #expect(opened(Base64.decode(secret(text))) == nil)
}

@Test func `every byte value and length survives base64`() {
  for length in 0..<70 {
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length &* 11) }
    let text: [UInt8] = Base64.encode(bytes)
    #expect(text.count == Base64.encodedCount(of: length))
    #expect(Base64.decode(text) == bytes)
    #expect(opened(Base64.encode(SecretBytes(copying: bytes))) == text)
  }
}

@Test func `a base64 text cut anywhere is refused or a whole number of groups`() {
  let text: [UInt8] = Base64.encode(Array("a challenge of a server".utf8))
  for length in 0...text.count {
    #expect((Base64.decode(Array(text[..<length])) != nil) == (length % 4 == 0))
  }
}

@Test func `a byte has one pair of hexadecimal digits`() {
  let all = (0...255).map { UInt8($0) }
  #expect(Hexadecimal.decode(Hexadecimal.encode(all)) == all)
  #expect(Hexadecimal.encode([0, 0x9F, 0xFF]).utf8Text == "009fff")
  #expect(Hexadecimal.decode(Array("009FfF".utf8)) == [0, 0x9F, 0xFF])
  #expect(opened(Hexadecimal.encode(SecretBytes(copying: [0, 0x9F, 0xFF]))) == Array("009fff".utf8))
}

@Test(arguments: ["0", "0g", "zz", "00 ", "é"]) func `what is not hexadecimal is refused`(_ text: String) {
  #expect(Hexadecimal.decode(Array(text.utf8)) == nil)
}

@Test func `secrets combine by exclusive or`() {
  let result = SecretBytes(copying: [0b1100, 0xFF, 0]).exclusiveOr(SecretBytes(copying: [0b1010, 0xFF, 7]))
  #expect(opened(result) == [0b0110, 0, 7])
}

@Test func `a secret in ISO 8859-1 has one byte a character`() {
  func latin1(_ bytes: [UInt8]) -> [UInt8]? {
    opened(SecretBytes(copying: bytes).latin1FromUTF8())
  }
  #expect(latin1(Array("aÿé\u{80}".utf8)) == [0x61, 0xFF, 0xE9, 0x80])
  #expect(latin1([]) == [])
  #expect(latin1(Array("Ā".utf8)) == nil)
  #expect(latin1(Array("€".utf8)) == nil)
  #expect(latin1([0xC3]) == nil)
  #expect(latin1([0xC3, 0x41]) == nil)
  #expect(latin1([0xFF]) == nil)
}
