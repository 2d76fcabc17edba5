/// The address of a channel: `host`, `host:port`, `[2001:db8::1]:587` or a bare IPv6 address.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  /// Without brackets, without a trailing dot.
  package let host: String
  package let port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// - Parameters:
  ///   - text: what the channel or the command line says; blanks around it are ignored.
  ///   - defaultPort: used when the text has none; nil when a port must be there.
  /// - Returns: nil when this is no address: empty, a URL, a path, blanks or control characters inside, port 0 or above 65535.
  package init?(_ text: String, defaultPort: UInt16?) {
    guard let (name, portText) = Self.split(Substring(BlankText.trimmedBlanks(text))) else { return nil }
    let host = name.hasSuffix(".") ? name.dropLast() : name
    guard !host.isEmpty, host.utf8.count <= 253, host.unicodeScalars.allSatisfy(Self.isHostScalar) else { return nil }
    guard let port = portText.map(Self.port) ?? defaultPort, port > 0 else { return nil }
    self.init(host: String(host), port: port)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Host and port as written; the port is nil when there is none. Nil when brackets or colons are in disorder.
  private static func split(_ text: Substring) -> (host: Substring, port: Substring?)? {
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let name = text[text.index(after: text.startIndex)..<end]
      let rest = text[text.index(after: end)...]
      guard isIPv6(name), rest.isEmpty || rest.hasPrefix(":") else { return nil }
      return (name, rest.isEmpty ? nil : rest.dropFirst())
    }
    guard let colon = text.firstIndex(of: ":") else { return (text, nil) }
    let afterColon = text[text.index(after: colon)...]
    if afterColon.contains(":") { return isIPv6(text) ? (text, nil) : nil }
    return (text[..<colon], afterColon)
  }

  /// 0 for what is no number of a port.
  private static func port(_ text: Substring) -> UInt16 {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt16(text) ?? 0 : 0
  }

  private static func isIPv6(_ text: Substring) -> Bool {
    text.contains(":")
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66, 0x3A, 0x2E: true
        default: false
        }
      }
  }

  /// Letters (of any script), digits, dot, hyphen, underscore, and colon for IPv6.
  private static func isHostScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    case 0xA1...: scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark
    default: false
    }
  }
}
