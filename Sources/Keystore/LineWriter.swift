import Crypto
import System

/// Writes one line of a keystore, in the one spelling that the format allows.
struct LineWriter {
  private(set) var bytes: [UInt8] = []

  /// Writes `text` as it is.
  mutating func raw(_ text: StaticString) { bytes += text.description.utf8 }

  mutating func string(_ text: String) {
    bytes.append(0x22)
    for byte in text.utf8 {
      switch byte {
      case 0x22, 0x5C: bytes += [0x5C, byte]
      case 0..<0x20, 0x7F: bytes += Array("\\u00".utf8) + Hexadecimal.encode([byte])
      default: bytes.append(byte)
      }
    }
    bytes.append(0x22)
  }

  mutating func number(_ value: UInt64) { bytes += Array(String(value).utf8) }

  mutating func base64(_ value: [UInt8]) { bytes += [0x22] + Base64.encode(value) + [0x22] }

  mutating func hexadecimal(_ value: [UInt8]) { bytes += [0x22] + Hexadecimal.encode(value) + [0x22] }

  mutating func time(_ time: WallTime) { string(time.rfc3339) }

  /// Whether the inside of a string is spelled as ``string(_:)`` spells it: no control character in the open, and the
  /// digits of an escape in lower case.
  static func isCanonical(_ inside: ArraySlice<UInt8>) -> Bool {
    var isEscape = false
    var digitsLeft = 0
    for byte in inside {
      if byte < 0x20 || byte == 0x7F { return false }
      if digitsLeft > 0 {
        digitsLeft -= 1
        if (0x41...0x46).contains(byte) { return false }
      } else if isEscape {
        isEscape = false
        if byte == 0x75 { digitsLeft = 4 }
      } else if byte == 0x5C {
        isEscape = true
      }
    }
    return true
  }
}
