/// Identifiers that nobody can guess, from the system's generator.
package enum RandomIdentifier {
  /// `byteCount` random bytes as lower-case hex digits.
  package static func hex(byteCount: Int) -> String { hex(bytes(byteCount)) }

  package static func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// Any bytes as lower-case hex digits.
  package static func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
