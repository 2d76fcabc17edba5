import CLibIDN
import Crypto
import TenantBase
import Testing

/// RFC 4013 section 3, and one case for each table and step.
private let prepared: [(String, String)] = [
  ("I\u{AD}X", "IX"), ("user", "user"), ("USER", "USER"), ("\u{AA}", "a"), ("\u{2168}", "IX"), ("", ""), (" ", " "),
  ("\u{A0}", " "), ("\u{3000}x", " x"), ("a\u{300}", "à"), ("\u{FB01}", "fi"), ("\u{1112}\u{1161}\u{11AB}", "\u{D55C}"),
  ("\u{FFA1}\u{FFC2}", "\u{AC00}"), ("\u{FF76}\u{FF9E}", "\u{30AC}"), ("\u{627}\u{628}", "\u{627}\u{628}"),
  ("pässword", "pässword"), ("\u{AD}", ""), ("日本語", "日本語"),
]

private let refused: [(String, SASLprep.Refusal)] = [
  ("\u{7}", .prohibitedCharacter), ("a\u{7F}", .prohibitedCharacter), ("a\0b", .prohibitedCharacter),
  ("ä\0", .prohibitedCharacter), ("\u{E000}", .prohibitedCharacter), ("\u{FFFD}", .prohibitedCharacter),
  ("\u{200E}", .prohibitedCharacter), ("\u{627}1", .mixedDirections), ("\u{627}a\u{627}", .mixedDirections),
  ("\u{221}", .unassignedCharacter), ("\u{1F600}", .unassignedCharacter),
]

@Test(arguments: prepared) func `a text is prepared as RFC 4013 says`(_ input: String, _ output: String) throws {
  #expect(Array(try SASLprep.prepare(Array(input.utf8))).utf8Text == output)
  let secret = try SASLprep.prepare(SecretBytes(copying: Array(input.utf8)))
  #expect(opened(secret) == Array(output.utf8))
}

@Test(arguments: refused)
func `a text that RFC 4013 prohibits is refused with the reason`(_ input: String, _ refusal: SASLprep.Refusal) {
  #expect(throws: refusal) { try SASLprep.prepare(Array(input.utf8)) }
  #expect(!refusal.reason.isEmpty)
}

@Test(arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0x61, 0xE2, 0x82]] as [[UInt8]])
func `what is not UTF-8 is refused`(_ bytes: [UInt8]) {
  #expect(throws: SASLprep.Refusal.notUTF8) { try SASLprep.prepare(bytes) }
}

@Test func `a text over the limit is refused, at the limit it is prepared`() throws {
  let longest = Array(String(repeating: "é", count: 2048).utf8)
  #expect(try SASLprep.prepare(longest) == longest)
  #expect(throws: SASLprep.Refusal.tooLong(limit: 4096)) { try SASLprep.prepare(longest + [0x61]) }
  #expect(throws: SASLprep.Refusal.tooLong(limit: 3)) { try SASLprep.prepare([1, 2, 3, 4], limit: 3) }
}

@Test func `the text that grows most under normalization fits`() throws {
  let output = try SASLprep.prepare(Array(String(repeating: "\u{FDFA}", count: 1365).utf8))
  #expect(output.utf8Text.unicodeScalars.count == 1365 * 18)
}

/// The cut before normalization must not show: libidn's own whole run is the judge.
@Test func `normalization by pieces equals normalization of the whole`() {
  var random = SplitMix64(state: 4013)
  let mixed: [ClosedRange<UInt32>] = [
    0x20...0x17F, 0x300...0x36F, 0x900...0xDFF, 0x1100...0x11FF, 0x1E00...0x1FFF, 0x3040...0x318F, 0xAC00...0xAC40,
    0xF900...0xFAFF, 0xFB00...0xFB4F, 0xFE70...0xFEFC, 0xFF00...0xFFEE, 0x4E00...0x4E20, 0x1D400...0x1D420,
  ]
  var acceptedCount = 0
  for _ in 0..<1500 {
    let scalars = (0..<Int.random(in: 1...8, using: &random)).compactMap { _ in
      mixed.randomElement(using: &random).flatMap { Unicode.Scalar(UInt32.random(in: $0, using: &random)) }
    }
    let text = scalars.reduce(into: "") { $0.unicodeScalars.append($1) }
    let whole = preparedAtOnce(text)
    let pieces = try? SASLprep.prepare(Array(text.utf8))
    #expect(pieces == whole, "\(scalars.map { String($0.value, radix: 16) })")
    acceptedCount += whole == nil ? 0 : 1
  }
  #expect(acceptedCount > 200)  // else the comparison says little
}

/// The same numbers in every run (Steele, Lea and Flood, 2014).
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// libidn's run over the whole text; nil when it refuses.
private func preparedAtOnce(_ text: String) -> [UInt8]? {
  var buffer = Array(text.utf8CString) + [CChar](repeating: 0, count: 1024)
  let status = stringprep(&buffer, buffer.count, STRINGPREP_NO_UNASSIGNED, tnt_saslprep_steps())
  guard status == 0 else { return nil }
  return buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
}
