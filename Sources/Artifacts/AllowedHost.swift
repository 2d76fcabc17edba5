import TenantBase

/// A host that a credential may be sent to: `smtp.example.com`, `*.example.com`, or an IP address.
///
/// A `*` stands for the whole first label and exactly one label (as in RFC 9525 section 6.3): `*.example.com` is neither
/// `example.com` nor `a.b.example.com`.
package struct AllowedHost: Sendable, Hashable, CustomStringConvertible {
  /// Lower case, without a final dot.
  package let pattern: String

  /// nil when the text is no host name, no address and no such pattern.
  package init?(_ text: String) {
    var lowered = text.lowercased()
    if lowered.hasSuffix(".") { lowered.removeLast() }
    guard (1...ArtifactLimits.hostCharacters).contains(lowered.utf8.count) else { return nil }
    let isAddress = lowered.utf8.contains(0x3A)
    guard isAddress ? Self.looksLikeIPv6(lowered) : Self.isHostPattern(lowered) else { return nil }
    pattern = lowered
  }

  package var description: String { pattern }

  /// Whether the host of a connection, as the channel names it, is this one.
  package func matches(_ host: String) -> Bool {
    var name = host.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
    guard pattern.hasPrefix("*.") else { return name.utf8.elementsEqual(pattern.utf8) }
    guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return false }
    return name[dot...].utf8.elementsEqual(pattern.dropFirst().utf8)
  }

  private static func isHostPattern(_ text: String) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    for (index, label) in labels.enumerated() {
      // A wildcard needs a domain of at least two labels below it: `*.com` would be half the world.
      if index == 0, label == "*", labels.count >= 3 { continue }
      guard (1...63).contains(label.utf8.count), !label.hasPrefix("-"), !label.hasSuffix("-"),
        label.utf8.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 0x2D || $0 == 0x5F })
      else { return false }
    }
    return true
  }

  private static func looksLikeIPv6(_ text: String) -> Bool {
    text.utf8.count { $0 == 0x3A } >= 2
      && text.utf8.allSatisfy { ASCII.isDigit($0) || (0x61...0x66).contains($0) || $0 == 0x3A || $0 == 0x2E }
  }
}
