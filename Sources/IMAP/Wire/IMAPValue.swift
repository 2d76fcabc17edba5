import TenantBase

/// Data of a response before anyone knows what it means: the grammar's own shapes.
package enum IMAPValue: Sendable, Equatable {
  case absent
  /// An atom, a number or a flag, as written.
  case atom([UInt8])
  /// A quoted string without its quotes and escapes, or a small literal.
  case string([UInt8])
  /// A literal that went out piece by piece.
  case streamed(byteCount: Int)
  case list([IMAPValue])
}

extension IMAPValue {
  /// The bytes of an atom or a string.
  package var bytes: [UInt8]? {
    switch self {
    case .atom(let bytes), .string(let bytes): bytes
    case .absent, .streamed, .list: nil
    }
  }

  package var elements: [IMAPValue]? {
    guard case .list(let elements) = self else { return nil }
    return elements
  }

  var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  /// Also from a string, and in mail.ru's spelling; nil when it is negative or no number.
  var number: UInt64? { bytes.flatMap(IMAPNumber.parseLenient) }

  /// The first of a list with one or more, or the value itself: for `MODSEQ (1)` and `EMAILID (M1)`.
  var unwrapped: IMAPValue {
    if case .list(let elements) = self { return elements.first ?? .absent }
    return self
  }
}

extension [IMAPValue] {
  /// The value at `index`; absent beyond the end.
  func value(_ index: Int) -> IMAPValue { index < count ? self[index] : .absent }
}
