import TenantBase

/// A server's answer (RFC 5321 section 4.2): a code, and the text of its lines.
package struct SMTPReply: Sendable, Equatable {
  /// 200 to 599.
  package let code: Int
  /// The text of each line, after code and separator, undecoded. At least one.
  package let lines: [[UInt8]]

  package init(code: Int, lines: [[UInt8]]) {
    self.code = code
    self.lines = lines
  }

  package var isPositive: Bool { (200..<300).contains(code) }
  package var isIntermediate: Bool { (300..<400).contains(code) }
  /// 4yz: the same may succeed later.
  package var isTemporaryFailure: Bool { (400..<500).contains(code) }
  package var isPermanentFailure: Bool { (500..<600).contains(code) }
  /// The server closes the connection (RFC 5321 section 3.8); it may say so at any time.
  package var isServiceClosing: Bool { code == 421 }

  /// RFC 3463, at the start of the text (RFC 2034); nil when there is none, or one of another class than the code.
  package var enhancedStatus: EnhancedStatus? {
    guard let first = lines.first, let status = EnhancedStatus(prefixOf: first) else { return nil }
    return status.statusClass == code / 100 ? status : nil
  }

  /// Code and text on one line, fit to print: `550 5.1.1 no such user`.
  package var text: String {
    var parts: [String] = []
    for line in lines.prefix(4) where !line.isEmpty { parts.append(PrintableText.escaping(line, limit: 200)) }
    return ([String(code)] + parts).joined(separator: " ")
  }
}

/// RFC 3463: `5.1.1`.
package struct EnhancedStatus: Sendable, Hashable, CustomStringConvertible {
  /// 2, 4 or 5.
  package let statusClass: Int
  package let subject: Int
  package let detail: Int

  package init(_ statusClass: Int, _ subject: Int, _ detail: Int) {
    self.statusClass = statusClass
    self.subject = subject
    self.detail = detail
  }

  /// Reads the status that `text` begins with; what follows must be a blank or the end.
  init?(prefixOf text: [UInt8]) {
    let word = text.prefix { $0 != ASCII.space }
    guard word.count <= 9 else { return nil }
    let numbers = word.split(separator: ASCII.dot, omittingEmptySubsequences: false).map { digits -> Int? in
      guard (1...3).contains(digits.count), digits.allSatisfy(ASCII.isDigit) else { return nil }
      return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    guard numbers.count == 3, let first = numbers[0], let second = numbers[1], let third = numbers[2],
      [2, 4, 5].contains(first)
    else { return nil }
    self.init(first, second, third)
  }

  package var description: String { "\(statusClass).\(subject).\(detail)" }
}
