/// Where a text may be cut so that the normalized pieces, joined, are the normalized whole.
///
/// A cut before a character is safe when normalization moves nothing across it: the character, and the first one of its
/// decomposition, is a starter (combining class 0) that never joins a character before it (Unicode Standard Annex 15,
/// section 9). What joins a character before it are combining marks, the vowels and final consonants of Hangul, and
/// the halfwidth forms that decompose to either. Saying "not safe" too often costs nothing but a longer piece, so whole
/// blocks are named here.
package enum NormalizationBoundary {
  package static func isBefore(_ codePoint: UInt32) -> Bool {
    switch codePoint {
    case 0x20..<0x7F: return true
    case 0x1100...0x11FF, 0x3130...0x318F, 0xA960...0xA97F, 0xD7B0...0xD7FF: return false  // Hangul letters
    case 0xFF65...0xFFDF: return false  // halfwidth sound marks and Hangul letters
    default: break
    }
    guard let scalar = Unicode.Scalar(codePoint) else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .format, .unassigned: return false
    default: return scalar.properties.canonicalCombiningClass == .notReordered
    }
  }
}
