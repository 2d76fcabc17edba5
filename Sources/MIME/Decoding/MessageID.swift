import TenantBase

/// Message identifiers: RFC 5322 section 3.6.4.
package enum MessageID {
  /// The identifiers of a Message-ID, In-Reply-To or References value, without angle brackets.
  ///
  /// Lenient: a value without brackets is taken by its blank-separated words that hold an `@`, or whole.
  package static func list(_ value: [UInt8]) -> [String] {
    var found: [String] = []
    var rest = value[...]
    while let opening = rest.firstIndex(of: 0x3C) {
      guard let closing = rest[opening...].firstIndex(of: 0x3E) else { break }
      let identifier = rest[(opening + 1)..<closing].filter { $0 > ASCII.space }
      if !identifier.isEmpty { found.append(Charset.withoutControls(Charset.guessed(identifier))) }
      rest = rest[(closing + 1)...]
    }
    guard found.isEmpty else { return found }
    let words = value.split { $0 <= ASCII.space }.map {
      Charset.withoutControls(Charset.guessed($0.filter { $0 != 0x3C }))
    }
    let likely = words.filter { $0.contains("@") }
    return likely.isEmpty ? Array(words.prefix(1)) : likely
  }
}
