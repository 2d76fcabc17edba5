import TenantBase

/// Base64 (RFC 2045 section 6.8) from pieces of any size. Bytes outside the alphabet are skipped.
///
/// Padding ends a group, not the text: bodies made of several encoded pieces come out whole.
package struct Base64Decoder: Sendable {
  private var group: UInt32 = 0
  private var groupCount = 0
  /// Whether other text was mixed in: then what is left over at the end is not content.
  private var isMixed = false

  package init() {}

  package mutating func decode(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
    let input = bytes.span
    // By a span: the subscript of an inline array copies all of it (Swift 6.3).
    let table = Self.table
    let values = table.span
    let start = output.count
    output.append(addingCapacity: (input.count / 4 + 1) * 3) { target in
      target.append(repeating: 0, count: (input.count / 4 + 1) * 3)
    }
    var target = output.mutableSpan
    var end = start
    var index = 0
    while index < input.count {
      if groupCount == 0 {
        // The straight run: whole groups without a line end.
        while index + 4 <= input.count, end + 3 <= target.count {
          let first = values[Int(input[index])]
          let second = values[Int(input[index + 1])]
          let third = values[Int(input[index + 2])]
          let fourth = values[Int(input[index + 3])]
          if (first | second | third | fourth) & 0x80 != 0 { break }
          target[end] = first << 2 | second >> 4
          target[end + 1] = second << 4 | third >> 2
          target[end + 2] = third << 6 | fourth
          end += 3
          index += 4
        }
        if index == input.count { break }
      }
      let byte = input[index]
      index += 1
      let value = values[Int(byte)]
      if value < 64 {
        group = group << 6 | UInt32(value)
        groupCount += 1
        if groupCount == 4 { end += endGroup(3, &target, at: end) }
      } else if byte == 0x3D {
        group <<= groupCount == 2 ? 12 : 6
        end += endGroup(max(groupCount - 1, 0), &target, at: end)
      } else if byte > ASCII.space {
        isMixed = true
      }
    }
    output.removeLast(output.count - end)
  }

  /// Writes the first `count` of the group's three bytes.
  private mutating func endGroup(_ count: Int, _ target: inout MutableSpan<UInt8>, at end: Int) -> Int {
    if count > 0 { target[end] = UInt8(truncatingIfNeeded: group >> 16) }
    if count > 1 { target[end + 1] = UInt8(truncatingIfNeeded: group >> 8) }
    if count > 2 { target[end + 2] = UInt8(truncatingIfNeeded: group) }
    groupCount = 0
    group = 0
    return count
  }

  /// A last group without its padding still gives its bytes, unless other text was mixed in.
  package mutating func finish(into output: inout [UInt8]) {
    defer { groupCount = 0 }
    if isMixed { return }
    if groupCount == 2 {
      output.append(UInt8(truncatingIfNeeded: group >> 4))
    } else if groupCount == 3 {
      output.append(UInt8(truncatingIfNeeded: group >> 10))
      output.append(UInt8(truncatingIfNeeded: group >> 2))
    }
  }

  /// The value of each letter; 0x80 and above is none. `-_` of base64url count as `+/`.
  private static let table: [256 of UInt8] = {
    var table = [256 of UInt8](repeating: 0x80)
    for value in 0..<26 {
      table[0x41 + value] = UInt8(value)
      table[0x61 + value] = UInt8(26 + value)
    }
    for value in 0..<10 { table[0x30 + value] = UInt8(52 + value) }
    table[0x2B] = 62
    table[0x2F] = 63
    return table
  }()
}
