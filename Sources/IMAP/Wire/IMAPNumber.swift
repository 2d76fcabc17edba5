import TenantBase

/// Numbers as servers write them: at most 2^63-1, so that they fit every signed integer of 64 bits.
enum IMAPNumber {
  static let greatest = UInt64(Int64.max)

  /// `number` with one more digit at its end; nil beyond the greatest number.
  /// - Precondition: `digit` is an ASCII digit.
  static func appending(_ digit: UInt8, to number: UInt64) -> UInt64? {
    let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
    let (sum, carry) = tens.addingReportingOverflow(UInt64(digit &- 0x30))
    return overflow || carry || sum > greatest ? nil : sum
  }

  /// Decimal digits alone.
  static func parse(_ text: some Collection<UInt8>) -> UInt64? {
    guard !text.isEmpty else { return nil }
    var number: UInt64 = 0
    for byte in text {
      guard IMAPCharacter.isDigit(byte), let grown = appending(byte, to: number) else { return nil }
      number = grown
    }
    return number
  }

  /// Also `9.3736e+06`, as mail.ru writes great numbers.
  static func parseLenient(_ text: [UInt8]) -> UInt64? {
    if let number = parse(text) { return number }
    guard let first = text.first, ASCII.isDigit(first), text.count <= 32,
      text.allSatisfy({ ASCII.isDigit($0) || ".eE+".utf8.contains($0) }),
      let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite, value >= 0, value < 0x1p53
    else { return nil }
    return UInt64(value.rounded())
  }
}
