/// ASCII operations on bytes, for protocol text that must not pass through `String`.
///
/// Inlinable: other modules would call unspecialized generics otherwise, and parsers come here for every byte.
package enum ASCII {
  @inlinable package static var htab: UInt8 { 0x09 }
  @inlinable package static var lf: UInt8 { 0x0A }
  @inlinable package static var cr: UInt8 { 0x0D }
  @inlinable package static var space: UInt8 { 0x20 }
  @inlinable package static var dot: UInt8 { 0x2E }

  @inlinable package static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }

  @inlinable package static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  @inlinable package static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= 0x61 && lower <= 0x7A
  }

  /// Printable ASCII without the blank.
  @inlinable package static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

  /// Equality that ignores the case of ASCII letters only.
  @inlinable package static func equalIgnoringCase(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>)
    -> Bool
  {
    left.elementsEqual(right) { lowercased($0) == lowercased($1) }
  }
}

extension Sequence<UInt8> {
  /// The bytes as text; what is not UTF-8 becomes U+FFFD. For display and for tokens already known to be ASCII.
  @inlinable package var utf8Text: String { String(decoding: Array(self), as: UTF8.self) }
}
