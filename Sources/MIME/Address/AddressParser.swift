import TenantBase

/// Reads addresses as a person or a flow writes them: RFC 5322 section 3.4 with UTF-8 in every part.
///
/// Stricter than a reader of received mail must be: what is written here decides who gets a mail, so anything doubtful
/// is an error with its offset and never a guess. Lists are separated by commas or semicolons; flows have both.
struct AddressParser {
  private var scanner: AddressScanner
  private let limits: AddressLimits

  init(_ text: String, limits: AddressLimits) throws(MIMEError) {
    scanner = try AddressScanner(text)
    self.limits = limits
  }

  /// `addr-spec` alone: no display name, no angle brackets.
  mutating func parseAddressSpecification() throws(MIMEError) -> MailAddress {
    let address = try takeAddressSpecification()
    try scanner.skipCFWS()
    if !scanner.isAtEnd { throw scanner.failure("text after the address") }
    return address
  }

  /// One mailbox with or without a display name.
  mutating func parseMailbox() throws(MIMEError) -> MailAddress {
    guard case .mailbox(let address) = try takeItem() else { throw scanner.failure("a group where one address is due") }
    try scanner.skipCFWS()
    if !scanner.isAtEnd { throw scanner.failure("text after the address") }
    return address
  }

  /// A list; empty elements between separators are passed over, an empty text is an empty list.
  mutating func parseList() throws(MIMEError) -> AddressList {
    var items: [AddressList.Item] = []
    while true {
      try scanner.skipCFWS()
      if scanner.isAtEnd { return AddressList(items) }
      if takeSeparator() { continue }
      if items.count == limits.listItems {
        throw MIMEError(.tooLong, offset: scanner.position, detail: "more than \(limits.listItems) addresses")
      }
      let item = try takeItem()
      items.append(item)
      try scanner.skipCFWS()
      if case .group = item { continue }  // its own `;` separates
      if !scanner.isAtEnd, !takeSeparator() { throw scanner.failure("a comma is missing between addresses") }
    }
  }

  private mutating func takeSeparator() -> Bool {
    scanner.take(UInt8(ascii: ",")) || scanner.take(UInt8(ascii: ";"))
  }

  /// A mailbox or a group. What stands before `<` or `:` is a phrase; before `@` it is a local part.
  private mutating func takeItem() throws(MIMEError) -> AddressList.Item {
    try scanner.skipCFWS()
    let start = scanner.position
    let phrase = try takePhrase()
    switch scanner.next {
    case UInt8(ascii: "<"):
      return .mailbox(try takeAngleAddress(displayName: phrase.isEmpty ? nil : phrase))
    case UInt8(ascii: ":") where !phrase.isEmpty:
      return try takeGroup(named: phrase)
    default:
      scanner.move(to: start)
      return .mailbox(try takeAddressSpecification())
    }
  }

  /// Words joined by one blank; a dot inside is taken as it stands (`John Q. Public`, the obsolete form that lives on).
  private mutating func takePhrase() throws(MIMEError) -> String {
    var phrase = ""
    var hadBlank = false
    while true {
      hadBlank = try scanner.skipCFWS() || hadBlank
      let word: String
      if scanner.next == UInt8(ascii: "\"") {
        word = try scanner.takeQuotedString()
      } else if let atom = scanner.takeAtom() {
        word = atom
      } else if scanner.take(ASCII.dot) {
        word = "."
      } else {
        return phrase
      }
      if hadBlank && !phrase.isEmpty { phrase += " " }
      phrase += word
      hadBlank = false
    }
  }

  private mutating func takeAngleAddress(displayName: String?) throws(MIMEError) -> MailAddress {
    _ = scanner.take(UInt8(ascii: "<"))
    var address = try takeAddressSpecification()
    try scanner.skipCFWS()
    if !scanner.take(UInt8(ascii: ">")) { throw scanner.failure("'>' is missing after the address") }
    address.displayName = displayName.map(EncodedWordInput.decoded)
    return address
  }

  private mutating func takeGroup(named name: String) throws(MIMEError) -> AddressList.Item {
    _ = scanner.take(UInt8(ascii: ":"))
    var members: [MailAddress] = []
    while true {
      try scanner.skipCFWS()
      if scanner.take(UInt8(ascii: ";")) { return .group(name: EncodedWordInput.decoded(name), members: members) }
      if scanner.isAtEnd { throw scanner.failure("a group without ';'") }
      if scanner.take(UInt8(ascii: ",")) { continue }
      if members.count == limits.listItems {
        throw scanner.failure("more than \(limits.listItems) addresses in a group")
      }
      guard case .mailbox(let member) = try takeItem() else { throw scanner.failure("a group inside a group") }
      members.append(member)
      try scanner.skipCFWS()
      let isSeparated = scanner.take(UInt8(ascii: ",")) || scanner.next == UInt8(ascii: ";")
      if !isSeparated { throw scanner.failure("a comma or ';' is missing in a group") }
    }
  }

  private mutating func takeAddressSpecification() throws(MIMEError) -> MailAddress {
    try scanner.skipCFWS()
    let start = scanner.position
    let localPart = try takeLocalPart()
    try scanner.skipCFWS()
    if !scanner.take(UInt8(ascii: "@")) {
      throw scanner.failure(scanner.isAtEnd ? "the domain is missing" : "'@' is missing after the local part")
    }
    try scanner.skipCFWS()
    let domainStart = scanner.position
    let domain = try takeDomain()
    try MailDomain.check(domain, offset: domainStart, limits: limits)
    let length = localPart.utf8.count + 1 + domain.utf8.count
    if localPart.utf8.count > limits.localPart {
      throw MIMEError(.tooLong, offset: start, detail: "the local part is longer than \(limits.localPart) bytes")
    }
    if length > limits.address {
      throw MIMEError(.tooLong, offset: start, detail: "the address is longer than \(limits.address) bytes")
    }
    return MailAddress(localPart: localPart, domain: domain)
  }

  /// A dot-atom or one quoted string (RFC 5321 section 4.1.2).
  private mutating func takeLocalPart() throws(MIMEError) -> String {
    if scanner.next == UInt8(ascii: "\"") { return try scanner.takeQuotedString() }
    guard var localPart = scanner.takeAtom() else {
      throw scanner.failure(scanner.next == UInt8(ascii: "@") ? "the local part is missing" : "no address")
    }
    while scanner.take(ASCII.dot) {
      guard let atom = scanner.takeAtom() else { throw scanner.failure("a dot without a word after it") }
      localPart += "." + atom
    }
    try AddressText.refuseInvisible(localPart, offset: scanner.position)
    return localPart
  }

  private mutating func takeDomain() throws(MIMEError) -> String {
    if scanner.next == UInt8(ascii: "[") { return try scanner.takeBracketed() }
    guard var domain = scanner.takeAtom() else { throw scanner.failure("the domain is missing") }
    while scanner.take(ASCII.dot) {
      guard let label = scanner.takeAtom() else { throw scanner.failure("a dot without a label after it") }
      domain += "." + label
    }
    return domain
  }
}
