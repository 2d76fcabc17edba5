import TenantBase

/// `META-INF/MANIFEST.MF` of a bundle: `Name: value` lines, continued by a leading blank.
package struct BundleManifest: Sendable, Equatable {
  package let attributes: [String: String]

  package init(_ bytes: [UInt8]) {
    var lines: [String] = []
    for raw in bytes.split(whereSeparator: { $0 == ASCII.lf || $0 == ASCII.cr }) {
      let line = raw.utf8Text
      if line.hasPrefix(" "), !lines.isEmpty {
        lines[lines.count - 1] += line.dropFirst()
      } else {
        lines.append(line)
      }
    }
    let pairs = lines.compactMap { line -> (String, String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      return (String(line[..<colon]).trimmed, String(line[line.index(after: colon)...]).trimmed)
    }
    attributes = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  /// `Bundle-SymbolicName` without its directives: the artifact id.
  package var artifactID: String? {
    attributes["Bundle-SymbolicName"]?.split(separator: ";").first.map { String($0).trimmed }?.nonEmpty
  }

  /// `Bundle-Name`: the name that people see.
  package var displayName: String? { attributes["Bundle-Name"]?.nonEmpty }

  package var version: String? { attributes["Bundle-Version"]?.nonEmpty }

  /// `IntegrationFlow`, `MessageMapping`, …
  package var bundleType: String? { attributes["SAP-BundleType"]?.nonEmpty }

  /// The script collections that the bundle needs, which are artifacts of their own.
  package var scriptCollections: [String] {
    (attributes["Require-Capability"] ?? "").split(separator: ",").compactMap { entry in
      let name = entry.split(separator: ";").first.map { String($0).trimmed } ?? ""
      return name.hasPrefix("scriptcollection.") ? String(name.dropFirst("scriptcollection.".count)) : nil
    }
  }
}
