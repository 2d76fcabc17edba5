import TenantBase

/// The header fields of a mail or part, raw as they came.
package struct HeaderBlock: Sendable, Equatable {
  /// The block byte for byte, without the empty line that ends it.
  package let bytes: [UInt8]
  /// Where the block stands in the mail.
  package let offset: Int
  package let ranges: [FieldRange]

  package static let empty = HeaderBlock(bytes: [], offset: 0, ranges: [])

  package init(bytes: [UInt8], offset: Int, ranges: [FieldRange]) {
    self.bytes = bytes
    self.offset = offset
    self.ranges = ranges
  }

  /// In the order of the mail.
  package var fields: some RandomAccessCollection<HeaderField> {
    ranges.lazy.map { HeaderField(block: bytes, blockOffset: offset, range: $0) }
  }

  /// The first field of that name, in whatever case.
  package func first(_ name: StaticFieldName) -> HeaderField? {
    for range in ranges where range.matches(name, in: bytes) {
      return HeaderField(block: bytes, blockOffset: offset, range: range)
    }
    return nil
  }

  /// The first field of that name, in whatever case.
  package func first(named name: String) -> HeaderField? { first(StaticFieldName(name)) }

  package func all(named name: String) -> [HeaderField] {
    let wanted = StaticFieldName(name)
    return ranges.filter { $0.matches(wanted, in: bytes) }
      .map { HeaderField(block: bytes, blockOffset: offset, range: $0) }
  }
}

/// A field name in lower case, ready for comparison.
package struct StaticFieldName: Sendable {
  package let lowercased: [UInt8]

  package init(_ name: String) { lowercased = name.utf8.map(ASCII.lowercased) }

  package static let contentType = StaticFieldName("content-type")
  package static let transferEncoding = StaticFieldName("content-transfer-encoding")
  package static let disposition = StaticFieldName("content-disposition")
}

/// Where one field stands in its block; offsets from the block's start.
package struct FieldRange: Sendable, Equatable {
  package var nameStart: Int32
  package var nameEnd: Int32
  /// Behind the colon.
  package var valueStart: Int32
  /// Before the line end of the last line.
  package var valueEnd: Int32

  func matches(_ name: StaticFieldName, in bytes: [UInt8]) -> Bool {
    let count = Int(nameEnd) - Int(nameStart)
    guard count == name.lowercased.count else { return false }
    for index in 0..<count where ASCII.lowercased(bytes[Int(nameStart) + index]) != name.lowercased[index] {
      return false
    }
    return true
  }
}

/// One header field as it came.
package struct HeaderField: Sendable {
  private let block: [UInt8]
  private let blockOffset: Int
  private let range: FieldRange

  init(block: [UInt8], blockOffset: Int, range: FieldRange) {
    self.block = block
    self.blockOffset = blockOffset
    self.range = range
  }

  /// As sent, without blanks before the colon.
  package var name: String { rawName.utf8Text }
  package var rawName: ArraySlice<UInt8> { block[Int(range.nameStart)..<Int(range.nameEnd)] }
  /// Behind the colon, folding and all, without the last line end.
  package var rawValue: ArraySlice<UInt8> { block[Int(range.valueStart)..<Int(range.valueEnd)] }
  /// Name, colon and value as sent.
  package var rawField: ArraySlice<UInt8> { block[Int(range.nameStart)..<Int(range.valueEnd)] }
  /// Bytes from the start of the mail to the name.
  package var offset: Int { blockOffset + Int(range.nameStart) }

  /// The value on one line (RFC 5322 section 2.2.3): line ends removed, blanks kept, outer blanks trimmed.
  package var unfoldedBytes: [UInt8] { Self.unfolded(rawValue) }

  /// What is not UTF-8 becomes U+FFFD; encoded words stay as they are.
  package var unfoldedValue: String { unfoldedBytes.utf8Text }

  static func unfolded(_ raw: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(raw.count)
    let bytes = raw.span
    var start = 0
    var end = bytes.count
    while start < end, bytes[start] == ASCII.space || bytes[start] == ASCII.htab { start += 1 }
    while end > start, bytes[end - 1] <= ASCII.space, bytes[end - 1] != 0 { end -= 1 }
    var index = start
    while index < end {
      let byte = bytes[index]
      if byte == ASCII.lf || (byte == ASCII.cr && index + 1 < end && bytes[index + 1] == ASCII.lf) {
        index += 1
        continue
      }
      result.append(byte)
      index += 1
    }
    return result
  }
}
