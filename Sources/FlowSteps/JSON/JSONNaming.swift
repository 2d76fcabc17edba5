import FlowModel

/// How names of JSON members and of XML stand for each other: prefixes for namespaces, and a separator behind them.
struct JSONNaming: Sendable {
  /// Off: the names are taken as they are.
  var usesNamespaces = false
  /// Pairs of XML namespace and JSON prefix, in the order of the table.
  var namespaces: [(uri: String, prefix: String)] = []
  var separator = ":"

  func uri(ofPrefix prefix: String) -> String? { namespaces.first { $0.prefix == prefix }?.uri }

  func prefix(ofURI uri: String) -> String? { namespaces.first { $0.uri == uri }?.prefix }

  /// Reads `useNamespaces`, `jsonNamespaceMapping` (XML namespace, JSON prefix) and `jsonNamespaceSeparator`.
  static func read(_ reading: inout StepReading) -> JSONNaming {
    var naming = JSONNaming()
    naming.usesNamespaces = reading.flag("useNamespaces")
    let separator = reading.properties.text("jsonNamespaceSeparator", default: ":")
    if [":", ",", ".", "|", ";", " "].contains(separator) {
      naming.separator = separator
    } else {
      reading.report(
        .error, "step-option-unsupported", at: "jsonNamespaceSeparator",
        "the JSON prefix separator '\(separator)' is none of : , . | ; and space")
    }
    guard naming.usesNamespaces else { return naming }
    for (uri, prefix) in reading.pairs("jsonNamespaceMapping") {
      guard XMLNameRules.isPlainName(prefix), prefix.lowercased().hasPrefix("xml") == false else {
        reading.report(
          .error, "json-prefix-bad", at: "jsonNamespaceMapping", "'\(prefix)' is no prefix for the namespace '\(uri)'")
        continue
      }
      naming.namespaces.append((uri, prefix))
    }
    return naming
  }
}

/// What may be the name of an element or attribute (XML 1.0 section 2.3, without colon).
enum XMLNameRules {
  static func isPlainName(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, isStart(first) else { return false }
    return name.unicodeScalars.dropFirst().allSatisfy { isStart($0) || isInside($0) }
  }

  private static func isStart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x41...0x5A, 0x5F, 0x61...0x7A, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF,
      0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD,
      0x10000...0xEFFFF:
      true
    default: false
    }
  }

  private static func isInside(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x2D, 0x2E, 0x30...0x39, 0xB7, 0x300...0x36F, 0x203F...0x2040: true
    default: false
    }
  }
}
