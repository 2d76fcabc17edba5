import Crypto
import TenantBase

/// Character data of XML as a secret: references and CDATA sections are resolved without a `String`.
enum PlainSecretText {
  /// - Returns: nil when a reference is none of XML's own, or a tag stands in it.
  static func decode(_ text: ArraySlice<UInt8>) -> SecretBytes? {
    // A resolved reference is never longer than the reference.
    var secret = SecretBuilder(capacity: text.count)
    var rest = text
    while let byte = rest.first {
      switch byte {
      case 0x26:
        guard let end = rest.firstIndex(of: 0x3B),
          let character = resolve(rest[(rest.startIndex + 1)..<end])
        else { return nil }
        secret.append(character)
        rest = rest[(end + 1)...]
      case 0x3C:
        guard let section = cdata(&rest) else { return nil }
        secret.append(Array(section))
      default:
        let run = rest.prefix { $0 != 0x26 && $0 != 0x3C }
        secret.append(Array(run))
        rest = rest[run.endIndex...]
      }
    }
    return secret.finish()
  }

  private static func cdata(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let opening = Array("<![CDATA[".utf8)
    let closing = Array("]]>".utf8)
    guard rest.starts(with: opening) else { return nil }
    let start = rest.startIndex + opening.count
    var end = start
    while end + closing.count <= rest.endIndex, !rest[end...].starts(with: closing) { end += 1 }
    guard end + closing.count <= rest.endIndex else { return nil }
    defer { rest = rest[(end + closing.count)...] }
    return rest[start..<end]
  }

  /// - Parameter name: what stands between `&` and `;`.
  private static func resolve(_ name: ArraySlice<UInt8>) -> [UInt8]? {
    let named: [(String, UInt8)] = [("lt", 0x3C), ("gt", 0x3E), ("amp", 0x26), ("quot", 0x22), ("apos", 0x27)]
    for (candidate, byte) in named where name.elementsEqual(candidate.utf8) { return [byte] }
    guard name.first == 0x23, name.count <= 9 else { return nil }
    let digits = name.dropFirst()
    let isHexadecimal = digits.first == 0x78
    let text = String(decoding: isHexadecimal ? digits.dropFirst() : digits, as: UTF8.self)
    guard let value = UInt32(text, radix: isHexadecimal ? 16 : 10), let scalar = Unicode.Scalar(value) else {
      return nil
    }
    return Array(String(Character(scalar)).utf8)
  }
}
