import TenantBase

extension WallTime {
  /// Reads RFC 3339 in UTC with whole seconds, `2026-11-20T09:12:03Z`; nil for anything else.
  package init?(rfc3339 text: String) {
    let bytes = Array(text.utf8)
    let shape = Array("0000-00-00T00:00:00Z".utf8)
    guard bytes.count == shape.count else { return nil }
    for (byte, wanted) in zip(bytes, shape) {
      guard wanted == 0x30 ? ASCII.isDigit(byte) : byte == wanted else { return nil }
    }
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) } }
    let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
    let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
    let monthFromMarch = (month + 9) % 12
    let shiftedYear = month <= 2 ? year - 1 : year
    let days =
      365 * shiftedYear + Self.floorDivide(shiftedYear, 4) - Self.floorDivide(shiftedYear, 100)
      + Self.floorDivide(shiftedYear, 400) + (153 * monthFromMarch + 2) / 5 + day - 1 - 719_468
    self.init(seconds: Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second))
    // A date that does not exist (30 February, 24:00, a leap second) does not come back as it was written.
    guard rfc3339 == text else { return nil }
  }

  private static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
    (number - (number % divisor + divisor) % divisor) / divisor
  }
}
