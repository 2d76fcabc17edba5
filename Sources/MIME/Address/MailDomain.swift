import TenantBase

/// The rules for what stands right of the `@`: RFC 5321 sections 4.1.2 and 4.1.3, with U-labels (RFC 6531).
package enum MailDomain {
  /// The longest label of a domain name, in bytes (RFC 1035 section 2.3.4).
  static let labelLimit = 63

  static func check(_ domain: String, offset: Int, limits: AddressLimits) throws(MIMEError) {
    if domain.hasPrefix("[") {
      guard isAddressLiteral(domain) else {
        throw MIMEError(.malformedAddress, offset: offset, detail: "not an IPv4 or IPv6 address literal")
      }
      return
    }
    if domain.utf8.count > limits.domain {
      throw MIMEError(.tooLong, offset: offset, detail: "the domain is longer than \(limits.domain) bytes")
    }
    for label in domain.split(separator: ".", omittingEmptySubsequences: false) {
      if let fault = fault(inLabel: String(label)) {
        throw MIMEError(.malformedAddress, offset: offset, detail: fault)
      }
    }
  }

  /// Whether `name` can be a host's full name: at least two labels, ASCII.
  package static func isFullyQualified(_ name: String) -> Bool {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    return labels.count >= 2 && name.utf8.count <= 255
      && labels.allSatisfy { label in
        fault(inLabel: String(label)) == nil && label.utf8.allSatisfy { $0 < 0x80 }
      }
  }

  /// Whether `text` is `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
  package static func isAddressLiteral(_ text: String) -> Bool {
    guard text.hasPrefix("["), text.hasSuffix("]"), text.utf8.count >= 2 else { return false }
    let inner = text.dropFirst().dropLast()
    if inner.lowercased().hasPrefix("ipv6:") { return isIPv6(String(inner.dropFirst(5))) }
    return isIPv4(inner[...])
  }

  /// What is wrong with a label; nil when nothing is.
  private static func fault(inLabel label: String) -> String? {
    if label.isEmpty { return "an empty label in the domain" }
    if label.utf8.count > labelLimit, label.utf8.allSatisfy({ $0 < 0x80 }) {
      return "a label of the domain is longer than \(labelLimit) bytes"
    }
    if label.hasPrefix("-") || label.hasSuffix("-") { return "a label of the domain begins or ends with a hyphen" }
    for scalar in label.unicodeScalars {
      let isHostCharacter =
        scalar.isASCII
        ? ASCII.isLetter(UInt8(scalar.value)) || ASCII.isDigit(UInt8(scalar.value)) || scalar == "-"
        : !AddressText.isInvisible(scalar)
      if !isHostCharacter { return "a character in the domain that no domain has" }
    }
    return nil
  }

  private static func isIPv4(_ text: Substring) -> Bool {
    let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4
      && numbers.allSatisfy { number in
        (1...3).contains(number.utf8.count) && number.utf8.allSatisfy(ASCII.isDigit) && UInt8(number) != nil
      }
  }

  /// RFC 4291 section 2.2: eight groups, or fewer with one `::`; the last two may be written as IPv4.
  private static func isIPv6(_ text: String) -> Bool {
    var groups = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    var needed = 8
    if let last = groups.last, last.contains(".") {
      guard isIPv4(last[...]) else { return false }
      groups.removeLast()
      needed = 6
      if groups.isEmpty { return false }
      if groups.last == "" { groups.append("") }  // `::192.0.2.1`: the split lost what follows the colons
    }
    let hasElision = text.contains("::")
    if hasElision {
      guard text.ranges(of: "::").count == 1, !text.contains(":::") else { return false }
      guard !text.hasPrefix(":") || text.hasPrefix("::"), !text.hasSuffix(":") || text.hasSuffix("::") else {
        return false
      }
    } else if groups.count != needed {
      return false
    }
    let written = groups.filter { !$0.isEmpty }
    if !hasElision && written.count != groups.count { return false }
    if hasElision && written.count >= needed { return false }
    return written.allSatisfy { group in
      group.utf8.count <= 4 && group.utf8.allSatisfy { ASCII.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    }
  }
}

/// Checks on the characters of addresses.
enum AddressText {
  /// Blanks, controls, direction marks and other characters that a reader cannot see.
  static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
      .paragraphSeparator:
      return true
    default: return scalar == "\u{FFFD}"
    }
  }

  static func refuseInvisible(_ text: String, offset: Int) throws(MIMEError) {
    if text.unicodeScalars.contains(where: isInvisible) {
      throw MIMEError(.malformedAddress, offset: offset, detail: "an invisible character in the address")
    }
  }
}
