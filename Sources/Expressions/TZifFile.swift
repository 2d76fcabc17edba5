import TenantBase

/// The contents of a TZif file, versions 1 to 4 (RFC 8536).
struct TZifFile {
  var transitions: [(from: Int64, period: Int)] = []
  var periods: [TimeZoneRules.Period] = []
  /// The POSIX TZ string between the last two line feeds; empty in version 1.
  var footer = ""

  /// The largest file of tzdata has under 4 KiB.
  private static let maximumLength = 256 * 1024

  init?(_ bytes: [UInt8]) {
    guard bytes.count <= Self.maximumLength, let first = Header(bytes, at: 0) else { return nil }
    if first.version == 0 {
      guard read(bytes, header: first, at: Header.length, timeSize: 4) != nil else { return nil }
      return
    }
    let second = Header.length + first.dataLength(timeSize: 4)
    guard let header = Header(bytes, at: second),
      let end = read(bytes, header: header, at: second + Header.length, timeSize: 8)
    else { return nil }
    footer = bytes.dropFirst(end + 1).prefix { $0 != ASCII.lf }.utf8Text
  }

  /// - Returns: the offset after the data block.
  private mutating func read(_ bytes: [UInt8], header: Header, at start: Int, timeSize: Int) -> Int? {
    let end = start + header.dataLength(timeSize: timeSize)
    guard end <= bytes.count, header.typeCount > 0 else { return nil }
    let indexStart = start + header.timeCount * timeSize
    let typeStart = indexStart + header.timeCount
    let nameStart = typeStart + header.typeCount * 6
    let names = bytes[nameStart..<nameStart + header.nameLength]
    for type in 0..<header.typeCount {
      let at = typeStart + type * 6
      let offset = Int(Int32(truncatingIfNeeded: Self.number(bytes[at..<at + 4])))
      // RFC 8536 bounds offsets to a bit more than a day; anything else is a damaged file.
      guard abs(offset) <= 93_599 else { return nil }
      let name = names.dropFirst(Int(bytes[at + 5])).prefix { $0 != 0 }.utf8Text
      periods.append(.init(offset: offset, isDaylightSaving: bytes[at + 4] != 0, abbreviation: name))
    }
    for index in 0..<header.timeCount {
      let at = start + index * timeSize
      let raw = Self.number(bytes[at..<at + timeSize])
      let period = Int(bytes[indexStart + index])
      let from = timeSize == 4 ? Int64(Int32(truncatingIfNeeded: raw)) : raw
      guard period < header.typeCount, from > transitions.last?.from ?? .min || index == 0 else { return nil }
      transitions.append((from, period))
    }
    return end
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }

  private struct Header {
    static let length = 44
    let version: UInt8
    let utcCount, standardCount, leapCount, timeCount, typeCount, nameLength: Int

    init?(_ bytes: [UInt8], at start: Int) {
      guard start >= 0, bytes.count >= start + Self.length,
        bytes[start..<start + 4].elementsEqual("TZif".utf8)
      else { return nil }
      version = bytes[start + 4]
      func count(_ index: Int) -> Int { Int(number(bytes[start + 20 + index * 4..<start + 24 + index * 4])) }
      (utcCount, standardCount, leapCount) = (count(0), count(1), count(2))
      (timeCount, typeCount, nameLength) = (count(3), count(4), count(5))
    }

    /// At most 20 times 2^32: no overflow.
    func dataLength(timeSize: Int) -> Int {
      timeCount * (timeSize + 1) + typeCount * 6 + nameLength + leapCount * (timeSize + 4) + standardCount + utcCount
    }
  }
}
