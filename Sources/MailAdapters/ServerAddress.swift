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
    var rest = Substring(text)
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    var portText: Substring?
    var name: Substring
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      name = rest[rest.index(after: rest.startIndex)..<end]
      guard Self.isIPv6(name) else { return nil }
      let after = rest[rest.index(after: end)...]
      if !after.isEmpty {
        guard after.hasPrefix(":") else { return nil }
        portText = after.dropFirst()
      }
    } else if rest.filter({ $0 == ":" }).count > 1 {
      name = rest
      guard Self.isIPv6(name) else { return nil }
    } else if let colon = rest.firstIndex(of: ":") {
      name = rest[..<colon]
      portText = rest[rest.index(after: colon)...]
    } else {
      name = rest
    }
    if name.hasSuffix(".") { name = name.dropLast() }
    guard !name.isEmpty, name.utf8.count <= 253, name.unicodeScalars.allSatisfy(Self.isHostScalar) else { return nil }
    let port: UInt16
    if let portText {
      guard portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt16(portText) else { return nil }
      port = number
    } else if let defaultPort {
      port = defaultPort
    } else {
      return nil
    }
    guard port > 0 else { return nil }
    self.init(host: String(name), port: port)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  private static func isIPv6(_ text: Substring) -> Bool {
    text.contains(":") && text.utf8.allSatisfy { byte in
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
