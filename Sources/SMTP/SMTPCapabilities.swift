import SASL
import TenantBase

/// What a server offers in its answer to EHLO (RFC 5321 section 4.1.1.1).
package struct SMTPCapabilities: Sendable, Equatable {
  /// Keyword, upper case, to its parameters as written.
  package private(set) var parameters: [String: [String]] = [:]
  /// In the server's order.
  package private(set) var mechanisms: [SASLMechanismName] = []
  /// Whether the server answered EHLO at all; false after HELO.
  package let isExtended: Bool

  /// A server that knows only HELO.
  package static let none = SMTPCapabilities(isExtended: false)

  private init(isExtended: Bool) { self.isExtended = isExtended }

  /// - Parameter reply: the positive answer to EHLO; its first line is the greeting. Lines that are no keyword are
  ///   passed over.
  init(_ reply: SMTPReply) {
    isExtended = true
    for line in reply.lines.dropFirst() {
      var words = line.split(separator: ASCII.space).map(\.utf8Text)
      guard var keyword = words.first?.uppercased() else { continue }
      words.removeFirst()
      if keyword.hasPrefix("AUTH=") {  // Lenient: the form before RFC 2554, which old servers send beside the new one
        words.insert(String(keyword.dropFirst(5)), at: 0)
        keyword = "AUTH"
      }
      if keyword == "AUTH" { addMechanisms(words) }
      parameters[keyword, default: []] += words
    }
  }

  private mutating func addMechanisms(_ names: [String]) {
    for name in names {
      let mechanism = SASLMechanismName(rawValue: name)
      if !name.isEmpty, !mechanisms.contains(mechanism) { mechanisms.append(mechanism) }
    }
  }

  package func offers(_ keyword: String) -> Bool { parameters[keyword] != nil }

  package var offersStartTLS: Bool { offers("STARTTLS") }
  package var offersAuthentication: Bool { offers("AUTH") }
  package var offersPipelining: Bool { offers("PIPELINING") }
  package var offersSize: Bool { offers("SIZE") }
  package var offers8BitMIME: Bool { offers("8BITMIME") }
  package var offersSMTPUTF8: Bool { offers("SMTPUTF8") }
  package var offersDSN: Bool { offers("DSN") }
  package var offersChunking: Bool { offers("CHUNKING") }

  /// The largest mail that the server takes, in bytes (RFC 1870); nil when it names none. 0 there means no limit.
  package var sizeLimit: Int? {
    guard let limit = parameters["SIZE"]?.first.flatMap({ Int($0) }), limit > 0 else { return nil }
    return limit
  }
}
