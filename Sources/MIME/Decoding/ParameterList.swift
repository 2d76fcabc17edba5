import TenantBase

/// The parameters of a structured field: RFC 2045 section 5.1 with RFC 2231, and the mixes that are sent instead.
package struct ParameterList: Sendable, Equatable {
  /// In the order of the field; names in lower case, without the marks of RFC 2231.
  package var items: [Item] = []

  package struct Item: Sendable, Equatable {
    package var name: String
    /// Decoded: RFC 2231 and encoded words undone.
    package var value: String
    /// As it stood between the quotes, when it stood in one piece without RFC 2231; nil otherwise.
    package var plainBytes: [UInt8]?
  }

  package init() {}

  package subscript(name: String) -> String? { items.first { $0.name == name }?.value }

  /// The value as bytes; of a value in one piece exactly as sent, which a boundary needs.
  package func bytes(_ name: String) -> [UInt8]? {
    items.first { $0.name == name }.map { $0.plainBytes ?? Array($0.value.utf8) }
  }

  /// Divides `type/subtype; name=value; ...` into its head and the parameters.
  ///
  /// Missing, doubled and trailing semicolons, comments, unclosed quotes, blanks around `=`, and values with blanks and
  /// without quotes are understood.
  static func parse(_ value: [UInt8], limits: MIMELimits) -> (head: [UInt8], parameters: ParameterList) {
    var reader = ParameterReader(value)
    let head = reader.readHead()
    var sections = ParameterSections(limit: limits.parameters)
    while let (name, value) = reader.readParameter() {
      guard sections.add(name: name, value: value) else { break }
    }
    return (head, sections.joined())
  }
}

/// Reads the raw parameters of a field, one after the other.
private struct ParameterReader {
  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func readHead() -> [UInt8] {
    var head: [UInt8] = []
    while index < bytes.count, bytes[index] != 0x3B {
      if bytes[index] == 0x28 {
        skipComment()
      } else {
        head.append(bytes[index])
        index += 1
      }
    }
    return head
  }

  mutating func readParameter() -> (name: [UInt8], value: [UInt8])? {
    while true {
      skipFiller()
      guard index < bytes.count else { return nil }
      let start = index
      while index < bytes.count, bytes[index] != 0x3D, bytes[index] != 0x3B { index += 1 }
      guard index < bytes.count, bytes[index] == 0x3D else { continue }
      var name = bytes[start..<index]
      while let last = name.last, last <= ASCII.space { name.removeLast() }
      // `charset=utf-8 format=flowed`: what stands before a blank belongs to the parameter before.
      if let blank = name.lastIndex(where: { $0 <= ASCII.space }) { name = name[(blank + 1)...] }
      index += 1
      let value = readValue()
      guard !name.isEmpty else { continue }
      return (name.map(ASCII.lowercased), value)
    }
  }

  private mutating func readValue() -> [UInt8] {
    skipBlanks()
    guard index < bytes.count else { return [] }
    return bytes[index] == 0x22 ? readQuoted() : readUnquoted()
  }

  private mutating func readQuoted() -> [UInt8] {
    var value: [UInt8] = []
    index += 1
    while index < bytes.count, bytes[index] != 0x22 {
      if bytes[index] == 0x5C, index + 1 < bytes.count {
        // A backslash before anything but a quote or a backslash is a Windows path, not an escape.
        let next = bytes[index + 1]
        if next != 0x22 && next != 0x5C { value.append(0x5C) }
        index += 1
      }
      value.append(bytes[index])
      index += 1
    }
    index += 1
    return value
  }

  /// To the next semicolon; a value with blanks and no quotes keeps them unless another parameter follows.
  private mutating func readUnquoted() -> [UInt8] {
    let start = index
    while index < bytes.count, bytes[index] != 0x3B, bytes[index] != 0x28 || index == start {
      guard bytes[index] <= ASCII.space else {
        index += 1
        continue
      }
      if parameterFollows() { break }
      skipBlanks()
    }
    var value = bytes[start..<index]
    while let last = value.last, last <= ASCII.space { value.removeLast() }
    return Array(value)
  }

  /// Whether `blank token =` stands here: a parameter whose semicolon is missing.
  private func parameterFollows() -> Bool {
    var probe = index
    while probe < bytes.count, bytes[probe] <= ASCII.space { probe += 1 }
    let start = probe
    while probe < bytes.count, probe - start < 64, ASCII.isLetter(bytes[probe]) || bytes[probe] == 0x2D { probe += 1 }
    return probe > start && probe < bytes.count && bytes[probe] == 0x3D
  }

  private mutating func skipBlanks() {
    while index < bytes.count, bytes[index] <= ASCII.space { index += 1 }
  }

  private mutating func skipFiller() {
    while index < bytes.count {
      if bytes[index] <= ASCII.space || bytes[index] == 0x3B {
        index += 1
      } else if bytes[index] == 0x28 {
        skipComment()
      } else {
        return
      }
    }
  }

  /// Nested comments are skipped whole; an unclosed one reaches to the end.
  private mutating func skipComment() {
    var depth = 0
    while index < bytes.count {
      switch bytes[index] {
      case 0x28: depth += 1
      case 0x29: depth -= 1
      case 0x5C: index += 1
      default: break
      }
      index += 1
      if depth == 0 { return }
    }
    index = min(index, bytes.count)
  }
}
