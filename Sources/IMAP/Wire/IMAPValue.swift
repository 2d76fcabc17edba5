/// Data of a response before anyone knows what it means: the grammar's own shapes.
package indirect enum IMAPValue: Sendable, Equatable {
  case absent
  /// An atom, a number or a flag, as written.
  case atom([UInt8])
  /// A quoted string without its quotes and escapes, or a small literal.
  case string([UInt8])
  /// A literal that went out piece by piece.
  case streamed(byteCount: Int)
  case list([IMAPValue])
}
