/// ASCII operations on bytes, for protocol text that must not pass through `String`.
package enum ASCII {
  package static var htab: UInt8 { 0x09 }
  package static var lf: UInt8 { 0x0A }
  package static var cr: UInt8 { 0x0D }
  package static var space: UInt8 { 0x20 }
  package static var dot: UInt8 { 0x2E }

  package static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }

  package static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  package static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= 0x61 && lower <= 0x7A
  }

  /// Printable ASCII without the blank.
  package static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

  /// Equality that ignores the case of ASCII letters only.
  package static func equalIgnoringCase(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>)
    -> Bool
  {
    left.elementsEqual(right) { lowercased($0) == lowercased($1) }
  }
}

extension Sequence<UInt8> {
  /// The bytes as text; what is not UTF-8 becomes U+FFFD. For display and for tokens already known to be ASCII.
  package var utf8Text: String { String(decoding: Array(self), as: UTF8.self) }
}
