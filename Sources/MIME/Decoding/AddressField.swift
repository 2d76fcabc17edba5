import TenantBase

/// One entry of an address field.
package enum AddressEntry: Sendable, Equatable {
  case mailbox(MailAddress)
  /// `name: mailbox, mailbox;` (RFC 5322 section 3.4); the list may be empty.
  case group(name: String, members: [MailAddress])

  package var addresses: [MailAddress] {
    switch self {
    case .mailbox(let address): [address]
    case .group(_, let members): members
    }
  }
}

/// Reads address fields of received mail. For addresses that people give us there is a strict parser.
///
/// Any value gives a list: missing quotes, commas and brackets, routes, comments, encoded words in every place, empty
/// entries. The address itself is taken from the raw text only, never from a decoded word (an encoded `@` makes no
/// address); a display name never holds a control character. Time is linear.
package enum AddressField {
  /// Entries of one field; what follows is not looked at.
  static let mostEntries = 10_000

  /// - Parameter value: unfolded.
  package static func parse(_ value: [UInt8]) -> [AddressEntry] {
    var tokens = AddressTokens(value)
    var list = AddressListBuilder()
    while let token = tokens.next(), list.count < mostEntries { list.take(token) }
    return list.finish()
  }
}

/// Gathers tokens into mailboxes and groups.
private struct AddressListBuilder {
  private var entries: [AddressEntry] = []
  private var group: (name: String, members: [MailAddress])?
  private var pending = PendingMailbox()
  /// `Doe, ` of an unquoted `Doe, John <john@example.com>`.
  private var fragment: MailAddress?

  var count: Int { entries.count + (group?.members.count ?? 0) }

  mutating func take(_ token: AddressToken) {
    switch token {
    case .comma: endMailbox()
    case .semicolon:
      endMailbox()
      endGroup()
    case .colon:
      if group == nil, !pending.hasAddress {
        let name = pending.phraseText
        flushFragment()
        pending = PendingMailbox()
        group = (name, [])
      } else {
        pending.append(.atom([0x3A], spaced: false))
      }
    default: pending.append(token)
    }
  }

  mutating func finish() -> [AddressEntry] {
    endMailbox()
    endGroup()
    return entries
  }

  private mutating func endMailbox() {
    defer { pending = PendingMailbox() }
    guard var address = pending.address else { return }
    if address.domain.isEmpty, !pending.hasAngle, !pending.hasQuoted {
      flushFragment()
      fragment = address
      return
    }
    if let name = fragment, pending.hasAngle, !pending.hasQuoted, let rest = address.displayName {
      address.displayName = "\(name.localPart), \(rest)"
      fragment = nil
    }
    flushFragment()
    add(address)
  }

  private mutating func flushFragment() {
    if let fragment { add(fragment) }
    fragment = nil
  }

  private mutating func add(_ address: MailAddress) {
    if group == nil { entries.append(.mailbox(address)) } else { group?.members.append(address) }
  }

  private mutating func endGroup() {
    flushFragment()
    if let group { entries.append(.group(name: group.name, members: group.members)) }
    group = nil
  }
}

/// The tokens of one mailbox, and what they mean together.
private struct PendingMailbox {
  private var words: [AddressToken] = []
  private var angle: [UInt8]?
  private var comments: [[UInt8]] = []
  private(set) var hasQuoted = false

  var hasAngle: Bool { angle != nil }

  /// Whether there are brackets or an `@` outside quotes.
  private(set) var hasAddress = false

  mutating func append(_ token: AddressToken) {
    switch token {
    case .angle(let bytes):
      if angle == nil { angle = bytes }
      hasAddress = true
    case .comment(let bytes): comments.append(bytes)
    case .quoted:
      hasQuoted = true
      words.append(token)
    case .atom(let bytes, _):
      if bytes.contains(0x40) { hasAddress = true }
      words.append(token)
    case .comma, .semicolon, .colon: break
    }
  }

  /// The words as a display name.
  var phraseText: String { Self.phrase(words[...]) }

