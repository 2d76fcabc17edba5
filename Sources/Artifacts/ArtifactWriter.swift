import XMLTree

/// Writes a new artifact file, for a person to read and change.
package enum ArtifactWriter {
  /// - Parameter sealed: nil leaves the secret out; it is then asked for at deployment.
  /// - Throws: when a text holds a character that XML cannot carry.
  package static func write(_ artifact: Artifact, sealed: SealedValue? = nil) throws(XMLError) -> [UInt8] {
    let type = artifact.type
    var text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <!-- \(type.title). Safe to keep in git: no \(type.secretTitle) stands here, or a sealed one.
           tenant deploy-artifact FILE  asks for the \(type.secretTitle) when none is sealed.
           tenant seal-artifact FILE    seals one for this tenant. -->
      <\(type.rawValue) xmlns="\(ArtifactFile.namespace)" Name="\(try XMLEscaping.attribute(artifact.name.text))"

      """
    text.removeLast()
    if case .userCredentials(let credentials) = artifact { text += " Kind=\"\(credentials.kind.name)\"" }
    text += ">\n"
    try append("Description", artifact.description, to: &text)
    if case .userCredentials(let credentials) = artifact { try append(credentials, to: &text) }
    if let sealed { text += "  <\(type.secretElement) sealed=\"\(sealed.text)\"/>\n" }
    return Array((text + "</\(type.rawValue)>\n").utf8)
  }

  private static func append(_ credentials: UserCredentials, to text: inout String) throws(XMLError) {
    try append("User", credentials.user, to: &text)
    switch credentials.kind {
    case .default: break
    case .successFactors(let companyID): try append("CompanyId", companyID, to: &text)
    case .openConnectors(let organization, let element):
      try append("Organization", organization, to: &text)
      try append("Element", element, to: &text)
    }
    for host in credentials.allowedHosts { try append("AllowedHost", host.pattern, to: &text) }
  }

  private static func append(_ name: String, _ value: String, to text: inout String) throws(XMLError) {
    text += "  <\(name)>\(try XMLEscaping.content(value))</\(name)>\n"
  }
}