  var address: MailAddress? {
    let comment = comments.last.map { HeaderText.decode($0) }
    if let angle {
      let name = phraseText
      var address = AddressSpecification.parse(angle)
      address.displayName = name.isEmpty ? comment : name
      if address.localPart.isEmpty, address.domain.isEmpty, address.displayName == nil { return nil }
      return address
    }
    guard !words.isEmpty else { return nil }
    guard hasAddress else {
      // Lenient: no address at all, as in `undisclosed-recipients` or an encoded one.
      let text = phraseText
      let isEncoded = words.contains {
        if case .atom(let bytes, _) = $0 { bytes.starts(with: [0x3D, 0x3F]) } else { false }
      }
      return isEncoded || hasQuoted
        ? MailAddress(displayName: text, localPart: "", domain: "")
        : MailAddress(displayName: comment, localPart: text, domain: "")
    }
    let (name, specification) = divideBareAddress()
    var address = AddressSpecification.parse(specification)
    address.displayName = name.isEmpty ? comment : name
    return address
  }

  /// Without brackets, the run of words around the first `@` is the address: `John john@example.com`, and the obsolete
  /// `john . doe @ example . com`.
  private func divideBareAddress() -> (name: String, specification: [UInt8]) {
    guard
      let at = words.firstIndex(where: { if case .atom(let bytes, _) = $0 { bytes.contains(0x40) } else { false } })
    else { return ("", []) }
    var first = at
    while first > 0, Self.joins(words[first - 1], words[first]) { first -= 1 }
    var last = at
    while last + 1 < words.count, Self.joins(words[last], words[last + 1]) { last += 1 }
    let specification = words[first...last].reduce(into: [UInt8]()) { $0 += $1.rawText }
    return (Self.phrase(words[..<first] + words[(last + 1)...]), specification)
  }

  private static func joins(_ left: AddressToken, _ right: AddressToken) -> Bool {
    if !right.isSpaced { return true }
    let isOpen = left.rawText.last == 0x40 || left.rawText.last == ASCII.dot
    return isOpen || right.rawText.first == 0x40 || right.rawText.first == ASCII.dot
  }

  private static func phrase(_ words: some Sequence<AddressToken>) -> String {
    // Encoded words are decoded together: one character may be cut over two.
    var text = ""
    var run: [UInt8] = []
    for word in words {
      switch word {
      case .atom(let bytes, let isSpaced):
        if isSpaced, !run.isEmpty || !text.isEmpty { run.append(ASCII.space) }
        run += bytes
      case .quoted(let bytes, let isSpaced):
        text += HeaderText.decode(run)
        run = []
        if isSpaced, !text.isEmpty, text.last != " " { text += " " }
        text += HeaderText.decode(bytes)
      default: break
      }
    }
    return text + HeaderText.decode(run)
  }
}

/// The raw `local@domain` of a mailbox.
private enum AddressSpecification {
  static func parse(_ raw: [UInt8]) -> MailAddress {
    var bytes = raw[...]
    // A source route, which nobody follows: `@a,@b:local@domain`.
    if bytes.first(where: { $0 > ASCII.space }) == 0x40, let colon = bytes.firstIndex(of: 0x3A) {
      bytes = bytes[(colon + 1)...]
    }
    var local: [UInt8] = []
    var domain: [UInt8] = []
    var isQuoted = false
    var at: Int?
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      if byte == 0x22 { isQuoted.toggle() }
      if byte == 0x5C, isQuoted { index += 1 }
      if byte == 0x40, !isQuoted { at = index }
      index += 1
    }
    let end = at ?? bytes.endIndex
    local = Array(bytes[bytes.startIndex..<end])
    if let at { domain = bytes[(at + 1)...].filter { $0 > ASCII.space && $0 != 0x22 } }
    return MailAddress(localPart: text(unquoted(local)), domain: text(domain))
  }

  private static func unquoted(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var isQuoted = false
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == 0x22 {
        isQuoted.toggle()
      } else if byte == 0x5C, isQuoted, index + 1 < bytes.count {
        index += 1
        result.append(bytes[index])
      } else if isQuoted || byte > ASCII.space {
        result.append(byte)
      }
      index += 1
    }
    return result
  }

  private static func text(_ bytes: [UInt8]) -> String { Charset.withoutControls(Charset.guessed(bytes)) }
}
